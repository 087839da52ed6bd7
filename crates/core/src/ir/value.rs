//! What flows through programs and what a tree's leaves are.

use std::sync::Arc;

use crate::array::{Array, ArrayRepr, Pattern};
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

    /// Whether both are the same variable of the same trace, or share their elements.
    pub(crate) fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Array(a), Self::Array(b)) => match (&a.repr, &b.repr) {
                (ArrayRepr::Host(x), ArrayRepr::Host(y)) => Arc::ptr_eq(x, y) && a.aval == b.aval,
                (ArrayRepr::Tracer(x), ArrayRepr::Tracer(y)) => x == y,
                _ => false,
            },
            (Self::Pattern(a), Self::Pattern(b)) => a.same(b),
            _ => false,
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
