//! Arrays to check operations at.

use graxe_core::{Array, DType, Value};

use super::super::host::{Host, noise};

/// Distinct numbers in `(low, high)` in a shuffled order, so that no two tie.
pub(super) fn spread(dtype: DType, shape: &[usize], low: f64, high: f64) -> Array {
    let n: usize = shape.iter().product();
    let mut order: Vec<usize> = (0..n).collect();
    let keys = noise(n as u64 + 5, n);
    order.sort_by(|&a, &b| keys[a].total_cmp(&keys[b]));
    let step = (high - low) / n.max(1) as f64;
    let data = order.into_iter().map(|k| low + step * (k as f64 + 0.5));
    Host::new(dtype, shape, data).array()
}

/// Numbers of `dtype` of both signs where it has them, away from zero for floats, for the
/// `which`-th operand: those of different operands differ.
pub(super) fn sample(dtype: DType, shape: &[usize], which: usize) -> Array {
    let shift = 0.07 * which as f64;
    match dtype {
        DType::F32 | DType::F64 => spread(dtype, shape, -1.9 + shift, 2.1 + shift),
        DType::Bool => list(dtype, shape, &[1.0, 0.0, 0.0, 1.0, 1.0], which),
        DType::I32 | DType::I64 => list(dtype, shape, &[3.0, -2.0, 5.0, 0.0, -7.0], which),
        DType::U32 | DType::U64 => list(dtype, shape, &[3.0, 2.0, 5.0, 0.0, 7.0], which),
    }
}

/// `values` over and over, beginning at the `from`-th.
pub(super) fn list(dtype: DType, shape: &[usize], values: &[f64], from: usize) -> Array {
    let n = shape.iter().product();
    let data = values.iter().copied().cycle().skip(from).take(n);
    Host::new(dtype, shape, data).array()
}

/// f64 numbers for the `which`-th operand.
pub(super) fn doubles(shape: &[usize], which: usize) -> Array {
    sample(DType::F64, shape, which)
}

/// i32 indices.
pub(super) fn indices<const N: usize>(shape: &[usize], values: [i32; N]) -> Array {
    Array::from_vec(values.to_vec(), shape)
}

/// Operands as values.
pub(super) fn values<const N: usize>(arrays: [Array; N]) -> Vec<Value> {
    arrays.into_iter().map(Value::from).collect()
}
