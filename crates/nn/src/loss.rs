//! Losses over index sets and of each element, and norms of parameter trees.

use std::f64::consts::LN_2;

use graxe_core::{Array, Reduce, Tree, log_sigmoid, log_softmax, logaddexp, one_hot, scalar, tree};

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

/// The cross entropy of each row with probabilities: `-Σ_c labels[c] log softmax(logits)[c]` over
/// the last axis.
///
/// # Shapes
/// `logits: [.., classes]` and `labels` of the same shape, or one that broadcasts, give `[..]`.
///
/// # Panics
/// If the shapes do not broadcast.
#[track_caller]
pub fn softmax_cross_entropy(logits: &Array, labels: &Array) -> Array {
    -(labels * log_softmax(logits, -1)).sum(-1)
}

/// The cross entropy of each row with its class: `logsumexp(logits) - logits[label]` over the last
/// axis.
///
/// A label outside of the classes gives NaN; a negative one counts from the end.
///
/// # Shapes
/// `logits: [.., classes]` and `labels: i32[..]` give `[..]`.
///
/// # Panics
/// If the labels are not integers, or not of the shape of the logits without the last axis.
#[track_caller]
pub fn softmax_cross_entropy_with_integer_labels(logits: &Array, labels: &Array) -> Array {
    let rows = logits.shape().split_last().map(|(_, rows)| rows);
    assert!(
        labels.dtype().is_integer() && rows == Some(&labels.shape()[..]),
        "softmax_cross_entropy_with_integer_labels: logits of shape {} and labels {}{} do not \
         fit: [.., classes] and integers of [..] are expected",
        logits.shape(),
        labels.dtype(),
        labels.shape()
    );
    let chosen = logits.take_along_axis(&labels.expand_dims(-1), -1);
    logits.logsumexp(-1) - chosen.sum(-1)
}

/// Probabilities mixed with the uniform ones: `(1 - alpha) labels + alpha / classes`, where the
/// last axis counts classes.
///
/// # Shapes
/// `[.., classes]` gives the same.
///
/// # Panics
/// If the labels are a scalar.
///
/// # Reference
/// Müller, Kornblith and Hinton, When does label smoothing help?, 2019, section 1.1.
#[track_caller]
pub fn smooth_labels(labels: &Array, alpha: f64) -> Array {
    let Some(&classes) = labels.shape().last() else {
        panic!("smooth_labels: labels of shape [] have no axis of classes")
    };
    (1.0 - alpha) * labels + alpha / classes as f64
}

/// The cross entropy of each logit with a truth value or probability:
/// `-labels log σ(logits) - (1 - labels) log σ(-logits)`.
///
/// # Shapes
/// Those of the operands, which broadcast; labels take the dtype of the logits.
///
/// # Panics
/// If the shapes do not broadcast.
#[track_caller]
pub fn sigmoid_binary_cross_entropy(logits: &Array, labels: &Array) -> Array {
    let labels = labels.astype(logits.dtype());
    -&labels * log_sigmoid(logits) - (1 - &labels) * log_sigmoid(&-logits)
}

/// Half the squared error of each element: `½ (predictions - targets)²`.
///
/// # Shapes
/// Both alike, and the result.
///
/// # Panics
/// If the shapes differ, even where they would broadcast.
#[track_caller]
pub fn l2_loss(predictions: &Array, targets: &Array) -> Array {
    let (found, wanted) = (predictions.shape(), targets.shape());
    assert!(
        found == wanted,
        "l2_loss: predictions of shape {found} and targets of shape {wanted} differ"
    );
    0.5 * (predictions - targets).square()
}

/// Half the squared error up to an error of `delta`, beyond it linear: with
/// `e = |predictions - targets|` and `q = min(e, delta)` it is `½ q² + delta (e - q)`.
///
/// # Shapes
/// Those of the operands, which broadcast.
///
/// # Panics
/// If the shapes do not broadcast.
///
/// # Reference
/// Huber, Robust estimation of a location parameter, 1964.
#[track_caller]
pub fn huber_loss(predictions: &Array, targets: &Array, delta: f64) -> Array {
    let error = (predictions - targets).abs();
    let quadratic = error.minimum(delta);
    let linear = error - &quadratic;
    0.5 * quadratic.square() + delta * linear
}

/// The logarithm of the hyperbolic cosine of each error: about `½ e²` near 0, and `|e| - log 2`
/// far from it.
///
/// # Shapes
/// Those of the operands, which broadcast.
///
/// # Panics
/// If the shapes do not broadcast.
#[track_caller]
pub fn log_cosh(predictions: &Array, targets: &Array) -> Array {
    let error = predictions - targets;
    logaddexp(&error, -&error) - LN_2
}

/// The cosine of the angle between vectors along the last axis: `a · b / (||a|| ||b||)`, with
/// squared norms of at least `epsilon`.
///
/// With `epsilon = 0` a vector of zeros gives NaN.
///
/// # Shapes
/// `[.., n]` twice, which broadcast, give `[..]`.
///
/// # Panics
/// If the shapes do not broadcast.
#[track_caller]
pub fn cosine_similarity(predictions: &Array, targets: &Array, epsilon: f64) -> Array {
    let unit = |x: &Array| {
        let squares = x.square().sum_with(Reduce::axis(-1).keepdims());
        x / squares.maximum(epsilon).sqrt()
    };
    (unit(predictions) * unit(targets)).sum(-1)
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

/// `√(Σ x²)` over all elements of all arrays of a tree; `[]`. It is optax's `global_norm`.
///
/// Its derivative where everything is 0 is NaN, as in JAX.
#[doc(alias = "global_norm")]
pub fn l2_norm(tree: &impl Tree) -> Array {
    sum_of_squares(tree).sqrt()
}
