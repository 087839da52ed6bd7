//! Reductions over segments named by an id for each row, JAX's `jax.ops.segment_*`.

use super::reduce::{highest, lowest};
use crate::array::Array;

/// Every element equal to the identity of a fold.
fn start(x: &Array, segments: usize, value: Array) -> Array {
    let mut shape = x.shape().clone();
    shape[0] = segments;
    value.broadcast_to(shape)
}

/// Ids that are negative name no segment: they are moved out of range instead of wrapping.
fn no_wrap(ids: &Array, segments: usize) -> Array {
    super::logic::select(&ids.less(0), segments as i32, ids)
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
    start(x, segments, Array::full((), 0, x.dtype()))
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
    start(x, segments, Array::full((), 1, x.dtype()))
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
    start(x, segments, lowest(x.dtype()))
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
    start(x, segments, highest(x.dtype()))
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
