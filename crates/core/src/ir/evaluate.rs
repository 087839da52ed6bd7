//! Running a program equation by equation: eagerly, or inlined into an outer trace.

use super::{Atom, Program, Value, Var};
use crate::ops::bind;

/// Evaluates `program`; values are dropped after their last use.
#[track_caller]
pub(crate) fn evaluate(program: &Program, captures: &[Value], inputs: Vec<Value>) -> Vec<Value> {
    let last = program.last_uses();
    let mut values = Environment::new(program, captures, inputs);
    for (i, equation) in program.equations.iter().enumerate() {
        let operands = values.read_all(&equation.inputs);
        for var in last.after(i) {
            values.forget(*var);
        }
        let results = equation.at.during(|| bind(&equation.primitive, operands));
        values.write(&equation.outputs, results);
    }
    values.read_all(&program.outputs)
}

/// Where each variable is read for the last time.
pub(crate) struct LastUses {
    by_equation: Vec<Vec<Var>>,
}

impl LastUses {
    /// The variables that may be forgotten once the operands of equation `i` are read: those it
    /// reads last, and results of the one before that nobody reads.
    pub(crate) fn after(&self, i: usize) -> &[Var] {
        &self.by_equation[i]
    }
}

impl Program {
    /// Where each variable that is not an output is read for the last time.
    pub(crate) fn last_uses(&self) -> LastUses {
        let mut last: Vec<Option<usize>> = vec![None; self.types.len()];
        for (i, equation) in self.equations.iter().enumerate() {
            for var in &equation.outputs {
                last[var.index()] = Some(i + 1);
            }
            for var in equation.inputs.iter().filter_map(Atom::var) {
                last[var.index()] = Some(i);
            }
        }
        for var in self.outputs.iter().filter_map(Atom::var) {
            last[var.index()] = None;
        }
        let mut by_equation = vec![Vec::new(); self.equations.len() + 1];
        for (index, i) in last.into_iter().enumerate() {
            if let Some(i) = i {
                by_equation[i].push(Var(index as u32));
            }
        }
        LastUses { by_equation }
    }
}

/// The values of a program's variables while it is interpreted.
pub(crate) struct Environment {
    values: Vec<Option<Value>>,
}

impl Environment {
    pub(crate) fn new(program: &Program, captures: &[Value], inputs: Vec<Value>) -> Self {
        let mut env = Self::without_inputs(program, captures);
        env.write(&program.inputs, inputs);
        env
    }

    pub(crate) fn without_inputs(program: &Program, captures: &[Value]) -> Self {
        let mut env = Self {
            values: vec![None; program.types.len()],
        };
        env.write(&program.captures, captures.to_vec());
        env
    }

    #[track_caller]
    pub(crate) fn read(&self, atom: &Atom) -> Value {
        match atom {
            Atom::Var(v) => match &self.values[v.index()] {
                Some(value) => value.clone(),
                None => unreachable!("the verifier has seen {v:?} bound before it is read"),
            },
            Atom::Literal(s, weak) => Value::Array(s.to_literal(*weak)),
        }
    }

    #[track_caller]
    pub(crate) fn read_all(&self, atoms: &[Atom]) -> Vec<Value> {
        atoms.iter().map(|a| self.read(a)).collect()
    }

    pub(crate) fn write(&mut self, vars: &[Var], values: Vec<Value>) {
        debug_assert_eq!(vars.len(), values.len());
        for (var, value) in vars.iter().zip(values) {
            self.values[var.index()] = Some(value);
        }
    }

    pub(crate) fn forget(&mut self, var: Var) {
        self.values[var.index()] = None;
    }
}
