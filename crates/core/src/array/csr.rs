//! Sparse matrices: a pattern and its values.

use graxe_derive::Tree;

use super::array::Array;
use super::pattern::Pattern;
use crate::functions::sparse;

/// A sparse matrix: a [`Pattern`] and one value (or one for each head) an entry.
///
/// # Shapes
/// `values` is `[nnz]`, or `[nnz, heads]`; it stays in row order.
#[derive(Clone, Debug, Tree)]
pub struct Csr {
    /// Which entries are stored.
    pub pattern: Pattern,
    /// Their values in row order.
    pub values: Array,
}

impl Csr {
    /// A sparse matrix of `values` on `pattern`.
    ///
    /// # Panics
    /// If the leading axis of `values` is not the number of entries.
    #[track_caller]
    pub fn new(pattern: Pattern, values: Array) -> Self {
        assert!(
            values.shape().first() == Some(&pattern.nnz()),
            "csr: {} entries cannot have values of shape {}",
            pattern.nnz(),
            values.shape()
        );
        Self { pattern, values }
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.pattern.rows()
    }

    /// The number of columns.
    pub fn cols(&self) -> usize {
        self.pattern.cols()
    }

    /// The number of stored entries.
    pub fn nnz(&self) -> usize {
        self.pattern.nnz()
    }

    /// The product `self · x`; see [`sparse::spmm`].
    #[track_caller]
    pub fn matmul(&self, x: &Array) -> Array {
        sparse::spmm(self, x)
    }

    /// The product `selfᵀ · x`, without making the transpose's values.
    #[track_caller]
    pub fn transpose_matmul(&self, x: &Array) -> Array {
        sparse::spmm_transposed(self, x)
    }

    /// The same pattern with other values.
    #[track_caller]
    pub fn with_values(&self, values: Array) -> Self {
        Self::new(self.pattern.clone(), values)
    }

    /// The matrix as a dense array `[rows, cols]`; repeated entries add up.
    #[track_caller]
    pub fn to_dense(&self) -> Array {
        self.matmul(&Array::eye(self.cols(), self.values.dtype()))
    }
}
