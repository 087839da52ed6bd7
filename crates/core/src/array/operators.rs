//! Operators for every mix of reference, value and Rust number.
//!
//! The numbers are those of literals, `i32` and `f64`: with more of them the compiler could not
//! tell the type of `(1 - &x)` and refuse `(1 - &x).sqrt()`. Others go through
//! [`scalar`](crate::scalar).

use std::ops;

use super::array::Array;
use super::scalar::IntoScalar;
use crate::functions::math;

/// An operand of a function: an array, by value or reference, or a Rust number.
pub trait Operand {
    #[doc(hidden)]
    #[track_caller]
    fn operand(&self) -> std::borrow::Cow<'_, Array>;
}

impl Operand for Array {
    fn operand(&self) -> std::borrow::Cow<'_, Array> {
        std::borrow::Cow::Borrowed(self)
    }
}

impl Operand for &Array {
    fn operand(&self) -> std::borrow::Cow<'_, Array> {
        std::borrow::Cow::Borrowed(self)
    }
}

impl<S: IntoScalar> Operand for S {
    fn operand(&self) -> std::borrow::Cow<'_, Array> {
        std::borrow::Cow::Owned(self.into_weak())
    }
}

macro_rules! binary_operators {
    ($($trait:ident :: $method:ident => $function:path),* $(,)?) => {$(
        binary_operators!(@one $trait $method $function, Array, Array);
        binary_operators!(@one $trait $method $function, &Array, Array);
        binary_operators!(@one $trait $method $function, Array, &Array);
        binary_operators!(@one $trait $method $function, &Array, &Array);
        binary_operators!(@scalar $trait $method $function, i32 f64);
    )*};
    (@scalar $trait:ident $method:ident $function:path, $($s:ty)*) => {$(
        binary_operators!(@one $trait $method $function, Array, $s);
        binary_operators!(@one $trait $method $function, &Array, $s);
        binary_operators!(@one $trait $method $function, $s, Array);
        binary_operators!(@one $trait $method $function, $s, &Array);
    )*};
    (@one $trait:ident $method:ident $function:path, $a:ty, $b:ty) => {
        impl ops::$trait<$b> for $a {
            type Output = Array;
            #[track_caller]
            fn $method(self, other: $b) -> Array {
                $function(&self, &other)
            }
        }
    };
}

binary_operators!(
    Add::add => math::add,
    Sub::sub => math::subtract,
    Mul::mul => math::multiply,
    Div::div => math::divide,
    Rem::rem => math::remainder,
    BitAnd::bitand => math::bitwise_and,
    BitOr::bitor => math::bitwise_or,
    BitXor::bitxor => math::bitwise_xor,
    Shl::shl => math::shift_left,
    Shr::shr => math::shift_right,
);

impl ops::Neg for &Array {
    type Output = Array;
    #[track_caller]
    fn neg(self) -> Array {
        math::negative(self)
    }
}

impl ops::Neg for Array {
    type Output = Array;
    #[track_caller]
    fn neg(self) -> Array {
        math::negative(&self)
    }
}

impl ops::Not for &Array {
    type Output = Array;
    #[track_caller]
    fn not(self) -> Array {
        math::bitwise_not(self)
    }
}

impl ops::Not for Array {
    type Output = Array;
    #[track_caller]
    fn not(self) -> Array {
        math::bitwise_not(&self)
    }
}
