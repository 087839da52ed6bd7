//! Work along the entries of a pattern: the operations graphs are made of.

use crate::array::{Array, Csr, Pattern};
use crate::ops::{SegmentFold, Side, edge, sddmm as dense, segment, spmm as sparse};

/// The product of a sparse matrix with node values.
///
/// `out[r] = Σ values[e] · x[col(e)]` over the entries `e` of row `r`.
///
/// # Shapes
/// `x: [cols]`, `[cols, F]`, or `[cols, H, F]` with `values: [nnz, H]`.
///
/// # Panics
/// If the extents or dtypes do not fit.
#[track_caller]
pub fn spmm(a: &Csr, x: &Array) -> Array {
    product(a, x, false)
}

/// The product with the transpose: `out[c] = Σ values[e] · x[row(e)]`.
///
/// # Panics
/// If the extents or dtypes do not fit.
#[track_caller]
pub fn spmm_transposed(a: &Csr, x: &Array) -> Array {
    product(a, x, true)
}

#[track_caller]
fn product(a: &Csr, x: &Array, transposed: bool) -> Array {
    if x.rank() == 1 {
        let column = sparse::spmm(&a.pattern, &a.values, &x.expand_dims(1), transposed);
        return crate::ops::reshape::reshape(&column, column.shape()[0]);
    }
    sparse::spmm(&a.pattern, &a.values, x, transposed)
}

/// `out[e] = Σ_f a[row(e), f] · b[col(e), f]` at every entry `e` of `pattern`.
///
/// # Shapes
/// `a: [rows, F]`, `b: [cols, F]` give `[nnz]`; with heads, `[n, H, F]` give `[nnz, H]`.
#[track_caller]
pub fn sddmm(pattern: &Pattern, a: &Array, b: &Array) -> Array {
    dense::sddmm(pattern, a, b)
}

/// `out[e] = x[row(e)]`: node values at the row end of every entry.
#[track_caller]
pub fn gather_rows(pattern: &Pattern, x: &Array) -> Array {
    edge::edge_gather(pattern, x, Side::Row)
}

/// `out[e] = x[col(e)]`: node values at the column end of every entry.
#[track_caller]
pub fn gather_cols(pattern: &Pattern, x: &Array) -> Array {
    edge::edge_gather(pattern, x, Side::Col)
}

/// `out[r] = Σ x[e]` over the entries of each row.
#[track_caller]
pub fn sum_rows(pattern: &Pattern, x: &Array) -> Array {
    segment::segment_reduce(pattern, x, Side::Row, SegmentFold::Sum)
}

/// `out[c] = Σ x[e]` over the entries of each column.
#[track_caller]
pub fn sum_cols(pattern: &Pattern, x: &Array) -> Array {
    segment::segment_reduce(pattern, x, Side::Col, SegmentFold::Sum)
}

/// The maximum over the entries of each row; -inf where there is none.
#[track_caller]
pub fn max_rows(pattern: &Pattern, x: &Array) -> Array {
    segment::segment_reduce(pattern, x, Side::Row, SegmentFold::Max)
}

/// The minimum over the entries of each row; inf where there is none.
#[track_caller]
pub fn min_rows(pattern: &Pattern, x: &Array) -> Array {
    segment::segment_reduce(pattern, x, Side::Row, SegmentFold::Min)
}

/// The softmax over the entries of each row.
///
/// # Shapes
/// `[nnz, ..]` gives `[nnz, ..]`.
#[track_caller]
pub fn softmax_rows(pattern: &Pattern, x: &Array) -> Array {
    let high = max_rows(pattern, x).stop_gradient();
    let e = (x - gather_rows(pattern, &high)).exp();
    let sum = sum_rows(pattern, &e);
    e / gather_rows(pattern, &sum)
}
