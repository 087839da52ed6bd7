//! Moving and making batch axes, shared by the batching rules.

use std::sync::Arc;

use super::{Tangent, broadcast, transpose};
use crate::array::{Array, Shape};

/// What a batching rule knows of the batch.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Batch {
    /// How many examples there are.
    pub size: usize,
    /// The name by which collectives call the axis.
    pub name: Option<AxisName>,
}

/// The name of a batched axis.
pub type AxisName = Arc<str>;

/// `x` with its batch axis moved to the front.
#[track_caller]
pub(crate) fn to_front(x: &Array, axis: usize) -> Array {
    move_axis(x, axis, 0)
}

/// `x` with `from` moved to `to`; nothing is emitted where they are equal.
#[track_caller]
pub(crate) fn move_axis(x: &Array, from: usize, to: usize) -> Array {
    if from == to {
        return x.clone();
    }
    let mut perm: Vec<usize> = (0..x.rank()).filter(|&a| a != from).collect();
    perm.insert(to, from);
    transpose::transpose(x, &perm)
}

/// `x` with a batch axis of `size` in front: moved there, or made.
#[track_caller]
pub(crate) fn ensure_front(x: &Array, axis: Option<usize>, size: usize) -> Array {
    match axis {
        Some(a) => to_front(x, a),
        None => repeat_front(x, size),
    }
}

/// `x` repeated along a new axis in front.
#[track_caller]
pub(crate) fn repeat_front(x: &Array, size: usize) -> Array {
    let shape: Shape = x.shape().with_axis(0, size);
    let dims: Vec<usize> = (1..=x.rank()).collect();
    broadcast::broadcast_in_dim(x, shape, &dims)
}

/// Axes of an unbatched array as axes of the batched one, whose batch stands at `batch`.
pub(crate) fn shift_axes(axes: &[usize], batch: usize) -> Vec<usize> {
    axes.iter()
        .map(|&a| if a >= batch { a + 1 } else { a })
        .collect()
}

/// One cotangent from an operation of one result.
pub(crate) fn only(cotangents: &[Tangent]) -> Option<&Array> {
    cotangents.first().and_then(Option::as_ref)
}
