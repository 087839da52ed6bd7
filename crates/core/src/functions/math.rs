//! Arithmetic and elementary functions with NumPy's broadcasting and JAX's promotion.

use crate::array::{Array, DType, Operand, Shape, broadcast_shapes, result_type};
use crate::ops::{Binary, Unary, binary, broadcast, convert, stop_gradient, unary};
use crate::transform::misuse;

/// The operands in their common dtype.
#[track_caller]
pub(crate) fn promote(operands: &[&Array]) -> Vec<Array> {
    let (dtype, weak) = result_type(operands.iter().map(|a| (a.dtype(), a.is_weak())));
    operands.iter().map(|a| to_dtype(a, dtype, weak)).collect()
}

/// As [`promote`], integers becoming floats.
#[track_caller]
pub(crate) fn promote_inexact(operands: &[&Array]) -> Vec<Array> {
    let (dtype, weak) = result_type(operands.iter().map(|a| (a.dtype(), a.is_weak())));
    let dtype = dtype.to_inexact();
    operands.iter().map(|a| to_dtype(a, dtype, weak)).collect()
}

/// `x` in `dtype`; weakness alone is not worth an equation, for `infer` joins it.
#[track_caller]
fn to_dtype(x: &Array, dtype: DType, weak: bool) -> Array {
    if x.dtype() == dtype {
        x.clone()
    } else {
        convert::convert(x, dtype, weak)
    }
}

/// The operands broadcast to one shape, scalars left as they are.
#[track_caller]
pub(crate) fn broadcast_together(name: &str, operands: &[Array]) -> Vec<Array> {
    let Some(shape) = broadcast_shapes(operands.iter().map(Array::shape)) else {
        let avals: Vec<String> = operands.iter().map(|a| a.aval.to_string()).collect();
        misuse(format!(
            "{name}: shapes do not broadcast: {}",
            avals.join(" and ")
        ))
    };
    operands
        .iter()
        .map(|a| {
            if a.rank() == 0 {
                a.clone()
            } else {
                broadcast::broadcast_to(a, &shape)
            }
        })
        .collect()
}

/// The operands with axes of extent 1 in front where one has fewer than the other, scalars left as
/// they are: the operation repeats extents of 1.
#[track_caller]
fn of_one_rank(name: &str, operands: &[Array]) -> Vec<Array> {
    let rank = operands.iter().map(Array::rank).max().unwrap_or(0);
    if broadcast_shapes(operands.iter().map(Array::shape)).is_none() {
        return broadcast_together(name, operands);
    }
    let lead = |x: &Array| {
        if x.rank() == 0 || x.rank() == rank {
            return x.clone();
        }
        let mut shape = vec![1; rank - x.rank()];
        shape.extend_from_slice(x.shape());
        broadcast::broadcast_to(x, &Shape::from(&shape[..]))
    };
    operands.iter().map(lead).collect()
}

#[track_caller]
fn binary(name: &str, op: Binary, x: &impl Operand, y: &impl Operand) -> Array {
    let operands = promote(&[&x.operand(), &y.operand()]);
    let operands = of_one_rank(name, &operands);
    binary::apply(op, &operands[0], &operands[1])
}

#[track_caller]
pub(crate) fn binary_inexact(name: &str, op: Binary, x: &impl Operand, y: &impl Operand) -> Array {
    let operands = promote_inexact(&[&x.operand(), &y.operand()]);
    let operands = of_one_rank(name, &operands);
    binary::apply(op, &operands[0], &operands[1])
}

/// Arithmetic on two bools is logic, as in NumPy.
#[track_caller]
fn arithmetic(
    name: &str,
    op: Binary,
    on_bool: Binary,
    x: &impl Operand,
    y: &impl Operand,
) -> Array {
    let bools = x.operand().dtype() == DType::Bool && y.operand().dtype() == DType::Bool;
    binary(name, if bools { on_bool } else { op }, x, y)
}

/// `x + y`.
#[track_caller]
pub(crate) fn add(x: &impl Operand, y: &impl Operand) -> Array {
    arithmetic("add", Binary::Add, Binary::Or, x, y)
}

/// `x - y`.
#[track_caller]
pub(crate) fn subtract(x: &impl Operand, y: &impl Operand) -> Array {
    binary("subtract", Binary::Sub, x, y)
}

/// `x · y`, element by element.
#[track_caller]
pub(crate) fn multiply(x: &impl Operand, y: &impl Operand) -> Array {
    arithmetic("multiply", Binary::Mul, Binary::And, x, y)
}

/// `x / y`; integers become floats.
#[track_caller]
pub(crate) fn divide(x: &impl Operand, y: &impl Operand) -> Array {
    binary_inexact("divide", Binary::Div, x, y)
}

/// The remainder with the divisor's sign, as Python's `%`.
#[track_caller]
pub(crate) fn remainder(x: &impl Operand, y: &impl Operand) -> Array {
    let operands = promote(&[&x.operand(), &y.operand()]);
    let operands = broadcast_together("remainder", &operands);
    let y = &operands[1];
    let truncated = binary::apply(Binary::Rem, &operands[0], y);
    let nonzero = truncated.not_equal(0);
    let opposite = truncated.less(0).not_equal(y.less(0));
    super::logic::select(
        &super::logic::logical_and(&opposite, &nonzero),
        &truncated + y,
        truncated,
    )
}

/// Bitwise and; on bools the logical one.
#[track_caller]
pub(crate) fn bitwise_and(x: &impl Operand, y: &impl Operand) -> Array {
    binary("bitwise_and", Binary::And, x, y)
}

/// Bitwise or; on bools the logical one.
#[track_caller]
pub(crate) fn bitwise_or(x: &impl Operand, y: &impl Operand) -> Array {
    binary("bitwise_or", Binary::Or, x, y)
}

/// Bitwise exclusive or; on bools the logical one.
#[track_caller]
pub(crate) fn bitwise_xor(x: &impl Operand, y: &impl Operand) -> Array {
    binary("bitwise_xor", Binary::Xor, x, y)
}

/// `x << y`.
#[track_caller]
pub(crate) fn shift_left(x: &impl Operand, y: &impl Operand) -> Array {
    binary("left_shift", Binary::ShiftLeft, x, y)
}

/// `x >> y`: arithmetic for signed integers, logical for unsigned ones.
#[track_caller]
pub(crate) fn shift_right(x: &impl Operand, y: &impl Operand) -> Array {
    let operands = promote(&[&x.operand(), &y.operand()]);
    let op = if operands[0].dtype().is_unsigned() {
        Binary::ShiftRightLogical
    } else {
        Binary::ShiftRightArithmetic
    };
    binary("right_shift", op, x, y)
}

/// `-x`.
#[track_caller]
pub(crate) fn negative(x: &Array) -> Array {
    unary::apply(Unary::Neg, x)
}

/// `!x`: bits, or truth.
#[track_caller]
pub(crate) fn bitwise_not(x: &Array) -> Array {
    unary::apply(Unary::Not, x)
}

#[track_caller]
pub(crate) fn inexact(op: Unary, x: &Array) -> Array {
    unary::apply(op, &promote_inexact(&[x])[0])
}

macro_rules! inexact_methods {
    ($($(#[$doc:meta])* $method:ident => $op:ident),* $(,)?) => {
        impl Array {$(
            $(#[$doc])*
            #[track_caller]
            pub fn $method(&self) -> Self {
                inexact(Unary::$op, self)
            }
        )*}
    };
}

inexact_methods!(
    /// The exponential.
    exp => Exp,
    /// `2^x`.
    exp2 => Exp2,
    /// `exp(x) - 1`, exact near 0.
    expm1 => Expm1,
    /// The natural logarithm.
    log => Log,
    /// `log(1 + x)`, exact near 0.
    log1p => Log1p,
    /// The square root.
    sqrt => Sqrt,
    /// `1 / sqrt(x)`.
    rsqrt => Rsqrt,
    /// The cube root.
    cbrt => Cbrt,
    /// The sine.
    sin => Sin,
    /// The cosine.
    cos => Cos,
    /// The tangent.
    tan => Tan,
    /// The arc sine.
    arcsin => Asin,
    /// The arc cosine.
    arccos => Acos,
    /// The arc tangent.
    arctan => Atan,
    /// The hyperbolic sine.
    sinh => Sinh,
    /// The hyperbolic cosine.
    cosh => Cosh,
    /// The hyperbolic tangent.
    tanh => Tanh,
    /// The inverse hyperbolic sine.
    arcsinh => Asinh,
    /// The inverse hyperbolic cosine.
    arccosh => Acosh,
    /// The inverse hyperbolic tangent.
    arctanh => Atanh,
    /// The logistic function `1 / (1 + exp(-x))`.
    logistic => Logistic,
    /// The error function.
    erf => Erf,
    /// `1 - erf(x)`, exact for large `x`.
    erfc => Erfc,
    /// The inverse of the error function.
    erf_inv => ErfInv,
);

impl Array {
    /// `|x|`; the slope at 0 is 1, as in JAX.
    #[track_caller]
    pub fn abs(&self) -> Self {
        if self.dtype() == DType::Bool {
            self.clone()
        } else {
            unary::apply(Unary::Abs, self)
        }
    }

    /// -1, 0 or 1; NaN stays NaN.
    #[track_caller]
    pub fn sign(&self) -> Self {
        unary::apply(Unary::Sign, self)
    }

    /// `x · x`.
    #[track_caller]
    pub fn square(&self) -> Self {
        unary::apply(Unary::Square, self)
    }

    /// `x^n` by repeated multiplication; negative powers of floats only.
    #[track_caller]
    pub fn powi(&self, n: i32) -> Self {
        match n {
            1 => self.clone(),
            n if n < 0 => inexact(Unary::IntegerPow(n), self),
            n => unary::apply(Unary::IntegerPow(n), self),
        }
    }

    /// `x^y`.
    #[track_caller]
    pub fn pow(&self, y: impl Operand) -> Self {
        binary("power", Binary::Pow, self, &y)
    }

    /// The larger operand; NaN where either is, half of the slope to each at a tie.
    #[track_caller]
    pub fn maximum(&self, y: impl Operand) -> Self {
        arithmetic("maximum", Binary::Max, Binary::Or, self, &y)
    }

    /// The smaller operand; NaN where either is, half of the slope to each at a tie.
    #[track_caller]
    pub fn minimum(&self, y: impl Operand) -> Self {
        arithmetic("minimum", Binary::Min, Binary::And, self, &y)
    }

    /// `x` limited to `[low, high]`; where `low > high` it is `high`.
    #[track_caller]
    pub fn clip(&self, low: impl Operand, high: impl Operand) -> Self {
        self.maximum(low).minimum(high)
    }

    /// The angle of the point `(x, self)`.
    #[track_caller]
    pub fn arctan2(&self, x: impl Operand) -> Self {
        binary_inexact("arctan2", Binary::Atan2, self, &x)
    }

    /// The next float after `self` towards `y`.
    #[track_caller]
    pub fn nextafter(&self, y: impl Operand) -> Self {
        binary_inexact("nextafter", Binary::NextAfter, self, &y)
    }

    /// The remainder with the sign of `self`, as C's `fmod` and Rust's `%` on floats.
    #[track_caller]
    pub fn fmod(&self, y: impl Operand) -> Self {
        binary("fmod", Binary::Rem, self, &y)
    }

    /// The largest integer not above the quotient.
    #[track_caller]
    pub fn floor_divide(&self, y: impl Operand) -> Self {
        let operands = promote(&[self, &y.operand()]);
        let operands = broadcast_together("floor_divide", &operands);
        let (x, y) = (&operands[0], &operands[1]);
        let q = binary::apply(Binary::Div, x, y);
        if x.dtype().is_float() {
            // Exact where the remainder is: fmod first, as JAX does.
            let r = binary::apply(Binary::Rem, x, y);
            let opposite = r.less(0).not_equal(y.less(0));
            let lower = super::logic::logical_and(&opposite, &r.not_equal(0));
            let exact = (x - r) / y;
            let exact = super::logic::select(&lower, &exact - 1, &exact);
            return super::logic::select(&y.equal(0), q, exact.round());
        }
        if x.dtype().is_unsigned() {
            return q;
        }
        let r = binary::apply(Binary::Rem, x, y);
        let opposite = x.sign().not_equal(y.sign());
        super::logic::select(
            &super::logic::logical_and(&opposite, &r.not_equal(0)),
            &q - 1,
            q,
        )
    }

    /// `1 / x`.
    #[track_caller]
    pub fn reciprocal(&self) -> Self {
        1 / self
    }

    /// The largest integer not above `x`.
    #[track_caller]
    pub fn floor(&self) -> Self {
        rounding(Unary::Floor, self)
    }

    /// The smallest integer not below `x`.
    #[track_caller]
    pub fn ceil(&self) -> Self {
        rounding(Unary::Ceil, self)
    }

    /// The nearest integer, halves to the even one.
    #[track_caller]
    pub fn round(&self) -> Self {
        rounding(Unary::Round, self)
    }

    /// `x` without its fraction.
    #[track_caller]
    pub fn trunc(&self) -> Self {
        super::logic::select(&self.less(0), self.ceil(), self.floor())
    }

    /// `sqrt(x² + y²)`.
    #[track_caller]
    pub fn hypot(&self, y: impl Operand) -> Self {
        let operands = promote_inexact(&[self, &y.operand()]);
        let (x, y) = (operands[0].abs(), operands[1].abs());
        let (high, low) = (x.maximum(&y), x.minimum(&y));
        let safe = super::logic::select(&high.equal(0), 1, &high);
        let finite = &high * ((low / safe).square() + 1).sqrt();
        let flat = super::logic::logical_or(&high.equal(0), &high.equal(f64::INFINITY));
        super::logic::select(&flat, high, finite)
    }

    /// The number of one bits.
    #[track_caller]
    pub fn population_count(&self) -> Self {
        unary::apply(Unary::PopulationCount, self)
    }

    /// The number of leading zero bits.
    #[track_caller]
    pub fn count_leading_zeros(&self) -> Self {
        unary::apply(Unary::CountLeadingZeros, self)
    }

    /// The elements converted to `dtype`: floats truncate and saturate, integers wrap.
    #[track_caller]
    pub fn astype(&self, dtype: DType) -> Self {
        if self.dtype() == dtype && !self.is_weak() {
            return self.clone();
        }
        if dtype == DType::Bool {
            return self.not_equal(0);
        }
        convert::convert(self, dtype, false)
    }

    /// The same bits read as another dtype of the same size.
    #[track_caller]
    pub fn bitcast(&self, dtype: DType) -> Self {
        convert::bitcast(self, dtype)
    }

    /// `x`, through which no derivative passes.
    #[track_caller]
    pub fn stop_gradient(&self) -> Self {
        stop_gradient::stop_gradient(self)
    }
}

#[track_caller]
fn rounding(op: Unary, x: &Array) -> Array {
    if x.dtype().is_float() {
        unary::apply(op, x)
    } else {
        x.clone()
    }
}

/// `log(exp(x) + exp(y))` without overflow.
#[track_caller]
pub fn logaddexp(x: impl Operand, y: impl Operand) -> Array {
    let operands = promote_inexact(&[&x.operand(), &y.operand()]);
    let operands = broadcast_together("logaddexp", &operands);
    let (x, y) = (&operands[0], &operands[1]);
    // Chosen by one predicate, so that derivatives of any order are whole at the tie.
    let first = x.greater_equal(y);
    let high = super::logic::select(&first, x, y);
    let low = super::logic::select(&first, y, x);
    let shift = super::logic::select(&high.is_finite(), &high, 0).stop_gradient();
    // Where the operands are finite, expm1 adds the high operand's slope and nothing else.
    ((low - &shift).exp() + (high - &shift).expm1()).log1p() + shift
}
