//! Folds over axes: sums, extremes, means, positions.

use super::logic::select;
use crate::array::{Array, DType, normalise_axis};
use crate::ops::reduce::{self as ops, ArgReduce, Fold};
use crate::ops::{bind1, reshape};
use crate::transform::misuse;

/// Which axes a fold runs over: `..` for all, a number, or a list.
#[derive(Clone, Debug)]
pub enum Axes {
    /// Every axis.
    All,
    /// These axes, counted from either end.
    List(Vec<isize>),
}

impl From<std::ops::RangeFull> for Axes {
    fn from(_: std::ops::RangeFull) -> Self {
        Self::All
    }
}

impl From<isize> for Axes {
    fn from(axis: isize) -> Self {
        Self::List(vec![axis])
    }
}

impl From<i32> for Axes {
    fn from(axis: i32) -> Self {
        Self::List(vec![axis as isize])
    }
}

impl<const N: usize> From<[isize; N]> for Axes {
    fn from(axes: [isize; N]) -> Self {
        Self::List(axes.to_vec())
    }
}

impl From<&[isize]> for Axes {
    fn from(axes: &[isize]) -> Self {
        Self::List(axes.to_vec())
    }
}

/// How to fold beyond the axes; made by [`Reduce::axis`] or [`Reduce::all`].
#[derive(Clone, Debug)]
pub struct Reduce {
    axes: Axes,
    keepdims: bool,
    mask: Option<Array>,
    ddof: f64,
}

impl Reduce {
    /// Over these axes.
    pub fn axis(axes: impl Into<Axes>) -> Self {
        Self {
            axes: axes.into(),
            keepdims: false,
            mask: None,
            ddof: 0.0,
        }
    }

    /// Over every axis.
    pub fn all() -> Self {
        Self::axis(..)
    }

    /// Keeps the folded axes with extent 1.
    pub fn keepdims(mut self) -> Self {
        self.keepdims = true;
        self
    }

    /// Folds only elements where `mask` is true.
    pub fn mask(mut self, mask: &Array) -> Self {
        self.mask = Some(mask.clone());
        self
    }

    /// Divides by the count less this, in variances.
    pub fn ddof(mut self, ddof: f64) -> Self {
        self.ddof = ddof;
        self
    }

    #[track_caller]
    pub(crate) fn resolve(&self, name: &str, rank: usize) -> Vec<usize> {
        let mut axes = match &self.axes {
            Axes::All => (0..rank).collect(),
            Axes::List(list) => list
                .iter()
                .map(|&a| normalise_axis(name, a, rank))
                .collect::<Vec<_>>(),
        };
        axes.sort_unstable();
        axes.dedup();
        axes
    }

    /// Folds, putting `neutral` where the mask is false.
    #[track_caller]
    fn apply(&self, name: &str, fold: Fold, x: &Array, neutral: &Array) -> Array {
        let axes = self.resolve(name, x.rank());
        let masked = match &self.mask {
            Some(mask) => select(mask, x, neutral),
            None => x.clone(),
        };
        self.finish(x, &axes, ops::fold(fold, &masked, &axes))
    }

    /// Refuses to look for an extreme where there is no element; a mask brings its own neutral one.
    #[track_caller]
    fn refuse_empty(&self, name: &str, x: &Array) {
        let axes = self.resolve(name, x.rank());
        if self.mask.is_none() && axes.iter().any(|&a| x.shape()[a] == 0) {
            misuse(format!(
                "{name}: {} has no element along axes {axes:?}",
                x.aval
            ));
        }
    }

    fn finish(&self, x: &Array, axes: &[usize], folded: Array) -> Array {
        if !self.keepdims {
            return folded;
        }
        let mut shape = x.shape().clone();
        for &axis in axes {
            shape[axis] = 1;
        }
        reshape::reshape(&folded, shape)
    }

    /// The number of elements folded into one.
    fn count(&self, x: &Array, axes: &[usize]) -> Array {
        match &self.mask {
            None => {
                let n: usize = axes.iter().map(|&a| x.shape()[a]).product();
                Array::full((), n as f64, x.dtype())
            }
            Some(mask) => {
                let ones = mask.astype(x.dtype()).broadcast_to(x.shape());
                self.finish(x, axes, ops::sum(&ones, axes))
            }
        }
    }
}

/// Sums of bools and of small integers are counted in the default integer.
fn widen(x: &Array) -> Array {
    let wide = match x.dtype() {
        DType::Bool => DType::default_int(),
        d if d.is_unsigned() && DType::default_uint().size() > d.size() => DType::default_uint(),
        d if d.is_integer() && !d.is_unsigned() && DType::default_int().size() > d.size() => {
            DType::default_int()
        }
        d => d,
    };
    if wide == x.dtype() {
        x.clone()
    } else {
        x.astype(wide)
    }
}

/// Integers and bools as floats.
#[track_caller]
pub(crate) fn inexact(x: &Array) -> Array {
    let dtype = x.dtype().to_inexact();
    if x.dtype() == dtype {
        x.clone()
    } else {
        x.astype(dtype)
    }
}

/// The least value of a dtype: the identity of the maximum.
pub(crate) fn lowest(dtype: DType) -> Array {
    match dtype {
        DType::Bool => Array::from(false).strong(),
        DType::I32 => Array::from_vec(vec![i32::MIN], ()),
        DType::I64 => Array::from_vec(vec![i64::MIN], ()),
        DType::U32 | DType::U64 => Array::full((), 0, dtype),
        DType::F32 | DType::F64 => Array::full((), f64::NEG_INFINITY, dtype),
    }
}

/// The greatest value of a dtype: the identity of the minimum.
pub(crate) fn highest(dtype: DType) -> Array {
    match dtype {
        DType::Bool => Array::from(true).strong(),
        DType::I32 => Array::from_vec(vec![i32::MAX], ()),
        DType::I64 => Array::from_vec(vec![i64::MAX], ()),
        DType::U32 => Array::from_vec(vec![u32::MAX], ()),
        DType::U64 => Array::from_vec(vec![u64::MAX], ()),
        DType::F32 | DType::F64 => Array::full((), f64::INFINITY, dtype),
    }
}

impl Array {
    /// The sum over `axes`; bools are counted.
    #[track_caller]
    pub fn sum(&self, axes: impl Into<Axes>) -> Self {
        self.sum_with(Reduce::axis(axes))
    }

    /// The sum, with options.
    #[track_caller]
    pub fn sum_with(&self, how: Reduce) -> Self {
        let x = widen(self);
        how.apply("sum", Fold::Sum, &x, &Self::full((), 0, x.dtype()))
    }

    /// The product over `axes`; its derivative is exact at zeros.
    #[track_caller]
    pub fn prod(&self, axes: impl Into<Axes>) -> Self {
        self.prod_with(Reduce::axis(axes))
    }

    /// The product, with options.
    #[track_caller]
    pub fn prod_with(&self, how: Reduce) -> Self {
        let x = widen(self);
        how.apply("prod", Fold::Prod, &x, &Self::full((), 1, x.dtype()))
    }

    /// The largest element over `axes`; NaN where there is one. Ties share the slope.
    #[track_caller]
    pub fn max(&self, axes: impl Into<Axes>) -> Self {
        self.max_with(Reduce::axis(axes))
    }

    /// The largest element, with options; -inf or the smallest integer where none is left.
    #[track_caller]
    pub fn max_with(&self, how: Reduce) -> Self {
        let fold = if self.dtype() == DType::Bool {
            Fold::Or
        } else {
            Fold::Max
        };
        how.refuse_empty("max", self);
        how.apply("max", fold, self, &lowest(self.dtype()))
    }

    /// As [`Self::max_with`], also where there is no element.
    #[track_caller]
    pub(crate) fn max_or_lowest(&self, how: Reduce) -> Self {
        how.apply("max", Fold::Max, self, &lowest(self.dtype()))
    }

    /// The smallest element over `axes`; NaN where there is one. Ties share the slope.
    #[track_caller]
    pub fn min(&self, axes: impl Into<Axes>) -> Self {
        self.min_with(Reduce::axis(axes))
    }

    /// The smallest element, with options; inf or the largest integer where none is left.
    #[track_caller]
    pub fn min_with(&self, how: Reduce) -> Self {
        let fold = if self.dtype() == DType::Bool {
            Fold::And
        } else {
            Fold::Min
        };
        how.refuse_empty("min", self);
        how.apply("min", fold, self, &highest(self.dtype()))
    }

    /// The mean over `axes`; integers become floats.
    #[track_caller]
    pub fn mean(&self, axes: impl Into<Axes>) -> Self {
        self.mean_with(Reduce::axis(axes))
    }

    /// The mean, with options.
    #[track_caller]
    pub fn mean_with(&self, how: Reduce) -> Self {
        let x = inexact(self);
        let axes = how.resolve("mean", x.rank());
        let count = how.count(&x, &axes);
        x.sum_with(how) / count
    }

    /// The variance over `axes`.
    #[track_caller]
    pub fn var(&self, axes: impl Into<Axes>) -> Self {
        self.var_with(Reduce::axis(axes))
    }

    /// The variance, with options.
    #[track_caller]
    pub fn var_with(&self, how: Reduce) -> Self {
        let x = inexact(self);
        let axes = how.resolve("var", x.rank());
        let count = how.count(&x, &axes) - how.ddof;
        let centred = &x - x.mean_with(how.clone().keepdims());
        centred.square().sum_with(how) / count
    }

    /// The standard deviation over `axes`.
    #[track_caller]
    pub fn std(&self, axes: impl Into<Axes>) -> Self {
        self.std_with(Reduce::axis(axes))
    }

    /// The standard deviation, with options.
    #[track_caller]
    pub fn std_with(&self, how: Reduce) -> Self {
        self.var_with(how).sqrt()
    }

    /// Whether any element over `axes` is true.
    #[track_caller]
    pub fn any(&self, axes: impl Into<Axes>) -> Self {
        let x = self.astype(DType::Bool);
        Reduce::axis(axes).apply("any", Fold::Or, &x, &Self::from(false))
    }

    /// Whether every element over `axes` is true.
    #[track_caller]
    pub fn all(&self, axes: impl Into<Axes>) -> Self {
        let x = self.astype(DType::Bool);
        Reduce::axis(axes).apply("all", Fold::And, &x, &Self::from(true))
    }

    /// The position of the largest element along `axis` (`..`: of the flattened array); the
    /// first of equals, NaN before all.
    #[track_caller]
    pub fn argmax(&self, axis: impl Into<Axes>) -> Self {
        arg("argmax", self, true, Reduce::axis(axis))
    }

    /// The position of the smallest element along `axis` (`..`: of the flattened array).
    #[track_caller]
    pub fn argmin(&self, axis: impl Into<Axes>) -> Self {
        arg("argmin", self, false, Reduce::axis(axis))
    }

    /// As [`Self::argmax`] with options; masks do not apply.
    #[track_caller]
    pub fn argmax_with(&self, how: Reduce) -> Self {
        arg("argmax", self, true, how)
    }

    /// As [`Self::argmin`] with options; masks do not apply.
    #[track_caller]
    pub fn argmin_with(&self, how: Reduce) -> Self {
        arg("argmin", self, false, how)
    }

    /// `log Σ exp(x)` over `axes`, without overflow.
    #[track_caller]
    pub fn logsumexp(&self, axes: impl Into<Axes>) -> Self {
        self.logsumexp_with(Reduce::axis(axes))
    }

    /// As [`Self::logsumexp`] with options.
    #[track_caller]
    pub fn logsumexp_with(&self, how: Reduce) -> Self {
        let x = inexact(self);
        let high = x.max_or_lowest(how.clone().keepdims());
        let high = select(&high.is_finite(), &high, 0).stop_gradient();
        let sum = (&x - &high).exp().sum_with(how.clone());
        let axes = how.resolve("logsumexp", x.rank());
        let shift = if how.keepdims {
            high
        } else {
            reshape::reshape(&high, x.shape().without(&axes))
        };
        sum.log() + shift
    }
}

/// The array and the only axis, or the flattened array and its axis.
#[track_caller]
pub(crate) fn one_axis(name: &str, x: &Array, axes: &Axes) -> (Array, usize) {
    match axes {
        Axes::All => (x.flatten(), 0),
        Axes::List(list) => match list.as_slice() {
            [axis] => (x.clone(), normalise_axis(name, *axis, x.rank())),
            axes => misuse(format!("{name}: takes one axis or `..`, found {axes:?}")),
        },
    }
}

#[track_caller]
fn arg(name: &str, x: &Array, largest: bool, how: Reduce) -> Array {
    if how.mask.is_some() {
        misuse(format!(
            "{name}: takes no mask; put extremes into the array with `select`"
        ));
    }
    let dtype = DType::default_int();
    let (flat, axis) = one_axis(name, x, &how.axes);
    let flat = if flat.dtype() == DType::Bool {
        flat.astype(DType::I32)
    } else {
        flat
    };
    if flat.shape()[axis] == 0 {
        misuse(format!(
            "{name}: {} has no element along axis {axis}",
            x.aval
        ));
    }
    let found = bind1(
        ArgReduce {
            largest,
            axis,
            dtype,
        },
        vec![flat.into()],
    );
    let axes: Vec<usize> = if matches!(how.axes, Axes::All) {
        (0..x.rank()).collect()
    } else {
        vec![axis]
    };
    how.finish(x, &axes, found)
}
