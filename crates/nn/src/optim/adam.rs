//! Adam and its variants with decoupled weight decay and with Nesterov's momentum.

use graxe_core::{Array, Tree, tree};

use super::moment::{increment, mean, mean_square, no_steps, unbiased, weight};
use super::{AddDecayedWeights, GradientTransformation, ScaleBySchedule, Schedule};
use super::{add_decayed_weights, scale_by_learning_rate};

/// Divides running means of gradients by the roots of running means of their squares.
///
/// With `t` counted from 1: `m ← (1 - b1) g + b1 m`, `v ← (1 - b2) g² + b2 v`, and the update
/// is `m̂ / (√(v / (1 - b2ᵗ) + eps_root) + eps)` with `m̂ = m / (1 - b1ᵗ)`, or by Nesterov's rule
/// `m̂ = b1 m / (1 - b1ᵗ⁺¹) + (1 - b1) g / (1 - b1ᵗ)`.
///
/// # Reference
/// Kingma and Ba, Adam: A method for stochastic optimization, 2015, algorithm 1; Dozat,
/// Incorporating Nesterov momentum into Adam, 2016, algorithm 2, without its factor `b2` of `v`.
/// `eps_root` is optax's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScaleByAdam {
    /// The decay of the first moment.
    pub b1: f64,
    /// The decay of the second moment.
    pub b2: f64,
    /// Added to the root.
    pub eps: f64,
    /// Added under the root, for derivatives through the update.
    pub eps_root: f64,
    /// Whether the first moment looks one step ahead.
    pub nesterov: bool,
}

impl Default for ScaleByAdam {
    /// `b1 = 0.9`, `b2 = 0.999`, `eps = 1e-8`, `eps_root = 0`, without Nesterov's rule.
    fn default() -> Self {
        Self {
            b1: 0.9,
            b2: 0.999,
            eps: 1e-8,
            eps_root: 0.0,
            nesterov: false,
        }
    }
}

/// What Adam keeps.
#[derive(Clone, Debug, Tree)]
pub struct AdamState<T> {
    /// The number of steps so far, `i32[]`.
    pub count: Array,
    /// The first moment.
    pub mu: T,
    /// The second moment.
    pub nu: T,
}

impl<T: Tree> AdamState<T> {
    /// No steps and moments of zero.
    pub(super) fn zeros(params: &T) -> Self {
        Self {
            count: no_steps(),
            mu: tree::zeros_like(params),
            nu: tree::zeros_like(params),
        }
    }
}

impl<T: Tree> GradientTransformation<T> for ScaleByAdam {
    type State = AdamState<T>;

    fn init(&self, params: &T) -> AdamState<T> {
        AdamState::zeros(params)
    }

    fn update(&self, updates: &T, state: &AdamState<T>, _: &T) -> (T, AdamState<T>) {
        let Self {
            b1,
            b2,
            eps,
            eps_root,
            nesterov,
        } = *self;
        let count = increment(&state.count);
        let mu = mean(updates, &state.mu, b1);
        let nu = mean_square(updates, &state.nu, b2);
        let (first, second) = (weight(b1, &count), weight(b2, &count));
        let divide = |m: Array, v: &Array| {
            let mut square = unbiased(v, &second);
            if eps_root != 0.0 {
                square = square + eps_root;
            }
            m / (square.sqrt() + eps)
        };
        let scaled = if nesterov {
            let ahead = weight(b1, &increment(&count));
            tree::map3(updates, &mu, &nu, |g, m, v| {
                let m = b1 * unbiased(m, &ahead) + (1.0 - b1) * unbiased(g, &first);
                divide(m, v)
            })
        } else {
            tree::map2(&mu, &nu, |m, v| divide(unbiased(m, &first), v))
        };
        (scaled, AdamState { count, mu, nu })
    }
}

/// The chain of [`adam`] and [`nadam`].
pub type Adam = (ScaleByAdam, ScaleBySchedule);

/// Adam with its usual constants.
///
/// With others it is `(ScaleByAdam { b1: 0.8, ..Default::default() }, scale_by_learning_rate(lr))`.
///
/// # Reference
/// [`ScaleByAdam`].
pub fn adam(learning_rate: impl Into<Schedule>) -> Adam {
    (
        ScaleByAdam::default(),
        scale_by_learning_rate(learning_rate),
    )
}

/// Adam with Nesterov's momentum and the usual constants.
///
/// # Reference
/// [`ScaleByAdam`].
pub fn nadam(learning_rate: impl Into<Schedule>) -> Adam {
    let nesterov = ScaleByAdam {
        nesterov: true,
        ..ScaleByAdam::default()
    };
    (nesterov, scale_by_learning_rate(learning_rate))
}

/// The chain of [`adamw`].
pub type AdamW = (ScaleByAdam, AddDecayedWeights, ScaleBySchedule);

/// Adam with the weights' decay beside the gradient instead of in it; optax's default for
/// `weight_decay` is `1e-4`.
///
/// The decay is multiplied by the learning rate.
///
/// # Reference
/// Loshchilov and Hutter, Decoupled weight decay regularization, 2019, algorithm 2.
pub fn adamw(learning_rate: impl Into<Schedule>, weight_decay: impl Into<Schedule>) -> AdamW {
    (
        ScaleByAdam::default(),
        add_decayed_weights(weight_decay),
        scale_by_learning_rate(learning_rate),
    )
}
