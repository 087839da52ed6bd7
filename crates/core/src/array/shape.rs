//! Shapes: the extents of an array's axes, and how they broadcast.

use std::fmt;
use std::ops::{Deref, DerefMut};

use smallvec::SmallVec;

use crate::transform::misuse;

/// The extents of an array's axes; `[]` is a scalar.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Shape(SmallVec<[usize; 4]>);

impl Shape {
    /// The shape of a scalar.
    pub fn scalar() -> Self {
        Self::default()
    }

    /// The number of elements; 1 for a scalar.
    pub fn size(&self) -> usize {
        self.iter().product()
    }

    /// The number of axes.
    pub fn rank(&self) -> usize {
        self.len()
    }

    /// The shape without the axes in `axes`.
    pub(crate) fn without(&self, axes: &[usize]) -> Self {
        self.iter()
            .enumerate()
            .filter(|(i, _)| !axes.contains(i))
            .map(|(_, &n)| n)
            .collect()
    }

    /// The shape with an axis of `extent` put in at `axis`.
    pub(crate) fn with_axis(&self, axis: usize, extent: usize) -> Self {
        let mut shape = self.clone();
        shape.0.insert(axis, extent);
        shape
    }

    /// The shape with another extent of the first axis, which there is.
    pub(crate) fn with_extent(&self, extent: usize) -> Self {
        let mut shape = self.clone();
        shape.0[0] = extent;
        shape
    }
}

impl Deref for Shape {
    type Target = [usize];
    fn deref(&self) -> &[usize] {
        &self.0
    }
}

impl DerefMut for Shape {
    fn deref_mut(&mut self) -> &mut [usize] {
        &mut self.0
    }
}

impl FromIterator<usize> for Shape {
    fn from_iter<I: IntoIterator<Item = usize>>(iter: I) -> Self {
        Self(iter.into_iter().collect())
    }
}

impl From<&[usize]> for Shape {
    fn from(s: &[usize]) -> Self {
        Self(SmallVec::from_slice(s))
    }
}

impl From<&Shape> for Shape {
    fn from(s: &Shape) -> Self {
        s.clone()
    }
}

impl From<Vec<usize>> for Shape {
    fn from(s: Vec<usize>) -> Self {
        Self(SmallVec::from_vec(s))
    }
}

impl From<&Vec<usize>> for Shape {
    fn from(s: &Vec<usize>) -> Self {
        Self::from(s.as_slice())
    }
}

impl<const N: usize> From<[usize; N]> for Shape {
    fn from(s: [usize; N]) -> Self {
        Self::from(s.as_slice())
    }
}

impl<const N: usize> From<&[usize; N]> for Shape {
    fn from(s: &[usize; N]) -> Self {
        Self::from(s.as_slice())
    }
}

impl From<()> for Shape {
    fn from((): ()) -> Self {
        Self::scalar()
    }
}

impl From<usize> for Shape {
    fn from(n: usize) -> Self {
        Self::from([n])
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[")?;
        for (i, n) in self.iter().enumerate() {
            if i > 0 {
                f.write_str(",")?;
            }
            write!(f, "{n}")?;
        }
        f.write_str("]")
    }
}

/// The shape that all `shapes` broadcast to by NumPy's rules, if there is one.
pub(crate) fn broadcast_shapes<'a>(shapes: impl IntoIterator<Item = &'a Shape>) -> Option<Shape> {
    let mut result: SmallVec<[usize; 4]> = SmallVec::new();
    for shape in shapes {
        while result.len() < shape.len() {
            result.insert(0, 1);
        }
        let skip = result.len() - shape.len();
        for (r, &n) in result[skip..].iter_mut().zip(shape.iter()) {
            if *r == 1 {
                *r = n;
            } else if n != 1 && n != *r {
                return None;
            }
        }
    }
    Some(Shape(result))
}

/// Turns an axis counted from either end into one counted from the front.
///
/// # Panics
/// If `axis` is not an axis of an array of rank `rank`.
#[track_caller]
pub(crate) fn normalise_axis(operation: &str, axis: isize, rank: usize) -> usize {
    let n = if axis < 0 { axis + rank as isize } else { axis };
    if !(0..rank as isize).contains(&n) {
        misuse(format!(
            "{operation}: axis {axis} is out of range for an array of rank {rank}"
        ));
    }
    n as usize
}
