//! The weights' decay as a link of a chain.

use graxe_core::{Array, Tree, tree};

use super::GradientTransformation;
use super::schedule::{Schedule, times};

/// Adds `weight_decay · params` to the updates.
///
/// Before Adam in a chain this is the gradient of `½ · weight_decay · ||params||²`, behind it
/// the decoupled decay of [`adamw`](super::adamw). To spare biases, wrap it:
/// [`masked`](super::masked)`(add_decayed_weights(1e-4), mask)`. A constant 0 leaves updates as
/// they are, whatever the parameters.
///
/// The state is the count of steps, `i32[]`, at which a schedule is evaluated; a constant needs
/// none.
#[derive(Clone, Debug, PartialEq)]
pub struct AddDecayedWeights {
    weight_decay: Schedule,
}

/// [`AddDecayedWeights`] of this strength, a number or a [`Schedule`].
pub fn add_decayed_weights(weight_decay: impl Into<Schedule>) -> AddDecayedWeights {
    AddDecayedWeights {
        weight_decay: weight_decay.into(),
    }
}

impl<T: Tree> GradientTransformation<T> for AddDecayedWeights {
    type State = Option<Array>;

    fn init(&self, _: &T) -> Option<Array> {
        self.weight_decay.start()
    }

    fn update(&self, updates: &T, count: &Option<Array>, params: &T) -> (T, Option<Array>) {
        if self.weight_decay == Schedule::Constant(0.0) {
            return (updates.clone(), None);
        }
        let (decay, count) = self.weight_decay.step(1.0, count.as_ref());
        let updates = tree::map2(updates, params, |g, p| g + times(&decay, p));
        (updates, count)
    }
}
