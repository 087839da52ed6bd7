//! The losses of each element and row.

use graxe_core::{Array, DType, one_hot};
use graxe_nn::{
    cosine_similarity, huber_loss, l2_loss, log_cosh, sigmoid_binary_cross_entropy, smooth_labels,
    softmax_cross_entropy, softmax_cross_entropy_with_integer_labels,
};

use crate::golden::outputs::{Named, named};

pub(super) fn outputs(a: &Named) -> Named {
    let (logits, labels) = (&a["logits"], &a["labels"]);
    let column = |i: isize| -> Array { logits.take(&Array::full((), i as i32, DType::I32), 1) };
    let (p, q) = (column(0), column(1));
    let smooth = smooth_labels(&one_hot(labels, 3, logits.dtype()), 0.1);
    named([
        (
            "softmax_xent_int",
            softmax_cross_entropy_with_integer_labels(logits, labels),
        ),
        (
            "softmax_xent_smooth",
            softmax_cross_entropy(logits, &smooth),
        ),
        (
            "sigmoid_bce",
            sigmoid_binary_cross_entropy(&a["z"], &a["t"]),
        ),
        ("huber", huber_loss(&p, &q, 0.7)),
        ("l2", l2_loss(&p, &q)),
        ("log_cosh", log_cosh(&p, &q)),
        (
            "cosine_similarity",
            cosine_similarity(&logits.index(..2), &logits.index(2..), 0.0),
        ),
    ])
}
