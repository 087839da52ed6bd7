//! Sparse matrices: a pattern and its values.

use graxe_derive::Tree;

use super::array::Array;
use super::pattern::Pattern;
use crate::functions::sparse;
use crate::transform::misuse;

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
        if values.shape().first() != Some(&pattern.nnz()) {
            misuse(format!(
                "csr: {} entries cannot have values of shape {}",
                pattern.nnz(),
                values.shape()
            ));
        }
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

    /// The matrix as a dense array; repeated entries add up.
    ///
    /// # Shapes
    /// `values: [nnz]` give `[rows, cols]`.
    ///
    /// # Panics
    /// If there is not one value an entry.
    #[track_caller]
    pub fn to_dense(&self) -> Array {
        if self.values.rank() != 1 {
            misuse(format!(
                "to_dense: expected one value an entry, found {}",
                self.values.aval
            ));
        }
        let (rows, cols, dtype) = (self.rows(), self.cols(), self.values.dtype());
        if !self.pattern.is_traced() {
            let row = Array::from_vec(self.pattern.row(), self.nnz());
            let col = Array::from_vec(self.pattern.col().to_vec(), self.nnz());
            return Array::zeros([rows, cols], dtype)
                .at((row, col))
                .add(&self.values);
        }
        // A traced pattern has no indices to write to: the smaller side's identity is multiplied.
        let dense = if rows < cols {
            self.transpose_matmul(&Array::eye(rows, dtype)).t()
        } else {
            self.matmul(&Array::eye(cols, dtype))
        };
        dense.astype(dtype)
    }
}
