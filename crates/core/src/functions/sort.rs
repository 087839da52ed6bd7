//! Sorting, and what is read off sorted arrays.

use super::reduce::{Axes, Reduce, inexact, one_axis};
use super::shape::reshape_to;
use crate::array::{Array, DType, Shape, normalise_axis};
use crate::functions::logic::select;
use crate::ir::Value;
use crate::ops::{self, Iota, bind, bind1, slice, transpose};
use crate::transform::misuse;

/// Along which axis to sort, and in which order; made by [`Sort::axis`].
#[derive(Clone, Debug)]
pub struct Sort {
    axis: Axes,
    descending: bool,
}

impl Sort {
    /// Along this axis, or with `..` over the flattened array; the smallest element first.
    pub fn axis(axis: impl Into<Axes>) -> Self {
        Self {
            axis: axis.into(),
            descending: false,
        }
    }

    /// The largest element first, and NaN before all.
    pub fn descending(mut self) -> Self {
        self.descending = true;
        self
    }
}

/// Arrays sorted together along `axis`, by the first `num_keys` of them.
///
/// Equals keep their places, NaN comes last, and both zeros are equal. Derivatives move with the
/// elements.
///
/// # Shapes
/// All arrays have the same shape, and the results have it too.
///
/// # Panics
/// If the shapes differ, the arrays have no such axis, or `num_keys` is zero or more than the
/// arrays.
#[track_caller]
pub fn sort(arrays: &[&Array], axis: isize, num_keys: usize) -> Vec<Array> {
    let rank = arrays.first().map_or(0, |x| x.rank());
    let axis = normalise_axis("sort", axis, rank);
    let operands = arrays.iter().copied().map(Value::from).collect();
    let sorted = bind(&ops::Sort { axis, num_keys }.into(), operands);
    sorted.into_iter().map(Value::into_array).collect()
}

/// The places of the elements along `axis` in the order of several keys, of which the last is the
/// first to count; equals keep their places.
///
/// # Shapes
/// All keys have the same shape, and the places have it too, in the default integer.
///
/// # Panics
/// If there are no keys, their shapes differ, or they have no such axis.
#[track_caller]
pub fn lexsort(keys: &[&Array], axis: isize) -> Array {
    let Some(first) = keys.first() else {
        misuse("lexsort: expected at least one key".to_owned())
    };
    let along = normalise_axis("lexsort", axis, first.rank());
    let places = places(first, along, DType::default_int());
    let operands: Vec<&Array> = keys.iter().rev().copied().chain([&places]).collect();
    sort(&operands, axis, keys.len()).remove(keys.len())
}

/// The place of each element along `axis`.
fn places(x: &Array, axis: usize, dtype: DType) -> Array {
    let shape = x.shape().clone();
    bind1(Iota { dtype, shape, axis }, Vec::new())
}

impl Array {
    /// The elements along `axis` in ascending order, NaN last; equals keep their places.
    ///
    /// The derivative moves with the elements.
    ///
    /// # Shapes
    /// That of the array; with `..` it is flattened first.
    ///
    /// # Panics
    /// If the array has no such axis, or more than one is given.
    #[track_caller]
    pub fn sort(&self, axis: impl Into<Axes>) -> Self {
        self.sort_with(Sort::axis(axis))
    }

    /// As [`Self::sort`] with options: `x.sort_with(Sort::axis(-1).descending())`.
    ///
    /// # Panics
    /// As [`Self::sort`].
    #[track_caller]
    pub fn sort_with(&self, how: Sort) -> Self {
        let (x, axis) = one_axis("sort", self, &how.axis);
        let axis = axis as isize;
        let sorted = sort(&[&x], axis, 1).remove(0);
        if how.descending {
            sorted.flip(axis)
        } else {
            sorted
        }
    }

    /// The places of the elements along `axis` in ascending order, NaN last; equals by their
    /// places. In the default integer.
    ///
    /// # Shapes
    /// That of the array; with `..` it is flattened first.
    ///
    /// # Panics
    /// If the array has no such axis, or more than one is given.
    #[track_caller]
    pub fn argsort(&self, axis: impl Into<Axes>) -> Self {
        self.argsort_with(Sort::axis(axis))
    }

    /// As [`Self::argsort`] with options; equals are by their places in descending order too.
    ///
    /// # Panics
    /// As [`Self::argsort`].
    #[track_caller]
    pub fn argsort_with(&self, how: Sort) -> Self {
        let (x, axis) = one_axis("argsort", self, &how.axis);
        let places = places(&x, axis, DType::default_int());
        let along = axis as isize;
        if how.descending {
            // The first of equals must come last before all are turned.
            let behind = last(&x, axis) - places;
            let order = sort(&[&x, &behind], along, 2).remove(1);
            last(&x, axis) - order.flip(along)
        } else {
            sort(&[&x, &places], along, 1).remove(1)
        }
    }

    /// The `k` largest elements along the last axis, the largest first and NaN before all, and
    /// their places there as i32; of equals the first.
    ///
    /// # Shapes
    /// `[.., n]` gives two of `[.., k]`.
    ///
    /// # Panics
    /// If the array is a scalar, or `k` is more than its last extent.
    #[track_caller]
    pub fn top_k(&self, k: usize) -> (Self, Self) {
        let axis = normalise_axis("top_k", -1, self.rank());
        let n = self.shape()[axis];
        if k > n {
            misuse(format!("top_k: {} has no {k} elements in a row", self.aval));
        }
        let behind = last(self, axis) - places(self, axis, DType::I32);
        let sorted = sort(&[self, &behind], -1, 2);
        let [values, behind] = [0, 1].map(|i| slice::slice_axis(&sorted[i], axis, n - k, n));
        (values.flip(-1), last(self, axis) - behind.flip(-1))
    }

    /// The median over `axes`: the middle element, or the mean of the two in the middle; NaN where
    /// there is one. Integers become floats; the derivative goes to the elements in the middle,
    /// the first of equals.
    ///
    /// # Shapes
    /// The array's without `axes`.
    ///
    /// # Panics
    /// If the array has no such axes.
    #[track_caller]
    pub fn median(&self, axes: impl Into<Axes>) -> Self {
        quantile("median", self, 0.5, &axes.into())
    }

    /// The quantile `q` over `axes`, between two elements by linear interpolation; NaN where there
    /// is one. Integers become floats.
    ///
    /// # Shapes
    /// The array's without `axes`.
    ///
    /// # Panics
    /// If `q` is not between 0 and 1, or the array has no such axes.
    #[track_caller]
    pub fn quantile(&self, q: f64, axes: impl Into<Axes>) -> Self {
        quantile("quantile", self, q, &axes.into())
    }

    /// As [`Self::quantile`] with `q` in hundredths.
    ///
    /// # Panics
    /// As [`Self::quantile`].
    #[track_caller]
    pub fn percentile(&self, q: f64, axes: impl Into<Axes>) -> Self {
        quantile("percentile", self, q / 100.0, &axes.into())
    }
}

/// The last place along an axis, or minus one; weak.
fn last(x: &Array, axis: usize) -> i32 {
    x.shape()[axis] as i32 - 1
}

#[track_caller]
fn quantile(name: &str, x: &Array, q: f64, axes: &Axes) -> Array {
    if !(0.0..=1.0).contains(&q) {
        misuse(format!("{name}: {q} is not between 0 and 1"));
    }
    let x = inexact(x);
    let folded = Reduce::axis(axes.clone()).resolve(name, x.rank());
    let kept: Vec<usize> = (0..x.rank()).filter(|a| !folded.contains(a)).collect();
    let perm: Vec<usize> = kept.iter().chain(&folded).copied().collect();
    let mut shape: Shape = kept.iter().map(|&a| x.shape()[a]).collect();
    let out = shape.clone();
    let n: usize = folded.iter().map(|&a| x.shape()[a]).product();
    if n == 0 {
        return Array::full(out, f64::NAN, x.dtype());
    }
    let axis = shape.rank();
    shape = shape.with_axis(axis, n);
    let rows = reshape_to(&transpose::transpose(&x, &perm), shape);
    let nan = rows.is_nan().any(-1).expand_dims(-1);
    let sorted = select(&nan, f64::NAN, &rows).sort(-1);
    let place = q * (n - 1) as f64;
    let at = |place: f64| {
        let from = place as usize;
        reshape_to(
            &slice::slice_axis(&sorted, axis, from, from + 1),
            out.clone(),
        )
    };
    let (low, high) = (at(place.floor()), at(place.ceil()));
    let weight = place - place.floor();
    low * (1.0 - weight) + high * weight
}
