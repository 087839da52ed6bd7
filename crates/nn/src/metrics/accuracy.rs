//! The share of right predictions, inside traced functions too.

use graxe_core::{Array, DType, scalar};

use crate::loss::assert_fit;

/// The share of the nodes in `index` whose largest logit is that of their label; the first of
/// equal ones counts.
///
/// # Shapes
/// `logits: [num_nodes, classes]`, `labels: i32[num_nodes]`, `index: i32[k]` give `[]`; NaN
/// for `k = 0`.
///
/// # Panics
/// If the ranks or dtypes do not fit.
#[track_caller]
pub fn accuracy(logits: &Array, labels: &Array, index: &Array) -> Array {
    assert_fit("accuracy", logits, labels, index);
    let predicted = logits.take(index, 0).argmax(-1);
    let right = predicted.equal(labels.take(index, 0));
    right.astype(DType::default_float()).sum(..) / scalar(index.size() as f64)
}
