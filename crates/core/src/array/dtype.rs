//! Element types and the scope that decides whether defaults are 32 or 64 bits wide.

use std::cell::Cell;
use std::fmt;

use crate::random::Layout;

/// The type of an array's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DType {
    /// Truth values.
    Bool,
    /// 32-bit signed integers.
    I32,
    /// 64-bit signed integers.
    I64,
    /// 32-bit unsigned integers.
    U32,
    /// 64-bit unsigned integers.
    U64,
    /// Single precision.
    F32,
    /// Double precision.
    F64,
}

impl DType {
    /// Every dtype, in order.
    pub const ALL: [Self; 7] = [
        Self::Bool,
        Self::I32,
        Self::I64,
        Self::U32,
        Self::U64,
        Self::F32,
        Self::F64,
    ];

    /// Whether elements are floating point numbers, the only ones with derivatives.
    pub const fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F64)
    }

    /// Whether elements are integers (bool is not).
    pub const fn is_integer(self) -> bool {
        matches!(self, Self::I32 | Self::I64 | Self::U32 | Self::U64)
    }

    /// Whether elements are unsigned integers.
    pub const fn is_unsigned(self) -> bool {
        matches!(self, Self::U32 | Self::U64)
    }

    /// Bytes of one element.
    pub const fn size(self) -> usize {
        match self {
            Self::Bool => 1,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::I64 | Self::U64 | Self::F64 => 8,
        }
    }

    /// The name in programs, as JAX abbreviates it: `f32`, `i32`, `bool`.
    pub const fn short_name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::U32 => "u32",
            Self::U64 => "u64",
            Self::F32 => "f32",
            Self::F64 => "f64",
        }
    }

    /// NumPy's name: `float32`, `int32`, `bool`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::I32 => "int32",
            Self::I64 => "int64",
            Self::U32 => "uint32",
            Self::U64 => "uint64",
            Self::F32 => "float32",
            Self::F64 => "float64",
        }
    }

    /// The default float: `F32`, or `F64` inside [`with_x64`].
    pub fn default_float() -> Self {
        if Scope::current().x64 {
            Self::F64
        } else {
            Self::F32
        }
    }

    /// The float that an operation on floats makes of this dtype: integers of 64 bits become
    /// the default float, smaller ones and bool `F32`, as in JAX.
    pub(crate) fn to_inexact(self) -> Self {
        match self {
            Self::F32 | Self::F64 => self,
            Self::I64 | Self::U64 => Self::default_float(),
            Self::Bool | Self::I32 | Self::U32 => Self::F32,
        }
    }

    /// The default integer: `I32`, or `I64` inside [`with_x64`].
    pub fn default_int() -> Self {
        if Scope::current().x64 {
            Self::I64
        } else {
            Self::I32
        }
    }

    /// The default unsigned integer: `U32`, or `U64` inside [`with_x64`].
    pub fn default_uint() -> Self {
        if Scope::current().x64 {
            Self::U64
        } else {
            Self::U32
        }
    }
}

impl fmt::Display for DType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.short_name())
    }
}

/// What a thread has asked for beyond the defaults; it is part of every cache key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Scope {
    pub(crate) x64: bool,
    pub(crate) layout: Layout,
}

thread_local! {
    static SCOPE: Cell<Scope> = const {
        Cell::new(Scope { x64: false, layout: Layout::Partitionable })
    };
}

impl Scope {
    pub(crate) fn current() -> Self {
        SCOPE.get()
    }

    /// Runs `f` inside this scope and restores the former one, also on panic.
    pub(crate) fn enter<R>(self, f: impl FnOnce() -> R) -> R {
        struct Restore(Scope);
        impl Drop for Restore {
            fn drop(&mut self) {
                SCOPE.set(self.0);
            }
        }
        let _restore = Restore(SCOPE.replace(self));
        f()
    }
}

/// Runs `f` with 64-bit default types: Rust scalars, `arange`, means of integers and
/// the like are `f64` and `i64` inside, as with JAX's `jax_enable_x64`.
pub fn with_x64<R>(f: impl FnOnce() -> R) -> R {
    Scope {
        x64: true,
        ..Scope::current()
    }
    .enter(f)
}

/// Runs `f` with random bits drawn in `layout`; JAX's flag `jax_threefry_partitionable`.
pub fn with_layout<R>(layout: Layout, f: impl FnOnce() -> R) -> R {
    Scope {
        layout,
        ..Scope::current()
    }
    .enter(f)
}
