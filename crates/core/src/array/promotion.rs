//! JAX's type promotion: a lattice of strong dtypes and weak scalar kinds.
//!
//! Reference: JAX documentation, "Type promotion semantics".

use super::dtype::DType;

/// A dtype with its weakness: Rust scalars are weak and yield to arrays.
pub(crate) type WeakType = (DType, bool);

/// A point of JAX's promotion lattice restricted to the dtypes graxe has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Node {
    Strong(DType),
    WeakInt,
    WeakFloat,
}

impl Node {
    fn of((dtype, weak): WeakType) -> Self {
        match dtype {
            _ if !weak => Self::Strong(dtype),
            DType::Bool => Self::Strong(DType::Bool),
            d if d.is_float() => Self::WeakFloat,
            _ => Self::WeakInt,
        }
    }

    fn parents(self) -> &'static [Self] {
        use DType::{Bool, F32, F64, I32, I64, U32, U64};
        match self {
            Self::Strong(Bool) => &[Self::WeakInt],
            Self::WeakInt => &[Self::Strong(U32), Self::Strong(I32)],
            Self::Strong(U32) => &[Self::Strong(I64), Self::Strong(U64)],
            Self::Strong(I32) => &[Self::Strong(I64)],
            Self::Strong(I64 | U64) => &[Self::WeakFloat],
            Self::WeakFloat => &[Self::Strong(F32)],
            Self::Strong(F32) => &[Self::Strong(F64)],
            Self::Strong(F64) => &[],
        }
    }

    /// Whether `other` can be reached from `self` going up.
    fn below(self, other: Self) -> bool {
        self == other || self.parents().iter().any(|p| p.below(other))
    }

    fn all() -> impl Iterator<Item = Self> {
        DType::ALL
            .into_iter()
            .map(Self::Strong)
            .chain([Self::WeakInt, Self::WeakFloat])
    }
}

fn join(a: Node, b: Node) -> Node {
    let mut bounds = Node::all().filter(|n| a.below(*n) && b.below(*n));
    let mut least = bounds.next().unwrap_or(Node::Strong(DType::F64));
    for n in bounds {
        if n.below(least) {
            least = n;
        }
    }
    least
}

/// The dtype and weakness of an operation over operands of these types.
pub(crate) fn result_type(operands: impl IntoIterator<Item = WeakType>) -> WeakType {
    let operands: Vec<WeakType> = operands.into_iter().collect();
    let Some(&first) = operands.first() else {
        return (DType::default_float(), false);
    };
    if operands.iter().all(|t| t.0 == first.0) {
        return (first.0, operands.iter().all(|t| t.1));
    }
    let all_weak = operands.iter().all(|t| t.1);
    let node = operands
        .iter()
        .map(|&(d, weak)| Node::of((d, weak && !all_weak)))
        .reduce(join)
        .unwrap_or(Node::WeakFloat);
    match node {
        Node::Strong(d) => (d, all_weak),
        Node::WeakInt => (DType::default_int(), true),
        Node::WeakFloat => (DType::default_float(), true),
    }
}

/// The strong dtype two arrays promote to.
///
/// ```
/// use graxe_core::{promote_types, DType};
/// assert_eq!(promote_types(DType::I32, DType::F32), DType::F32);
/// assert_eq!(promote_types(DType::U32, DType::I32), DType::I64);
/// ```
pub fn promote_types(a: DType, b: DType) -> DType {
    result_type([(a, false), (b, false)]).0
}

/// As [`promote_types`], telling weak operands and a weak result apart.
pub fn promote_weak(a: (DType, bool), b: (DType, bool)) -> (DType, bool) {
    result_type([a, b])
}
