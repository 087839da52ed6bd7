//! A matrix that is dense or sparse: node features and adjacencies alike.

use graxe_core::{Array, Csr, Shape, Tree};

/// A matrix, stored whole or by its entries.
///
/// A sparse one is never made dense: products run along its entries.
#[derive(Clone, Debug, Tree)]
pub enum Matrix {
    /// All elements; adjacencies and features may have leading batch axes.
    Dense(Array),
    /// The stored entries.
    Sparse(Csr),
}

impl Matrix {
    /// The extents, `[rows, cols]`.
    pub fn shape(&self) -> Shape {
        match self {
            Self::Dense(x) => x.shape().clone(),
            Self::Sparse(x) => [x.rows(), x.cols()].into(),
        }
    }

    /// The product `self · x`.
    ///
    /// # Shapes
    /// `[rows, cols]` times `x: [cols, features]` gives `[rows, features]`.
    ///
    /// # Panics
    /// If the extents or dtypes do not fit.
    #[track_caller]
    pub fn matmul(&self, x: &Array) -> Array {
        match self {
            Self::Dense(a) => a.matmul(x),
            Self::Sparse(a) => a.matmul(x),
        }
    }

    /// The elements of a dense matrix.
    ///
    /// # Panics
    /// If the matrix is sparse: the layer that asks cannot work on entries.
    #[track_caller]
    pub fn dense(&self) -> &Array {
        match self {
            Self::Dense(x) => x,
            Self::Sparse(x) => panic!(
                "a layer that needs dense node features was given sparse ones of shape [{},{}]: \
                 put a Dense layer or a graph convolution before it",
                x.rows(),
                x.cols()
            ),
        }
    }
}

impl From<Array> for Matrix {
    fn from(x: Array) -> Self {
        Self::Dense(x)
    }
}

impl From<Csr> for Matrix {
    fn from(x: Csr) -> Self {
        Self::Sparse(x)
    }
}
