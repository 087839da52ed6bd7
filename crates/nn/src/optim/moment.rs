//! What adaptive optimisers have in common: running means, their bias, the count of steps.

use graxe_core::{Array, DType, Tree, scalar, tree};

/// The running mean of the updates: `(1 - decay) g + decay m`.
#[track_caller]
pub(super) fn mean<T: Tree>(updates: &T, moments: &T, decay: f64) -> T {
    tree::map2(updates, moments, |g, m| (1.0 - decay) * g + decay * m)
}

/// The running mean of their squares: `(1 - decay) g² + decay v`.
#[track_caller]
pub(super) fn mean_square<T: Tree>(updates: &T, moments: &T, decay: f64) -> T {
    tree::map2(updates, moments, |g, v| {
        (1.0 - decay) * g.square() + decay * v
    })
}

/// `1 - decay^count`: the weight that a running mean from zero has after `count` steps.
///
/// It is computed in the default float and then takes the dtype of a moment, where `decay^count`
/// could round to 1.
pub(super) fn weight(decay: f64, count: &Array) -> Array {
    1 - scalar(decay).pow(count)
}

/// A moment divided by its weight.
pub(super) fn unbiased(moment: &Array, weight: &Array) -> Array {
    moment / weight.astype(moment.dtype())
}

/// `count + 1`, but the largest `i32` stays.
pub(super) fn increment(count: &Array) -> Array {
    count.minimum(i32::MAX - 1) + 1
}

/// The count before the first step, `i32[]`.
pub(super) fn no_steps() -> Array {
    Array::zeros((), DType::I32)
}

/// A number in place of every element.
pub(super) fn filled<T: Tree>(params: &T, value: f64) -> T {
    tree::map(params, |p| Array::full(p.shape().clone(), value, p.dtype()))
}
