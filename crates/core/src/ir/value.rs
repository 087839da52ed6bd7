//! What flows through programs and what a tree's leaves are.

use crate::array::{Array, Pattern};
use crate::ir::Type;

/// An array or a sparsity pattern.
#[derive(Clone, Debug)]
pub enum Value {
    /// An array.
    Array(Array),
    /// A sparsity pattern.
    Pattern(Pattern),
}

impl Value {
    /// The type of the value.
    pub fn ty(&self) -> Type {
        match self {
            Self::Array(a) => Type::Array(a.aval.clone()),
            Self::Pattern(p) => Type::Pattern(p.aval()),
        }
    }

    /// Whether the value is a tracer.
    pub fn is_traced(&self) -> bool {
        match self {
            Self::Array(a) => a.is_traced(),
            Self::Pattern(p) => p.is_traced(),
        }
    }

    /// The array; rules call this where `infer` has seen that it is one.
    #[track_caller]
    pub(crate) fn array(&self) -> &Array {
        match self {
            Self::Array(a) => a,
            Self::Pattern(_) => unreachable!("an array was inferred"),
        }
    }

    #[track_caller]
    pub(crate) fn into_array(self) -> Array {
        match self {
            Self::Array(a) => a,
            Self::Pattern(_) => unreachable!("an array was inferred"),
        }
    }

    #[track_caller]
    pub(crate) fn pattern(&self) -> &Pattern {
        match self {
            Self::Pattern(p) => p,
            Self::Array(_) => unreachable!("a pattern was inferred"),
        }
    }
}

impl From<Array> for Value {
    fn from(a: Array) -> Self {
        Self::Array(a)
    }
}

impl From<&Array> for Value {
    fn from(a: &Array) -> Self {
        Self::Array(a.clone())
    }
}

impl From<Pattern> for Value {
    fn from(p: Pattern) -> Self {
        Self::Pattern(p)
    }
}

impl From<&Pattern> for Value {
    fn from(p: &Pattern) -> Self {
        Self::Pattern(p.clone())
    }
}
