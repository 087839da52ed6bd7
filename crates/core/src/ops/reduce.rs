//! Folds over axes: to a value, or to the position of an extreme.

use super::batching::{Batch, only, shift_axes};
use super::{
    Binary, Input, Lowering, Parameter, Reduction, Rules, Tangent, binary, bind1, broadcast,
    not_linear, pad, slice, unary_aval,
};
use crate::array::{Array, DType, Shape};
use crate::functions::shape as shapes;
use crate::ir::{Aval, Type, Value};

/// How elements combine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each name says what it is")]
pub enum Fold {
    Sum,
    Prod,
    Max,
    Min,
    And,
    Or,
}

impl Fold {
    /// Every fold, for checks over the whole family.
    pub const ALL: [Self; 6] = [
        Self::Sum,
        Self::Prod,
        Self::Max,
        Self::Min,
        Self::And,
        Self::Or,
    ];
}

/// A fold over `axes`, which the result no longer has.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reduce {
    /// How elements combine.
    pub fold: Fold,
    /// Ascending axes.
    pub axes: Vec<usize>,
}

impl Rules for Reduce {
    fn name(&self) -> &'static str {
        match self.fold {
            Fold::Sum => "reduce_sum",
            Fold::Prod => "reduce_prod",
            Fold::Max => "reduce_max",
            Fold::Min => "reduce_min",
            Fold::And => "reduce_and",
            Fold::Or => "reduce_or",
        }
    }

    fn parameters(&self) -> Vec<(&'static str, Parameter)> {
        vec![("axes", Parameter::tuple(&self.axes))]
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let name = self.name();
        let aval = unary_aval(name, inputs)?;
        let ascending = self.axes.windows(2).all(|w| w[0] < w[1]);
        if !ascending || self.axes.last().is_some_and(|&a| a >= aval.shape.rank()) {
            return Err(format!("{name}: {aval} has no axes {:?}", self.axes));
        }
        let fits = match self.fold {
            Fold::And | Fold::Or => !aval.dtype.is_float(),
            _ => aval.dtype != DType::Bool,
        };
        if !fits {
            return Err(format!("{name}: does not take {aval}"));
        }
        Ok(vec![Type::Array(
            aval.with_shape(aval.shape.without(&self.axes)),
        )])
    }

    fn jvp(&self, primals: &[Value], tangents: &[Tangent]) -> (Vec<Value>, Vec<Tangent>) {
        let x = primals[0].array();
        let out = bind1(self.clone(), vec![x.into()]);
        let tangent = tangents[0].as_ref().map(|t| match self.fold {
            Fold::Sum => sum(t, &self.axes),
            Fold::Prod => product_tangent(x, t, &self.axes),
            Fold::Max | Fold::Min => {
                // Equal extremes share the slope.
                let spread = spread(&out, x.shape(), &self.axes);
                let winners = x.equal(&spread).astype(t.dtype());
                sum(&(t * &winners), &self.axes) / sum(&winners, &self.axes)
            }
            Fold::And | Fold::Or => unreachable!("integers have no tangents"),
        });
        (vec![out.into()], vec![tangent])
    }

    fn transpose(&self, cotangents: &[Tangent], inputs: &[Input]) -> Vec<Tangent> {
        if self.fold != Fold::Sum {
            not_linear(self.name());
        }
        vec![only(cotangents).map(|c| spread(c, &inputs[0].aval().shape, &self.axes))]
    }

    fn batch(
        &self,
        inputs: &[Value],
        axes: &[Option<usize>],
        _: &Batch,
    ) -> (Vec<Value>, Vec<Option<usize>>) {
        let batch = axes[0].unwrap_or(0);
        let shifted = shift_axes(&self.axes, batch);
        let before = shifted.iter().filter(|&&a| a < batch).count();
        let out = fold(self.fold, inputs[0].array(), &shifted);
        (vec![out.into()], vec![Some(batch - before)])
    }

    fn lowering(&self) -> Lowering<'_> {
        Lowering::Reduce(Reduction::Fold(self))
    }
}

/// `folded` repeated along the `axes` that were folded away from `shape`.
fn spread(folded: &Array, shape: &Shape, axes: &[usize]) -> Array {
    let kept: Vec<usize> = (0..shape.rank()).filter(|a| !axes.contains(a)).collect();
    broadcast::broadcast_in_dim(folded, shape.clone(), &kept)
}

/// The tangent of a product without division: a tree of products of halves, so that zeros
/// and derivatives of any order are exact.
fn product_tangent(x: &Array, t: &Array, axes: &[usize]) -> Array {
    let kept: Vec<usize> = (0..x.rank()).filter(|a| !axes.contains(a)).collect();
    let last = kept.len();
    let flatten = |v: &Array| {
        let perm: Vec<usize> = kept.iter().chain(axes).copied().collect();
        let moved = super::transpose::transpose(v, &perm);
        let mut shape: Vec<usize> = kept.iter().map(|&a| v.shape()[a]).collect();
        shape.push(axes.iter().map(|&a| v.shape()[a]).product());
        shapes::reshape_to(&moved, shape)
    };
    let (mut p, mut q) = (flatten(x), flatten(t));
    let mut n = p.shape()[last];
    if n == 0 {
        return Array::zeros(p.shape().without(&[last]), t.dtype());
    }
    let pad_one = |v: &Array, value: i32| {
        let mut high = vec![0isize; v.rank()];
        high[last] = 1;
        let value = Array::full((), value, v.dtype());
        pad::pad(v, &value, vec![0; v.rank()], high, vec![0; v.rank()])
    };
    while n > 1 {
        if n % 2 == 1 {
            (p, q) = (pad_one(&p, 1), pad_one(&q, 0));
            n += 1;
        }
        let half = n / 2;
        let (p0, p1) = (
            slice::slice_axis(&p, last, 0, half),
            slice::slice_axis(&p, last, half, n),
        );
        let (q0, q1) = (
            slice::slice_axis(&q, last, 0, half),
            slice::slice_axis(&q, last, half, n),
        );
        q = binary::apply(Binary::AddAny, &(&p0 * &q1), &(&p1 * &q0));
        p = &p0 * &p1;
        n = half;
    }
    let shape = q.shape().without(&[last]);
    shapes::reshape_to(&q, shape)
}

/// Applies a fold; nothing is emitted where there are no axes.
#[track_caller]
pub(crate) fn fold(fold: Fold, x: &Array, axes: &[usize]) -> Array {
    if axes.is_empty() {
        return x.clone();
    }
    bind1(
        Reduce {
            fold,
            axes: axes.to_vec(),
        },
        vec![x.into()],
    )
}

/// The sum over `axes`.
#[track_caller]
pub(crate) fn sum(x: &Array, axes: &[usize]) -> Array {
    fold(Fold::Sum, x, axes)
}

/// The position of the first extreme along `axis`; NaN counts as the extreme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ArgReduce {
    /// The largest element rather than the smallest.
    pub largest: bool,
    /// The axis searched, which the result no longer has.
    pub axis: usize,
    /// The integer dtype of the positions.
    pub dtype: DType,
}

impl Rules for ArgReduce {
    fn name(&self) -> &'static str {
        if self.largest { "argmax" } else { "argmin" }
    }

    fn parameters(&self) -> Vec<(&'static str, Parameter)> {
        vec![
            ("axes", Parameter::tuple(&[self.axis])),
            ("index_dtype", Parameter::Text(self.dtype.name().into())),
        ]
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let name = self.name();
        let aval = unary_aval(name, inputs)?;
        if self.axis >= aval.shape.rank() || !self.dtype.is_integer() || aval.dtype == DType::Bool {
            return Err(format!(
                "{name}: {aval} has no axis {} to search",
                self.axis
            ));
        }
        if aval.shape[self.axis] == 0 {
            return Err(format!("{name}: axis {} of {aval} is empty", self.axis));
        }
        Ok(vec![Type::Array(Aval::new(
            self.dtype,
            aval.shape.without(&[self.axis]),
        ))])
    }

    fn jvp(&self, primals: &[Value], _tangents: &[Tangent]) -> (Vec<Value>, Vec<Tangent>) {
        (vec![bind1(*self, primals.to_vec()).into()], vec![None])
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
        let batch = axes[0].unwrap_or(0);
        let axis = shift_axes(&[self.axis], batch)[0];
        let out = bind1(Self { axis, ..*self }, inputs.to_vec());
        (
            vec![out.into()],
            vec![Some(batch - usize::from(axis < batch))],
        )
    }

    fn lowering(&self) -> Lowering<'_> {
        Lowering::Reduce(Reduction::Arg(self))
    }
}
