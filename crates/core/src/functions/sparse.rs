//! Work along the entries of a pattern: the operations graphs are made of.

use super::math::promote_inexact;
use crate::array::{Array, Csr, Pattern};
use crate::ops::{SegmentFold, Side, edge, sddmm as dense, segment, spmm as sparse};

/// The product of a sparse matrix with node values.
///
/// `out[r] = Σ values[e] · x[col(e)]` over the entries `e` of row `r`.
///
/// # Shapes
/// `x: [cols]`, `[cols, F]`, or `[cols, H, F]` with `values: [nnz, H]`, gives the same with
/// `rows` in place of `cols`, in the common dtype; integers become floats.
///
/// # Panics
/// If the extents do not fit.
#[track_caller]
pub fn spmm(a: &Csr, x: &Array) -> Array {
    product(a, x, false)
}

/// The product with the transpose: `out[c] = Σ values[e] · x[row(e)]`.
///
/// # Shapes
/// As [`spmm`] with rows and columns exchanged: `x: [rows, F]` gives `[cols, F]`.
///
/// # Panics
/// If the extents do not fit.
#[track_caller]
pub fn spmm_transposed(a: &Csr, x: &Array) -> Array {
    product(a, x, true)
}

#[track_caller]
fn product(a: &Csr, x: &Array, transposed: bool) -> Array {
    let promoted = promote_inexact(&[&a.values, x]);
    let (values, x) = (&promoted[0], &promoted[1]);
    if x.rank() == 1 {
        let column = sparse::spmm(&a.pattern, values, &x.expand_dims(1), transposed);
        return crate::ops::reshape::reshape(&column, column.shape()[0]);
    }
    sparse::spmm(&a.pattern, values, x, transposed)
}

/// `out[e] = Σ_f a[row(e), f] · b[col(e), f]` at every entry `e` of `pattern`.
///
/// # Shapes
/// `a: [rows, F]`, `b: [cols, F]` give `[nnz]`; with heads, `[n, H, F]` give `[nnz, H]`. The
/// result has the common dtype; integers become floats.
///
/// # Panics
/// If the extents do not fit.
#[track_caller]
pub fn sddmm(pattern: &Pattern, a: &Array, b: &Array) -> Array {
    let promoted = promote_inexact(&[a, b]);
    dense::sddmm(pattern, &promoted[0], &promoted[1])
}

/// `out[e] = x[row(e)]`: node values at the row end of every entry.
///
/// # Shapes
/// `x: [rows, ..]` gives `[nnz, ..]`.
///
/// # Panics
/// If the first extent of `x` is not the pattern's.
#[track_caller]
pub fn gather_rows(pattern: &Pattern, x: &Array) -> Array {
    edge::edge_gather(pattern, x, Side::Row)
}

/// `out[e] = x[col(e)]`: node values at the column end of every entry.
///
/// # Shapes
/// `x: [cols, ..]` gives `[nnz, ..]`.
///
/// # Panics
/// If the first extent of `x` is not the pattern's.
#[track_caller]
pub fn gather_cols(pattern: &Pattern, x: &Array) -> Array {
    edge::edge_gather(pattern, x, Side::Col)
}

/// `out[r] = Σ x[e]` over the entries of each row; 0 where there is none.
///
/// # Shapes
/// `x: [nnz, ..]` gives `[rows, ..]`.
///
/// # Panics
/// If `x` has not one row an entry.
#[track_caller]
pub fn sum_rows(pattern: &Pattern, x: &Array) -> Array {
    segment::segment_reduce(pattern, x, Side::Row, SegmentFold::Sum)
}

/// `out[c] = Σ x[e]` over the entries of each column; 0 where there is none.
///
/// # Shapes
/// `x: [nnz, ..]` gives `[cols, ..]`.
///
/// # Panics
/// If `x` has not one row an entry.
#[track_caller]
pub fn sum_cols(pattern: &Pattern, x: &Array) -> Array {
    segment::segment_reduce(pattern, x, Side::Col, SegmentFold::Sum)
}

/// The maximum over the entries of each row; -inf where there is none.
///
/// # Shapes
/// `x: [nnz, ..]` gives `[rows, ..]`.
///
/// # Panics
/// If `x` has not one row an entry.
#[track_caller]
pub fn max_rows(pattern: &Pattern, x: &Array) -> Array {
    segment::segment_reduce(pattern, x, Side::Row, SegmentFold::Max)
}

/// The minimum over the entries of each row; inf where there is none.
///
/// # Shapes
/// `x: [nnz, ..]` gives `[rows, ..]`.
///
/// # Panics
/// If `x` has not one row an entry.
#[track_caller]
pub fn min_rows(pattern: &Pattern, x: &Array) -> Array {
    segment::segment_reduce(pattern, x, Side::Row, SegmentFold::Min)
}

/// The softmax over the entries of each row.
///
/// # Shapes
/// `[nnz, ..]` gives `[nnz, ..]`.
///
/// # Panics
/// If `x` has not one row an entry.
#[track_caller]
pub fn softmax_rows(pattern: &Pattern, x: &Array) -> Array {
    let high = max_rows(pattern, x).stop_gradient();
    let e = (x - gather_rows(pattern, &high)).exp();
    let sum = sum_rows(pattern, &e);
    e / gather_rows(pattern, &sum)
}
