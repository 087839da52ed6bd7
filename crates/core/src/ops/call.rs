//! A program applied as one operation: what a jitted function is inside another trace.

use std::sync::Arc;

use super::batching::Batch;
use super::{Input, Lowering, Parameter, PartialEval, Rules, Tangent, bind, spread};
use crate::ir::builder::build;
use crate::ir::{Program, Type, Value};
use crate::transform::{backward, jvp_program, partial_eval, vmap_program};

/// Applies a program without captures to its inputs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Call {
    /// What to apply.
    pub program: Arc<Program>,
}

impl Rules for Call {
    fn name(&self) -> &'static str {
        "jit"
    }

    fn parameters(&self) -> Vec<(&'static str, Parameter)> {
        vec![("jaxpr", Parameter::Program(self.program.clone()))]
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        if inputs == self.program.input_types() {
            Ok(self.program.output_types())
        } else {
            Err(format!(
                "jit: inputs {inputs:?} are not those of the program, {:?}",
                self.program.input_types()
            ))
        }
    }

    fn jvp(&self, primals: &[Value], tangents: &[Tangent]) -> (Vec<Value>, Vec<Tangent>) {
        let with: Vec<bool> = tangents.iter().map(Option::is_some).collect();
        let (program, out_with) = jvp_program(&self.program, &with);
        let mut inputs = primals.to_vec();
        inputs.extend(tangents.iter().flatten().map(Value::from));
        let mut results = bind(&Self { program }.into(), inputs);
        let moving = results.split_off(self.program.outputs.len());
        (results, spread(&out_with, moving))
    }

    fn transpose(&self, cotangents: &[Tangent], inputs: &[Input]) -> Vec<Tangent> {
        let with: Vec<bool> = cotangents.iter().map(Option::is_some).collect();
        let known = inputs
            .iter()
            .filter(|i| !i.is_linear())
            .map(|i| i.known().clone());
        let mut operands: Vec<Value> = known.collect();
        let residuals = operands.len();
        operands.extend(cotangents.iter().flatten().map(Value::from));
        let types: Vec<Type> = operands.iter().map(Value::ty).collect();
        let mut gives = Vec::new();
        let closed = build(&types, |values| {
            let (known, cts) = values.split_at(residuals);
            let mut known = known.iter();
            let inputs: Vec<Input> = inputs
                .iter()
                .map(|i| match i {
                    Input::Linear(ty) => Input::Linear(ty.clone()),
                    Input::Known(_) => match known.next() {
                        Some(v) => Input::Known(v.clone()),
                        None => unreachable!("one value for each known input"),
                    },
                })
                .collect();
            let cts = spread(&with, cts.iter().cloned());
            let out = backward(&self.program, &[], &inputs, &cts);
            gives = out.iter().map(Option::is_some).collect();
            out.into_iter().flatten().map(Value::from).collect()
        });
        operands.splice(0..0, closed.captures.iter().cloned());
        let program = closed.lifted();
        spread(&gives, bind(&Self { program }.into(), operands))
    }

    fn batch(
        &self,
        inputs: &[Value],
        axes: &[Option<usize>],
        batch: &Batch,
    ) -> (Vec<Value>, Vec<Option<usize>>) {
        let types: Vec<Type> = inputs.iter().map(Value::ty).collect();
        let (program, out_axes) = vmap_program(&self.program, &types, axes, batch);
        (bind(&Self { program }.into(), inputs.to_vec()), out_axes)
    }

    fn lowering(&self) -> Lowering<'_> {
        Lowering::Control(self)
    }

    fn partial_eval(&self, known: &[bool]) -> Option<PartialEval> {
        let cut = partial_eval(&self.program, known);
        Some(PartialEval {
            known: Self { program: cut.known }.into(),
            unknown: Self {
                program: cut.unknown,
            }
            .into(),
            known_outputs: cut.known_outputs,
            residuals: cut.residuals,
        })
    }
}

/// Applies a closed program as one operation.
#[track_caller]
pub(crate) fn call(closed: &crate::ir::Closed, inputs: Vec<Value>) -> Vec<Value> {
    let mut operands = closed.captures.clone();
    operands.extend(inputs);
    bind(
        &Call {
            program: closed.lifted(),
        }
        .into(),
        operands,
    )
}
