//! Products over a sparse pattern: sparse times dense, and dense times dense sampled at the pattern.

use std::ops::Range;

use crate::number::Number;
use crate::simd::{self, Kernel};

/// The sparse matrix with `values` at the pattern times the rows of `x`:
/// `out[r, h, :] = Σ_e values[edge(e), h] · x[col[e], h, :]` over the entries `e` of row `r`.
///
/// `edge` is the place of each entry's value, the entry's own where it is `None`. The product with
/// the transposed matrix is this one over the transposed pattern with its permutation.
///
/// # Shapes
/// `row_ptr: [rows + 1]`, `col: [nnz]`, `values: [nnz, heads]`, `x: [n, heads, width]`,
/// `out: [rows, heads, width]`.
#[expect(
    clippy::too_many_arguments,
    reason = "a pattern is three slices here, a kernel knows no struct"
)]
pub fn spmm<T: Number>(
    row_ptr: &[u32],
    col: &[u32],
    edge: Option<&[u32]>,
    values: &[T],
    x: &[T],
    heads: usize,
    width: usize,
    out: &mut [T],
) {
    let rows = row_ptr.len() - 1;
    assert_eq!(out.len(), rows * heads * width, "spmm: out does not fit");
    let values_len = edge.map_or(col.len(), <[u32]>::len) * heads;
    assert_eq!(values.len(), values_len, "spmm: values do not fit");
    let operands = Operands {
        row_ptr,
        col,
        values,
        x,
        width,
    };
    simd::run(Spmm {
        operands,
        edge,
        heads,
        out,
    });
}

struct Spmm<'a, T> {
    operands: Operands<'a, T>,
    edge: Option<&'a [u32]>,
    heads: usize,
    out: &'a mut [T],
}

impl<T: Number> Kernel for Spmm<'_, T> {
    const WIDE: bool = true;

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    fn run(self) {
        let Self {
            operands,
            edge,
            heads,
            out,
        } = self;
        match (edge, heads) {
            (None, 1) if operands.rows_by_width(operands.values, |value| *value, out) => {}
            (Some(edge), 1)
                if operands.rows_by_width(edge, |&e| operands.values[e as usize], out) => {}
            (None, 1) => operands.spmm(1, |e| e, out),
            (None, _) => operands.spmm(heads, |e| e, out),
            (Some(edge), 1) => operands.spmm(1, |e| edge[e] as usize, out),
            (Some(edge), _) => operands.spmm(heads, |e| edge[e] as usize, out),
        }
    }
}

/// What a product reads.
struct Operands<'a, T> {
    row_ptr: &'a [u32],
    col: &'a [u32],
    values: &'a [T],
    x: &'a [T],
    width: usize,
}

impl<T: Number> Operands<'_, T> {
    /// Inlined so that a literal `heads` is folded into the loops.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    fn spmm(&self, heads: usize, edge: impl Fn(usize) -> usize + Copy, out: &mut [T]) {
        for (r, ends) in self.row_ptr.windows(2).enumerate() {
            let entries = ends[0] as usize..ends[1] as usize;
            for h in 0..heads {
                let out = &mut out[(r * heads + h) * self.width..];
                let mut first = 0;
                while first < self.width {
                    let tile = Tile { heads, h, first };
                    let entries = entries.clone();
                    let rest = self.width - first;
                    first += match rest {
                        0..=4 => self.tile::<4>(entries, tile, edge, &mut out[first..]),
                        5..=8 => self.tile::<8>(entries, tile, edge, &mut out[first..]),
                        _ => self.tile::<16>(entries, tile, edge, &mut out[first..]),
                    };
                }
            }
        }
    }

    /// Runs [`rows`](Self::rows) if it is compiled for this width, and says whether it is.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    fn rows_by_width<I>(&self, items: &[I], value: impl Fn(&I) -> T, out: &mut [T]) -> bool {
        match self.width {
            1 => self.rows::<1, I>(items, value, out),
            2 => self.rows::<2, I>(items, value, out),
            3 => self.rows::<3, I>(items, value, out),
            4 => self.rows::<4, I>(items, value, out),
            5 => self.rows::<5, I>(items, value, out),
            6 => self.rows::<6, I>(items, value, out),
            7 => self.rows::<7, I>(items, value, out),
            8 => self.rows::<8, I>(items, value, out),
            16 => self.rows::<16, I>(items, value, out),
            32 => self.rows::<32, I>(items, value, out),
            64 => self.rows::<64, I>(items, value, out),
            _ => return false,
        }
        true
    }

    /// One head of exactly `L` columns, every row of which is one load; `value` reads the value
    /// that belongs to an entry's item of `items`.
    ///
    /// Two sums take turns, so that an addition need not wait for the one before it.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    fn rows<const L: usize, I>(&self, items: &[I], value: impl Fn(&I) -> T, out: &mut [T]) {
        let (x, _) = self.x.as_chunks::<L>();
        let (out, _) = out.as_chunks_mut::<L>();
        for (ends, out) in self.row_ptr.windows(2).zip(out) {
            let entries = ends[0] as usize..ends[1] as usize;
            let (items, col) = (&items[entries.clone()], &self.col[entries]);
            let mut sums = [[T::ZERO; L]; 2];
            let (item_pairs, last_item) = items.as_chunks::<2>();
            let (col_pairs, last_col) = col.as_chunks::<2>();
            for (pair, cols) in item_pairs.iter().zip(col_pairs) {
                for k in 0..2 {
                    add_scaled(&mut sums[k], value(&pair[k]), &x[cols[k] as usize]);
                }
            }
            for (item, &c) in last_item.iter().zip(last_col) {
                add_scaled(&mut sums[0], value(item), &x[c as usize]);
            }
            for ((out, a), b) in out.iter_mut().zip(sums[0]).zip(sums[1]) {
                *out = a.add(b);
            }
        }
    }

    /// Sums up to `L` columns in registers, writes them to the front of `out`, and returns `L`.
    ///
    /// Rows are read and written `L` wide even where fewer columns are left: what lies behind is
    /// summed in lanes of its own, and overwritten by the rows that follow.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    fn tile<const L: usize>(
        &self,
        entries: Range<usize>,
        tile: Tile,
        edge: impl Fn(usize) -> usize,
        out: &mut [T],
    ) -> usize {
        let mut sums = [T::ZERO; L];
        for e in entries {
            let value = self.values[edge(e) * tile.heads + tile.h];
            let row = self.col[e] as usize * tile.heads + tile.h;
            let x = &self.x[row * self.width + tile.first..];
            if let Some(x) = x.first_chunk::<L>() {
                for (sum, &x) in sums.iter_mut().zip(x) {
                    *sum = sum.add(value.mul(x));
                }
            } else {
                for (sum, &x) in sums.iter_mut().zip(x) {
                    *sum = sum.add(value.mul(x));
                }
            }
        }
        write_front(out, &sums);
        L
    }
}

/// `sums += value · x`.
#[inline(always)]
#[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
fn add_scaled<T: Number, const L: usize>(sums: &mut [T; L], value: T, x: &[T; L]) {
    for (sum, &x) in sums.iter_mut().zip(x) {
        *sum = sum.add(value.mul(x));
    }
}

/// Writes as much of `sums` as there is room for.
#[inline]
pub(crate) fn write_front<T: Copy, const L: usize>(out: &mut [T], sums: &[T; L]) {
    if let Some(out) = out.first_chunk_mut::<L>() {
        *out = *sums;
    } else {
        out.copy_from_slice(&sums[..out.len()]);
    }
}

/// Which columns of which head a tile covers, and how many heads there are.
#[derive(Clone, Copy)]
struct Tile {
    heads: usize,
    h: usize,
    first: usize,
}

/// The products of rows of `a` and `b` at the entries of the pattern:
/// `out[e, h] = Σ_f a[r, h, f] · b[col[e], h, f]` for each entry `e` of each row `r`.
///
/// # Shapes
/// `row_ptr: [rows + 1]`, `col: [nnz]`, `a: [rows, heads, width]`, `b: [n, heads, width]`,
/// `out: [nnz, heads]`.
pub fn sddmm<T: Number>(
    row_ptr: &[u32],
    col: &[u32],
    a: &[T],
    b: &[T],
    heads: usize,
    width: usize,
    out: &mut [T],
) {
    let rows = row_ptr.len() - 1;
    assert_eq!(a.len(), rows * heads * width, "sddmm: a does not fit");
    assert_eq!(out.len(), col.len() * heads, "sddmm: out does not fit");
    for (r, ends) in row_ptr.windows(2).enumerate() {
        for e in ends[0] as usize..ends[1] as usize {
            for h in 0..heads {
                let (i, j) = (
                    (r * heads + h) * width,
                    (col[e] as usize * heads + h) * width,
                );
                out[e * heads + h] = dot(&a[i..i + width], &b[j..j + width]);
            }
        }
    }
}

/// The inner product, in an order that the length alone fixes.
#[inline]
fn dot<T: Number>(a: &[T], b: &[T]) -> T {
    const LANES: usize = 8;
    let (a_lanes, a_rest) = a.as_chunks::<LANES>();
    let (b_lanes, b_rest) = b.as_chunks::<LANES>();
    let mut sum = T::ZERO;
    for (&a, &b) in a_rest.iter().zip(b_rest) {
        sum = sum.add(a.mul(b));
    }
    if a_lanes.is_empty() {
        return sum;
    }
    let mut lanes = [T::ZERO; LANES];
    for (a, b) in a_lanes.iter().zip(b_lanes) {
        for ((lane, &a), &b) in lanes.iter_mut().zip(a).zip(b) {
            *lane = lane.add(a.mul(b));
        }
    }
    let [l0, l1, l2, l3, l4, l5, l6, l7] = lanes;
    let low = l0.add(l4).add(l2.add(l6));
    let high = l1.add(l5).add(l3.add(l7));
    low.add(high).add(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::tests::{pattern, rows_of};
    use crate::segment::transpose_pattern;
    use proptest::prelude::*;

    /// Small integers, which floats add exactly in any order.
    fn numbers(n: usize, salt: usize) -> Vec<f32> {
        (0..n)
            .map(|i| ((i * 37 + salt) % 11) as f32 - 5.0)
            .collect()
    }

    fn check(
        (rows, cols, row_ptr, col): &(usize, usize, Vec<u32>, Vec<u32>),
        heads: usize,
        width: usize,
    ) {
        let (rows, cols, row_of) = (*rows, *cols, rows_of(row_ptr));
        let row = heads * width;
        let (x, y) = (numbers(cols * row, 3), numbers(rows * row, 4));
        let values = numbers(col.len() * heads, 1);
        let mut product = vec![f32::NAN; rows * row];
        spmm(row_ptr, col, None, &values, &x, heads, width, &mut product);
        let (col_ptr, row_index, edge) = transpose_pattern(rows, cols, row_ptr, col);
        let mut transposed = vec![f32::NAN; cols * row];
        let edge = Some(&edge[..]);
        spmm(
            &col_ptr,
            &row_index,
            edge,
            &values,
            &y,
            heads,
            width,
            &mut transposed,
        );
        let mut sampled = vec![f32::NAN; values.len()];
        sddmm(row_ptr, col, &y, &x, heads, width, &mut sampled);

        let mut want = vec![0.0; product.len()];
        let mut want_transposed = vec![0.0; transposed.len()];
        let mut want_sampled = vec![0.0; sampled.len()];
        for e in 0..col.len() {
            for i in 0..row {
                let value = values[e * heads + i / width];
                let (r, c) = (row_of[e] * row + i, col[e] as usize * row + i);
                want[r] += value * x[c];
                want_transposed[c] += value * y[r];
                want_sampled[e * heads + i / width] += y[r] * x[c];
            }
        }
        assert_eq!(product, want, "heads {heads}, width {width}");
        assert_eq!(transposed, want_transposed, "heads {heads}, width {width}");
        assert_eq!(sampled, want_sampled, "heads {heads}, width {width}");
    }

    proptest! {
    #![proptest_config(crate::fixed_seed())]

            #[test]
            fn products_are_those_of_the_definition(
                pattern in pattern(), heads in 1..4usize, width in 0..40usize,
            ) {
                check(&pattern, heads, width);
            }

            #[test]
            fn wide_rows_too(pattern in pattern(), width in 60..140usize) {
                check(&pattern, 1, width);
            }
        }

    #[test]
    fn lanes_beyond_the_width_do_not_leak() {
        let x = [1.0, f32::NAN, 2.0, f32::INFINITY];
        let mut out = [0.0; 2];
        spmm(&[0, 1], &[1], None, &[3.0], &x[1..3], 1, 1, &mut out[..1]);
        spmm(&[0, 1], &[0], None, &[3.0], &x, 1, 1, &mut out[1..]);
        assert_eq!(out, [6.0, 3.0]);
    }
}
