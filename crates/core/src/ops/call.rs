//! A program applied as one operation: what a jitted function is inside another trace.

use std::sync::Arc;

use super::batching::Batch;
use super::{
    Control, Input, Lowering, Parameter, PartialEval, Primitive, Pruned, Rules, Tangent, bind,
    marked, prune_program, spread,
};
use crate::ir::{Program, Type, Value, all_match};
use crate::transform::{jvp_program, partial_eval, transpose_program, vmap_program};

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
        if all_match(inputs, &self.program.input_types()) {
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
        let (program, out_with) = jvp_program(&self.program, &with, &[]);
        let mut inputs = primals.to_vec();
        inputs.extend(tangents.iter().flatten().map(Value::from));
        let mut results = bind(&Self { program }.into(), inputs);
        let moving = results.split_off(self.program.outputs.len());
        (results, spread(&out_with, moving))
    }

    fn transpose(&self, cotangents: &[Tangent], inputs: &[Input]) -> Vec<Tangent> {
        let linear: Vec<bool> = inputs.iter().map(Input::is_linear).collect();
        let with: Vec<bool> = cotangents.iter().map(Option::is_some).collect();
        let (program, gives) = transpose_program(&self.program, &linear, &with, &[]);
        let known = inputs.iter().filter(|i| !i.is_linear());
        let mut operands: Vec<Value> = known.map(|i| i.known().clone()).collect();
        operands.extend(cotangents.iter().flatten().map(Value::from));
        spread(&gives, bind(&Self { program }.into(), operands))
    }

    fn batch(
        &self,
        inputs: &[Value],
        axes: &[Option<usize>],
        batch: &Batch,
    ) -> (Vec<Value>, Vec<Option<usize>>) {
        let types: Vec<Type> = inputs.iter().map(Value::ty).collect();
        let (program, out_axes) = vmap_program(&self.program, &types, axes, batch, &[]);
        (bind(&Self { program }.into(), inputs.to_vec()), out_axes)
    }

    fn lowering(&self) -> Lowering<'_> {
        Lowering::Control(Control::Call(&self.program))
    }

    fn programs(&self) -> Vec<&Arc<Program>> {
        vec![&self.program]
    }

    fn with_programs(&self, programs: Vec<Arc<Program>>) -> Primitive {
        let Some(program) = programs.into_iter().next() else {
            unreachable!("as many programs as there were")
        };
        Self { program }.into()
    }

    fn prune(&self, used: &[bool]) -> Option<Pruned> {
        let (program, reads) = prune_program(&self.program, used);
        let program = Arc::new(Program {
            inputs: marked(&program.inputs, &reads, true),
            ..program
        });
        Some(Pruned {
            primitive: Self { program }.into(),
            inputs: reads,
            outputs: used.to_vec(),
        })
    }

    fn partial_eval(&self, known: &[bool]) -> Option<PartialEval> {
        let cut = partial_eval(&self.program, known, &[]);
        Some(PartialEval {
            known: cut.known,
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
