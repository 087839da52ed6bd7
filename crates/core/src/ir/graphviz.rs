//! Programs as Graphviz: a node for each equation, an edge for each variable that it reads.

use std::fmt::Write as _;

use super::{Atom, Program, Var};

impl Program {
    /// The program in Graphviz's language, for `dot -Tsvg`.
    pub fn to_graphviz(&self) -> String {
        let mut dot = String::from(
            "digraph program {\n  rankdir=TB;\n  node [shape=box, fontname=\"monospace\"];\n",
        );
        // What binds each variable.
        let mut maker: Vec<Option<String>> = vec![None; self.types.len()];
        let given = [("capture", &self.captures), ("input", &self.inputs)];
        for (kind, vars) in given {
            for (i, var) in vars.iter().enumerate() {
                let name = format!("{kind}{i}");
                let _ = writeln!(
                    dot,
                    "  {name} [label=\"{kind} {i}\\n{}\", shape=ellipse];",
                    self.type_of(*var)
                );
                maker[var.index()] = Some(name);
            }
        }
        for (i, equation) in self.equations.iter().enumerate() {
            let types: Vec<String> = equation
                .outputs
                .iter()
                .map(|v| self.type_of(*v).to_string())
                .collect();
            let literals: Vec<String> = equation
                .inputs
                .iter()
                .filter_map(|a| match a {
                    Atom::Literal(s, _) => Some(s.to_string()),
                    Atom::Var(_) => None,
                })
                .collect();
            let _ = writeln!(
                dot,
                "  e{i} [label=\"{} {}\\n{}\"];",
                equation.primitive.rules().name(),
                literals.join(" "),
                types.join(" ")
            );
            for var in equation.inputs.iter().filter_map(Atom::var) {
                edge(&mut dot, &maker, var, &format!("e{i}"));
            }
            for var in &equation.outputs {
                maker[var.index()] = Some(format!("e{i}"));
            }
        }
        for (i, atom) in self.outputs.iter().enumerate() {
            let _ = writeln!(dot, "  output{i} [label=\"output {i}\", shape=ellipse];");
            if let Atom::Var(var) = atom {
                edge(&mut dot, &maker, *var, &format!("output{i}"));
            }
        }
        dot.push_str("}\n");
        dot
    }
}

fn edge(dot: &mut String, maker: &[Option<String>], from: Var, to: &str) {
    if let Some(from) = &maker[from.index()] {
        let _ = writeln!(dot, "  {from} -> {to};");
    }
}
