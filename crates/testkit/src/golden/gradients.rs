//! A scalar function's gradient in the inputs that a case asks for.

use graxe_core::{Array, value_and_grad_aux};

use super::Case;
use super::outputs::Named;

/// What `f` gives beside its loss, and an array `grad.<input>` for every input that the case has one for.
///
/// `f` takes all inputs and gives the loss and that second result.
pub(crate) fn gradients(
    case: &Case,
    inputs: &Named,
    f: impl Fn(&Named) -> (Array, Array) + Send + Sync,
) -> (Array, Named) {
    let (moving, fixed): (Named, Named) = inputs
        .clone()
        .into_iter()
        .partition(|(name, _)| case.output(&format!("grad.{name}")).is_some());
    let of_moving = |moving: &Named| {
        let mut all = fixed.clone();
        all.extend(moving.clone());
        f(&all)
    };
    let ((_, beside), grads) = value_and_grad_aux(of_moving)(&moving);
    let grads = grads
        .into_iter()
        .map(|(name, g)| (format!("grad.{name}"), g));
    (beside, grads.collect())
}
