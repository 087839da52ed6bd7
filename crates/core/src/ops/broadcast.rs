//! Repetition along new axes and along axes of extent one.

use super::batching::{Batch, only};
use super::{
    Index, Input, Lowering, Parameter, Rules, Tangent, alike, bind1, reduce, reshape, unary_aval,
};
use crate::array::{Array, Shape};
use crate::ir::{Type, Value};

/// XLA's `broadcast_in_dim`: axis `i` of the operand becomes axis `dims[i]` of the result.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Broadcast {
    /// The shape of the result.
    pub shape: Shape,
    /// Ascending axes of the result.
    pub dims: Vec<usize>,
}

impl Rules for Broadcast {
    fn name(&self) -> &'static str {
        "broadcast_in_dim"
    }

    fn parameters(&self) -> Vec<(&'static str, Parameter)> {
        vec![
            ("broadcast_dimensions", Parameter::tuple(&self.dims)),
            ("shape", Parameter::tuple(&self.shape)),
        ]
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let aval = unary_aval(self.name(), inputs)?;
        let ascending = self.dims.windows(2).all(|w| w[0] < w[1]);
        let fits = self.dims.len() == aval.shape.rank()
            && ascending
            && self.dims.iter().zip(aval.shape.iter()).all(|(&d, &n)| {
                self.shape
                    .get(d)
                    .is_some_and(|&extent| n == extent || n == 1)
            });
        if !fits {
            return Err(format!(
                "{}: {aval} does not broadcast to shape {} along axes {:?}",
                self.name(),
                self.shape,
                self.dims
            ));
        }
        Ok(vec![Type::Array(aval.with_shape(&self.shape))])
    }

    fn jvp(&self, primals: &[Value], tangents: &[Tangent]) -> (Vec<Value>, Vec<Tangent>) {
        alike(self, primals, tangents)
    }

    fn transpose(&self, cotangents: &[Tangent], inputs: &[Input]) -> Vec<Tangent> {
        let Some(c) = only(cotangents) else {
            return vec![None];
        };
        let shape = inputs[0].aval().shape;
        let repeated: Vec<usize> = (0..self.shape.rank())
            .filter(|axis| match self.dims.iter().position(|d| d == axis) {
                None => true,
                Some(i) => shape[i] != self.shape[*axis],
            })
            .collect();
        let summed = if repeated.is_empty() {
            c.clone()
        } else {
            reduce::sum(c, &repeated)
        };
        vec![Some(reshape::reshape(&summed, shape))]
    }

    fn batch(
        &self,
        inputs: &[Value],
        axes: &[Option<usize>],
        _: &Batch,
    ) -> (Vec<Value>, Vec<Option<usize>>) {
        let axis = axes[0].unwrap_or(0);
        let x = super::batching::to_front(inputs[0].array(), axis);
        let shape = self.shape.with_axis(0, x.shape()[0]);
        let mut dims = vec![0];
        dims.extend(self.dims.iter().map(|d| d + 1));
        (
            vec![broadcast_in_dim(&x, shape, &dims).into()],
            vec![Some(0)],
        )
    }

    fn lowering(&self) -> Lowering<'_> {
        Lowering::Index(Index::Broadcast(self))
    }
}

/// `x` repeated to `shape`; nothing is emitted where it has that shape already.
#[track_caller]
pub(crate) fn broadcast_in_dim(x: &Array, shape: Shape, dims: &[usize]) -> Array {
    if *x.shape() == shape {
        return x.clone();
    }
    bind1(
        Broadcast {
            shape,
            dims: dims.to_vec(),
        },
        vec![x.into()],
    )
}

/// `x` broadcast to `shape` by NumPy's rules: trailing axes are matched.
#[track_caller]
pub(crate) fn broadcast_to(x: &Array, shape: &Shape) -> Array {
    let skip = shape.rank().saturating_sub(x.rank());
    let dims: Vec<usize> = (skip..shape.rank()).collect();
    broadcast_in_dim(x, shape.clone(), &dims)
}
