//! Arrays from nothing: constants, ranges, identities.

use crate::array::{Array, DType, IntoScalar, Shape};
use crate::ops::{broadcast, iota};
use crate::transform::misuse;

/// `value` everywhere.
pub(crate) fn full(shape: impl Into<Shape>, value: impl IntoScalar, dtype: DType) -> Array {
    let value = value.into_dtype(dtype);
    broadcast::broadcast_in_dim(&value, shape.into(), &[])
}

/// Ones on diagonal `k` of a `[rows, cols]` matrix.
pub fn eye(rows: usize, cols: usize, k: isize, dtype: DType) -> Array {
    let row = iota::iota(DType::I32, rows).expand_dims(1);
    let col = iota::iota(DType::I32, cols).expand_dims(0);
    (row + k as i32).equal(col).astype(dtype)
}

/// `start, start + step, ..` below `stop`; the dtype is the default of the numbers' kind, or
/// that of the promoted arguments.
///
/// # Shapes
/// `[ceil((stop - start) / step)]`, or `[0]` where that is negative.
///
/// # Panics
/// If `step` is zero, or an integer does not fit the default dtype.
#[track_caller]
pub fn arange_from(start: impl IntoScalar, stop: impl IntoScalar, step: impl IntoScalar) -> Array {
    let [start, stop, step] = [start.into_weak(), stop.into_weak(), step.into_weak()];
    let (dtype, _) =
        crate::array::result_type([&start, &stop, &step].map(|a| (a.dtype(), a.is_weak())));
    let [a, b, h] = [&start, &stop, &step].map(Array::item::<f64>);
    if h == 0.0 {
        misuse("arange: the step is zero".to_owned());
    }
    let n = ((b - a) / h).ceil().max(0.0) as usize;
    let count = iota::iota(DType::I64, n).astype(DType::F64);
    (Array::full((), a, DType::F64) + count * Array::full((), h, DType::F64)).astype(dtype)
}

/// `0, 1, ..` below `stop`, in the default dtype of its kind.
///
/// # Shapes
/// `[ceil(stop)]`, or `[0]` where that is negative.
///
/// # Panics
/// If an integer does not fit the default dtype.
#[track_caller]
pub fn arange(stop: impl IntoScalar) -> Array {
    let stop = stop.into_weak();
    let n = stop.item::<f64>().ceil().max(0.0) as usize;
    iota::iota(stop.dtype(), n)
}

/// `n` evenly spaced numbers from `start` to `stop`, both included, in the default float.
///
/// # Shapes
/// `[n]`; for `n = 1` only `start`.
pub fn linspace(start: f64, stop: f64, n: usize) -> Array {
    let steps = n.saturating_sub(1).max(1) as f64;
    let points: Vec<f64> = (0..n)
        .map(|i| {
            if i + 1 == n && n > 1 {
                stop
            } else {
                start + (stop - start) * i as f64 / steps
            }
        })
        .collect();
    Array::from_vec(points, n).host_convert(DType::default_float(), false)
}
