//! Normalised adjacencies and features: functions of the values, differentiable, traced or not.

use graxe_core::{Array, Csr, select, sparse};

use crate::graph::Graph;

/// The symmetric normalisation `D^-1/2 A D^-1/2`, where `D` holds the sums of the rows of `A`.
///
/// With edges into a node in its row, `D` is the weight that arrives at each node. A node where nothing
/// arrives has the factor 0, and its derivatives are finite; a negative sum gives NaN, as in `PyG`.
///
/// # Shapes
/// `[n, n]` with values `[nnz]` or `[nnz, heads]`, each head by itself.
///
/// # Panics
/// If the matrix is not square.
///
/// # Reference
/// Kipf and Welling, "Semi-Supervised Classification with Graph Convolutional Networks", 2017, equation 2;
/// `gcn_norm` of `PyG`.
#[track_caller]
pub fn symmetric(a: &Csr) -> Csr {
    assert!(
        a.rows() == a.cols(),
        "symmetric: a matrix [{},{}] is not square",
        a.rows(),
        a.cols()
    );
    let degree = sparse::sum_rows(&a.pattern, &a.values);
    let factor = unless_zero(&degree, Array::rsqrt);
    let at_row = sparse::gather_rows(&a.pattern, &factor);
    let at_col = sparse::gather_cols(&a.pattern, &factor);
    a.with_values(at_row * &a.values * at_col)
}

/// Every row divided by its sum; a row whose sum is zero becomes zero.
///
/// For an adjacency this is the mean over neighbours, for features the usual preparation of word counts.
///
/// # Shapes
/// `[rows, cols]` with values `[nnz]` or `[nnz, heads]`, each head by itself.
#[track_caller]
pub fn rows(a: &Csr) -> Csr {
    let sum = sparse::sum_rows(&a.pattern, &a.values);
    let factor = unless_zero(&sum, Array::reciprocal);
    a.with_values(&a.values * sparse::gather_rows(&a.pattern, &factor))
}

/// The propagation matrix of graph convolution: one loop on every node, then [`symmetric`].
///
/// A node that has loops keeps the weight of its last one, the others get a loop of weight 1.
///
/// # Panics
/// If the graph's pattern is traced: normalise before the traced function, or add the loops before
/// it and call [`symmetric`] inside.
///
/// # Reference
/// Kipf and Welling, 2017, section 2.2; `gcn_norm` of `PyG` with `add_self_loops`.
#[track_caller]
pub fn gcn(graph: &Graph) -> Graph {
    Graph {
        adjacency: symmetric(&graph.with_remaining_self_loops(1.0).adjacency),
    }
}

/// `f(x)`, or 0 where `x` is 0; a derivative never meets `f` at 0.
fn unless_zero(x: &Array, f: impl Fn(&Array) -> Array) -> Array {
    let there = x.not_equal(0);
    select(&there, f(&select(&there, x, 1)), 0)
}
