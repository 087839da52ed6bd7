//! Abstract values: what a program knows of its variables.

use std::fmt;

use crate::array::{DType, Shape};

/// The dtype and shape of an array, and whether the dtype yields in promotion.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Aval {
    /// The element type.
    pub dtype: DType,
    /// The extents.
    pub shape: Shape,
    /// Whether the dtype yields to that of others, as a Rust number's does.
    pub weak: bool,
}

impl Aval {
    /// A strong aval.
    pub fn new(dtype: DType, shape: impl Into<Shape>) -> Self {
        Self {
            dtype,
            shape: shape.into(),
            weak: false,
        }
    }

    /// The same dtype and weakness with another shape.
    pub(crate) fn with_shape(&self, shape: impl Into<Shape>) -> Self {
        Self {
            dtype: self.dtype,
            shape: shape.into(),
            weak: self.weak,
        }
    }
}

impl fmt::Display for Aval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.dtype, self.shape)
    }
}

impl fmt::Debug for Aval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}{}", if self.weak { "*" } else { "" })
    }
}

/// The extents of a symbolic sparsity pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PatternAval {
    /// Rows of the matrix.
    pub rows: usize,
    /// Columns of the matrix.
    pub cols: usize,
    /// Stored entries.
    pub nnz: usize,
}

impl fmt::Display for PatternAval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "csr[{},{};{}]", self.rows, self.cols, self.nnz)
    }
}

/// The type of a variable of a program.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Type {
    /// An array.
    Array(Aval),
    /// A sparsity pattern.
    Pattern(PatternAval),
}

impl Type {
    /// The aval of an array.
    ///
    /// # Errors
    /// If this is a pattern; the message names `operation`.
    pub fn array(&self, operation: &str) -> Result<&Aval, String> {
        match self {
            Self::Array(aval) => Ok(aval),
            Self::Pattern(p) => Err(format!("{operation}: expected an array, found pattern {p}")),
        }
    }

    /// The extents of a pattern.
    ///
    /// # Errors
    /// If this is an array; the message names `operation`.
    pub fn pattern(&self, operation: &str) -> Result<PatternAval, String> {
        match self {
            Self::Pattern(p) => Ok(*p),
            Self::Array(a) => Err(format!("{operation}: expected a pattern, found array {a}")),
        }
    }

    /// Whether the types are equal but for weakness.
    pub fn matches(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Array(a), Self::Array(b)) => a.dtype == b.dtype && a.shape == b.shape,
            (a, b) => a == b,
        }
    }

    /// The type of one slice along an axis. A pattern has no axes: it stays as it is.
    pub(crate) fn slice(&self, axis: usize) -> Self {
        match self {
            Self::Array(a) => a.with_shape(a.shape.without(&[axis])).into(),
            Self::Pattern(p) => Self::Pattern(*p),
        }
    }

    /// The type of so many along a new axis. A pattern is the same for all of them.
    pub(crate) fn stacked(&self, axis: usize, size: usize) -> Self {
        match self {
            Self::Array(a) => a.with_shape(a.shape.with_axis(axis, size)).into(),
            Self::Pattern(p) => Self::Pattern(*p),
        }
    }

    /// Whether values of this type have tangents.
    pub fn is_differentiable(&self) -> bool {
        matches!(self, Self::Array(a) if a.dtype.is_float())
    }
}

/// Whether types are equal pair by pair but for weakness.
pub(crate) fn all_match(a: &[Type], b: &[Type]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.matches(b))
}

/// Makes types strong whose equals in the other list are.
pub(crate) fn strengthen(types: &mut [Type], others: &[Type]) {
    for pair in types.iter_mut().zip(others) {
        if let (Type::Array(a), Type::Array(b)) = pair {
            a.weak &= b.weak;
        }
    }
}

impl From<Aval> for Type {
    fn from(aval: Aval) -> Self {
        Self::Array(aval)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Array(a) => a.fmt(f),
            Self::Pattern(p) => p.fmt(f),
        }
    }
}

impl fmt::Debug for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
