//! Losses over index sets, and norms of parameter trees.

use graxe_core::{Array, Tree, log_softmax, one_hot, scalar, tree};

/// The mean cross entropy of the nodes in `index`:
/// `-1/|index| Σ_i log softmax(logits[i])[labels[i]]`.
///
/// Only the rows of `index` are normalised. A label outside of the classes, such as the -1 of
/// a node without one, adds nothing to the sum.
///
/// # Shapes
/// `logits: [num_nodes, classes]`, `labels: i32[num_nodes]`, `index: i32[k]` give `[]`; NaN
/// for `k = 0`.
///
/// # Panics
/// If the ranks or dtypes do not fit.
#[track_caller]
pub fn cross_entropy(logits: &Array, labels: &Array, index: &Array) -> Array {
    assert_fit("cross_entropy", logits, labels, index);
    let log_probabilities = log_softmax(&logits.take(index, 0), -1);
    let classes = logits.shape()[1];
    let targets = one_hot(&labels.take(index, 0), classes, logits.dtype());
    -(log_probabilities * targets).sum(..) / scalar(index.size() as f64)
}

/// Panics unless the three are of shapes `[n, classes]`, `[n]` and `[k]`.
#[track_caller]
pub(crate) fn assert_fit(operation: &str, logits: &Array, labels: &Array, index: &Array) {
    assert!(
        logits.rank() == 2 && labels.shape()[..] == logits.shape()[..1] && index.rank() == 1,
        "{operation}: logits of shape {}, labels of shape {} and an index of shape {} do not \
         fit: [num_nodes, classes], [num_nodes] and [k] are expected",
        logits.shape(),
        labels.shape(),
        index.shape()
    );
}

/// `Σ x²` over all elements of all arrays of a tree; `[]`.
pub fn sum_of_squares(tree: &impl Tree) -> Array {
    tree::arrays(tree)
        .iter()
        .map(|x| x.square().sum(..))
        .reduce(|a, b| a + b)
        .unwrap_or_else(|| scalar(0.0))
}

/// `√(Σ x²)` over all elements of all arrays of a tree; `[]`.
///
/// Its derivative where everything is 0 is NaN, as in JAX.
pub fn l2_norm(tree: &impl Tree) -> Array {
    sum_of_squares(tree).sqrt()
}
