//! Axes in another order.

use super::batching::{Batch, only};
use super::{Index, Input, Lowering, Parameter, Rules, Tangent, alike, bind1, unary_aval};
use crate::array::Array;
use crate::ir::{Type, Value};

/// Axis `i` of the result is axis `perm[i]` of the operand.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Transpose {
    /// A permutation of the operand's axes.
    pub perm: Vec<usize>,
}

impl Rules for Transpose {
    fn name(&self) -> &'static str {
        "transpose"
    }

    fn parameters(&self) -> Vec<(&'static str, Parameter)> {
        vec![("permutation", Parameter::tuple(&self.perm))]
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let aval = unary_aval(self.name(), inputs)?;
        let mut sorted = self.perm.clone();
        sorted.sort_unstable();
        if sorted.len() != aval.shape.rank() || sorted.iter().enumerate().any(|(i, &p)| i != p) {
            return Err(format!(
                "transpose: {:?} does not permute the axes of {aval}",
                self.perm
            ));
        }
        let shape: crate::array::Shape = self.perm.iter().map(|&p| aval.shape[p]).collect();
        Ok(vec![Type::Array(aval.with_shape(shape))])
    }

    fn jvp(&self, primals: &[Value], tangents: &[Tangent]) -> (Vec<Value>, Vec<Tangent>) {
        alike(self, primals, tangents)
    }

    fn transpose(&self, cotangents: &[Tangent], _inputs: &[Input]) -> Vec<Tangent> {
        let mut inverse = vec![0; self.perm.len()];
        for (i, &p) in self.perm.iter().enumerate() {
            inverse[p] = i;
        }
        vec![only(cotangents).map(|c| transpose(c, &inverse))]
    }

    fn batch(
        &self,
        inputs: &[Value],
        axes: &[Option<usize>],
        _: &Batch,
    ) -> (Vec<Value>, Vec<Option<usize>>) {
        let axis = axes[0].unwrap_or(0);
        let mut perm = vec![axis];
        perm.extend(super::batching::shift_axes(&self.perm, axis));
        (
            vec![transpose(inputs[0].array(), &perm).into()],
            vec![Some(0)],
        )
    }

    fn lowering(&self) -> Lowering<'_> {
        Lowering::Index(Index::Transpose(self))
    }
}

/// `x` with permuted axes; nothing is emitted for the identity.
#[track_caller]
pub(crate) fn transpose(x: &Array, perm: &[usize]) -> Array {
    if perm.iter().enumerate().all(|(i, &p)| i == p) && perm.len() == x.rank() {
        return x.clone();
    }
    bind1(
        Transpose {
            perm: perm.to_vec(),
        },
        vec![x.into()],
    )
}
