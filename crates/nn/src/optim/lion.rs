//! Lion: the sign of an interpolated momentum.

use graxe_core::{Array, Tree, tree};

use super::moment::{increment, mean, no_steps};
use super::{AddDecayedWeights, GradientTransformation, ScaleBySchedule, Schedule};
use super::{add_decayed_weights, scale_by_learning_rate};

/// The update is `sign((1 - b1) g + b1 m)`, then `m ← (1 - b2) g + b2 m`; the sign of 0 is 0.
///
/// # Reference
/// Chen et al., Symbolic discovery of optimization algorithms, 2023, algorithm 2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScaleByLion {
    /// The share of the momentum in the update.
    pub b1: f64,
    /// The decay of the momentum.
    pub b2: f64,
}

impl Default for ScaleByLion {
    /// `b1 = 0.9`, `b2 = 0.99`.
    fn default() -> Self {
        Self { b1: 0.9, b2: 0.99 }
    }
}

/// What Lion keeps.
#[derive(Clone, Debug, Tree)]
pub struct LionState<T> {
    /// The number of steps so far, `i32[]`.
    pub count: Array,
    /// The momentum.
    pub mu: T,
}

impl<T: Tree> GradientTransformation<T> for ScaleByLion {
    type State = LionState<T>;

    fn init(&self, params: &T) -> LionState<T> {
        LionState {
            count: no_steps(),
            mu: tree::zeros_like(params),
        }
    }

    fn update(&self, updates: &T, state: &LionState<T>, _: &T) -> (T, LionState<T>) {
        let ahead = mean(updates, &state.mu, self.b1);
        let next = LionState {
            count: increment(&state.count),
            mu: mean(updates, &state.mu, self.b2),
        };
        (tree::map(&ahead, Array::sign), next)
    }
}

/// The chain of [`lion`].
pub type Lion = (ScaleByLion, AddDecayedWeights, ScaleBySchedule);

/// Lion with its usual constants and decoupled weight decay; optax's default for `weight_decay`
/// is `1e-3`.
///
/// # Reference
/// [`ScaleByLion`].
pub fn lion(learning_rate: impl Into<Schedule>, weight_decay: impl Into<Schedule>) -> Lion {
    (
        ScaleByLion::default(),
        add_decayed_weights(weight_decay),
        scale_by_learning_rate(learning_rate),
    )
}
