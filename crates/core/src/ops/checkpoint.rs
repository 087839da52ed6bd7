//! A program whose intermediate values are computed again instead of kept for a derivative.

use std::sync::Arc;

use super::batching::Batch;
use super::{
    Control, Input, Lowering, Parameter, PartialEval, Primitive, Pruned, Rules, Tangent, bind,
    marked, prune_program, spread,
};
use crate::ir::{Equation, Program, Type, Value, all_match};
use crate::transform::{jvp_program, partial_eval_saving, transpose_program, vmap_program};

/// Which values a checkpointed function keeps for its derivative, beside its arguments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Policy {
    /// None: all is computed again.
    #[default]
    NothingSaveable,
    /// Products of matrices, dense and sparse: what costs most to compute again.
    DotsSaveable,
    /// All, as without a checkpoint.
    EverythingSaveable,
}

impl Policy {
    fn saves(self, equation: &Equation) -> bool {
        match self {
            Self::NothingSaveable => false,
            Self::DotsSaveable => matches!(
                equation.primitive,
                Primitive::Dot(_) | Primitive::Spmm(_) | Primitive::Sddmm(_)
            ),
            Self::EverythingSaveable => true,
        }
    }
}

/// Applies a program without captures; JAX's `checkpoint`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Checkpoint {
    /// What to apply.
    pub program: Arc<Program>,
    /// What is kept for the derivative.
    pub policy: Policy,
}

impl Checkpoint {
    fn of(&self, program: Arc<Program>) -> Primitive {
        Self {
            program,
            policy: self.policy,
        }
        .into()
    }
}

impl Rules for Checkpoint {
    fn name(&self) -> &'static str {
        "checkpoint"
    }

    fn parameters(&self) -> Vec<(&'static str, Parameter)> {
        vec![
            ("jaxpr", Parameter::Program(self.program.clone())),
            ("policy", Parameter::text(self.policy)),
        ]
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let expected = self.program.input_types();
        if all_match(inputs, &expected) {
            Ok(self.program.output_types())
        } else {
            Err(format!(
                "checkpoint: inputs {inputs:?} are not those of the program, {expected:?}"
            ))
        }
    }

    fn jvp(&self, primals: &[Value], tangents: &[Tangent]) -> (Vec<Value>, Vec<Tangent>) {
        let with: Vec<bool> = tangents.iter().map(Option::is_some).collect();
        let (program, out_with) = jvp_program(&self.program, &with, &[]);
        let mut inputs = primals.to_vec();
        inputs.extend(tangents.iter().flatten().map(Value::from));
        let mut results = bind(&self.of(program), inputs);
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
        spread(&gives, bind(&self.of(program), operands))
    }

    fn batch(
        &self,
        inputs: &[Value],
        axes: &[Option<usize>],
        batch: &Batch,
    ) -> (Vec<Value>, Vec<Option<usize>>) {
        let types: Vec<Type> = inputs.iter().map(Value::ty).collect();
        let (program, out_axes) = vmap_program(&self.program, &types, axes, batch, &[]);
        (bind(&self.of(program), inputs.to_vec()), out_axes)
    }

    fn lowering(&self) -> Lowering<'_> {
        Lowering::Control(Control::Checkpoint(&self.program))
    }

    fn programs(&self) -> Vec<&Arc<Program>> {
        vec![&self.program]
    }

    fn with_programs(&self, programs: Vec<Arc<Program>>) -> Primitive {
        let Some(program) = programs.into_iter().next() else {
            unreachable!("as many programs as there were")
        };
        self.of(program)
    }

    fn prune(&self, used: &[bool]) -> Option<Pruned> {
        let (program, reads) = prune_program(&self.program, used);
        let program = Arc::new(Program {
            inputs: marked(&program.inputs, &reads, true),
            ..program
        });
        Some(Pruned {
            primitive: self.of(program),
            inputs: reads,
            outputs: used.to_vec(),
        })
    }

    fn partial_eval(&self, known: &[bool]) -> Option<PartialEval> {
        let saves = |equation: &Equation| self.policy.saves(equation);
        let cut = partial_eval_saving(&self.program, known, saves);
        Some(PartialEval {
            known: cut.known,
            unknown: self.of(cut.unknown),
            known_outputs: cut.known_outputs,
            residuals: cut.residuals,
        })
    }
}
