//! Products over a sparse pattern: sparse times dense, and dense times dense sampled at the pattern.

use std::ops::Range;

use crate::number::Number;

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
    match (edge, heads) {
        (None, 1) => operands.spmm(1, |e| e, out),
        (None, _) => operands.spmm(heads, |e| e, out),
        (Some(edge), 1) => operands.spmm(1, |e| edge[e] as usize, out),
        (Some(edge), _) => operands.spmm(heads, |e| edge[e] as usize, out),
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
    #[inline]
    fn spmm(&self, heads: usize, edge: impl Fn(usize) -> usize + Copy, out: &mut [T]) {
        let width = self.width;
        for (r, ends) in self.row_ptr.windows(2).enumerate() {
            let entries = ends[0] as usize..ends[1] as usize;
            for h in 0..heads {
                let offset = (r * heads + h) * width;
                let out = &mut out[offset..offset + width];
                let mut first = 0;
                while first < width {
                    let tile = Tile { heads, h, first };
                    let entries = entries.clone();
                    let rest = &mut out[first..];
                    first += match rest.len() {
                        0..=4 => self.tile::<4>(entries, tile, edge, rest),
                        5..=8 => self.tile::<8>(entries, tile, edge, rest),
                        9..=31 => self.tile::<16>(entries, tile, edge, rest),
                        _ => self.tile::<32>(entries, tile, edge, rest),
                    };
                }
            }
        }
    }

    /// Sums up to `L` columns in registers, writes them to the front of `out`, and says how many.
    ///
    /// Rows are read `L` wide even where fewer columns are left: what lies behind is summed in
    /// lanes of its own and dropped.
    #[inline]
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
        let count = L.min(out.len());
        out[..count].copy_from_slice(&sums[..count]);
        count
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
