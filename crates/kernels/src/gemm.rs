//! The product of two dense matrices with any strides.

use crate::number::Number;

/// A number whose matrices can be multiplied.
pub trait Gemm: Number {
    /// The general product, for shapes that no loop of this file suits better.
    #[doc(hidden)]
    fn blocked(p: &Product<'_, Self>, out: &mut [Self]);
}

/// The operands of a product `a b` of shapes `[m, k]` and `[k, n]`, with strides in elements.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Product<'a, T> {
    m: usize,
    n: usize,
    k: usize,
    a: &'a [T],
    a_strides: (usize, usize),
    b: &'a [T],
    b_strides: (usize, usize),
}

/// Writes the product of `a` and `b` to `out`; strides are in elements, so a transposed operand
/// costs no copy.
///
/// # Shapes
/// `a: [m, k]`, `b: [k, n]`, `out: [m, n]` in row-major order.
///
/// # Panics
/// Panics if a slice is too short for its shape and strides.
#[expect(
    clippy::too_many_arguments,
    reason = "the customary signature of a product"
)]
pub fn gemm<T: Gemm>(
    m: usize,
    n: usize,
    k: usize,
    a: &[T],
    a_strides: (usize, usize),
    b: &[T],
    b_strides: (usize, usize),
    out: &mut [T],
) {
    assert_eq!(out.len(), m * n, "gemm: out is not [{m}, {n}]");
    if out.is_empty() || k == 0 {
        return out.fill(T::ZERO);
    }
    assert!(covers(a, m, k, a_strides), "gemm: a is not [{m}, {k}]");
    assert!(covers(b, k, n, b_strides), "gemm: b is not [{k}, {n}]");
    let p = Product {
        m,
        n,
        k,
        a,
        a_strides,
        b,
        b_strides,
    };
    match n {
        1..=4 => skinny::<T, 4, 4>(&p, 0, out),
        5..=8 => skinny::<T, 4, 8>(&p, 0, out),
        9..=16 => skinny::<T, 2, 16>(&p, 0, out),
        17..=32 => {
            skinny::<T, 2, 16>(&p, 0, out);
            skinny::<T, 2, 16>(&p, 16, out);
        }
        _ => T::blocked(&p, out),
    }
}

/// Whether `x` holds every element of a non-empty matrix.
fn covers<T>(x: &[T], rows: usize, cols: usize, strides: (usize, usize)) -> bool {
    let last = (rows - 1)
        .checked_mul(strides.0)
        .zip((cols - 1).checked_mul(strides.1))
        .and_then(|(r, c)| r.checked_add(c));
    last.is_some_and(|last| last < x.len())
}

/// Rows of `b` that are packed at a time; a sum over `k` goes by chunks of this length.
const DEPTH: usize = 256;

/// The columns `first..first + W` of the product, `R` rows at a time, with `R * W` sums in registers.
///
/// The rows of `b` are packed to `W` columns, padded with zeros. A weight gradient, where `a` is
/// transposed and `k` long, goes by the same loop: neighbouring rows of `a` share cache lines.
fn skinny<T: Gemm, const R: usize, const W: usize>(
    p: &Product<'_, T>,
    first: usize,
    out: &mut [T],
) {
    let width = W.min(p.n - first);
    let mut packed = vec![[T::ZERO; W]; DEPTH.min(p.k)];
    for start in (0..p.k).step_by(DEPTH) {
        let packed = &mut packed[..DEPTH.min(p.k - start)];
        for (i, row) in packed.iter_mut().enumerate() {
            let offset = (start + i) * p.b_strides.0 + first * p.b_strides.1;
            for (j, slot) in row[..width].iter_mut().enumerate() {
                *slot = p.b[offset + j * p.b_strides.1];
            }
        }
        let mut block = |row: usize, sums: &[[T; W]]| {
            for (r, sums) in sums.iter().enumerate() {
                let offset = (row + r) * p.n + first;
                let out = &mut out[offset..offset + width];
                if start == 0 {
                    out.copy_from_slice(&sums[..width]);
                } else {
                    for (out, &sum) in out.iter_mut().zip(sums) {
                        *out = out.add(sum);
                    }
                }
            }
        };
        let whole = p.m - p.m % R;
        for row in (0..whole).step_by(R) {
            block(row, &row_sums::<T, R, W>(p, row, start, packed));
        }
        for row in whole..p.m {
            block(row, &row_sums::<T, 1, W>(p, row, start, packed));
        }
    }
}

/// The sums of `R` rows of `a`, from column `start` on, times the packed rows of `b`.
#[inline]
fn row_sums<T: Gemm, const R: usize, const W: usize>(
    p: &Product<'_, T>,
    row: usize,
    start: usize,
    packed: &[[T; W]],
) -> [[T; W]; R] {
    let mut sums = [[T::ZERO; W]; R];
    let (row_stride, stride) = p.a_strides;
    let mut offset = row * row_stride + start * stride;
    for b in packed {
        for (r, sums) in sums.iter_mut().enumerate() {
            let a = p.a[offset + r * row_stride];
            for (sum, &b) in sums.iter_mut().zip(b) {
                *sum = sum.add(a.mul(b));
            }
        }
        offset += stride;
    }
    sums
}

/// The product row by row, for types without a tuned one.
fn plain<T: Gemm>(p: &Product<'_, T>, out: &mut [T]) {
    out.fill(T::ZERO);
    for (i, out) in out.chunks_exact_mut(p.n).enumerate() {
        for q in 0..p.k {
            let a = p.a[i * p.a_strides.0 + q * p.a_strides.1];
            let b = &p.b[q * p.b_strides.0..];
            for (out, &b) in out.iter_mut().zip(b.iter().step_by(p.b_strides.1.max(1))) {
                *out = out.add(a.mul(b));
            }
        }
    }
}

impl Gemm for i32 {
    fn blocked(p: &Product<'_, Self>, out: &mut [Self]) {
        plain(p, out);
    }
}

impl Gemm for i64 {
    fn blocked(p: &Product<'_, Self>, out: &mut [Self]) {
        plain(p, out);
    }
}

impl Gemm for u32 {
    fn blocked(p: &Product<'_, Self>, out: &mut [Self]) {
        plain(p, out);
    }
}

impl Gemm for u64 {
    fn blocked(p: &Product<'_, Self>, out: &mut [Self]) {
        plain(p, out);
    }
}

macro_rules! float_gemm {
    ($t:ty, $gemm:path) => {
        impl Gemm for $t {
            fn blocked(p: &Product<'_, Self>, out: &mut [Self]) {
                assert!(
                    covers(p.a, p.m, p.k, p.a_strides)
                        && covers(p.b, p.k, p.n, p.b_strides)
                        && out.len() == p.m * p.n
                );
                let (rsa, csa) = (p.a_strides.0 as isize, p.a_strides.1 as isize);
                let (rsb, csb) = (p.b_strides.0 as isize, p.b_strides.1 as isize);
                // SAFETY: the assertion above puts every element that the shapes and strides
                // name inside its slice, and `out` is borrowed mutably, so it overlaps neither
                // operand. With beta = 0 the old contents of `out` are not read.
                unsafe {
                    $gemm(
                        p.m,
                        p.k,
                        p.n,
                        1.0,
                        p.a.as_ptr(),
                        rsa,
                        csa,
                        p.b.as_ptr(),
                        rsb,
                        csb,
                        0.0,
                        out.as_mut_ptr(),
                        p.n as isize,
                        1,
                    );
                }
            }
        }
    };
}

float_gemm!(f32, matrixmultiply::sgemm);
float_gemm!(f64, matrixmultiply::dgemm);
