//! Host memory of concrete arrays, with the live bytes counted.

use std::sync::atomic::{AtomicUsize, Ordering};

use graxe_kernels::number::Element;

use super::dtype::DType;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

/// Bytes held by concrete arrays of this process now.
pub fn live_bytes() -> usize {
    LIVE.load(Ordering::Relaxed)
}

/// The most bytes that concrete arrays held at once since the start or [`reset_peak_bytes`].
pub fn peak_bytes() -> usize {
    PEAK.load(Ordering::Relaxed)
}

/// Starts a new measurement of [`peak_bytes`] from what lives now.
pub fn reset_peak_bytes() {
    PEAK.store(live_bytes(), Ordering::Relaxed);
}

/// Counts bytes that hold the values of a compiled program.
pub(crate) fn count_bytes(bytes: usize) {
    let live = LIVE.fetch_add(bytes, Ordering::Relaxed) + bytes;
    PEAK.fetch_max(live, Ordering::Relaxed);
}

/// Counts them no longer.
pub(crate) fn forget_bytes(bytes: usize) {
    LIVE.fetch_sub(bytes, Ordering::Relaxed);
}

/// The elements of an array in row-major order.
#[derive(Debug)]
enum Storage {
    Bool(Vec<bool>),
    I32(Vec<i32>),
    I64(Vec<i64>),
    U32(Vec<u32>),
    U64(Vec<u64>),
    F32(Vec<f32>),
    F64(Vec<f64>),
}

/// Runs an expression with `$t` standing for the Rust type of a dtype.
macro_rules! with_dtype {
    ($dtype:expr, $t:ident => $body:expr) => {
        match $dtype {
            $crate::array::DType::Bool => {
                type $t = bool;
                $body
            }
            $crate::array::DType::I32 => {
                type $t = i32;
                $body
            }
            $crate::array::DType::I64 => {
                type $t = i64;
                $body
            }
            $crate::array::DType::U32 => {
                type $t = u32;
                $body
            }
            $crate::array::DType::U64 => {
                type $t = u64;
                $body
            }
            $crate::array::DType::F32 => {
                type $t = f32;
                $body
            }
            $crate::array::DType::F64 => {
                type $t = f64;
                $body
            }
        }
    };
}

/// As [`with_dtype`], over numbers only; `infer` has refused bool before.
macro_rules! with_number {
    ($dtype:expr, $t:ident => $body:expr) => {
        match $dtype {
            $crate::array::DType::I32 => {
                type $t = i32;
                $body
            }
            $crate::array::DType::I64 => {
                type $t = i64;
                $body
            }
            $crate::array::DType::U32 => {
                type $t = u32;
                $body
            }
            $crate::array::DType::U64 => {
                type $t = u64;
                $body
            }
            $crate::array::DType::F32 => {
                type $t = f32;
                $body
            }
            $crate::array::DType::F64 => {
                type $t = f64;
                $body
            }
            $crate::array::DType::Bool => unreachable!("a number was inferred"),
        }
    };
}
pub(crate) use {with_dtype, with_number};

/// A Rust type that an array's elements can have.
pub trait Native: Element {
    /// The dtype of this type.
    const DTYPE: DType;
    #[doc(hidden)]
    fn wrap(data: Vec<Self>) -> Buffer;
    #[doc(hidden)]
    fn slice(buffer: &Buffer) -> Option<&[Self]>;
    #[doc(hidden)]
    fn slice_mut(buffer: &mut Buffer) -> Option<&mut [Self]>;
    #[doc(hidden)]
    fn take(buffer: Buffer) -> Option<Vec<Self>>;
}

macro_rules! native {
    ($($t:ty => $variant:ident),*) => {$(
        impl Native for $t {
            const DTYPE: DType = DType::$variant;
            fn wrap(data: Vec<Self>) -> Buffer {
                Buffer::new(Storage::$variant(data))
            }
            fn slice(buffer: &Buffer) -> Option<&[Self]> {
                match &buffer.storage { Storage::$variant(v) => Some(v), _ => None }
            }
            fn slice_mut(buffer: &mut Buffer) -> Option<&mut [Self]> {
                match &mut buffer.storage { Storage::$variant(v) => Some(v), _ => None }
            }
            fn take(mut buffer: Buffer) -> Option<Vec<Self>> {
                buffer.release();
                match std::mem::replace(&mut buffer.storage, Storage::Bool(Vec::new())) {
                    Storage::$variant(v) => Some(v),
                    _ => None,
                }
            }
        }
    )*};
}
native!(bool => Bool, i32 => I32, i64 => I64, u32 => U32, u64 => U64, f32 => F32, f64 => F64);

/// Owned elements whose bytes are counted while they live.
#[derive(Debug)]
pub struct Buffer {
    storage: Storage,
    bytes: usize,
}

impl Buffer {
    fn new(storage: Storage) -> Self {
        let mut buffer = Self { storage, bytes: 0 };
        buffer.bytes = buffer.len() * buffer.dtype().size();
        count_bytes(buffer.bytes);
        buffer
    }

    fn release(&mut self) {
        forget_bytes(std::mem::take(&mut self.bytes));
    }

    fn len(&self) -> usize {
        match &self.storage {
            Storage::Bool(v) => v.len(),
            Storage::I32(v) => v.len(),
            Storage::I64(v) => v.len(),
            Storage::U32(v) => v.len(),
            Storage::U64(v) => v.len(),
            Storage::F32(v) => v.len(),
            Storage::F64(v) => v.len(),
        }
    }

    pub(crate) fn dtype(&self) -> DType {
        match &self.storage {
            Storage::Bool(_) => DType::Bool,
            Storage::I32(_) => DType::I32,
            Storage::I64(_) => DType::I64,
            Storage::U32(_) => DType::U32,
            Storage::U64(_) => DType::U64,
            Storage::F32(_) => DType::F32,
            Storage::F64(_) => DType::F64,
        }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        self.release();
    }
}
