//! What stands between the brackets of an index.

use std::ops::{Range, RangeFrom, RangeFull, RangeTo};

use crate::array::Array;

/// One axis' part of an index.
#[derive(Clone, Debug)]
pub enum Item {
    /// One position; the axis goes.
    At(isize),
    /// Positions from, to (not reached) and by; `None` means the end in that direction.
    Slice(Option<isize>, Option<isize>, isize),
    /// A new axis of extent 1.
    NewAxis,
    /// As many whole axes as are missing.
    Ellipsis,
    /// Positions from an integer array.
    Array(Array),
}

/// A new axis of extent 1 in an index.
pub const NEW_AXIS: Item = Item::NewAxis;
/// As many whole axes as an index leaves out.
pub const ELLIPSIS: Item = Item::Ellipsis;

/// Positions by steps: `step(0..10, 2)`, `step(.., -1)`.
pub fn step(range: impl Into<Item>, by: isize) -> Item {
    match range.into() {
        Item::Slice(from, to, _) => Item::Slice(from, to, by),
        other => other,
    }
}

impl From<i32> for Item {
    fn from(i: i32) -> Self {
        Self::At(i as isize)
    }
}
impl From<isize> for Item {
    fn from(i: isize) -> Self {
        Self::At(i)
    }
}
impl From<usize> for Item {
    fn from(i: usize) -> Self {
        Self::At(i as isize)
    }
}
impl From<RangeFull> for Item {
    fn from(_: RangeFull) -> Self {
        Self::Slice(None, None, 1)
    }
}
impl From<Range<isize>> for Item {
    fn from(r: Range<isize>) -> Self {
        Self::Slice(Some(r.start), Some(r.end), 1)
    }
}
impl From<RangeFrom<isize>> for Item {
    fn from(r: RangeFrom<isize>) -> Self {
        Self::Slice(Some(r.start), None, 1)
    }
}
impl From<RangeTo<isize>> for Item {
    fn from(r: RangeTo<isize>) -> Self {
        Self::Slice(None, Some(r.end), 1)
    }
}
impl From<&Array> for Item {
    fn from(a: &Array) -> Self {
        Self::Array(a.clone())
    }
}
impl From<Array> for Item {
    fn from(a: Array) -> Self {
        Self::Array(a)
    }
}

/// A whole index: one item or a tuple of items.
#[derive(Clone, Debug)]
pub struct Index(pub(super) Vec<Item>);

impl<T: Into<Item>> From<T> for Index {
    fn from(item: T) -> Self {
        Self(vec![item.into()])
    }
}

macro_rules! index_tuples {
    ($(($($t:ident $i:tt),*))*) => {$(
        impl<$($t: Into<Item>),*> From<($($t,)*)> for Index {
            fn from(items: ($($t,)*)) -> Self {
                Self(vec![$(items.$i.into()),*])
            }
        }
    )*};
}
index_tuples!((A 0) (A 0, B 1) (A 0, B 1, C 2) (A 0, B 1, C 2, D 3) (A 0, B 1, C 2, D 3, E 4));
