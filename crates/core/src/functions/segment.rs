//! Reductions over segments named by an id for each row: `jax.ops.segment_*`, and what jraph adds to them.

use super::logic::select;
use super::reduce::{highest, inexact, lowest};
use super::shape::reshape_to;
use crate::array::{Array, DType, IntoScalar};
use crate::transform::misuse;

/// Every element equal to the identity of a fold.
#[track_caller]
fn start(name: &str, x: &Array, ids: &Array, segments: usize, value: Array) -> Array {
    let fits = ids.rank() == 1 && x.shape().first() == Some(&ids.size());
    if !fits || !ids.dtype().is_integer() {
        misuse(format!(
            "{name}: ids {} do not name a segment for each row of {}",
            ids.aval, x.aval
        ));
    }
    value.broadcast_to(x.shape().with_extent(segments))
}

/// Ids that are negative name no segment: they are moved out of range instead of wrapping.
fn no_wrap(ids: &Array, segments: usize) -> Array {
    select(&ids.less(0), segments as i32, ids)
}

/// `out[s] = Σ x[i]` over the rows `i` with `ids[i] = s`; ids out of range are dropped.
///
/// # Shapes
/// `x: [n, ..]`, `ids: [n]` give `[segments, ..]`.
///
/// # Panics
/// If `ids` is not a vector of integers, one for each row of `x`.
#[track_caller]
pub fn segment_sum(x: &Array, ids: &Array, segments: usize) -> Array {
    let identity = Array::full((), 0, x.dtype());
    start("segment_sum", x, ids, segments, identity)
        .at(no_wrap(ids, segments))
        .add(x)
}

/// The product over each segment; 1 where it is empty.
///
/// # Shapes
/// `x: [n, ..]`, `ids: [n]` give `[segments, ..]`.
///
/// # Panics
/// If `ids` is not a vector of integers, one for each row of `x`.
#[track_caller]
pub fn segment_prod(x: &Array, ids: &Array, segments: usize) -> Array {
    let identity = Array::full((), 1, x.dtype());
    start("segment_prod", x, ids, segments, identity)
        .at(no_wrap(ids, segments))
        .multiply(x)
}

/// The maximum over each segment; -inf or the smallest integer where it is empty.
///
/// # Shapes
/// `x: [n, ..]`, `ids: [n]` give `[segments, ..]`.
///
/// # Panics
/// If `ids` is not a vector of integers, one for each row of `x`.
#[track_caller]
pub fn segment_max(x: &Array, ids: &Array, segments: usize) -> Array {
    let identity = lowest(x.dtype());
    start("segment_max", x, ids, segments, identity)
        .at(no_wrap(ids, segments))
        .max(x)
}

/// The minimum over each segment; inf or the largest integer where it is empty.
///
/// # Shapes
/// `x: [n, ..]`, `ids: [n]` give `[segments, ..]`.
///
/// # Panics
/// If `ids` is not a vector of integers, one for each row of `x`.
#[track_caller]
pub fn segment_min(x: &Array, ids: &Array, segments: usize) -> Array {
    let identity = highest(x.dtype());
    start("segment_min", x, ids, segments, identity)
        .at(no_wrap(ids, segments))
        .min(x)
}

/// The softmax over each segment.
///
/// # Shapes
/// `x: [n, ..]`, `ids: [n]` give `[n, ..]`.
///
/// # Panics
/// If `ids` is not a vector of integers, one for each row of `x`.
#[track_caller]
pub fn segment_softmax(x: &Array, ids: &Array, segments: usize) -> Array {
    let high = segment_max(x, ids, segments).stop_gradient();
    let e = (x - high.index(ids)).exp();
    let sum = segment_sum(&e, ids, segments);
    e / sum.index(ids)
}

/// The number of rows in each segment, with axes of extent 1 behind, so that it broadcasts against a reduction
/// of `x`.
#[track_caller]
fn counts(x: &Array, ids: &Array, segments: usize) -> Array {
    let counts = segment_sum(&Array::ones(ids.shape(), DType::I32), ids, segments);
    let mut shape = vec![1; x.rank()];
    shape[0] = segments;
    reshape_to(&counts, shape)
}

/// `out[s] = Σ x[i] / n(s)` over the `n(s)` rows of each segment; 0 where it is empty. Integers become floats.
///
/// # Shapes
/// `x: [n, ..]`, `ids: [n]` give `[segments, ..]`.
///
/// # Panics
/// If `ids` is not a vector of integers, one for each row of `x`.
#[track_caller]
pub fn segment_mean(x: &Array, ids: &Array, segments: usize) -> Array {
    let sum = inexact(&segment_sum(x, ids, segments));
    let count = counts(x, ids, segments).maximum(1).astype(sum.dtype());
    sum / count
}

/// The variance over each segment, `Σ (x[i] - mean(s))² / n(s)`; 0 where it is empty. Integers become floats.
///
/// # Shapes
/// `x: [n, ..]`, `ids: [n]` give `[segments, ..]`.
///
/// # Panics
/// If `ids` is not a vector of integers, one for each row of `x`.
#[track_caller]
pub fn segment_variance(x: &Array, ids: &Array, segments: usize) -> Array {
    let mean = segment_mean(x, ids, segments);
    segment_mean(&(x - mean.index(ids)).square(), ids, segments)
}

/// Every segment to mean 0 and variance 1: `(x[i] - mean(s)) · rsqrt(max(variance(s), epsilon))` for the segment
/// `s = ids[i]`. Integers become floats.
///
/// # Shapes
/// `x: [n, ..]`, `ids: [n]` give `[n, ..]`.
///
/// # Panics
/// If `ids` is not a vector of integers, one for each row of `x`.
///
/// # Reference
/// `segment_normalize` of jraph, whose `epsilon` is 1e-5 where none is given. It bounds the variance from below
/// and is not added to it, as [`standardize`](crate::standardize) does.
#[track_caller]
pub fn segment_normalize(x: &Array, ids: &Array, segments: usize, epsilon: f64) -> Array {
    let mean = segment_mean(x, ids, segments);
    let centred = x - mean.index(ids);
    let variance = segment_mean(&centred.square(), ids, segments);
    centred * variance.maximum(epsilon).rsqrt().index(ids)
}

/// The maximum over each segment; `constant` where it is empty.
///
/// # Shapes
/// `x: [n, ..]`, `ids: [n]` give `[segments, ..]`.
///
/// # Panics
/// If `ids` is not a vector of integers, one for each row of `x`.
#[track_caller]
pub fn segment_max_or_constant(
    x: &Array,
    ids: &Array,
    segments: usize,
    constant: impl IntoScalar,
) -> Array {
    or_constant(x, ids, segment_max(x, ids, segments), constant)
}

/// The minimum over each segment; `constant` where it is empty.
///
/// # Shapes
/// `x: [n, ..]`, `ids: [n]` give `[segments, ..]`.
///
/// # Panics
/// If `ids` is not a vector of integers, one for each row of `x`.
#[track_caller]
pub fn segment_min_or_constant(
    x: &Array,
    ids: &Array,
    segments: usize,
    constant: impl IntoScalar,
) -> Array {
    or_constant(x, ids, segment_min(x, ids, segments), constant)
}

/// The reduction of `x`, and `constant` in its dtype where a segment is empty.
#[track_caller]
fn or_constant(x: &Array, ids: &Array, reduced: Array, constant: impl IntoScalar) -> Array {
    let there = counts(x, ids, reduced.shape()[0]).greater(0);
    let there = there.broadcast_to(reduced.shape());
    select(&there, &reduced, constant.into_dtype(x.dtype()))
}
