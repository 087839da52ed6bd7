//! Writing windows into an array at computed places.

use super::window::{Bounds, Windows};
use crate::strided::{size, walk};

/// XLA's dimension numbers of a scatter; the index vector is the last axis of the indices.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ScatterDims {
    /// The axes of the updates along which a window lies.
    pub update_window_dims: Vec<usize>,
    /// The axes of the operand, of window extent one, that the updates do not have.
    pub inserted_window_dims: Vec<usize>,
    /// The axis of the operand that each component of an index goes along.
    pub scatter_dims_to_operand_dims: Vec<usize>,
    /// The axes of the operand whose place is the place in `scatter_indices_batching_dims`.
    pub operand_batching_dims: Vec<usize>,
    /// The axes of the indices that go with `operand_batching_dims`.
    pub scatter_indices_batching_dims: Vec<usize>,
}

/// Combines each window of the updates with the window of `x` that starts at its index vector:
/// `x[..] = combine(x[..], update)`, one update after another in their row-major order.
///
/// # Shapes
/// `x: x_shape`, `indices: indices_shape` with index vectors along the last axis; the updates have
/// the windows' axes at `update_window_dims` and the other axes of the indices, in order, elsewhere.
///
/// # Reference
/// XLA's Scatter, with the bounds of `jax.lax.scatter`.
#[expect(
    clippy::too_many_arguments,
    reason = "the parameters of XLA's operation"
)]
pub fn scatter<T: Copy>(
    x: &mut [T],
    x_shape: &[usize],
    indices: &[i64],
    indices_shape: &[usize],
    updates: &[T],
    updates_shape: &[usize],
    dims: &ScatterDims,
    bounds: Bounds,
    combine: impl Fn(T, T) -> T,
) {
    assert_eq!(x.len(), size(x_shape), "scatter: x does not fit");
    assert_eq!(
        updates.len(),
        size(updates_shape),
        "scatter: updates do not fit"
    );
    if updates.is_empty() {
        return;
    }
    let kept: Vec<_> = (0..x_shape.len())
        .filter(|d| !dims.inserted_window_dims.contains(d))
        .filter(|d| !dims.operand_batching_dims.contains(d))
        .collect();
    let mut sizes = vec![1; x_shape.len()];
    for (&d, &window_dim) in kept.iter().zip(&dims.update_window_dims) {
        sizes[d] = updates_shape[window_dim];
    }
    let fits = (x_shape.iter().zip(&sizes)).all(|(axis, size)| size <= axis);
    if !fits && bounds == Bounds::Fill {
        return;
    }
    assert!(
        fits,
        "scatter: windows of {sizes:?} are larger than {x_shape:?}"
    );
    let windows = Windows {
        shape: x_shape,
        sizes: &sizes,
        index_map: &dims.scatter_dims_to_operand_dims,
        batching: &dims.operand_batching_dims,
        indices_batching: &dims.scatter_indices_batching_dims,
        bounds,
    };
    let offsets = windows.offsets(indices, indices_shape);
    let mut axes = windows.axes(updates_shape, &dims.update_window_dims, &kept);
    let last = axes.pop().expect("merged axes are not empty");
    let mut runs = updates.chunks_exact(last.len);
    walk(&axes, |window, place| {
        let updates = runs.next().expect("one run an outer index");
        let (window, place) = (window as usize, place as usize);
        if last.a != 0 {
            for (i, &update) in updates.iter().enumerate() {
                if let Some(offset) = offsets[window + i * last.a as usize] {
                    let slot = &mut x[offset + place];
                    *slot = combine(*slot, update);
                }
            }
        } else if let Some(offset) = offsets[window] {
            let slots = &mut x[offset + place..];
            if last.b == 1 {
                for (slot, &update) in slots.iter_mut().zip(updates) {
                    *slot = combine(*slot, update);
                }
            } else {
                for (i, &update) in updates.iter().enumerate() {
                    let slot = &mut slots[i * last.b as usize];
                    *slot = combine(*slot, update);
                }
            }
        }
    });
}
