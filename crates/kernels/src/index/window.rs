//! Where the windows of a gather or scatter lie.

use crate::strided::{Axis, merged, size, strides};

/// What becomes of a window that is not wholly inside its array.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bounds {
    /// It is moved by as little as puts it inside.
    Clip,
    /// A gather reads the fill value for all of it, a scatter drops it.
    Fill,
}

/// How the rows of an index array become places in the array they index.
pub(super) struct Windows<'a> {
    /// The shape of the indexed array.
    pub(super) shape: &'a [usize],
    /// The extent of a window along each axis of the indexed array.
    pub(super) sizes: &'a [usize],
    /// The axis that each component of an index goes along.
    pub(super) index_map: &'a [usize],
    /// The axes of the indexed array whose place is the place along an axis of the indices.
    pub(super) batching: &'a [usize],
    /// Those axes of the indices.
    pub(super) indices_batching: &'a [usize],
    pub(super) bounds: Bounds,
}

impl Windows<'_> {
    /// The offset of each window, in row-major order of the indices; `None` where it is not wholly
    /// inside and [`Bounds::Fill`] is asked for.
    pub(super) fn offsets(&self, indices: &[i64], indices_shape: &[usize]) -> Vec<Option<usize>> {
        let (&depth, batch_shape) = indices_shape
            .split_last()
            .expect("the last axis of the indices is the index vector");
        assert_eq!(indices.len(), size(indices_shape), "indices do not fit");
        assert_eq!(self.index_map.len(), depth, "index vectors do not fit");
        let steps = strides(self.shape);
        let batch_steps = strides(batch_shape);
        (0..size(batch_shape))
            .map(|batch| {
                let index = &indices[batch * depth..(batch + 1) * depth];
                let mut offset = 0;
                for (&start, &d) in index.iter().zip(self.index_map) {
                    offset += self.start(start, d)? * steps[d] as usize;
                }
                for (&d, &axis) in self.batching.iter().zip(self.indices_batching) {
                    let place = batch / batch_steps[axis] as usize % batch_shape[axis];
                    offset += place * steps[d] as usize;
                }
                Some(offset)
            })
            .collect()
    }

    /// Where a window that is to start at `start` along axis `d` does start.
    #[inline]
    fn start(&self, start: i64, d: usize) -> Option<usize> {
        let last = self.shape[d] as i64 - self.sizes[d] as i64;
        match self.bounds {
            Bounds::Fill => (0..=last).contains(&start).then_some(start as usize),
            Bounds::Clip => Some(start.clamp(0, last) as usize),
        }
    }

    /// The walk over an array that holds the windows' elements: along its axes `window_dims` the
    /// place within a window moves, along the others the window's number.
    ///
    /// The first view of the walk counts windows, the second places in the indexed array.
    pub(super) fn axes(&self, shape: &[usize], window_dims: &[usize], kept: &[usize]) -> Vec<Axis> {
        let steps = strides(self.shape);
        let batch_shape: Vec<_> = (0..shape.len())
            .filter(|d| !window_dims.contains(d))
            .map(|d| shape[d])
            .collect();
        let mut batch_steps = strides(&batch_shape).into_iter();
        let mut window_steps = kept.iter().map(|&d| steps[d]);
        merged(shape.iter().enumerate().map(|(d, &len)| {
            let (a, b) = if window_dims.contains(&d) {
                (0, window_steps.next().expect("one axis a window axis"))
            } else {
                (batch_steps.next().expect("one step a batch axis"), 0)
            };
            Axis { len, a, b }
        }))
    }
}
