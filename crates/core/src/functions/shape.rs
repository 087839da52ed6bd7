//! Shapes changed, arrays joined, cut and turned.

use super::math::{broadcast_together, promote};
use crate::array::{Array, DType, IntoScalar, Shape, normalise_axis};
use crate::ops::batching::move_axis;
use crate::ops::{broadcast, concatenate, iota, pad, reshape, slice, transpose};
use crate::transform::misuse;

/// `x` under a shape known to fit.
#[track_caller]
pub(crate) fn reshape_to(x: &Array, shape: impl Into<Shape>) -> Array {
    reshape::reshape(x, shape)
}

/// `x` with its batch axis at `to`, repeated along it where it has none.
#[track_caller]
pub(crate) fn broadcast_axis(x: &Array, axis: Option<usize>, to: usize, size: usize) -> Array {
    if let Some(axis) = axis {
        return move_axis(x, axis, to);
    }
    let shape = x.shape().with_axis(to, size);
    let dims: Vec<usize> = (0..=x.rank()).filter(|&a| a != to).collect();
    broadcast::broadcast_in_dim(x, shape, &dims)
}

impl Array {
    /// The elements under another shape; one extent may be -1.
    ///
    /// # Panics
    /// If the number of elements differs.
    #[track_caller]
    pub fn reshape<const N: usize>(&self, shape: [isize; N]) -> Self {
        self.reshape_dyn(&shape)
    }

    /// As [`Self::reshape`] with a rank known at run time.
    #[track_caller]
    pub fn reshape_dyn(&self, shape: &[isize]) -> Self {
        let known: usize = shape
            .iter()
            .filter(|&&n| n != -1)
            .map(|&n| n.max(0) as usize)
            .product();
        let free = shape.iter().filter(|&&n| n == -1).count();
        let rest = self.size().checked_div(known).unwrap_or(0);
        let wanted: Shape = shape
            .iter()
            .map(|&n| if n == -1 { rest } else { n.max(0) as usize })
            .collect();
        if free > 1 || shape.iter().any(|&n| n < -1) || wanted.size() != self.size() {
            misuse(format!(
                "reshape: {} cannot have shape {shape:?}",
                self.aval
            ));
        }
        reshape::reshape(self, wanted)
    }

    /// One axis of all elements.
    #[track_caller]
    pub fn flatten(&self) -> Self {
        reshape::reshape(self, self.size())
    }

    /// The axes in reverse order.
    #[track_caller]
    pub fn t(&self) -> Self {
        let perm: Vec<usize> = (0..self.rank()).rev().collect();
        transpose::transpose(self, &perm)
    }

    /// The axes in the order of `perm`.
    #[track_caller]
    pub fn transpose(&self, perm: &[usize]) -> Self {
        transpose::transpose(self, perm)
    }

    /// Two axes exchanged.
    #[track_caller]
    pub fn swap_axes(&self, a: isize, b: isize) -> Self {
        let (a, b) = (
            normalise_axis("swap_axes", a, self.rank()),
            normalise_axis("swap_axes", b, self.rank()),
        );
        let mut perm: Vec<usize> = (0..self.rank()).collect();
        perm.swap(a, b);
        transpose::transpose(self, &perm)
    }

    /// One axis moved, the others in order.
    #[track_caller]
    pub fn move_axis(&self, from: isize, to: isize) -> Self {
        let from = normalise_axis("move_axis", from, self.rank());
        let to = normalise_axis("move_axis", to, self.rank());
        move_axis(self, from, to)
    }

    /// A new axis of extent 1 at `axis`.
    #[track_caller]
    pub fn expand_dims(&self, axis: isize) -> Self {
        let axis = normalise_axis("expand_dims", axis, self.rank() + 1);
        reshape::reshape(self, self.shape().with_axis(axis, 1))
    }

    /// Without its axes of extent 1.
    #[track_caller]
    pub fn squeeze(&self) -> Self {
        let shape: Shape = self.shape().iter().copied().filter(|&n| n != 1).collect();
        reshape::reshape(self, shape)
    }

    /// Repeated to `shape` by NumPy's rules.
    ///
    /// # Panics
    /// If the shape does not broadcast.
    #[track_caller]
    pub fn broadcast_to(&self, shape: impl Into<Shape>) -> Self {
        let shape = shape.into();
        if crate::array::broadcast_shapes([self.shape(), &shape]).as_ref() != Some(&shape) {
            misuse(format!(
                "broadcast_to: {} does not broadcast to {shape}",
                self.aval
            ));
        }
        broadcast::broadcast_to(self, &shape)
    }

    /// The elements along `axis` in reverse order.
    #[track_caller]
    pub fn flip(&self, axis: isize) -> Self {
        let axis = normalise_axis("flip", axis, self.rank());
        let n = self.shape()[axis] as i32;
        let order = (n - 1) - iota::iota(DType::I32, n as usize);
        self.take(&order, axis as isize)
    }

    /// The elements moved by `shift` along `axis`, those pushed out coming back in.
    #[track_caller]
    pub fn roll(&self, shift: isize, axis: isize) -> Self {
        let axis = normalise_axis("roll", axis, self.rank());
        let n = self.shape()[axis];
        if n == 0 {
            return self.clone();
        }
        let cut = n - shift.rem_euclid(n as isize) as usize;
        let ends = [
            slice::slice_axis(self, axis, cut, n),
            slice::slice_axis(self, axis, 0, cut),
        ];
        concatenate::concatenate(&ends, axis)
    }

    /// The array repeated `times` along each axis; extra axes go in front.
    #[track_caller]
    pub fn tile(&self, times: &[usize]) -> Self {
        let rank = self.rank().max(times.len());
        let ones = |n: usize| std::iter::repeat_n(1, rank - n);
        let shape: Vec<usize> = ones(self.rank())
            .chain(self.shape().iter().copied())
            .collect();
        let times: Vec<usize> = ones(times.len()).chain(times.iter().copied()).collect();
        let wide: Shape = times
            .iter()
            .zip(&shape)
            .flat_map(|(&t, &n)| [t, n])
            .collect();
        let dims: Vec<usize> = (0..rank).map(|i| 2 * i + 1).collect();
        let spread =
            broadcast::broadcast_in_dim(&reshape::reshape(self, shape.clone()), wide, &dims);
        let joined: Shape = times.iter().zip(&shape).map(|(t, n)| t * n).collect();
        reshape::reshape(&spread, joined)
    }

    /// Every element `times` over along `axis`.
    #[track_caller]
    pub fn repeat(&self, times: usize, axis: isize) -> Self {
        let axis = normalise_axis("repeat", axis, self.rank());
        let wide = broadcast_axis(self, None, axis + 1, times);
        let mut shape = self.shape().clone();
        shape[axis] *= times;
        reshape::reshape(&wide, shape)
    }

    /// Parts of equal size along `axis`.
    ///
    /// # Panics
    /// If the extent is not a multiple of `parts`.
    #[track_caller]
    pub fn split(&self, parts: usize, axis: isize) -> Vec<Self> {
        let axis = normalise_axis("split", axis, self.rank());
        let n = self.shape()[axis];
        if parts == 0 || !n.is_multiple_of(parts) {
            misuse(format!(
                "split: axis {axis} of {} has no {parts} equal parts",
                self.aval
            ));
        }
        let step = n / parts;
        (0..parts)
            .map(|i| slice::slice_axis(self, axis, i * step, (i + 1) * step))
            .collect()
    }

    /// Parts along `axis` that begin at 0 and at each of the places given.
    #[track_caller]
    pub fn split_at(&self, places: &[usize], axis: isize) -> Vec<Self> {
        let axis = normalise_axis("split_at", axis, self.rank());
        let n = self.shape()[axis];
        let ends = places.iter().copied().chain([n]);
        let mut from = 0;
        ends.map(|to| {
            let to = to.clamp(from, n);
            let part = slice::slice_axis(self, axis, from, to);
            from = to;
            part
        })
        .collect()
    }

    /// A border of `value`: `(before, after)` for every axis; negative widths crop.
    #[track_caller]
    pub fn pad(&self, widths: &[(isize, isize)], value: impl IntoScalar) -> Self {
        let value = value.into_dtype(self.dtype());
        let (low, high) = widths.iter().copied().unzip();
        pad::pad(self, &value, low, high, vec![0; widths.len()])
    }

    /// As [`Self::pad`], with `interior` elements between neighbours too.
    #[track_caller]
    pub fn pad_interior(&self, widths: &[(isize, isize, usize)], value: impl IntoScalar) -> Self {
        let value = value.into_dtype(self.dtype());
        let low = widths.iter().map(|w| w.0).collect();
        let high = widths.iter().map(|w| w.1).collect();
        let interior = widths.iter().map(|w| w.2).collect();
        pad::pad(self, &value, low, high, interior)
    }

    /// The window `start..limit` by `stride` along every axis; XLA's static slice.
    #[track_caller]
    pub fn slice(&self, start: &[usize], limit: &[usize], stride: &[usize]) -> Self {
        slice::slice(self, start, limit, stride)
    }
}

/// The arrays one after another along `axis`, in their common dtype.
///
/// # Panics
/// If there are none or their other extents differ.
#[track_caller]
pub fn concatenate(parts: &[&Array], axis: isize) -> Array {
    let Some(first) = parts.first() else {
        misuse("concatenate: expected at least one array".to_owned())
    };
    let axis = normalise_axis("concatenate", axis, first.rank());
    concatenate::concatenate(&promote(parts), axis)
}

/// The arrays side by side along a new axis, in their common dtype.
///
/// # Shapes
/// `n` arrays `[a.., b..]` give `[a.., n, b..]`, the new axis at `axis`.
///
/// # Panics
/// If there are none or their shapes differ.
#[track_caller]
pub fn stack(parts: &[&Array], axis: isize) -> Array {
    let wide: Vec<Array> = parts.iter().map(|a| a.expand_dims(axis)).collect();
    concatenate(&wide.iter().collect::<Vec<_>>(), axis)
}

/// The arrays from coordinate vectors that together name every point of their grid, the first
/// vector along axis 0; each keeps its dtype.
///
/// # Shapes
/// Vectors `[a], [b], ..` give arrays `[a, b, ..]`.
#[track_caller]
pub fn meshgrid_ij(axes: &[&Array]) -> Vec<Array> {
    let rank = axes.len();
    let wide: Vec<Array> = axes
        .iter()
        .enumerate()
        .map(|(i, a)| {
            let mut shape = vec![1; rank];
            shape[i] = a.size();
            reshape::reshape(a, shape)
        })
        .collect();
    broadcast_together("meshgrid", &wide)
}
