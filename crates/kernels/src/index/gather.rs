//! Reading windows of an array at computed places.

use super::window::{Bounds, Windows};
use crate::strided::{size, walk};

/// XLA's dimension numbers of a gather; the index vector is the last axis of the indices.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct GatherDims {
    /// The axes of the output along which a window lies.
    pub offset_dims: Vec<usize>,
    /// The axes of the operand, of window extent one, that the output does not have.
    pub collapsed_slice_dims: Vec<usize>,
    /// The axis of the operand that each component of an index goes along.
    pub start_index_map: Vec<usize>,
    /// The axes of the operand whose place is the place in `start_indices_batching_dims`.
    pub operand_batching_dims: Vec<usize>,
    /// The axes of the indices that go with `operand_batching_dims`.
    pub start_indices_batching_dims: Vec<usize>,
}

/// Copies the window of extent `slice_sizes` that starts at each index vector to `out`.
///
/// # Shapes
/// `x: x_shape`, `indices: indices_shape` with index vectors along the last axis; `out` has the
/// windows' axes at `offset_dims` and the other axes of the indices, in order, elsewhere.
///
/// # Reference
/// XLA's Gather, with the bounds of `jax.lax.gather`.
#[expect(
    clippy::too_many_arguments,
    reason = "the parameters of XLA's operation"
)]
pub fn gather<T: Copy>(
    x: &[T],
    x_shape: &[usize],
    indices: &[i64],
    indices_shape: &[usize],
    dims: &GatherDims,
    slice_sizes: &[usize],
    bounds: Bounds,
    fill: T,
    out_shape: &[usize],
    out: &mut [T],
) {
    assert_eq!(x.len(), size(x_shape), "gather: x does not fit");
    assert_eq!(out.len(), size(out_shape), "gather: out does not fit");
    if out.is_empty() {
        return;
    }
    let fits = (x_shape.iter().zip(slice_sizes)).all(|(axis, size)| size <= axis);
    assert!(
        fits,
        "gather: windows of {slice_sizes:?} are larger than {x_shape:?}"
    );
    let kept: Vec<_> = (0..x_shape.len())
        .filter(|d| !dims.collapsed_slice_dims.contains(d))
        .filter(|d| !dims.operand_batching_dims.contains(d))
        .collect();
    let windows = Windows {
        shape: x_shape,
        sizes: slice_sizes,
        index_map: &dims.start_index_map,
        batching: &dims.operand_batching_dims,
        indices_batching: &dims.start_indices_batching_dims,
        bounds,
    };
    let offsets = windows.offsets(indices, indices_shape);
    let mut axes = windows.axes(out_shape, &dims.offset_dims, &kept);
    let last = axes.pop().expect("merged axes are not empty");
    let mut runs = out.chunks_exact_mut(last.len);
    walk(&axes, |window, place| {
        let out = runs.next().expect("one run an outer index");
        if last.a == 0 {
            let Some(offset) = offsets[window as usize] else {
                return out.fill(fill);
            };
            let start = offset + place as usize;
            if last.b == 1 {
                out.copy_from_slice(&x[start..start + last.len]);
            } else {
                for (i, out) in out.iter_mut().enumerate() {
                    *out = x[start + i * last.b as usize];
                }
            }
        } else {
            for (i, out) in out.iter_mut().enumerate() {
                let offset = offsets[window as usize + i * last.a as usize];
                *out = offset.map_or(fill, |offset| x[offset + place as usize]);
            }
        }
    });
}
