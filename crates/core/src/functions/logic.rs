//! Comparisons, truth, and choice.

use super::math::{broadcast_together, promote};
use crate::array::{Array, DType, Operand, broadcast_shapes};
use crate::ops::{Binary, Unary, binary, broadcast, select as ops, unary};
use crate::transform::misuse;

/// `which ? on_true : on_false`, element by element; NumPy's `where` with three operands.
///
/// Both values are computed: a NaN in the one not chosen does not show, but its derivative
/// may, as in JAX.
#[track_caller]
pub fn select(which: &Array, on_true: impl Operand, on_false: impl Operand) -> Array {
    let which = which.astype(DType::Bool);
    let mut cases = promote(&[&on_true.operand(), &on_false.operand()]);
    let shapes = [which.shape(), cases[0].shape(), cases[1].shape()];
    let Some(shape) = broadcast_shapes(shapes) else {
        misuse(format!(
            "select: shapes do not broadcast: {} and {} and {}",
            which.aval, cases[0].aval, cases[1].aval
        ))
    };
    for case in &mut cases {
        *case = broadcast::broadcast_to(case, &shape);
    }
    let which = if which.rank() == 0 {
        which
    } else {
        broadcast::broadcast_to(&which, &shape)
    };
    ops::select(&which, &cases[0], &cases[1])
}

/// Choice among `cases` of one shape and dtype by an integer, clamped.
#[track_caller]
pub fn select_n(which: &Array, cases: &[Array]) -> Array {
    let refs: Vec<&Array> = cases.iter().collect();
    let cases = broadcast_together("select_n", &promote(&refs));
    if which.dtype() == DType::Bool {
        return ops::select_n(which, &cases);
    }
    ops::select_n(&which.astype(DType::I32), &cases)
}

#[track_caller]
fn compare(name: &str, op: Binary, x: &Array, y: &impl Operand) -> Array {
    let mut operands = promote(&[x, &y.operand()]);
    if operands[0].dtype() == DType::Bool && !matches!(op, Binary::Eq | Binary::Ne) {
        operands = operands.iter().map(|a| a.astype(DType::I32)).collect();
    }
    let operands = broadcast_together(name, &operands);
    binary::apply(op, &operands[0], &operands[1])
}

macro_rules! comparisons {
    ($($(#[$doc:meta])* $method:ident => $op:ident),* $(,)?) => {
        impl Array {$(
            $(#[$doc])*
            #[track_caller]
            pub fn $method(&self, y: impl Operand) -> Self {
                compare(stringify!($method), Binary::$op, self, &y)
            }
        )*}
    };
}

comparisons!(
    /// `x == y`; NaN equals nothing.
    equal => Eq,
    /// `x != y`.
    not_equal => Ne,
    /// `x < y`.
    less => Lt,
    /// `x <= y`.
    less_equal => Le,
    /// `x > y`.
    greater => Gt,
    /// `x >= y`.
    greater_equal => Ge,
);

impl Array {
    /// Whether elements are neither infinite nor NaN.
    #[track_caller]
    pub fn is_finite(&self) -> Self {
        if self.dtype().is_float() {
            unary::apply(Unary::IsFinite, self)
        } else {
            Self::full(self.shape().clone(), true, DType::Bool)
        }
    }

    /// Whether elements are NaN.
    #[track_caller]
    pub fn is_nan(&self) -> Self {
        self.not_equal(self)
    }

    /// Whether elements are infinite.
    #[track_caller]
    pub fn is_inf(&self) -> Self {
        if !self.dtype().is_float() {
            return Self::full(self.shape().clone(), false, DType::Bool);
        }
        self.abs().equal(f64::INFINITY)
    }

    /// Whether the sign bit is set; -0 has it, NaN may.
    #[track_caller]
    pub fn signbit(&self) -> Self {
        match self.dtype() {
            DType::F32 => self.bitcast(DType::I32).less(0),
            DType::F64 => self.bitcast(DType::I64).less(0),
            _ => self.less(0),
        }
    }

    /// Whether elements are zero (false).
    #[track_caller]
    pub fn logical_not(&self) -> Self {
        !self.astype(DType::Bool)
    }

    /// NaN becomes 0, infinities the largest finite numbers.
    #[track_caller]
    pub fn nan_to_num(&self) -> Self {
        let (low, high) = match self.dtype() {
            DType::F32 => (f64::from(f32::MIN), f64::from(f32::MAX)),
            DType::F64 => (f64::MIN, f64::MAX),
            _ => return self.clone(),
        };
        let bound = |v: f64| Self::full((), v, self.dtype());
        let x = select(&self.is_nan(), 0, self);
        let x = select(&x.equal(f64::INFINITY), bound(high), x);
        select(&x.equal(f64::NEG_INFINITY), bound(low), x)
    }
}

/// Both are true.
#[track_caller]
pub fn logical_and(x: &Array, y: &Array) -> Array {
    x.astype(DType::Bool) & y.astype(DType::Bool)
}

/// Either is true.
#[track_caller]
pub fn logical_or(x: &Array, y: &Array) -> Array {
    x.astype(DType::Bool) | y.astype(DType::Bool)
}

/// Exactly one is true.
#[track_caller]
pub fn logical_xor(x: &Array, y: &Array) -> Array {
    x.astype(DType::Bool) ^ y.astype(DType::Bool)
}
