//! Strided windows at fixed places.

use super::batching::{Batch, only, to_front};
use super::{Index, Input, Lowering, Parameter, Rules, Tangent, alike, bind1, pad, unary_aval};
use crate::array::{Array, Shape};
use crate::ir::{Type, Value};

/// Elements `start, start + stride, ..` below `limit` along every axis.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Slice {
    /// First index along each axis.
    pub start: Vec<usize>,
    /// End along each axis, not reached.
    pub limit: Vec<usize>,
    /// Positive step along each axis.
    pub stride: Vec<usize>,
}

impl Slice {
    pub(crate) fn output_shape(&self) -> Shape {
        (0..self.start.len())
            .map(|i| (self.limit[i] - self.start[i]).div_ceil(self.stride[i]))
            .collect()
    }
}

impl Rules for Slice {
    fn name(&self) -> &'static str {
        "slice"
    }

    fn parameters(&self) -> Vec<(&'static str, Parameter)> {
        let strides = if self.stride.iter().all(|&s| s == 1) {
            Parameter::Text("None".into())
        } else {
            Parameter::tuple(&self.stride)
        };
        vec![
            ("limit_indices", Parameter::tuple(&self.limit)),
            ("start_indices", Parameter::tuple(&self.start)),
            ("strides", strides),
        ]
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let aval = unary_aval(self.name(), inputs)?;
        let rank = aval.shape.rank();
        let fits = [self.start.len(), self.limit.len(), self.stride.len()] == [rank; 3]
            && (0..rank).all(|i| {
                self.start[i] <= self.limit[i]
                    && self.limit[i] <= aval.shape[i]
                    && self.stride[i] > 0
            });
        if !fits {
            return Err(format!(
                "slice: {:?} to {:?} by {:?} does not lie in {aval}",
                self.start, self.limit, self.stride
            ));
        }
        Ok(vec![Type::Array(aval.with_shape(self.output_shape()))])
    }

    fn jvp(&self, primals: &[Value], tangents: &[Tangent]) -> (Vec<Value>, Vec<Tangent>) {
        alike(self, primals, tangents)
    }

    fn transpose(&self, cotangents: &[Tangent], inputs: &[Input]) -> Vec<Tangent> {
        let shape = inputs[0].aval().shape;
        let out = self.output_shape();
        let rank = out.rank();
        let covered = |i: usize| {
            if out[i] == 0 {
                0
            } else {
                (out[i] - 1) * self.stride[i] + 1
            }
        };
        vec![only(cotangents).map(|c| {
            let zero = Array::full((), 0, c.dtype());
            let low = self.start.iter().map(|&s| s as isize).collect();
            let high = (0..rank)
                .map(|i| (shape[i] - self.start[i] - covered(i)) as isize)
                .collect();
            let interior = self.stride.iter().map(|s| s - 1).collect();
            pad::pad(c, &zero, low, high, interior)
        })]
    }

    fn batch(
        &self,
        inputs: &[Value],
        axes: &[Option<usize>],
        _: &Batch,
    ) -> (Vec<Value>, Vec<Option<usize>>) {
        let x = to_front(inputs[0].array(), axes[0].unwrap_or(0));
        let front = |first: usize, rest: &[usize]| {
            let mut v = vec![first];
            v.extend_from_slice(rest);
            v
        };
        let batched = Self {
            start: front(0, &self.start),
            limit: front(x.shape()[0], &self.limit),
            stride: front(1, &self.stride),
        };
        (vec![bind1(batched, vec![x.into()]).into()], vec![Some(0)])
    }

    fn lowering(&self) -> Lowering<'_> {
        Lowering::Index(Index::Slice(self))
    }
}

/// The window of `x`; nothing is emitted where it is the whole.
#[track_caller]
pub(crate) fn slice(x: &Array, start: &[usize], limit: &[usize], stride: &[usize]) -> Array {
    let whole =
        start.iter().all(|&s| s == 0) && limit == &x.shape()[..] && stride.iter().all(|&s| s == 1);
    if whole {
        return x.clone();
    }
    let window = Slice {
        start: start.to_vec(),
        limit: limit.to_vec(),
        stride: stride.to_vec(),
    };
    bind1(window, vec![x.into()])
}

/// Every `step`-th element of `from..to` along one axis.
#[track_caller]
pub(crate) fn every(x: &Array, axis: usize, from: usize, to: usize, step: usize) -> Array {
    let mut start = vec![0; x.rank()];
    let mut limit = x.shape().to_vec();
    let mut stride = vec![1; x.rank()];
    (start[axis], limit[axis], stride[axis]) = (from, to, step);
    slice(x, &start, &limit, &stride)
}

/// Elements `from..to` along one axis.
#[track_caller]
pub(crate) fn slice_axis(x: &Array, axis: usize, from: usize, to: usize) -> Array {
    every(x, axis, from, to, 1)
}
