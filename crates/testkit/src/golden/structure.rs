//! The structure of a program: equations in order, variables by their binding, graxe's and the recorded one alike.

use std::collections::{BTreeMap, BTreeSet};

use graxe_core::{Atom, Equation, Program, Var, ops};
use serde_json::Value;

/// Parameters that JAX keeps and that say nothing of what is computed.
const BOOKKEEPING: &[&str] = &[
    "jvp_jaxpr_fun",
    "name",
    "num_consts",
    "preferred_element_type",
    "symbolic_zeros",
];

/// A program, as `normalised` in `jaxpr.json` has it.
#[derive(Clone)]
pub(super) struct Structure {
    captures: Vec<Binder>,
    inputs: Vec<Binder>,
    steps: Vec<Step>,
    results: Vec<Operand>,
}

/// A variable with its type, where it is bound.
#[derive(Clone)]
struct Binder {
    number: usize,
    ty: String,
}

#[derive(Clone)]
enum Operand {
    Var(usize),
    Literal(String),
}

/// An equation.
#[derive(Clone)]
struct Step {
    name: String,
    inputs: Vec<Operand>,
    outputs: Vec<Binder>,
    parameters: BTreeMap<String, Parameter>,
}

#[derive(Clone)]
enum Parameter {
    Text(String),
    Programs(Vec<Structure>),
}

impl From<&Program> for Structure {
    fn from(program: &Program) -> Self {
        let binder = |v: &Var| Binder {
            number: v.0 as usize,
            ty: program.type_of(*v).to_string(),
        };
        let operand = |atom: &Atom| match atom {
            Atom::Var(v) => Operand::Var(v.0 as usize),
            Atom::Literal(value, _) => Operand::Literal(format!("{value}:{}[]", value.dtype())),
        };
        let step = |e: &Equation| {
            let rules = e.primitive.rules();
            let parameters = rules.parameters().into_iter();
            Step {
                name: rules.name().to_owned(),
                inputs: e.inputs.iter().map(operand).collect(),
                outputs: e.outputs.iter().map(binder).collect(),
                parameters: parameters
                    .map(|(key, p)| (key.to_owned(), p.into()))
                    .collect(),
            }
        };
        Self {
            captures: program.captures.iter().map(binder).collect(),
            inputs: program.inputs.iter().map(binder).collect(),
            steps: program.equations.iter().map(step).collect(),
            results: program.outputs.iter().map(operand).collect(),
        }
    }
}

impl From<ops::Parameter> for Parameter {
    fn from(parameter: ops::Parameter) -> Self {
        match parameter {
            ops::Parameter::Text(text) => Self::Text(tuples(&text)),
            ops::Parameter::Program(inner) => Self::Programs(vec![inner.as_ref().into()]),
            ops::Parameter::Programs(all) => {
                Self::Programs(all.iter().map(|p| p.as_ref().into()).collect())
            }
        }
    }
}

/// The recorded structure.
impl From<&Value> for Structure {
    fn from(recorded: &Value) -> Self {
        let step = |e: &Value| {
            let parameters = e["params"].as_object().into_iter().flatten();
            Step {
                name: plain(&e["prim"]),
                inputs: list(&e["in"]).iter().map(operand).collect(),
                outputs: list(&e["out"]).iter().map(binder).collect(),
                parameters: parameters.map(|(key, p)| (key.clone(), p.into())).collect(),
            }
        };
        Self {
            captures: list(&recorded["consts"]).iter().map(binder).collect(),
            inputs: list(&recorded["in"]).iter().map(binder).collect(),
            steps: list(&recorded["eqns"]).iter().map(step).collect(),
            results: list(&recorded["out"]).iter().map(operand).collect(),
        }
    }
}

impl From<&Value> for Parameter {
    fn from(recorded: &Value) -> Self {
        match recorded {
            Value::Object(inner) if inner.contains_key("eqns") => {
                Self::Programs(vec![recorded.into()])
            }
            Value::Array(all) if all.iter().all(|p| p["eqns"].is_array()) => {
                Self::Programs(all.iter().map(Structure::from).collect())
            }
            other => Self::Text(tuples(&plain(other))),
        }
    }
}

/// `v3:f32[2]`.
fn binder(recorded: &Value) -> Binder {
    let text = plain(recorded);
    let (name, ty) = text.split_once(':').unwrap_or((&text, ""));
    Binder {
        number: number(name),
        ty: ty.to_owned(),
    }
}

fn operand(recorded: &Value) -> Operand {
    match recorded {
        Value::String(name) => Operand::Var(number(name)),
        literal => Operand::Literal(plain(literal)),
    }
}

fn number(name: &str) -> usize {
    name.trim_start_matches('v').parse().unwrap_or(usize::MAX)
}

impl Structure {
    /// Without the boundaries of calls and without the equations that no result needs.
    pub(super) fn simplified(&self) -> Self {
        let mut simple = Self {
            steps: Vec::new(),
            ..self.clone()
        };
        let (mut known, mut free) = (BTreeMap::new(), self.free());
        for step in &self.steps {
            let step = step.over(&known);
            match step.called() {
                Some(inner) => {
                    let inner = inner.simplified();
                    known.extend(simple.inline(&inner, &step, &mut free));
                }
                None => simple.steps.push(step.simplified()),
            }
        }
        simple.results = over(&self.results, &known);
        simple.drop_dead();
        simple
    }

    /// A number that no variable has.
    fn free(&self) -> usize {
        let results = self.steps.iter().flat_map(|step| &step.outputs);
        let bound = self.captures.iter().chain(&self.inputs).chain(results);
        bound.map(|b| b.number + 1).max().unwrap_or(0)
    }

    /// Adds the steps of a called program, with variables from `free` on; gives the call's results.
    fn inline(&mut self, inner: &Self, call: &Step, free: &mut usize) -> Vec<(usize, Operand)> {
        let inputs = inner.inputs.iter().map(|b| b.number);
        let mut known: BTreeMap<usize, Operand> = inputs.zip(call.inputs.iter().cloned()).collect();
        for step in &inner.steps {
            let mut step = step.over(&known);
            for binder in &mut step.outputs {
                known.insert(binder.number, Operand::Var(*free));
                binder.number = *free;
                *free += 1;
            }
            self.steps.push(step);
        }
        let results = over(&inner.results, &known);
        let outputs = call.outputs.iter().map(|b| b.number);
        outputs.zip(results).collect()
    }

    fn drop_dead(&mut self) {
        let vars = |operands: &[Operand]| -> Vec<usize> {
            let vars = operands.iter().filter_map(|o| match o {
                Operand::Var(v) => Some(*v),
                Operand::Literal(_) => None,
            });
            vars.collect()
        };
        let mut read: BTreeSet<usize> = vars(&self.results).into_iter().collect();
        let mut live = Vec::new();
        for step in self.steps.drain(..).rev() {
            if step.outputs.iter().any(|b| read.contains(&b.number)) {
                read.extend(vars(&step.inputs));
                live.push(step);
            }
        }
        live.reverse();
        self.steps = live;
    }

    /// Compares captures, inputs, equations and results.
    pub(super) fn agrees(&self, want: &Self) -> Result<(), String> {
        let (got, want) = (self.renumbered(), want.renumbered());
        same("consts", &binders(&got.captures), &binders(&want.captures))?;
        same("inputs", &binders(&got.inputs), &binders(&want.inputs))?;
        for (step, want) in got.steps.iter().zip(&want.steps) {
            step.agrees(want)?;
        }
        if got.steps.len() != want.steps.len() {
            let (found, wanted) = (got.steps.len(), want.steps.len());
            return Err(format!("{found} equations, expected {wanted}"));
        }
        same("results", &operands(&got.results), &operands(&want.results))
    }

    /// The variables numbered in the order of their binding.
    fn renumbered(&self) -> Self {
        let mut renumbered = self.clone();
        let mut names = BTreeMap::new();
        let bind = |binders: &mut [Binder], names: &mut BTreeMap<usize, Operand>| {
            for binder in binders {
                let next = names.len();
                names.insert(binder.number, Operand::Var(next));
                binder.number = next;
            }
        };
        bind(&mut renumbered.captures, &mut names);
        bind(&mut renumbered.inputs, &mut names);
        for step in &mut renumbered.steps {
            step.inputs = over(&step.inputs, &names);
            bind(&mut step.outputs, &mut names);
        }
        renumbered.results = over(&self.results, &names);
        renumbered
    }
}

impl Step {
    /// With other operands for what is known.
    fn over(&self, known: &BTreeMap<usize, Operand>) -> Self {
        Self {
            inputs: over(&self.inputs, known),
            ..self.clone()
        }
    }

    /// The program that a call applies: JAX wraps functions of its own in calls.
    fn called(&self) -> Option<&Structure> {
        let key = match self.name.as_str() {
            "jit" => "jaxpr",
            "custom_jvp_call" => "call_jaxpr",
            _ => return None,
        };
        match self.parameters.get(key)? {
            Parameter::Programs(programs) => programs.first(),
            Parameter::Text(_) => None,
        }
    }

    fn simplified(mut self) -> Self {
        for parameter in self.parameters.values_mut() {
            if let Parameter::Programs(programs) = parameter {
                *programs = programs.iter().map(Structure::simplified).collect();
            }
        }
        self
    }

    fn agrees(&self, want: &Self) -> Result<(), String> {
        let name = &self.name;
        if *name != want.name {
            return Err(format!("{name}, expected {}", want.name));
        }
        same(name, &operands(&self.inputs), &operands(&want.inputs))?;
        same(name, &binders(&self.outputs), &binders(&want.outputs))?;
        let keys: BTreeSet<&String> = self
            .parameters
            .keys()
            .chain(want.parameters.keys())
            .collect();
        for key in keys {
            match (self.parameters.get(key), want.parameters.get(key)) {
                (Some(Parameter::Text(got)), Some(Parameter::Text(want))) if got == want => {}
                (Some(Parameter::Programs(got)), Some(Parameter::Programs(want)))
                    if got.len() == want.len() =>
                {
                    for (got, want) in got.iter().zip(want) {
                        got.agrees(want)
                            .map_err(|why| format!("{name}: {key}: {why}"))?;
                    }
                }
                (None, Some(_)) if BOOKKEEPING.contains(&key.as_str()) => {}
                (got, want) => {
                    let (got, want) = (got.map(Parameter::text), want.map(Parameter::text));
                    return Err(format!("{name}: {key}={got:?}, expected {want:?}"));
                }
            }
        }
        Ok(())
    }
}

impl Parameter {
    fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Programs(programs) => format!("{} programs", programs.len()),
        }
    }
}

fn over(operands: &[Operand], known: &BTreeMap<usize, Operand>) -> Vec<Operand> {
    let replace = |operand: &Operand| match operand {
        Operand::Var(v) => known.get(v).unwrap_or(operand).clone(),
        Operand::Literal(_) => operand.clone(),
    };
    operands.iter().map(replace).collect()
}

fn binders(binders: &[Binder]) -> Vec<String> {
    let all = binders.iter();
    all.map(|b| format!("v{}:{}", b.number, b.ty)).collect()
}

fn operands(operands: &[Operand]) -> Vec<String> {
    let all = operands.iter().map(|operand| match operand {
        Operand::Var(v) => format!("v{v}"),
        Operand::Literal(text) => text.clone(),
    });
    all.collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A recorded text or number without quotes; a literal with its type.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
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

fn same(what: &str, got: &[String], want: &[String]) -> Result<(), String> {
    if got == want {
        Ok(())
    } else {
        Err(format!("{what}: {got:?}, expected {want:?}"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// `relu` as JAX records it: a call in a call.
    fn relu() -> Value {
        let max = json!({"prim": "max", "in": ["v0", {"lit": 0.0, "type": "f32[]"}],
            "out": ["v1:f32[2]"], "params": {}});
        let program =
            |step: Value| json!({"consts": [], "in": ["v0:f32[2]"], "eqns": [step], "out": ["v1"]});
        let jit = json!({"prim": "jit", "in": ["v0"], "out": ["v1:f32[2]"],
            "params": {"jaxpr": program(max), "name": "relu"}});
        json!({"call_jaxpr": program(jit), "symbolic_zeros": false})
    }

    fn twice(results: &[&str]) -> Structure {
        let call = |x: &str, y: &str| {
            json!({"prim": "custom_jvp_call", "in": [x], "out": [format!("{y}:f32[2]")],
                "params": relu()})
        };
        let calls = [call("v0", "v1"), call("v1", "v2")];
        let recorded = json!({"consts": [], "in": ["v0:f32[2]"], "eqns": calls, "out": results});
        Structure::from(&recorded)
    }

    fn traced(f: impl Fn(&graxe_core::Array) -> graxe_core::Array + Send + Sync) -> Structure {
        let x = graxe_core::Array::zeros(2, graxe_core::DType::F32);
        Structure::from(&graxe_core::make_program(f)(&x))
    }

    #[test]
    fn calls_are_inlined_and_what_is_not_needed_dropped() {
        let (both, one) = (twice(&["v2"]).simplified(), twice(&["v1"]).simplified());
        assert_eq!((both.steps.len(), one.steps.len()), (2, 1));
        let once = traced(|x| x.maximum(0.0));
        assert_eq!(once.agrees(&one), Ok(()));
        assert_eq!(
            traced(|x| x.maximum(0.0).maximum(0.0)).agrees(&both),
            Ok(())
        );
        let inner = graxe_core::jit(|x: &graxe_core::Array| x.maximum(0.0));
        let jitted = traced(move |x| inner(&inner(x)));
        assert!(jitted.agrees(&both).is_err());
        assert_eq!(jitted.simplified().agrees(&both), Ok(()));
    }

    #[test]
    fn what_differs_is_said() {
        let one = twice(&["v1"]).simplified();
        let differs =
            |f: fn(&graxe_core::Array) -> graxe_core::Array| traced(f).agrees(&one).unwrap_err();
        assert_eq!(differs(|x| x.minimum(0.0)), "min, expected max");
        assert!(differs(|x| x.maximum(1.0)).contains("1.0:f32[]"));
        assert_eq!(differs(Clone::clone), "0 equations, expected 1");
        assert!(differs(|x| x.maximum(0.0).maximum(0.0)).starts_with("2 equations"));
    }
}
