//! Products over a sparse pattern: sparse times dense, and dense times dense sampled at the pattern.

mod rows;
mod sampled;

pub use sampled::sddmm;

use crate::number::Number;
use crate::simd::{self, Kernel};
use rows::{Listed, Operands, Own, Places};

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
        values,
        x,
        heads,
        width,
    };
    match edge {
        None => simd::run(Spmm {
            operands,
            places: Own,
            out,
        }),
        Some(edge) => simd::run(Spmm {
            operands,
            places: Listed(edge),
            out,
        }),
    }
}

struct Spmm<'a, T, P> {
    operands: Operands<'a, T>,
    places: P,
    out: &'a mut [T],
}

impl<T: Number, P: Places> Kernel for Spmm<'_, T, P> {
    const WIDE: bool = true;

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    fn run(self) {
        let Self {
            operands,
            places,
            out,
        } = self;
        if !operands.exact(places, out) && !operands.exact_heads(places, out) {
            operands.blocks(places, out);
        }
    }
}

#[cfg(test)]
mod tests;
