//! Products of a few columns: `b` is packed and a block of rows of the product stays in registers.

use std::array;

use super::{Gemm, Product};
use crate::simd::{self, Kernel};

/// Rows of `b` that are packed at a time; a sum over `k` goes by chunks of this length.
pub(super) const DEPTH: usize = 256;

/// Writes a product of at most eight columns.
pub(super) fn product<T: Gemm>(p: &Product<'_, T>, out: &mut [T]) {
    match p.n {
        0..=4 => skinny::<T, 8, 4>(p, out),
        _ => skinny::<T, 8, 8>(p, out),
    }
}

/// A product of at most `W` columns, `R` rows at a time, with `R * W` sums in registers.
///
/// The rows of `b` are packed to `W` columns, padded with zeros. The gradient of a small weight,
/// where `a` is transposed and `k` long, goes by the same loop: neighbouring rows of `a` share
/// cache lines.
fn skinny<T: Gemm, const R: usize, const W: usize>(p: &Product<'_, T>, out: &mut [T]) {
    let mut packed = Packed([[T::ZERO; W]; DEPTH]);
    for start in (0..p.k).step_by(DEPTH) {
        let packed = &mut packed.0[..DEPTH.min(p.k - start)];
        pack(p, start, packed);
        simd::run(Chunk::<T, R, W> {
            p,
            start,
            packed,
            out,
        });
    }
}

/// Rows of `b` that begin at a cache line.
#[repr(align(64))]
struct Packed<T, const W: usize>([[T; W]; DEPTH]);

/// Copies the rows of `b` from `start` on. What lies past its columns is summed in lanes of its own.
fn pack<T: Gemm, const W: usize>(p: &Product<'_, T>, start: usize, packed: &mut [[T; W]]) {
    for (i, row) in packed.iter_mut().enumerate() {
        let b = &p.b[(start + i) * p.b_strides.0..];
        match b.first_chunk::<W>() {
            Some(b) if p.b_strides.1 == 1 => *row = *b,
            _ => {
                for (slot, &b) in row[..p.n]
                    .iter_mut()
                    .zip(b.iter().step_by(p.b_strides.1.max(1)))
                {
                    *slot = b;
                }
            }
        }
    }
}

/// The share of the packed rows of `b`, which start at row `start`, in the product.
struct Chunk<'a, T, const R: usize, const W: usize> {
    p: &'a Product<'a, T>,
    start: usize,
    packed: &'a [[T; W]],
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
            let out = &mut self.out[(row + r) * self.p.n..];
            if self.start > 0 {
                for (out, &sum) in out[..self.p.n].iter_mut().zip(sums) {
                    *out = out.add(sum);
                }
            } else if let Some(out) = out.first_chunk_mut::<W>() {
                // What is written past these columns is overwritten by the next row, whose turn
                // comes later.
                *out = *sums;
            } else {
                let count = self.p.n.min(out.len());
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
