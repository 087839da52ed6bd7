//! Rust numbers on their way into programs: weak, as Python's numbers are in JAX.

use std::fmt;
use std::hash::{Hash, Hasher};

use super::array::Array;
use super::buffer::Native;
use super::dtype::DType;
use crate::transform::misuse;

/// One element of any dtype; equal and hashed by its bits.
#[derive(Clone, Copy, Debug)]
pub enum Scalar {
    /// A truth value.
    Bool(bool),
    /// A 32-bit signed integer.
    I32(i32),
    /// A 64-bit signed integer.
    I64(i64),
    /// A 32-bit unsigned integer.
    U32(u32),
    /// A 64-bit unsigned integer.
    U64(u64),
    /// A single.
    F32(f32),
    /// A double.
    F64(f64),
}

impl Scalar {
    /// The dtype of the element.
    pub const fn dtype(self) -> DType {
        match self {
            Self::Bool(_) => DType::Bool,
            Self::I32(_) => DType::I32,
            Self::I64(_) => DType::I64,
            Self::U32(_) => DType::U32,
            Self::U64(_) => DType::U64,
            Self::F32(_) => DType::F32,
            Self::F64(_) => DType::F64,
        }
    }

    /// Zero (false) of a dtype.
    pub(crate) const fn zero(dtype: DType) -> Self {
        match dtype {
            DType::Bool => Self::Bool(false),
            DType::I32 => Self::I32(0),
            DType::I64 => Self::I64(0),
            DType::U32 => Self::U32(0),
            DType::U64 => Self::U64(0),
            DType::F32 => Self::F32(0.0),
            DType::F64 => Self::F64(0.0),
        }
    }

    fn bits(self) -> u64 {
        match self {
            Self::Bool(v) => v as u64,
            Self::I32(v) => v as u64,
            Self::I64(v) => v as u64,
            Self::U32(v) => v as u64,
            Self::U64(v) => v,
            Self::F32(v) => v.to_bits() as u64,
            Self::F64(v) => v.to_bits(),
        }
    }

    /// The element as a strong array of shape `[]`.
    pub(crate) fn to_array(self) -> Array {
        match self {
            Self::Bool(v) => Array::from_vec(vec![v], ()),
            Self::I32(v) => Array::from_vec(vec![v], ()),
            Self::I64(v) => Array::from_vec(vec![v], ()),
            Self::U32(v) => Array::from_vec(vec![v], ()),
            Self::U64(v) => Array::from_vec(vec![v], ()),
            Self::F32(v) => Array::from_vec(vec![v], ()),
            Self::F64(v) => Array::from_vec(vec![v], ()),
        }
    }

    /// The element as an array of shape `[]`, weak or not.
    pub(crate) fn to_literal(self, weak: bool) -> Array {
        let mut array = self.to_array();
        array.aval.weak = weak;
        array
    }

    /// Whether the element is this number.
    pub(crate) fn is(self, value: f64) -> bool {
        self.to_array().item::<f64>() == value
    }

    /// The only element of a concrete array of one element.
    pub(crate) fn of(array: &Array) -> Self {
        fn first<T: Native>(a: &Array) -> T {
            a.host::<T>()[0]
        }
        match array.dtype() {
            DType::Bool => Self::Bool(first(array)),
            DType::I32 => Self::I32(first(array)),
            DType::I64 => Self::I64(first(array)),
            DType::U32 => Self::U32(first(array)),
            DType::U64 => Self::U64(first(array)),
            DType::F32 => Self::F32(first(array)),
            DType::F64 => Self::F64(first(array)),
        }
    }
}

impl PartialEq for Scalar {
    fn eq(&self, other: &Self) -> bool {
        self.dtype() == other.dtype() && self.bits() == other.bits()
    }
}
impl Eq for Scalar {}
impl Hash for Scalar {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.dtype().hash(state);
        self.bits().hash(state);
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(v) => write!(f, "{}", if *v { "True" } else { "False" }),
            Self::I32(v) => write!(f, "{v}"),
            Self::I64(v) => write!(f, "{v}"),
            Self::U32(v) => write!(f, "{v}"),
            Self::U64(v) => write!(f, "{v}"),
            Self::F32(v) => write!(f, "{v:?}"),
            Self::F64(v) => write!(f, "{v:?}"),
        }
    }
}

/// A Rust number that operators and functions take beside arrays.
pub trait IntoScalar: Copy {
    /// The number in the default dtype of its kind.
    #[doc(hidden)]
    #[track_caller]
    fn into_weak(self) -> Array;

    /// The number as a strong array of a dtype asked for, converted as
    /// [`Array::astype`] converts.
    #[doc(hidden)]
    fn into_dtype(self, dtype: DType) -> Array;
}

/// A number in the default dtype of its kind.
#[track_caller]
fn weak(given: &Array, dtype: DType) -> Array {
    let weak = given.host_convert(dtype, dtype != DType::Bool);
    // Wrapping moves an integer by 2³² or more, which doubles tell apart at every size.
    let wraps = || weak.item::<f64>().total_cmp(&given.item()).is_ne();
    if dtype.is_integer() && given.dtype() != dtype && wraps() {
        misuse(format!(
            "scalar: {} does not fit {dtype}: use `with_x64`, or `Array::from_vec` for a strong {}",
            Scalar::of(given),
            given.dtype()
        ));
    }
    weak
}

macro_rules! into_scalar {
    ($($t:ty => $default:expr),*) => {$(
        impl IntoScalar for $t {
            fn into_weak(self) -> Array {
                weak(&Array::from_vec(vec![self], ()), $default)
            }

            fn into_dtype(self, dtype: DType) -> Array {
                Array::from_vec(vec![self], ()).host_convert(dtype, false)
            }
        }
        impl From<$t> for Array {
            #[track_caller]
            fn from(v: $t) -> Self {
                v.into_weak()
            }
        }
    )*};
}
into_scalar!(
    bool => DType::Bool, i32 => DType::default_int(), i64 => DType::default_int(),
    u32 => DType::default_int(), u64 => DType::default_int(),
    f32 => DType::default_float(), f64 => DType::default_float()
);

/// A weak array of shape `[]`: what a Rust number becomes in an operator.
///
/// Its dtype is the default of its kind ([`DType::default_float`], [`DType::default_int`])
/// and yields to any array it meets.
///
/// # Panics
/// If an integer does not fit that dtype.
#[track_caller]
pub fn scalar(value: impl IntoScalar) -> Array {
    value.into_weak()
}
