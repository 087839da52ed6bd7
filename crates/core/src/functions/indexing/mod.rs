//! NumPy's indexing with JAX's rules at the edges.

mod at;
mod item;
mod place;

pub use at::At;
pub use item::{ELLIPSIS, Index, Item, NEW_AXIS, step};
use place::{Axis, assemble, gather, place, static_window, window, wrap_negative};

use crate::array::{Array, IntoScalar, Scalar, normalise_axis};
use crate::ops::gather::GatherDims;
use crate::ops::{Bounds, Gather, bind1, reshape};
use crate::transform::misuse;

/// What reading outside of an array gives.
#[derive(Clone, Copy, Debug)]
pub enum Mode {
    /// The nearest element; negative indices are not wrapped.
    Clip,
    /// Indices count on round the axis.
    Wrap,
    /// A fill value: NaN, the smallest signed integer, the largest unsigned one, true.
    Fill,
    /// This value.
    FillWith(f64),
}

impl Array {
    /// The elements at `index`: positions, ranges, [`step`]s, [`NEW_AXIS`], [`ELLIPSIS`] and
    /// integer arrays, as NumPy has them. Reading outside reads the nearest element, whose
    /// gradient is dropped, as in JAX.
    ///
    /// ```
    /// use graxe_core::array;
    /// let x = array([[1, 2, 3], [4, 5, 6]]);
    /// assert_eq!(x.index((1, -1)).item::<i32>(), 6);
    /// assert_eq!(x.index((.., 1..)).to_vec::<i32>(), [2, 3, 5, 6]);
    /// ```
    #[track_caller]
    pub fn index(&self, index: impl Into<Index>) -> Self {
        let index = index.into();
        if let Some(window) = static_window(self, &index) {
            return window;
        }
        let place = place(self, &index);
        let read = gather(self, &place, Bounds::Promise, None);
        reshape::reshape(&read, place.shape)
    }

    /// The elements at `indices` along `axis`, NaN and the like outside; negative indices
    /// count from the end.
    ///
    /// # Shapes
    /// `x: [a.., n, b..]` and `indices: [i..]` give `[a.., i.., b..]`.
    ///
    /// # Panics
    /// If `indices` are not integers or `axis` is out of range.
    #[track_caller]
    pub fn take(&self, indices: &Self, axis: isize) -> Self {
        self.take_with(indices, axis, Mode::Fill)
    }

    /// As [`Self::take`], saying what happens outside.
    ///
    /// # Panics
    /// As [`Self::take`].
    #[track_caller]
    pub fn take_with(&self, indices: &Self, axis: isize, mode: Mode) -> Self {
        let axis = normalise_axis("take", axis, self.rank());
        let n = self.shape()[axis];
        if !indices.dtype().is_integer() {
            misuse(format!("take: {} is not an integer array", indices.aval));
        }
        let (indices, bounds, fill) = match mode {
            Mode::Clip => (indices.clone(), Bounds::Clip, None),
            Mode::Wrap => (indices % n as i32, Bounds::Promise, None),
            Mode::Fill => (wrap_negative(indices, n), Bounds::Fill, None),
            Mode::FillWith(v) => (
                wrap_negative(indices, n),
                Bounds::Fill,
                Some(Scalar::of(&v.into_dtype(self.dtype()))),
            ),
        };
        let mut axes: Vec<Axis> = (0..self.rank()).map(Axis::Whole).collect();
        axes[axis] = Axis::Block;
        let place = assemble(self, &axes, vec![(axis, indices)]);
        gather(self, &place, bounds, fill)
    }

    /// `out[.., i, ..] = x[.., indices[.., i, ..], ..]` along `axis`; NaN and the like outside.
    ///
    /// # Shapes
    /// `x: [a.., n, b..]` and `indices: [a.., i, b..]` give `[a.., i, b..]`; axes of extent 1
    /// broadcast, but for `axis`.
    ///
    /// # Panics
    /// If `indices` are not integers or not of the array's rank, or `axis` is out of range.
    #[track_caller]
    pub fn take_along_axis(&self, indices: &Self, axis: isize) -> Self {
        let axis = normalise_axis("take_along_axis", axis, self.rank());
        if indices.rank() != self.rank() || !indices.dtype().is_integer() {
            misuse(format!(
                "take_along_axis: {} does not index {}",
                indices.aval, self.aval
            ));
        }
        let mut wide = indices.shape().clone();
        let mut own = self.shape().clone();
        for a in (0..self.rank()).filter(|&a| a != axis) {
            wide[a] = wide[a].max(own[a]);
            own[a] = wide[a];
        }
        let x = self.broadcast_to(own);
        let indices = wrap_negative(indices, self.shape()[axis]).broadcast_to(wide);
        let others: Vec<usize> = (0..self.rank()).filter(|&a| a != axis).collect();
        let op = Gather {
            dims: GatherDims {
                collapsed: vec![axis],
                start_index_map: vec![axis],
                operand_batch: others.clone(),
                indices_batch: others,
                offset: Vec::new(),
            },
            slice_sizes: x.shape().iter().map(|&n| n.min(1)).collect(),
            bounds: Bounds::Fill,
            fill: None,
        };
        bind1(op, vec![x.into(), indices.expand_dims(-1).into()])
    }

    /// The window of `sizes` that begins at `start` (one integer scalar for each axis),
    /// moved so that it lies inside; a negative start counts from the end first.
    ///
    /// # Shapes
    /// `start: [][rank]` gives `sizes`.
    ///
    /// # Panics
    /// If there is not one start and one size for each axis, or a size is beyond the array's.
    #[track_caller]
    pub fn dynamic_slice(&self, start: &[&Self], sizes: &[usize]) -> Self {
        let place = window(self, "dynamic_slice", start, sizes);
        gather(self, &place, Bounds::Clip, None)
    }
}
