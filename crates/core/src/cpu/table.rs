//! Which kernel function an elementwise operation is.

use graxe_kernels::number::{Float, Integer, Number};

use super::elementwise::{Function, convert, one, two};
use crate::array::{DType, Native, with_dtype};
use crate::ops::{Binary, Unary};

/// Reads the bits of one dtype as another of the same size.
pub(super) fn bits(from: DType, to: DType) -> Function {
    match (from, to) {
        (DType::F32, DType::U32) => convert(f32::to_bits),
        (DType::F32, DType::I32) => convert(|v: f32| v.to_bits() as i32),
        (DType::U32, DType::F32) => convert(f32::from_bits),
        (DType::I32, DType::F32) => convert(|v: i32| f32::from_bits(v as u32)),
        (DType::U32, DType::I32) => convert(|v: u32| v as i32),
        (DType::I32, DType::U32) => convert(|v: i32| v as u32),
        (DType::F64, DType::U64) => convert(f64::to_bits),
        (DType::F64, DType::I64) => convert(|v: f64| v.to_bits() as i64),
        (DType::U64, DType::F64) => convert(f64::from_bits),
        (DType::I64, DType::F64) => convert(|v: i64| f64::from_bits(v as u64)),
        (DType::U64, DType::I64) => convert(|v: u64| v as i64),
        (DType::I64, DType::U64) => convert(|v: i64| v as u64),
        (_, same) => with_dtype!(same, T => convert(|v: T| v)),
    }
}

/// A row of the unary table for operands of `dtype`.
pub(super) fn unary(op: Unary, dtype: DType) -> Function {
    match dtype {
        DType::Bool => one(|v: bool| !v),
        DType::F32 => float_unary::<f32>(op),
        DType::F64 => float_unary::<f64>(op),
        DType::I32 => integer_unary::<i32>(op),
        DType::I64 => integer_unary::<i64>(op),
        DType::U32 => integer_unary::<u32>(op),
        DType::U64 => integer_unary::<u64>(op),
    }
}

/// The rows that every number has; a new row is missed here first.
fn number_unary<T: Native + Number>(op: Unary) -> Function {
    match op {
        Unary::Neg => one(T::neg),
        Unary::Abs => one(T::abs),
        Unary::Sign => one(T::sign),
        Unary::Square => one(|v: T| v.mul(v)),
        Unary::IntegerPow(n) => one(move |v: T| v.powi(n)),
        Unary::Not
        | Unary::PopulationCount
        | Unary::CountLeadingZeros
        | Unary::IsFinite
        | Unary::Floor
        | Unary::Ceil
        | Unary::Round
        | Unary::Exp
        | Unary::Exp2
        | Unary::Expm1
        | Unary::Log
        | Unary::Log1p
        | Unary::Sqrt
        | Unary::Rsqrt
        | Unary::Cbrt
        | Unary::Sin
        | Unary::Cos
        | Unary::Tan
        | Unary::Asin
        | Unary::Acos
        | Unary::Atan
        | Unary::Sinh
        | Unary::Cosh
        | Unary::Tanh
        | Unary::Asinh
        | Unary::Acosh
        | Unary::Atanh
        | Unary::Logistic
        | Unary::Erf
        | Unary::Erfc
        | Unary::ErfInv
        | Unary::Lgamma
        | Unary::Digamma
        | Unary::Polygamma(_) => {
            unreachable!("infer has seen that {op:?} takes no {}", T::DTYPE)
        }
    }
}

fn integer_unary<T: Native + Integer>(op: Unary) -> Function {
    match op {
        Unary::Not => one(T::not),
        Unary::PopulationCount => one(T::population_count),
        Unary::CountLeadingZeros => one(T::leading_zeros),
        op => number_unary::<T>(op),
    }
}

fn float_unary<T: Native + Float>(op: Unary) -> Function {
    // What is no straight-line code goes through one loop over a function pointer.
    let f: fn(T) -> T = match op {
        Unary::IsFinite => return one(T::is_finite),
        Unary::Sqrt => return one(T::sqrt),
        Unary::Rsqrt => return one(T::rsqrt),
        Unary::Floor => return one(T::floor),
        Unary::Ceil => return one(T::ceil),
        Unary::Round => return one(T::round_half_even),
        Unary::Exp => return one(T::exp),
        Unary::Exp2 => return one(T::exp2),
        Unary::Expm1 => return one(T::expm1),
        Unary::Log => return one(T::log),
        Unary::Log1p => return one(T::log1p),
        Unary::Tanh => return one(T::tanh),
        Unary::Logistic => return one(T::logistic),
        Unary::Erf => return one(T::erf),
        Unary::ErfInv => return one(T::erf_inv),
        Unary::Digamma => return one(T::digamma),
        Unary::Polygamma(1) => return one(|v: T| v.polygamma(1)),
        Unary::Polygamma(n) => return one(move |v: T| v.polygamma(n)),
        Unary::Cbrt => T::cbrt,
        Unary::Sin => T::sin,
        Unary::Cos => T::cos,
        Unary::Tan => T::tan,
        Unary::Asin => T::asin,
        Unary::Acos => T::acos,
        Unary::Atan => T::atan,
        Unary::Sinh => T::sinh,
        Unary::Cosh => T::cosh,
        Unary::Asinh => T::asinh,
        Unary::Acosh => T::acosh,
        Unary::Atanh => T::atanh,
        Unary::Erfc => T::erfc,
        Unary::Lgamma => T::lgamma,
        op => return number_unary::<T>(op),
    };
    one(f)
}

/// A row of the binary table for operands of `dtype`.
pub(super) fn binary(op: Binary, dtype: DType) -> Function {
    match dtype {
        DType::Bool => match op {
            Binary::And => two(|a: bool, b: bool| a & b),
            Binary::Or => two(|a: bool, b: bool| a | b),
            Binary::Xor | Binary::Ne => two(|a: bool, b: bool| a ^ b),
            Binary::Eq => two(|a: bool, b: bool| a == b),
            _ => unreachable!("infer has seen that {op:?} takes no bool"),
        },
        DType::F32 => match op {
            Binary::NextAfter => two(libm::nextafterf),
            op => float_binary::<f32>(op),
        },
        DType::F64 => match op {
            Binary::NextAfter => two(libm::nextafter),
            op => float_binary::<f64>(op),
        },
        DType::I32 => integer_binary::<i32>(op),
        DType::I64 => integer_binary::<i64>(op),
        DType::U32 => integer_binary::<u32>(op),
        DType::U64 => integer_binary::<u64>(op),
    }
}

/// The rows that every number has; a new row is missed here first.
fn number_binary<T: Native + Number>(op: Binary) -> Function {
    match op {
        Binary::Add | Binary::AddAny => two(T::add),
        Binary::Sub => two(T::sub),
        Binary::Mul => two(T::mul),
        Binary::Div => two(T::div),
        Binary::Rem => two(T::rem),
        Binary::Pow => two(<T as Number>::pow),
        Binary::Max => two(<T as Number>::maximum),
        Binary::Min => two(<T as Number>::minimum),
        Binary::Eq => two(|a: T, b: T| a == b),
        Binary::Ne => two(|a: T, b: T| a != b),
        Binary::Lt => two(|a: T, b: T| a < b),
        Binary::Le => two(|a: T, b: T| a <= b),
        Binary::Gt => two(|a: T, b: T| a > b),
        Binary::Ge => two(|a: T, b: T| a >= b),
        Binary::Atan2
        | Binary::Xlogy
        | Binary::Xlog1py
        | Binary::NextAfter
        | Binary::And
        | Binary::Or
        | Binary::Xor
        | Binary::ShiftLeft
        | Binary::ShiftRightLogical
        | Binary::ShiftRightArithmetic => {
            unreachable!("infer has seen that {op:?} takes no {}", T::DTYPE)
        }
    }
}

fn integer_binary<T: Native + Integer>(op: Binary) -> Function {
    match op {
        Binary::And => two(T::and),
        Binary::Or => two(T::or),
        Binary::Xor => two(T::xor),
        Binary::ShiftLeft => two(T::shl),
        Binary::ShiftRightLogical => two(T::shr_logical),
        Binary::ShiftRightArithmetic => two(T::shr_arithmetic),
        op => number_binary::<T>(op),
    }
}

fn float_binary<T: Native + Float>(op: Binary) -> Function {
    match op {
        Binary::Atan2 => two(T::atan2),
        Binary::Xlogy => two(|x: T, y: T| product_or_zero(x, y.log())),
        Binary::Xlog1py => two(|x: T, y: T| product_or_zero(x, y.log1p())),
        op => number_binary::<T>(op),
    }
}

/// The product, and zero where the first factor is zero, whatever the second is.
#[inline]
fn product_or_zero<T: Float>(x: T, y: T) -> T {
    if x == T::ZERO { T::ZERO } else { x.mul(y) }
}
