//! Products over a sparse pattern: sparse times dense, and dense times dense sampled at the pattern.

mod rows;
mod sampled;

pub use sampled::sddmm;

use crate::number::Number;
use crate::simd::{self, Kernel};
use rows::Operands;

/// The sparse matrix with `values` at the pattern times the rows of `x`:
/// `out[r, h, :] = Σ_e values[edge(e), h] · x[col[e], h, :]` over the entries `e` of row `r`.
///
/// `edge` is the place of each entry's value, the entry's own where it is `None`. The product with
/// the transposed matrix is this one over the transposed pattern with its permutation. `row_ptr` may
/// be a part of a longer one: then `out` holds the rows of that part, all else is whole.
///
/// The order of a sum depends on the number of its row's entries alone: those at even places are
/// added up, and those at odd places, and then the two sums.
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
    if out.is_empty() {
        return;
    }
    let operands = Operands {
        row_ptr,
        col,
        x,
        heads,
        width,
    };
    simd::run(Spmm {
        operands,
        edge,
        values,
        out,
    });
}

struct Spmm<'a, T> {
    operands: Operands<'a, T>,
    edge: Option<&'a [u32]>,
    values: &'a [T],
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
            values,
            out,
        } = self;
        let heads = operands.heads;
        match edge {
            None if operands.exact(values, |value| *value, out) => {}
            None => operands.blocks(|e, h| values[e * heads + h], out),
            Some(edge) if operands.exact(edge, |&e| values[e as usize], out) => {}
            Some(edge) => operands.blocks(|e, h| values[edge[e] as usize * heads + h], out),
        }
    }
}

#[cfg(test)]
mod tests;
