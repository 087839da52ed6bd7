//! Counting along an axis.

use super::batching::Batch;
use super::{Input, Loop, Lowering, Parameter, Rules, Tangent, bind1, not_linear};
use crate::array::{Array, DType, Shape};
use crate::ir::{Aval, Type, Value};

/// `0, 1, 2, ..` along one axis.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Iota {
    /// The dtype of the result.
    pub dtype: DType,
    /// The shape of the result.
    pub shape: Shape,
    /// The axis that counts.
    pub axis: usize,
}

impl Rules for Iota {
    fn name(&self) -> &'static str {
        "iota"
    }

    fn parameters(&self) -> Vec<(&'static str, Parameter)> {
        vec![
            ("dimension", Parameter::text(self.axis)),
            ("dtype", Parameter::Text(self.dtype.name().into())),
            ("shape", Parameter::tuple(&self.shape)),
        ]
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        if !inputs.is_empty() {
            return Err(format!("iota: expected no operand, found {}", inputs.len()));
        }
        if self.axis >= self.shape.rank() || self.dtype == DType::Bool {
            return Err(format!(
                "iota: cannot count {} along axis {} of shape {}",
                self.dtype, self.axis, self.shape
            ));
        }
        Ok(vec![Type::Array(Aval::new(self.dtype, &self.shape))])
    }

    fn jvp(&self, _primals: &[Value], _tangents: &[Tangent]) -> (Vec<Value>, Vec<Tangent>) {
        (vec![bind1(self.clone(), Vec::new()).into()], vec![None])
    }

    fn transpose(&self, _cotangents: &[Tangent], _inputs: &[Input]) -> Vec<Tangent> {
        not_linear(self.name())
    }

    fn batch(
        &self,
        _inputs: &[Value],
        _axes: &[Option<usize>],
        _: &Batch,
    ) -> (Vec<Value>, Vec<Option<usize>>) {
        (vec![bind1(self.clone(), Vec::new()).into()], vec![None])
    }

    fn lowering(&self) -> Lowering<'_> {
        Lowering::Loop(Loop::Iota(self))
    }
}

/// `0, 1, .., n - 1`.
pub(crate) fn iota(dtype: DType, n: usize) -> Array {
    bind1(
        Iota {
            dtype,
            shape: n.into(),
            axis: 0,
        },
        Vec::new(),
    )
}
