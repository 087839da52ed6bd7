//! Adagrad: division by the root of the sum of all squares.

use graxe_core::{Tree, select, tree};

use super::moment::filled;
use super::scale_by_learning_rate;
use super::{GradientTransformation, ScaleBySchedule, Schedule};

/// `s ← g² + s` from `initial_accumulator_value` on; the update is `g / √(s + eps)`, or 0 where `s`
/// is 0. The state is `s`.
///
/// # Reference
/// Duchi, Hazan and Singer, Adaptive subgradient methods for online learning and stochastic
/// optimization, 2011, figure 1 with diagonal matrices; `eps` and the first `s` are optax's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScaleByRss {
    /// The sum before the first step.
    pub initial_accumulator_value: f64,
    /// Added under the root.
    pub eps: f64,
}

impl Default for ScaleByRss {
    /// `initial_accumulator_value = 0.1`, `eps = 1e-7`.
    fn default() -> Self {
        Self {
            initial_accumulator_value: 0.1,
            eps: 1e-7,
        }
    }
}

impl<T: Tree> GradientTransformation<T> for ScaleByRss {
    type State = T;

    fn init(&self, params: &T) -> T {
        filled(params, self.initial_accumulator_value)
    }

    fn update(&self, updates: &T, state: &T, _: &T) -> (T, T) {
        let sum = tree::map2(updates, state, |g, s| g.square() + s);
        let scaled = tree::map2(updates, &sum, |g, s| {
            select(&s.greater(0), (s + self.eps).rsqrt(), 0) * g
        });
        (scaled, sum)
    }
}

/// The chain of [`adagrad`].
pub type Adagrad = (ScaleByRss, ScaleBySchedule);

/// Adagrad with its usual constants.
///
/// # Reference
/// [`ScaleByRss`].
pub fn adagrad(learning_rate: impl Into<Schedule>) -> Adagrad {
    (ScaleByRss::default(), scale_by_learning_rate(learning_rate))
}
