//! Normalised adjacencies and features: functions of the values, differentiable, traced or not.

use graxe_core::{Array, Csr, DType, Pattern, select, sparse};

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

/// The Laplacian scaled to the domain of Chebyshev's polynomials, `2 L / λ - I` with `L = I - D^-1/2 A D^-1/2`.
///
/// `A` is the adjacency without its loops and `D` holds the sums of weights that *leave* each node; a node without any
/// has the factor 0. `lambda_max` is the largest eigenvalue of `L`, or its bound 2, for which the diagonal is zero and
/// no loops are stored; otherwise every node has one.
///
/// # Panics
/// If the graph's pattern is traced.
///
/// # Reference
/// Defferrard, Bresson and Vandergheynst, "Convolutional Neural Networks on Graphs with Fast Localized Spectral
/// Filtering", 2016, section 2.1; `ChebConv` of `PyG` with `normalization="sym"`, whose `lambda_max` is 2 where none
/// is given.
#[track_caller]
pub fn scaled_laplacian(graph: &Graph, lambda_max: f64) -> Graph {
    let others = graph.without_self_loops();
    let a = &others.adjacency;
    let factor = unless_zero(&sparse::sum_cols(&a.pattern, &a.values), Array::rsqrt);
    let at_row = sparse::gather_rows(&a.pattern, &factor);
    let at_col = sparse::gather_cols(&a.pattern, &factor);
    let scale = -2.0 / lambda_max;
    let scaled = Graph {
        adjacency: a.with_values(at_row * &a.values * at_col * scale),
    };
    let diagonal = 2.0 / lambda_max - 1.0;
    if diagonal == 0.0 {
        scaled
    } else {
        scaled.with_remaining_self_loops(diagonal)
    }
}

/// The mean of the values of the entries of each row, which count alike; 0 where there is none.
///
/// # Shapes
/// `values: [nnz, ..]` gives `[rows, ..]`.
///
/// # Panics
/// If `values` has not one row an entry.
#[track_caller]
pub fn mean_rows(pattern: &Pattern, values: &Array) -> Array {
    let sum = sparse::sum_rows(pattern, values);
    let ones = Array::ones(pattern.nnz(), DType::I32);
    let count = sparse::sum_rows(pattern, &ones).maximum(1);
    let mut shape = vec![1; values.rank()];
    shape[0] = pattern.rows() as isize;
    let count = count.reshape_dyn(&shape);
    let dtype = if values.dtype().is_float() {
        values.dtype()
    } else {
        DType::default_float()
    };
    sum / count.astype(dtype)
}

/// `f(x)`, or 0 where `x` is 0; a derivative never meets `f` at 0.
fn unless_zero(x: &Array, f: impl Fn(&Array) -> Array) -> Array {
    let there = x.not_equal(0);
    select(&there, f(&select(&there, x, 1)), 0)
}
