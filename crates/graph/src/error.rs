//! The one error of this crate: lists that do not make a graph, graphs or a split.

use std::fmt;

/// Why lists of numbers do not make a graph or a split; its [`Display`](fmt::Display) is one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphError {
    kind: GraphErrorKind,
    message: String,
}

/// The sorts of failure that a caller may want to tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GraphErrorKind {
    /// Lists, or arrays, that belong together differ in length.
    Lengths,
    /// An edge names a node that there is not, or a count is negative.
    OutOfRange,
    /// There are more nodes or edges than indices of 32 bits can name.
    TooLarge,
    /// Fractions of a split are not numbers from 0 to 1 with a sum of at most 1.
    Fractions,
    /// Indices or counts are not vectors of `i32`.
    Indices,
    /// Graphs have no room in what they are to be padded to, or were not padded.
    Padding,
}

impl GraphError {
    pub(crate) fn new(kind: GraphErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    /// The sort of failure.
    pub fn kind(&self) -> GraphErrorKind {
        self.kind
    }
}

impl fmt::Display for GraphError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for GraphError {}
