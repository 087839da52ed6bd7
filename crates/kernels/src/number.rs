//! The seven element types and their arithmetic, with XLA's rules where Rust's differ.

mod cast;
mod erf_inv;
mod error_function;
mod exponential;
mod float;
mod gamma;
mod integer;
mod logarithm;
mod polynomial;
mod sigmoid;

pub use cast::{Cast, cast};
pub use float::Float;
pub use integer::Integer;

use std::fmt::Debug;

/// A type that an array's buffer holds: `bool`, `i32`, `i64`, `u32`, `u64`, `f32` or `f64`.
pub trait Element:
    Copy
    + Default
    + Send
    + Sync
    + PartialEq
    + Debug
    + Cast<bool>
    + Cast<i32>
    + Cast<i64>
    + Cast<u32>
    + Cast<u64>
    + Cast<f32>
    + Cast<f64>
    + 'static
{
}

impl Element for bool {}
impl Element for i32 {}
impl Element for i64 {}
impl Element for u32 {}
impl Element for u64 {}
impl Element for f32 {}
impl Element for f64 {}

/// An element with arithmetic; integers wrap.
pub trait Number: Element + PartialOrd {
    /// The number zero.
    const ZERO: Self;
    /// The number one.
    const ONE: Self;
    /// The identity of [`maximum`](Number::maximum): negative infinity, or the smallest integer.
    const LOWEST: Self;
    /// The identity of [`minimum`](Number::minimum): infinity, or the largest integer.
    const HIGHEST: Self;

    /// `self + other`.
    fn add(self, other: Self) -> Self;
    /// `self - other`.
    fn sub(self, other: Self) -> Self;
    /// `self * other`.
    fn mul(self, other: Self) -> Self;
    /// `self / other`, truncated for integers; an integer divided by zero has all bits set.
    fn div(self, other: Self) -> Self;
    /// The remainder of the truncated quotient (C's `fmod`); an integer by zero gives itself.
    fn rem(self, other: Self) -> Self;
    /// The larger one; NaN if either is NaN, and 0 is larger than -0.
    fn maximum(self, other: Self) -> Self;
    /// The smaller one; NaN if either is NaN, and -0 is smaller than 0.
    fn minimum(self, other: Self) -> Self;
    /// `-self`.
    fn neg(self) -> Self;
    /// The absolute value.
    fn abs(self) -> Self;
    /// -1, 0 or 1 by the sign; NaN and both zeros give themselves.
    fn sign(self) -> Self;
    /// Whether this is not a number; never so for an integer.
    fn is_nan(self) -> bool;
    /// `self` to the power `exponent`: C's `pow`; for integers the wrapping power, and where the
    /// exponent is negative 1 or ±1 for the bases 1 and -1 and zero for the others.
    fn pow(self, exponent: Self) -> Self;
    /// The nearest `f64`.
    fn to_f64(self) -> f64;
    /// The nearest number to `x`; truncated and saturated for integers.
    fn from_f64(x: f64) -> Self;

    /// `self` to a fixed integer power by repeated squaring, in XLA's order of products;
    /// a negative power is the reciprocal of the positive one.
    #[inline]
    fn powi(self, exponent: i32) -> Self {
        let mut rest = exponent.unsigned_abs();
        let mut square = self;
        let mut power = None;
        while rest > 0 {
            if rest & 1 == 1 {
                power = Some(power.map_or(square, |p: Self| p.mul(square)));
            }
            rest >>= 1;
            if rest > 0 {
                square = square.mul(square);
            }
        }
        let power = power.unwrap_or(Self::ONE);
        if exponent < 0 {
            Self::ONE.div(power)
        } else {
            power
        }
    }
}

macro_rules! float_number {
    ($($t:ty),*) => {$(
        impl Number for $t {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const LOWEST: Self = <$t>::NEG_INFINITY;
            const HIGHEST: Self = <$t>::INFINITY;

            #[inline]
            fn add(self, other: Self) -> Self {
                self + other
            }
            #[inline]
            fn sub(self, other: Self) -> Self {
                self - other
            }
            #[inline]
            fn mul(self, other: Self) -> Self {
                self * other
            }
            #[inline]
            fn div(self, other: Self) -> Self {
                self / other
            }
            #[inline]
            fn rem(self, other: Self) -> Self {
                self % other
            }
            // Equal numbers differ at most in the sign of a zero, which the bits settle.
            #[inline]
            fn maximum(self, other: Self) -> Self {
                let equal = <$t>::from_bits(self.to_bits() & other.to_bits());
                let larger = if self == other { equal } else if self > other { self } else { other };
                if self.is_nan() { self } else { larger }
            }
            #[inline]
            fn minimum(self, other: Self) -> Self {
                let equal = <$t>::from_bits(self.to_bits() | other.to_bits());
                let smaller = if self == other { equal } else if self < other { self } else { other };
                if self.is_nan() { self } else { smaller }
            }
            #[inline]
            fn neg(self) -> Self {
                -self
            }
            #[inline]
            fn abs(self) -> Self {
                self.abs()
            }
            #[inline]
            fn sign(self) -> Self {
                if self == 0.0 || self.is_nan() { self } else { <$t>::copysign(1.0, self) }
            }
            #[inline]
            fn is_nan(self) -> bool {
                self.is_nan()
            }
            #[inline]
            fn pow(self, exponent: Self) -> Self {
                self.powf(exponent)
            }
            #[inline]
            fn to_f64(self) -> f64 {
                self as f64
            }
            #[inline]
            fn from_f64(x: f64) -> Self {
                x as $t
            }
        }
    )*};
}

float_number!(f32, f64);

macro_rules! integer_number {
    ($($t:ty),*) => {$(
        impl Number for $t {
            const ZERO: Self = 0;
            const ONE: Self = 1;
            const LOWEST: Self = <$t>::MIN;
            const HIGHEST: Self = <$t>::MAX;

            #[inline]
            fn add(self, other: Self) -> Self {
                self.wrapping_add(other)
            }
            #[inline]
            fn sub(self, other: Self) -> Self {
                self.wrapping_sub(other)
            }
            #[inline]
            fn mul(self, other: Self) -> Self {
                self.wrapping_mul(other)
            }
            #[inline]
            fn div(self, other: Self) -> Self {
                if other == 0 { !0 } else { self.wrapping_div(other) }
            }
            #[inline]
            fn rem(self, other: Self) -> Self {
                if other == 0 { self } else { self.wrapping_rem(other) }
            }
            #[inline]
            fn maximum(self, other: Self) -> Self {
                self.max(other)
            }
            #[inline]
            fn minimum(self, other: Self) -> Self {
                self.min(other)
            }
            #[inline]
            fn neg(self) -> Self {
                self.wrapping_neg()
            }
            #[inline]
            fn abs(self) -> Self {
                if self < Self::ZERO { self.wrapping_neg() } else { self }
            }
            #[inline]
            fn sign(self) -> Self {
                if self < Self::ZERO { !0 } else { Self::from(self != 0) }
            }
            #[inline]
            fn is_nan(self) -> bool {
                false
            }
            #[inline]
            fn pow(self, exponent: Self) -> Self {
                if exponent < Self::ZERO {
                    return match self {
                        1 => 1,
                        // Only signed types come here: all bits set is -1.
                        base if base == !0 => if exponent & 1 == 0 { 1 } else { !0 },
                        _ => 0,
                    };
                }
                let (mut rest, mut square, mut power) = (exponent, self, 1 as $t);
                while rest != 0 {
                    if rest & 1 == 1 {
                        power = power.wrapping_mul(square);
                    }
                    square = square.wrapping_mul(square);
                    rest >>= 1;
                }
                power
            }
            #[inline]
            fn to_f64(self) -> f64 {
                self as f64
            }
            #[inline]
            fn from_f64(x: f64) -> Self {
                x as $t
            }
        }
    )*};
}

integer_number!(i32, i64, u32, u64);

#[cfg(test)]
mod accuracy;
#[cfg(test)]
mod tests;
