//! The structure of a program, compared with the recorded one: equations in order, variables by their binding.

use graxe_core::ops::Parameter;
use graxe_core::{Atom, Equation, Program, Var};
use serde_json::Value;

/// A program whose variables are named in order of appearance, as `normalised` in `jaxpr.json` has it.
pub(super) struct Structure<'p> {
    program: &'p Program,
    /// Every variable in the order of its binding.
    bound: Vec<Var>,
}

pub(super) fn structure(program: &Program) -> Structure<'_> {
    let results = program.equations.iter().flat_map(|e| &e.outputs);
    let inputs = program.captures.iter().chain(&program.inputs);
    Structure {
        program,
        bound: inputs.chain(results).copied().collect(),
    }
}

impl Structure<'_> {
    /// Compares captures, inputs, equations and results.
    pub(super) fn agrees(&self, want: &Value) -> Result<(), String> {
        let binders = |vars: &[Var]| vars.iter().map(|v| self.binder(*v)).collect::<Vec<_>>();
        same("consts", &binders(&self.program.captures), &want["consts"])?;
        same("inputs", &binders(&self.program.inputs), &want["in"])?;
        let wanted = list(&want["eqns"]);
        if wanted.len() != self.program.equations.len() {
            let found = self.program.equations.len();
            return Err(format!("{found} equations, expected {}", wanted.len()));
        }
        for (equation, want) in self.program.equations.iter().zip(wanted) {
            self.equation(equation, want)?;
        }
        let results: Vec<String> = self.program.outputs.iter().map(|a| self.atom(a)).collect();
        same("results", &results, &want["out"])
    }

    fn equation(&self, equation: &Equation, want: &Value) -> Result<(), String> {
        let rules = equation.primitive.rules();
        let name = rules.name();
        if want["prim"] != name {
            return Err(format!("{name}, expected {}", want["prim"]));
        }
        let inputs: Vec<String> = equation.inputs.iter().map(|a| self.atom(a)).collect();
        same(name, &inputs, &want["in"])?;
        let outputs: Vec<String> = equation.outputs.iter().map(|v| self.binder(*v)).collect();
        same(name, &outputs, &want["out"])?;
        for (key, parameter) in rules.parameters() {
            match (parameter, &want["params"][key]) {
                (_, Value::Null) => {}
                (Parameter::Program(inner), want) => structure(&inner).agrees(want)?,
                (Parameter::Text(got), want) if tuples(&got) == tuples(&plain(want)) => {}
                (Parameter::Text(got), want) => {
                    return Err(format!("{name}: {key}={got}, expected {want}"));
                }
            }
        }
        Ok(())
    }

    fn name(&self, var: Var) -> String {
        let place = self.bound.iter().position(|v| *v == var);
        place.map_or_else(|| "free".to_owned(), |n| format!("v{n}"))
    }

    /// A variable with its type, where it is bound.
    fn binder(&self, var: Var) -> String {
        format!("{}:{}", self.name(var), self.program.type_of(var))
    }

    fn atom(&self, atom: &Atom) -> String {
        match atom {
            Atom::Var(var) => self.name(*var),
            Atom::Literal(value, _) => format!("{value}:{}[]", value.dtype()),
        }
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A recorded text or number without quotes; a literal with its type.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(literal) => {
            format!("{}:{}", plain(&literal["lit"]), plain(&literal["type"]))
        }
        other => other.to_string(),
    }
}

/// A text with one kind of bracket and no comma after a lone element.
fn tuples(text: &str) -> String {
    text.replace('[', "(")
        .replace(']', ")")
        .replace(",)", ")")
        .replace(' ', "")
}

fn same(what: &str, got: &[String], want: &Value) -> Result<(), String> {
    let want: Vec<String> = list(want).iter().map(plain).collect();
    if got == want {
        Ok(())
    } else {
        Err(format!("{what}: {got:?}, expected {want:?}"))
    }
}
