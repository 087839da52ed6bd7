//! Sums of outer products of rows: a product over a long extent that comes in tiles.

use crate::number::Number;
use crate::simd::{self, Kernel};

/// `out[i, j] += x[e, i] * y[e, j]` for each row `e`, one after another: tiles of rows, in order, give the bits
/// of all rows at once.
///
/// # Shapes
/// `x: [rows, m]`, `y: [rows, n]`, `out: [m, n]`; loops run over `n`.
///
/// # Panics
/// Panics if the slices do not fit one another.
pub fn add_outer_products<T: Number>(x: &[T], m: usize, y: &[T], n: usize, out: &mut [T]) {
    assert!(
        x.len() * n == y.len() * m && out.len() == m * n,
        "add_outer_products: rows of {m} and {n} elements do not fit"
    );
    simd::run(Outer { x, m, y, n, out });
}

struct Outer<'a, T> {
    x: &'a [T],
    m: usize,
    y: &'a [T],
    n: usize,
    out: &'a mut [T],
}

/// Rows that are added before a sum is written back.
const AT_ONCE: usize = 4;

impl<T: Number> Kernel for Outer<'_, T> {
    const WIDE: bool = true;

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    fn run(self) {
        let Self { x, m, y, n, out } = self;
        if m == 0 || n == 0 {
            return;
        }
        let rows = x.len() / m;
        let whole = rows - rows % AT_ONCE;
        for i in 0..m {
            let out = &mut out[i * n..(i + 1) * n];
            for e in (0..whole).step_by(AT_ONCE) {
                let at = |k: usize| (x[(e + k) * m + i], &y[(e + k) * n..(e + k + 1) * n]);
                let [(a, p), (b, q), (c, r), (d, s)] = [at(0), at(1), at(2), at(3)];
                for j in 0..n {
                    let sum = out[j].add(a.mul(p[j])).add(b.mul(q[j]));
                    out[j] = sum.add(c.mul(r[j])).add(d.mul(s[j]));
                }
            }
            for e in whole..rows {
                let (a, p) = (x[e * m + i], &y[e * n..(e + 1) * n]);
                for j in 0..n {
                    out[j] = out[j].add(a.mul(p[j]));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize, salt: usize) -> Vec<f32> {
        let number = |i: usize| ((i * 7919 + salt * 104_729) % 2003) as f32 / 1000.0 - 1.0;
        (0..count).map(number).collect()
    }

    #[test]
    fn tiles_in_order_have_the_bits_of_one_sum_after_another() {
        for (rows, m, n) in [(0, 2, 3), (1, 1, 1), (7, 3, 5), (30, 4, 33), (9, 0, 4)] {
            let (x, y) = (numbers(rows * m, 1), numbers(rows * n, 2));
            let mut wanted = vec![0f32; m * n];
            for e in 0..rows {
                for i in 0..m {
                    for j in 0..n {
                        wanted[i * n + j] += x[e * m + i] * y[e * n + j];
                    }
                }
            }
            simd::at_every_level(|_| {
                for cut in [0, rows / 3, rows] {
                    let mut out = vec![0f32; m * n];
                    let ((x, u), (y, v)) = (x.split_at(cut * m), y.split_at(cut * n));
                    add_outer_products(x, m, y, n, &mut out);
                    add_outer_products(u, m, v, n, &mut out);
                    assert_eq!(out, wanted, "{rows} rows of {m} and {n}, cut at {cut}");
                }
            });
        }
    }

    #[test]
    #[should_panic(expected = "do not fit")]
    fn other_numbers_of_rows_are_refused() {
        add_outer_products(&[1f32; 4], 2, &[1f32; 3], 1, &mut [0f32; 2]);
    }
}
