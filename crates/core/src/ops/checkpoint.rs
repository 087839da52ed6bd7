//! A program whose intermediate values are computed again instead of kept for a derivative.

use std::sync::Arc;

use super::batching::Batch;
use super::{
    Control, Input, Lowering, Parameter, PartialEval, Primitive, Pruned, Rules, Tangent, call,
    exactly,
};
use crate::ir::{Equation, Program, Type, Value};
use crate::transform::partial_eval_saving;

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
        call::infer(self.name(), &self.program, inputs)
    }

    fn jvp(&self, primals: &[Value], tangents: &[Tangent]) -> (Vec<Value>, Vec<Tangent>) {
        call::jvp(&self.program, primals, tangents, |program| self.of(program))
    }

    fn transpose(&self, cotangents: &[Tangent], inputs: &[Input]) -> Vec<Tangent> {
        call::transpose(&self.program, cotangents, inputs, |program| {
            self.of(program)
        })
    }

    fn batch(
        &self,
        inputs: &[Value],
        axes: &[Option<usize>],
        batch: &Batch,
    ) -> (Vec<Value>, Vec<Option<usize>>) {
        call::batch(&self.program, inputs, axes, batch, |program| {
            self.of(program)
        })
    }

    fn lowering(&self) -> Lowering<'_> {
        Lowering::Control(Control::Checkpoint(&self.program))
    }

    fn programs(&self) -> Vec<&Arc<Program>> {
        vec![&self.program]
    }

    fn with_programs(&self, programs: Vec<Arc<Program>>) -> Primitive {
        let [program] = exactly(programs);
        self.of(program)
    }

    fn prune(&self, used: &[bool]) -> Option<Pruned> {
        Some(call::prune(&self.program, used, |program| self.of(program)))
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
