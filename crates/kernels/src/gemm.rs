//! The product of two dense matrices with any strides.
//!
//! Up to eight columns go by the loops of `skinny`, which give the same bits on every instruction
//! set, and integers by plain loops. The rest goes to `matrixmultiply`, which fuses products with
//! sums where the machine can. It was kept after a comparison with `gemm` 0.19 and `faer` 0.24:
//! their times over its time, one thread, AVX-512, `'` for a transposed operand:
//!
//! | product, f32 but for the last | gemm | faer |
//! |---|---|---|
//! | 2708x1433 x 16 | 0.68 | 0.67 |
//! | 1433x2708' x 16 | 3.36 | 2.57 |
//! | 169343x128 x 256 | 0.88 | 0.93 |
//! | 169343x256 x 256 | 0.92 | 1.01 |
//! | 256x169343' x 256 | 1.12 | 1.13 |
//! | 169343x256 x 40 | 0.81 | 0.89 |
//! | 256x169343' x 40 | 1.30 | 1.20 |
//! | 512x512 x 512 | 0.91 | 0.96 |
//! | 512x512 x 512, f64 | 0.99 | 0.87 |
//!
//! It has one small dependency, and the bits of a row do not depend on how many rows are asked for.

mod blocked;
mod skinny;

use crate::number::Number;

/// A number whose matrices can be multiplied.
pub trait Gemm: Number {
    /// The general product, for shapes that no loop of this module suits better.
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
/// costs no copy. The order of the sums depends on `n` and `k` alone: a caller that computes some
/// rows gets the bits of the whole. Long sums go by [`chunks`], the later ones added to the sum of the
/// earlier ones.
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
    let Some(p) = Product::checked([m, n, k], a, a_strides, b, b_strides, out) else {
        return;
    };
    let chunks = chunks(k);
    if chunks == 1 {
        return p.write(out);
    }
    let rows = m.min(TALL_ROWS);
    let mut partial = vec![T::ZERO; rows * n];
    for (i, out) in out.chunks_mut(rows * n).enumerate() {
        let some = p.rows(i * rows, out.len() / n);
        some.chunk(0).write(out);
        let partial = &mut partial[..out.len()];
        for chunk in 1..chunks {
            some.chunk(chunk).write(partial);
            add(out, partial);
        }
    }
}

/// Rows of a product of several chunks that are computed together.
const TALL_ROWS: usize = 1024;

/// More columns than this are a matter for the general product.
const SKINNY: usize = 8;

/// How many chunks a sum over `k` is cut into: at most 16, by `k` alone.
pub fn chunks(k: usize) -> usize {
    k.div_ceil(chunk_len(k)).max(1)
}

/// The length of a chunk: a multiple of what a skinny product packs at a time.
fn chunk_len(k: usize) -> usize {
    k.div_ceil(16)
        .next_multiple_of(skinny::DEPTH)
        .max(2 * skinny::DEPTH)
}

/// Writes the share of one of the [`chunks`]`(k)` chunks of `k` in the product of `a` and `b` to
/// `partial`, so that several threads can compute a product of long sums: [`tall_combine`] makes
/// of the partial products, one behind the other, the very bits of [`gemm`].
///
/// # Shapes
/// As for [`gemm`]; `partial: [m, n]`.
///
/// # Panics
/// Panics if a slice is too short for its shape and strides, or there is no such chunk.
#[expect(
    clippy::too_many_arguments,
    reason = "the customary signature of a product, and the chunk"
)]
pub fn tall_chunk<T: Gemm>(
    m: usize,
    n: usize,
    k: usize,
    a: &[T],
    a_strides: (usize, usize),
    b: &[T],
    b_strides: (usize, usize),
    chunk: usize,
    partial: &mut [T],
) {
    assert!(
        chunk < chunks(k),
        "gemm: {k} is not cut into so many chunks"
    );
    let Some(p) = Product::checked([m, n, k], a, a_strides, b, b_strides, partial) else {
        return;
    };
    p.chunk(chunk).write(partial);
}

/// Adds partial products, the later ones to the sum of the earlier ones.
///
/// # Shapes
/// `partials: [chunks, m, n]`, `out: [m, n]`.
pub fn tall_combine<T: Gemm>(partials: &[T], out: &mut [T]) {
    if out.is_empty() {
        return;
    }
    let (first, rest) = partials.split_at(out.len());
    assert!(
        rest.len().is_multiple_of(out.len()),
        "gemm: partial products do not fit"
    );
    out.copy_from_slice(first);
    for partial in rest.chunks_exact(out.len()) {
        add(out, partial);
    }
}

fn add<T: Gemm>(out: &mut [T], partial: &[T]) {
    for (out, &x) in out.iter_mut().zip(partial) {
        *out = out.add(x);
    }
}

impl<'a, T: Gemm> Product<'a, T> {
    /// The product, if there is anything to add up; else `out` is filled with zeros.
    fn checked(
        [m, n, k]: [usize; 3],
        a: &'a [T],
        a_strides: (usize, usize),
        b: &'a [T],
        b_strides: (usize, usize),
        out: &mut [T],
    ) -> Option<Self> {
        assert_eq!(out.len(), m * n, "gemm: out is not [{m}, {n}]");
        if out.is_empty() || k == 0 {
            out.fill(T::ZERO);
            return None;
        }
        assert!(covers(a, m, k, a_strides), "gemm: a is not [{m}, {k}]");
        assert!(covers(b, k, n, b_strides), "gemm: b is not [{k}, {n}]");
        Some(Self {
            m,
            n,
            k,
            a,
            a_strides,
            b,
            b_strides,
        })
    }

    /// Some rows of the product.
    fn rows(self, first: usize, m: usize) -> Self {
        Self {
            m,
            a: &self.a[first * self.a_strides.0..],
            ..self
        }
    }

    /// The share of a chunk of `k`.
    fn chunk(self, chunk: usize) -> Self {
        let len = chunk_len(self.k);
        let first = chunk * len;
        Self {
            k: len.min(self.k - first),
            a: &self.a[first * self.a_strides.1..],
            b: &self.b[first * self.b_strides.0..],
            ..self
        }
    }

    /// Writes the product. Which way is taken does not depend on the number of rows: a caller that
    /// computes some rows gets the bits of the whole.
    fn write(self, out: &mut [T]) {
        if self.n <= SKINNY {
            skinny::product(&self, out);
        } else {
            T::blocked(&self, out);
        }
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

#[cfg(test)]
mod tests;
