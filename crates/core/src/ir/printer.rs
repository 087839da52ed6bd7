//! Prints programs as JAX prints jaxprs.

use std::fmt;

use super::{Atom, Program, Var};
use crate::ops::Parameter;

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.print(f, 0)
    }
}

impl Program {
    fn print(&self, f: &mut fmt::Formatter<'_>, indent: usize) -> fmt::Result {
        let names = self.names();
        let pad = " ".repeat(indent);
        let binders = |vars: &[Var]| -> String {
            vars.iter()
                .map(|v| format!("{}:{}", names[v.index()], self.type_of(*v)))
                .collect::<Vec<_>>()
                .join(" ")
        };
        let atom = |a: &Atom| match a {
            Atom::Var(v) => names[v.index()].clone(),
            Atom::Literal(s, _) => format!("{s}:{}[]", s.dtype()),
        };
        let head = [binders(&self.captures), binders(&self.inputs)];
        let [captures, inputs] = &head;
        write!(f, "{{ lambda {captures}; {inputs}. let")?;
        for equation in &self.equations {
            write!(f, "\n{pad}    {} = ", binders(&equation.outputs))?;
            f.write_str(equation.primitive.rules().name())?;
            let parameters = equation.primitive.rules().parameters();
            if !parameters.is_empty() {
                f.write_str("[")?;
                for (i, (name, parameter)) in parameters.iter().enumerate() {
                    if i > 0 {
                        f.write_str(" ")?;
                    }
                    write!(f, "{name}=")?;
                    match parameter {
                        Parameter::Text(text) => f.write_str(text)?,
                        Parameter::Program(program) => program.print(f, indent + 6)?,
                        Parameter::Programs(programs) => {
                            f.write_str("(")?;
                            for program in programs {
                                write!(f, "\n{pad}        ")?;
                                program.print(f, indent + 8)?;
                            }
                            write!(f, "\n{pad}      )")?;
                        }
                    }
                }
                f.write_str("]")?;
            }
            for a in &equation.inputs {
                write!(f, " {}", atom(a))?;
            }
        }
        let outputs: Vec<String> = self.outputs.iter().map(atom).collect();
        let comma = if outputs.len() == 1 { "," } else { "" };
        write!(f, "\n{pad}  in ({}{comma}) }}", outputs.join(", "))
    }

    /// A letter for each variable in order of its binding; `_` where nobody reads it.
    fn names(&self) -> Vec<String> {
        let uses = self.uses();
        let mut names = vec![String::from("_"); self.types.len()];
        let mut next = 0;
        let mut name = |var: &Var, always: bool| {
            if always || uses[var.index()] > 0 {
                names[var.index()] = letters(next);
                next += 1;
            }
        };
        self.captures
            .iter()
            .chain(&self.inputs)
            .for_each(|v| name(v, true));
        self.equations
            .iter()
            .flat_map(|e| &e.outputs)
            .for_each(|v| name(v, false));
        names
    }
}

/// a, b, .., z, ba, bb, ..: numbers in base 26.
fn letters(mut n: usize) -> String {
    let mut name = Vec::new();
    loop {
        name.push(b'a' + (n % 26) as u8);
        n /= 26;
        if n == 0 {
            break;
        }
    }
    name.iter().rev().map(|&b| b as char).collect()
}
