//! Which kernel function an elementwise operation is: one table for whole arrays and for tiles.

use graxe_kernels::number::{Float, Integer, Number};

use crate::array::{DType, Native, with_dtype};
use crate::ops::{Binary, Unary};

/// Something that runs a function of one operand over its elements.
pub(super) trait Apply1<T> {
    type Out;
    fn map(self, f: impl Fn(T) -> T) -> Self::Out;
    fn test(self, f: impl Fn(T) -> bool) -> Self::Out;
}

/// Something that runs a function of two operands over their elements.
pub(super) trait Apply2<T> {
    type Out;
    fn map(self, f: impl Fn(T, T) -> T) -> Self::Out;
    fn test(self, f: impl Fn(T, T) -> bool) -> Self::Out;
}

/// Something that runs functions over elements of any dtype.
pub(super) trait Apply {
    type Out;
    /// Over one operand of element type `T`.
    fn one<T: Native>(self) -> impl Apply1<T, Out = Self::Out>;
    /// Over two.
    fn two<T: Native>(self) -> impl Apply2<T, Out = Self::Out>;
}

/// Something that runs a function from one element type to another.
pub(super) trait ApplyCast {
    type Out;
    fn cast<T: Native, U: Native>(self, f: impl Fn(T) -> U) -> Self::Out;
}

/// Reads the bits of one dtype as another of the same size.
pub(super) fn bits<A: ApplyCast>(from: DType, to: DType, apply: A) -> A::Out {
    match (from, to) {
        (DType::F32, DType::U32) => apply.cast(f32::to_bits),
        (DType::F32, DType::I32) => apply.cast(|v: f32| v.to_bits() as i32),
        (DType::U32, DType::F32) => apply.cast(f32::from_bits),
        (DType::I32, DType::F32) => apply.cast(|v: i32| f32::from_bits(v as u32)),
        (DType::U32, DType::I32) => apply.cast(|v: u32| v as i32),
        (DType::I32, DType::U32) => apply.cast(|v: i32| v as u32),
        (DType::F64, DType::U64) => apply.cast(f64::to_bits),
        (DType::F64, DType::I64) => apply.cast(|v: f64| v.to_bits() as i64),
        (DType::U64, DType::F64) => apply.cast(f64::from_bits),
        (DType::I64, DType::F64) => apply.cast(|v: i64| f64::from_bits(v as u64)),
        (DType::U64, DType::I64) => apply.cast(|v: u64| v as i64),
        (DType::I64, DType::U64) => apply.cast(|v: i64| v as u64),
        (_, same) => with_dtype!(same, T => apply.cast(|v: T| v)),
    }
}

/// Runs a row of the unary table over operands of `dtype`.
pub(super) fn unary<A: Apply>(op: Unary, dtype: DType, apply: A) -> A::Out {
    match dtype {
        DType::Bool => apply.one::<bool>().map(|v| !v),
        DType::F32 => float_unary(op, apply.one::<f32>()),
        DType::F64 => float_unary(op, apply.one::<f64>()),
        DType::I32 => integer_unary(op, apply.one::<i32>()),
        DType::I64 => integer_unary(op, apply.one::<i64>()),
        DType::U32 => integer_unary(op, apply.one::<u32>()),
        DType::U64 => integer_unary(op, apply.one::<u64>()),
    }
}

/// The rows that every number has; a new row is missed here first.
fn number_unary<T: Native + Number, A: Apply1<T>>(op: Unary, apply: A) -> A::Out {
    match op {
        Unary::Neg => apply.map(T::neg),
        Unary::Abs => apply.map(T::abs),
        Unary::Sign => apply.map(T::sign),
        Unary::Square => apply.map(|v| v.mul(v)),
        Unary::IntegerPow(n) => apply.map(|v| v.powi(n)),
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
        | Unary::ErfInv => {
            unreachable!("infer has seen that {op:?} takes no {}", T::DTYPE)
        }
    }
}

fn integer_unary<T: Native + Integer, A: Apply1<T>>(op: Unary, apply: A) -> A::Out {
    match op {
        Unary::Not => apply.map(T::not),
        Unary::PopulationCount => apply.map(T::population_count),
        Unary::CountLeadingZeros => apply.map(T::leading_zeros),
        op => number_unary(op, apply),
    }
}

fn float_unary<T: Native + Float, A: Apply1<T>>(op: Unary, apply: A) -> A::Out {
    // What is no straight-line code goes through one loop over a function pointer.
    let f: fn(T) -> T = match op {
        Unary::IsFinite => return apply.test(T::is_finite),
        Unary::Sqrt => return apply.map(T::sqrt),
        Unary::Rsqrt => return apply.map(T::rsqrt),
        Unary::Floor => return apply.map(T::floor),
        Unary::Ceil => return apply.map(T::ceil),
        Unary::Round => return apply.map(T::round_half_even),
        Unary::Exp => return apply.map(T::exp),
        Unary::Exp2 => return apply.map(T::exp2),
        Unary::Expm1 => return apply.map(T::expm1),
        Unary::Log => return apply.map(T::log),
        Unary::Log1p => return apply.map(T::log1p),
        Unary::Tanh => return apply.map(T::tanh),
        Unary::Logistic => return apply.map(T::logistic),
        Unary::Erf => return apply.map(T::erf),
        Unary::ErfInv => return apply.map(T::erf_inv),
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
        op => return number_unary(op, apply),
    };
    apply.map(f)
}

/// Runs a row of the binary table over operands of `dtype`.
pub(super) fn binary<A: Apply>(op: Binary, dtype: DType, apply: A) -> A::Out {
    match dtype {
        DType::Bool => {
            let apply = apply.two::<bool>();
            match op {
                Binary::And => apply.map(|a, b| a & b),
                Binary::Or => apply.map(|a, b| a | b),
                Binary::Xor | Binary::Ne => apply.map(|a, b| a ^ b),
                Binary::Eq => apply.map(|a, b| a == b),
                _ => unreachable!("infer has seen that {op:?} takes no bool"),
            }
        }
        DType::F32 => match op {
            Binary::NextAfter => apply.two::<f32>().map(libm::nextafterf),
            op => float_binary(op, apply.two::<f32>()),
        },
        DType::F64 => match op {
            Binary::NextAfter => apply.two::<f64>().map(libm::nextafter),
            op => float_binary(op, apply.two::<f64>()),
        },
        DType::I32 => integer_binary(op, apply.two::<i32>()),
        DType::I64 => integer_binary(op, apply.two::<i64>()),
        DType::U32 => integer_binary(op, apply.two::<u32>()),
        DType::U64 => integer_binary(op, apply.two::<u64>()),
    }
}

/// The rows that every number has; a new row is missed here first.
fn number_binary<T: Native + Number, A: Apply2<T>>(op: Binary, apply: A) -> A::Out {
    match op {
        Binary::Add | Binary::AddAny => apply.map(T::add),
        Binary::Sub => apply.map(T::sub),
        Binary::Mul => apply.map(T::mul),
        Binary::Div => apply.map(T::div),
        Binary::Rem => apply.map(T::rem),
        Binary::Pow => apply.map(<T as Number>::pow),
        Binary::Max => apply.map(<T as Number>::maximum),
        Binary::Min => apply.map(<T as Number>::minimum),
        Binary::Eq => apply.test(|a, b| a == b),
        Binary::Ne => apply.test(|a, b| a != b),
        Binary::Lt => apply.test(|a, b| a < b),
        Binary::Le => apply.test(|a, b| a <= b),
        Binary::Gt => apply.test(|a, b| a > b),
        Binary::Ge => apply.test(|a, b| a >= b),
        Binary::Atan2
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

fn integer_binary<T: Native + Integer, A: Apply2<T>>(op: Binary, apply: A) -> A::Out {
    match op {
        Binary::And => apply.map(T::and),
        Binary::Or => apply.map(T::or),
        Binary::Xor => apply.map(T::xor),
        Binary::ShiftLeft => apply.map(T::shl),
        Binary::ShiftRightLogical => apply.map(T::shr_logical),
        Binary::ShiftRightArithmetic => apply.map(T::shr_arithmetic),
        op => number_binary(op, apply),
    }
}

fn float_binary<T: Native + Float, A: Apply2<T>>(op: Binary, apply: A) -> A::Out {
    match op {
        Binary::Atan2 => apply.map(T::atan2),
        op => number_binary(op, apply),
    }
}
