//! The identity, which equal expressions on both sides do not pass.

use super::batching::Batch;
use super::{Input, Loop, Lowering, Rules, Tangent, alike, bind, unary_aval};
use crate::ir::{Type, Value};

/// Gives its operand. What is computed of the result is not shared with what is computed of the
/// operand: [`Checkpoint`](super::Checkpoint) computes values again behind it, which are not to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Barrier;

impl Rules for Barrier {
    fn name(&self) -> &'static str {
        "optimization_barrier"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        Ok(vec![Type::Array(unary_aval(self.name(), inputs)?.clone())])
    }

    fn jvp(&self, primals: &[Value], tangents: &[Tangent]) -> (Vec<Value>, Vec<Tangent>) {
        alike(self, primals, tangents)
    }

    fn transpose(&self, cotangents: &[Tangent], _inputs: &[Input]) -> Vec<Tangent> {
        cotangents.to_vec()
    }

    fn batch(
        &self,
        inputs: &[Value],
        axes: &[Option<usize>],
        _: &Batch,
    ) -> (Vec<Value>, Vec<Option<usize>>) {
        (bind(&(*self).into(), inputs.to_vec()), axes.to_vec())
    }

    fn lowering(&self) -> Lowering<'_> {
        Lowering::Loop(Loop::Copy)
    }
}
