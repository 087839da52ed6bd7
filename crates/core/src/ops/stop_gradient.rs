//! The identity without a derivative.

use super::batching::Batch;
use super::{Input, Loop, Lowering, Rules, Tangent, bind1, not_linear, unary_aval};
use crate::array::Array;
use crate::ir::{Type, Value};

/// Gives its operand and stops its tangent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StopGradient;

impl Rules for StopGradient {
    fn name(&self) -> &'static str {
        "stop_gradient"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        Ok(vec![Type::Array(unary_aval(self.name(), inputs)?.clone())])
    }

    fn jvp(&self, primals: &[Value], _tangents: &[Tangent]) -> (Vec<Value>, Vec<Tangent>) {
        (vec![stop_gradient(primals[0].array()).into()], vec![None])
    }

    fn transpose(&self, _cotangents: &[Tangent], _inputs: &[Input]) -> Vec<Tangent> {
        not_linear(self.name())
    }

    fn batch(
        &self,
        inputs: &[Value],
        axes: &[Option<usize>],
        _: &Batch,
    ) -> (Vec<Value>, Vec<Option<usize>>) {
        (vec![stop_gradient(inputs[0].array()).into()], vec![axes[0]])
    }

    fn lowering(&self) -> Lowering<'_> {
        Lowering::Loop(Loop::Copy)
    }
}

/// `x`, through which no derivative passes.
#[track_caller]
pub(crate) fn stop_gradient(x: &Array) -> Array {
    bind1(StopGradient, vec![x.into()])
}
