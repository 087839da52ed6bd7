//! Running a program equation by equation: eagerly, or inlined into an outer trace.

use super::{Atom, Program, Value};
use crate::ops::bind;

/// Evaluates `program`; values are dropped after their last use.
#[track_caller]
pub(crate) fn evaluate(program: &Program, captures: &[Value], inputs: Vec<Value>) -> Vec<Value> {
    let last = program.last_uses();
    let mut env = Environment::new(program, captures, inputs);
    for (i, equation) in program.equations.iter().enumerate() {
        let operands: Vec<Value> = equation.inputs.iter().map(|a| env.read(a)).collect();
        for var in &last[i] {
            env.forget(*var);
        }
        let results = bind(&equation.primitive, operands);
        env.write(&equation.outputs, results);
        // Results that nobody reads die at once.
        for var in &equation.outputs {
            if last[program.equations.len()].binary_search(var).is_ok() {
                env.forget(*var);
            }
        }
    }
    program.outputs.iter().map(|a| env.read(a)).collect()
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

    pub(crate) fn write(&mut self, vars: &[super::Var], values: Vec<Value>) {
        debug_assert_eq!(vars.len(), values.len());
        for (var, value) in vars.iter().zip(values) {
            self.values[var.index()] = Some(value);
        }
    }

    fn forget(&mut self, var: super::Var) {
        self.values[var.index()] = None;
    }
}

impl Program {
    /// For each equation the variables it reads last; one more list, sorted, holds those
    /// that nobody reads.
    fn last_uses(&self) -> Vec<Vec<super::Var>> {
        let n = self.equations.len();
        let mut last = vec![n; self.types.len()];
        for (i, equation) in self.equations.iter().enumerate() {
            for var in equation.inputs.iter().filter_map(Atom::var) {
                last[var.index()] = i;
            }
        }
        let mut kept = vec![false; self.types.len()];
        for var in self.outputs.iter().filter_map(Atom::var) {
            kept[var.index()] = true;
        }
        let mut uses = vec![Vec::new(); n + 1];
        for (index, &i) in last.iter().enumerate() {
            if !kept[index] {
                uses[i].push(super::Var(index as u32));
            }
        }
        uses
    }
}
