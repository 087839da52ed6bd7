//! The product of two dense matrices with any strides.

use std::array;
use std::ops::Range;

use crate::number::Number;
use crate::simd::{self, Kernel};
use crate::spmm::write_front;

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
/// costs no copy. The order of the sums depends on the three extents alone.
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
        // Large enough to pay for packing both operands.
        9.. if m >= 64 && k >= 256 => T::blocked(&p, out),
        1..=4 => skinny::<T, 8, 4>(&p, 0, out),
        5..=8 => skinny::<T, 8, 8>(&p, 0, out),
        9..=16 => skinny::<T, 4, 16>(&p, 0, out),
        17..=32 => {
            skinny::<T, 4, 16>(&p, 0, out);
            skinny::<T, 4, 16>(&p, 16, out);
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
/// The rows of `b` are packed to `W` columns, padded with zeros. The gradient of a small weight,
/// where `a` is transposed and `k` long, goes by the same loop: neighbouring rows of `a` share
/// cache lines.
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
        simd::run(Chunk::<T, R, W> {
            p,
            start,
            packed,
            columns: first..first + width,
            out,
        });
    }
}

/// The share of the packed rows of `b`, which start at row `start`, in some columns of the product.
struct Chunk<'a, T, const R: usize, const W: usize> {
    p: &'a Product<'a, T>,
    start: usize,
    packed: &'a [[T; W]],
    columns: Range<usize>,
    out: &'a mut [T],
}

impl<T: Gemm, const R: usize, const W: usize> Kernel for Chunk<'_, T, R, W> {
    const WIDE: bool = false;

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    fn run(mut self) {
        let whole = self.p.m - self.p.m % R;
        for row in (0..whole).step_by(R) {
            let sums = row_sums::<T, R, W>(self.p, row, self.start, self.packed);
            self.write(row, &sums);
        }
        for row in whole..self.p.m {
            let sums = row_sums::<T, 1, W>(self.p, row, self.start, self.packed);
            self.write(row, &sums);
        }
    }
}

impl<T: Gemm, const R: usize, const W: usize> Chunk<'_, T, R, W> {
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    fn write(&mut self, row: usize, sums: &[[T; W]]) {
        for (r, sums) in sums.iter().enumerate() {
            let out = &mut self.out[(row + r) * self.p.n + self.columns.start..];
            if self.start > 0 {
                let out = &mut out[..self.columns.len()];
                for (out, &sum) in out.iter_mut().zip(sums) {
                    *out = out.add(sum);
                }
            } else if self.columns.start == 0 {
                // What is written past these columns is overwritten: by the next row, whose turn
                // comes later, or by the columns that follow.
                write_front(out, sums);
            } else {
                let count = self.columns.len();
                out[..count].copy_from_slice(&sums[..count]);
            }
        }
    }
}

/// The sums of `R` rows of `a`, from column `start` on, times the packed rows of `b`.
#[inline(always)]
#[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
fn row_sums<T: Gemm, const R: usize, const W: usize>(
    p: &Product<'_, T>,
    row: usize,
    start: usize,
    packed: &[[T; W]],
) -> [[T; W]; R] {
    let mut sums = [[T::ZERO; W]; R];
    let (row_stride, stride) = p.a_strides;
    let offset = row * row_stride + start * stride;
    if stride == 1 {
        let rows: [&[T]; R] = array::from_fn(|r| &p.a[offset + r * row_stride..][..packed.len()]);
        for (i, b) in packed.iter().enumerate() {
            add_products(&mut sums, array::from_fn(|r| rows[r][i]), b);
        }
    } else if row_stride == 1 {
        for (i, b) in packed.iter().enumerate() {
            let a = &p.a[offset + i * stride..];
            let a = a.first_chunk::<R>().expect("the rows lie within a");
            add_products(&mut sums, *a, b);
        }
    } else {
        for (i, b) in packed.iter().enumerate() {
            let a = &p.a[offset + i * stride..];
            add_products(&mut sums, array::from_fn(|r| a[r * row_stride]), b);
        }
    }
    sums
}

/// Adds the products of `a` as a column and `b` as a row.
#[inline(always)]
#[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
fn add_products<T: Gemm, const R: usize, const W: usize>(
    sums: &mut [[T; W]; R],
    a: [T; R],
    b: &[T; W],
) {
    for (sums, a) in sums.iter_mut().zip(a) {
        for (sum, &b) in sums.iter_mut().zip(b) {
            *sum = sum.add(a.mul(b));
        }
    }
}

/// The product row by row, for types without a tuned one.
fn plain<T: Gemm>(p: &Product<'_, T>, out: &mut [T]) {
    out.fill(T::ZERO);
    for (i, out) in out.chunks_exact_mut(p.n).enumerate() {
        for q in 0..p.k {
            let a = p.a[i * p.a_strides.0 + q * p.a_strides.1];
            let b = &p.b[q * p.b_strides.0..];
            if p.b_strides.1 == 1 {
                for (out, &b) in out.iter_mut().zip(b) {
                    *out = out.add(a.mul(b));
                }
            } else {
                for (j, out) in out.iter_mut().enumerate() {
                    *out = out.add(a.mul(b[j * p.b_strides.1]));
                }
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn naive<T: Number>([m, n, k]: [usize; 3], a: &[T], b: &[T]) -> Vec<T> {
        let mut out = vec![T::ZERO; m * n];
        for (i, out) in out.iter_mut().enumerate() {
            let (row, col) = (i / n, i % n);
            for q in 0..k {
                *out = out.add(a[row * k + q].mul(b[q * n + col]));
            }
        }
        out
    }

    /// A row-major matrix laid out anew: transposed or not, every element `gap` apart.
    fn lay_out<T: Number>(
        x: &[T],
        [rows, cols]: [usize; 2],
        transposed: bool,
        gap: usize,
    ) -> (Vec<T>, (usize, usize)) {
        let strides = if transposed {
            (gap, rows * gap)
        } else {
            (cols * gap, gap)
        };
        let mut out = vec![T::HIGHEST; rows * cols * gap];
        for (i, &x) in x.iter().enumerate() {
            out[i / cols * strides.0 + i % cols * strides.1] = x;
        }
        (out, strides)
    }

    /// Checks the product of small integers, which every type computes exactly, in every layout.
    fn check<T: Gemm>([m, n, k]: [usize; 3], gap: usize) {
        let value = |i: usize, salt: usize| T::from_f64(((i * 37 + salt) % 11) as f64);
        let a: Vec<T> = (0..m * k).map(|i| value(i, 5)).collect();
        let b: Vec<T> = (0..k * n).map(|i| value(i, 2)).collect();
        let want = naive([m, n, k], &a, &b);
        for (ta, tb) in [(false, false), (true, false), (false, true), (true, true)] {
            let (a, a_strides) = lay_out(&a, [m, k], ta, gap);
            let (b, b_strides) = lay_out(&b, [k, n], tb, gap);
            let mut out = vec![T::HIGHEST; m * n];
            gemm(m, n, k, &a, a_strides, &b, b_strides, &mut out);
            assert_eq!(out, want, "[{m}, {k}] x [{k}, {n}], {ta} {tb} {gap}");
        }
    }

    proptest! {
    #![proptest_config(crate::fixed_seed())]

            #[test]
            fn products_are_those_of_the_definition(
                m in 0..20usize, n in 0..70usize, k in 0..40usize, gap in 1..3usize,
            ) {
                check::<f32>([m, n, k], gap);
                check::<f64>([m, n, k], gap);
                check::<i32>([m, n, k], gap);
            }
        }

    #[test]
    fn long_sums_go_by_chunks() {
        check::<f32>([16, 7, 1000], 1);
        check::<f32>([5, 40, 700], 1);
        check::<f32>([70, 12, 300], 2);
        check::<i64>([64, 9, 256], 1);
        check::<u64>([3, 20, 513], 1);
    }

    #[test]
    fn a_stride_of_zero_repeats() {
        let mut out = [0.0f32; 6];
        gemm(
            2,
            3,
            2,
            &[1.0, 2.0],
            (0, 1),
            &[10.0, 20.0, 30.0],
            (0, 1),
            &mut out,
        );
        assert_eq!(out, [30.0, 60.0, 90.0, 30.0, 60.0, 90.0]);
        let mut out = [0; 80];
        gemm(2, 40, 2, &[1, 2], (0, 1), &[3], (0, 0), &mut out);
        assert_eq!(out, [9; 80]);
    }

    #[test]
    fn integers_wrap() {
        let mut out = [0];
        gemm(1, 1, 2, &[i32::MAX, 1], (2, 1), &[2, 0], (1, 1), &mut out);
        assert_eq!(out, [-2]);
    }

    #[test]
    #[should_panic(expected = "gemm: b is not [2, 40]")]
    fn short_operands_are_refused() {
        gemm(
            1,
            40,
            2,
            &[1.0f32; 2],
            (2, 1),
            &[1.0; 79],
            (40, 1),
            &mut [0.0; 40],
        );
    }
}
