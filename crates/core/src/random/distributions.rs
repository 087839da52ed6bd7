//! Distributions, computed from bits as JAX computes them.

use std::f64::consts::SQRT_2;

use super::Key;
use crate::array::{Array, DType, Operand, Pattern, Scope, Shape};
use crate::ops::threefry;
use crate::transform::misuse;

/// Uniform random bits, `U32` or `U64`.
#[track_caller]
pub fn bits(key: &Key, shape: impl Into<Shape>, dtype: DType) -> Array {
    threefry::bits(key.data(), shape.into(), dtype, Scope::current().layout)
}

/// The block function behind every draw: 20 rounds of Threefry-2x32 under the key, for each
/// pair of counter words.
///
/// # Shapes
/// `high, low: u32[n]` give two `u32[n]`.
#[track_caller]
pub fn threefry_block(key: &Key, high: &Array, low: &Array) -> [Array; 2] {
    threefry::block(key.data(), high, low)
}

/// The bits that a draw of shape `[rows, cols]` has at the entries of `pattern`: `u32[nnz]`.
#[track_caller]
pub fn bits_at(key: &Key, pattern: &Pattern) -> Array {
    threefry::bits_at(key.data(), pattern, Scope::current().layout)
}

/// Floats in `[0, 1)` from bits: the mantissa is filled and 1 taken away.
fn unit(bits: &Array, dtype: DType) -> Array {
    let filled = if dtype == DType::F64 {
        let one = Array::from_vec(vec![1f64.to_bits()], ());
        (bits >> Array::from_vec(vec![12u64], ())) | one
    } else {
        let one = Array::from_vec(vec![1f32.to_bits()], ());
        (bits >> Array::from_vec(vec![9u32], ())) | one
    };
    filled.bitcast(dtype) - 1
}

#[track_caller]
fn width(name: &str, dtype: DType) -> DType {
    match dtype {
        DType::F32 => DType::U32,
        DType::F64 => DType::U64,
        other => misuse(format!("{name}: draws floats, not {other}")),
    }
}

/// Floats uniform in `[0, 1)`.
///
/// # Panics
/// If `dtype` is not a float.
#[track_caller]
pub fn uniform(key: &Key, shape: impl Into<Shape>, dtype: DType) -> Array {
    unit(&bits(key, shape, width("uniform", dtype)), dtype)
}

/// Floats uniform in `[low, high)`; the bounds broadcast against `shape`.
#[track_caller]
pub fn uniform_between(
    key: &Key,
    shape: impl Into<Shape>,
    dtype: DType,
    low: impl Operand,
    high: impl Operand,
) -> Array {
    let (low, high) = (low.operand().astype(dtype), high.operand().astype(dtype));
    let u = uniform(key, shape, dtype);
    (u * (high - &low) + &low).maximum(&low)
}

/// The floats that a `[rows, cols]` draw of [`uniform`] has at the entries of `pattern`.
#[track_caller]
pub fn uniform_at(key: &Key, pattern: &Pattern) -> Array {
    unit(&bits_at(key, pattern), DType::F32)
}

/// Standard normal numbers: `√2 · erf_inv(u)`.
#[track_caller]
pub fn normal(key: &Key, shape: impl Into<Shape>, dtype: DType) -> Array {
    let low = match dtype {
        DType::F32 => f64::from((-1f32).next_up()),
        _ => (-1f64).next_up(),
    };
    let u = uniform_between(key, shape, dtype, low, 1.0);
    u.erf_inv() * SQRT_2
}

/// Normal numbers cut to `[lower, upper]`.
#[track_caller]
pub fn truncated_normal(
    key: &Key,
    lower: f64,
    upper: f64,
    shape: impl Into<Shape>,
    dtype: DType,
) -> Array {
    let bound = |v: f64| Array::full((), v, dtype);
    let edge = |v: f64| (bound(v) / SQRT_2).erf();
    let u = uniform_between(key, shape, dtype, edge(lower), edge(upper));
    let x = u.erf_inv() * SQRT_2;
    let inside = |v: f64, towards: f64| bound(v).nextafter(bound(towards));
    x.clip(
        inside(lower, f64::INFINITY),
        inside(upper, f64::NEG_INFINITY),
    )
}

/// Floats uniform in `(0, 1)`, but for 0 the smallest normal number.
#[track_caller]
fn open_unit(key: &Key, shape: impl Into<Shape>, dtype: DType) -> Array {
    let tiny = match dtype {
        DType::F32 => f64::from(f32::MIN_POSITIVE),
        _ => f64::MIN_POSITIVE,
    };
    uniform_between(key, shape, dtype, tiny, 1.0)
}

/// Standard Gumbel numbers: `-log(-log(u))`.
#[track_caller]
pub fn gumbel(key: &Key, shape: impl Into<Shape>, dtype: DType) -> Array {
    -(-open_unit(key, shape, dtype).log()).log()
}

/// Exponential numbers of rate 1: `-log(1 - u)`.
#[track_caller]
pub fn exponential(key: &Key, shape: impl Into<Shape>, dtype: DType) -> Array {
    -(-uniform(key, shape, dtype)).log1p()
}

/// Standard logistic numbers: `log(u / (1 - u))`.
#[track_caller]
pub fn logistic(key: &Key, shape: impl Into<Shape>, dtype: DType) -> Array {
    let u = open_unit(key, shape, dtype);
    u.log() - (-&u).log1p()
}

/// Laplace numbers of scale 1: `sign(u) · log(1 - |u|)` with `u` uniform in `(-1, 1)`.
#[track_caller]
pub fn laplace(key: &Key, shape: impl Into<Shape>, dtype: DType) -> Array {
    let low = match dtype {
        DType::F32 => f64::from(f32::EPSILON / 2.0 - 1.0),
        _ => f64::EPSILON / 2.0 - 1.0,
    };
    let u = uniform_between(key, shape, dtype, low, 1.0);
    u.sign() * (-u.abs()).log1p()
}

/// True with probability `p`, a number or an array that broadcasts to `shape`.
#[track_caller]
pub fn bernoulli(key: &Key, p: impl Operand, shape: impl Into<Shape>) -> Array {
    let p = p.operand();
    let p = if p.dtype().is_float() {
        p.into_owned()
    } else {
        p.astype(DType::default_float())
    };
    let dtype = p.dtype();
    uniform(key, shape, dtype).less(p)
}

/// Integers in `[low, high)`; `low` where that is empty. Bounds outside of the dtype's range are
/// moved to its ends; a `high` past the last value includes it.
///
/// # Panics
/// If `dtype` is not an integer.
#[track_caller]
pub fn randint(key: &Key, shape: impl Into<Shape>, low: i64, high: i64, dtype: DType) -> Array {
    let unsigned = match dtype {
        DType::I32 | DType::U32 => DType::U32,
        DType::I64 | DType::U64 => DType::U64,
        other => misuse(format!("randint: draws integers, not {other}")),
    };
    let shape = shape.into();
    let [first, second] = key.split();
    let (upper, lower) = (
        bits(&first, shape.clone(), unsigned),
        bits(&second, shape, unsigned),
    );
    let (least, most) = bounds(dtype);
    // A bound one past the dtype's last value asks for that value too.
    let beyond = high > most;
    let (low, high) = (low.clamp(least, most), high.clamp(least, most));
    // All arithmetic is unsigned and wraps; an empty range has span 1.
    let constant = |v: u64| {
        if unsigned == DType::U32 {
            Array::from_vec(vec![v as u32], ())
        } else {
            Array::from_vec(vec![v], ())
        }
    };
    let half = if unsigned == DType::U32 {
        1u64 << 16
    } else {
        1u64 << 32
    };
    let width_mask = if unsigned == DType::U32 {
        u64::from(u32::MAX)
    } else {
        u64::MAX
    };
    let span = if high <= low {
        1
    } else {
        (high.wrapping_sub(low) as u64).wrapping_add(beyond.into()) & width_mask
    };
    // A span that wraps to 0 is the whole range: remainders by it leave numbers as they are.
    let remainder = |v: u64| v.checked_rem(span).unwrap_or(v);
    let multiplier = remainder(half);
    let multiplier = remainder(multiplier.wrapping_mul(multiplier) & width_mask);
    let span = constant(span);
    let modulo = |x: Array| crate::ops::binary::apply(crate::ops::Binary::Rem, &x, &span);
    let offset = modulo(modulo(upper) * constant(multiplier) + modulo(lower));
    let low = constant(low as u64 & width_mask);
    (offset + low).bitcast(dtype)
}

/// The least and the most of a dtype, as far as bounds can name them.
fn bounds(dtype: DType) -> (i64, i64) {
    match dtype {
        DType::I32 => (i64::from(i32::MIN), i64::from(i32::MAX)),
        DType::U32 => (0, i64::from(u32::MAX)),
        DType::U64 => (0, i64::MAX),
        _ => (i64::MIN, i64::MAX),
    }
}
