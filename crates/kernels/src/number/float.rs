//! Elementary functions of floats, to about one unit in the last place, with C's edge cases.

use super::{Number, erf_inv, error_function, exponential, gamma, logarithm, sigmoid};

/// A floating point number with the elementary functions.
pub trait Float: Number {
    /// e to the power `self`.
    ///
    /// Straight-line code; at most 0.80 units in the last place off (single precision, all numbers) and
    /// 0.74 (double precision, a sample).
    fn exp(self) -> Self;
    /// Two to the power `self`.
    ///
    /// Straight-line code; at most 0.85 units in the last place off (single precision, all numbers) and
    /// 0.79 (double precision, a sample).
    fn exp2(self) -> Self;
    /// `exp(self) - 1` without cancellation.
    ///
    /// Straight-line code; at most 1.20 units in the last place off (single precision, all numbers) and
    /// 1.02 (double precision, a sample).
    fn expm1(self) -> Self;
    /// The natural logarithm.
    ///
    /// Straight-line code; at most 0.84 units in the last place off (single precision, all numbers) and
    /// 0.78 (double precision, a sample).
    fn log(self) -> Self;
    /// `log(1 + self)` without cancellation.
    ///
    /// Straight-line code; at most 0.87 units in the last place off (single precision, all numbers) and
    /// 0.76 (double precision, a sample).
    fn log1p(self) -> Self;
    /// The square root.
    fn sqrt(self) -> Self;
    /// `1 / sqrt(self)`.
    fn rsqrt(self) -> Self;
    /// The real cube root.
    fn cbrt(self) -> Self;
    /// The sine of an angle in radians.
    fn sin(self) -> Self;
    /// The cosine of an angle in radians.
    fn cos(self) -> Self;
    /// The tangent of an angle in radians.
    fn tan(self) -> Self;
    /// The arc sine in radians.
    fn asin(self) -> Self;
    /// The arc cosine in radians.
    fn acos(self) -> Self;
    /// The arc tangent in radians.
    fn atan(self) -> Self;
    /// The hyperbolic sine.
    fn sinh(self) -> Self;
    /// The hyperbolic cosine.
    fn cosh(self) -> Self;
    /// The hyperbolic tangent.
    ///
    /// Straight-line code; at most 1.35 units in the last place off (single precision, all numbers) and
    /// 1.13 (double precision, a sample).
    fn tanh(self) -> Self;
    /// The inverse of the hyperbolic sine.
    fn asinh(self) -> Self;
    /// The inverse of the hyperbolic cosine.
    fn acosh(self) -> Self;
    /// The inverse of the hyperbolic tangent.
    fn atanh(self) -> Self;
    /// The angle in radians of the point with `y = self` and the given `x`.
    fn atan2(self, x: Self) -> Self;
    /// `1 / (1 + exp(-self))`.
    ///
    /// Straight-line code; at most 1.97 units in the last place off (single precision, all numbers) and
    /// 1.92 (double precision, a sample).
    fn logistic(self) -> Self;
    /// The error function, `2/√π ∫₀ˣ exp(-t²) dt`.
    ///
    /// Straight-line code; at most 1.49 units in the last place off (single precision, all numbers) and
    /// 1.39 (double precision, a sample).
    fn erf(self) -> Self;
    /// `1 - erf(self)` without cancellation.
    fn erfc(self) -> Self;
    /// The inverse of the error function; ±∞ at ±1, NaN beyond.
    fn erf_inv(self) -> Self;
    /// The logarithm of the gamma function's absolute value, `log |Γ(self)|`; ∞ at its poles, which
    /// are zero and the negative integers.
    ///
    /// Off by at most 1e-15 of the value for positive numbers, and of the larger of one and the value
    /// for negative ones, beside the rounding to single precision.
    fn lgamma(self) -> Self;
    /// The derivative of [`lgamma`](Self::lgamma), `Γ'(self) / Γ(self)`; NaN at its poles.
    ///
    /// Straight-line code; off by at most 2e-15 of the larger of one and the value, beside the rounding
    /// to single precision.
    fn digamma(self) -> Self;
    /// The `n`-th derivative of [`digamma`](Self::digamma); infinite at its poles.
    ///
    /// Straight-line code for `n = 1`, and off by at most 2e-15 of the value then, 1e-14 for `n ≤ 6`,
    /// beside the rounding to single precision.
    fn polygamma(self, n: u32) -> Self;
    /// The largest integer not above `self`.
    fn floor(self) -> Self;
    /// The smallest integer not below `self`.
    fn ceil(self) -> Self;
    /// The nearest integer, halves to the even one.
    fn round_half_even(self) -> Self;
    /// The nearest integer, halves away from zero.
    fn round_half_away(self) -> Self;
    /// Whether this is neither infinite nor NaN.
    fn is_finite(self) -> bool;
}

macro_rules! float {
    ($t:ty, $precision:ident, { $($name:ident = $std:ident),* }, { $($family:ident: $($own:ident),*;)* }) => {
        impl Float for $t {
            $($(#[inline(always)]
            fn $own(self) -> Self {
                $family::$precision::$own(self)
            })*)*
            $(#[inline]
            fn $name(self) -> Self {
                <$t>::$std(self)
            })*
            #[inline]
            fn rsqrt(self) -> Self {
                1.0 / self.sqrt()
            }
            // The standard library's forms lose digits for negative, tiny and huge arguments; single
            // precision goes by way of double, which leaves one rounding.
            #[inline]
            fn asinh(self) -> Self {
                libm::asinh(self as f64) as $t
            }
            #[inline]
            fn acosh(self) -> Self {
                libm::acosh(self as f64) as $t
            }
            #[inline]
            fn atanh(self) -> Self {
                libm::atanh(self as f64) as $t
            }
            #[inline]
            fn atan2(self, x: Self) -> Self {
                <$t>::atan2(self, x)
            }
            #[inline]
            fn erfc(self) -> Self {
                libm::erfc(self as f64) as $t
            }
            #[inline(always)]
            fn erf_inv(self) -> Self {
                erf_inv::$precision(self)
            }
            #[inline]
            fn lgamma(self) -> Self {
                gamma::lgamma(self as f64) as $t
            }
            #[inline(always)]
            fn digamma(self) -> Self {
                gamma::digamma(self as f64) as $t
            }
            #[inline(always)]
            fn polygamma(self, n: u32) -> Self {
                if n == 1 {
                    gamma::trigamma(self as f64) as $t
                } else {
                    gamma::polygamma(n, self as f64) as $t
                }
            }
            #[inline]
            fn is_finite(self) -> bool {
                self.is_finite()
            }
        }
    };
    ($t:ty, $precision:ident) => {
        float!($t, $precision, {
            sqrt = sqrt, cbrt = cbrt, sin = sin, cos = cos, tan = tan, asin = asin, acos = acos,
            atan = atan, sinh = sinh, cosh = cosh, floor = floor, ceil = ceil,
            round_half_even = round_ties_even, round_half_away = round
        }, {
            exponential: exp, exp2, expm1;
            logarithm: log, log1p;
            sigmoid: tanh, logistic;
            error_function: erf;
        });
    };
}

float!(f32, single);
float!(f64, double);
