//! Adam by the largest gradient instead of the mean square.

use graxe_core::{Tree, tree};

use super::moment::{increment, mean, unbiased, weight};
use super::scale_by_learning_rate;
use super::{AdamState, GradientTransformation, ScaleBySchedule, Schedule};

/// Divides running means of gradients by running maxima of their sizes.
///
/// With `t` counted from 1: `m ← (1 - b1) g + b1 m`, `u ← max(|g| + eps, b2 u)`, and the update is
/// `m / (1 - b1ᵗ) / u`. The state's `nu` is `u`.
///
/// # Reference
/// Kingma and Ba, Adam: A method for stochastic optimization, 2015, algorithm 2; `eps` is optax's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScaleByAdamax {
    /// The decay of the first moment.
    pub b1: f64,
    /// The decay of the maximum.
    pub b2: f64,
    /// Added to the gradient's size.
    pub eps: f64,
}

impl Default for ScaleByAdamax {
    /// `b1 = 0.9`, `b2 = 0.999`, `eps = 1e-8`.
    fn default() -> Self {
        Self {
            b1: 0.9,
            b2: 0.999,
            eps: 1e-8,
        }
    }
}

impl<T: Tree> GradientTransformation<T> for ScaleByAdamax {
    type State = AdamState<T>;

    fn init(&self, params: &T) -> AdamState<T> {
        AdamState::zeros(params)
    }

    fn update(&self, updates: &T, state: &AdamState<T>, _: &T) -> (T, AdamState<T>) {
        let Self { b1, b2, eps } = *self;
        let count = increment(&state.count);
        let mu = mean(updates, &state.mu, b1);
        let nu = tree::map2(updates, &state.nu, |g, u| (g.abs() + eps).maximum(b2 * u));
        let first = weight(b1, &count);
        let scaled = tree::map2(&mu, &nu, |m, u| unbiased(m, &first) / u);
        (scaled, AdamState { count, mu, nu })
    }
}

/// The chain of [`adamax`].
pub type Adamax = (ScaleByAdamax, ScaleBySchedule);

/// Adamax with its usual constants.
///
/// # Reference
/// [`ScaleByAdamax`].
pub fn adamax(learning_rate: impl Into<Schedule>) -> Adamax {
    (
        ScaleByAdamax::default(),
        scale_by_learning_rate(learning_rate),
    )
}
