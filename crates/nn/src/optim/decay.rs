//! The weights' decay as a link of a chain.

use graxe_core::{Tree, tree};

use super::GradientTransformation;

/// Adds `weight_decay · params` to the updates.
///
/// Before Adam in a chain this is the gradient of `½ · weight_decay · ||params||²`, behind it
/// the decoupled decay of [`adamw`](super::adamw).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AddDecayedWeights {
    weight_decay: f64,
}

/// [`AddDecayedWeights`] of this strength.
pub fn add_decayed_weights(weight_decay: f64) -> AddDecayedWeights {
    AddDecayedWeights { weight_decay }
}

impl<T: Tree> GradientTransformation<T> for AddDecayedWeights {
    type State = ();

    fn init(&self, _: &T) {}

    fn update(&self, updates: &T, (): &(), params: &T) -> (T, ()) {
        let updates = tree::map2(updates, params, |g, p| g + self.weight_decay * p);
        (updates, ())
    }
}
