//! Adam and its variant with decoupled weight decay.

use graxe_core::{Array, DType, Tree, scalar, tree};

use super::{AddDecayedWeights, GradientTransformation, Scale};
use super::{add_decayed_weights, scale_by_learning_rate};

/// Divides running means of gradients by the roots of running means of their squares.
///
/// With `t` counted from 1: `m ← (1 - b1) g + b1 m`, `v ← (1 - b2) g² + b2 v`, and the update
/// is `m / (1 - b1ᵗ) / (√(v / (1 - b2ᵗ) + eps_root) + eps)`.
///
/// # Reference
/// Kingma and Ba, Adam, 2015, algorithm 1; `eps_root` is optax's.
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
}

impl Default for ScaleByAdam {
    /// `b1 = 0.9`, `b2 = 0.999`, `eps = 1e-8`, `eps_root = 0`.
    fn default() -> Self {
        Self {
            b1: 0.9,
            b2: 0.999,
            eps: 1e-8,
            eps_root: 0.0,
        }
    }
}

/// [`ScaleByAdam`] with these constants.
pub fn scale_by_adam(b1: f64, b2: f64, eps: f64, eps_root: f64) -> ScaleByAdam {
    ScaleByAdam {
        b1,
        b2,
        eps,
        eps_root,
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

impl<T: Tree> GradientTransformation<T> for ScaleByAdam {
    type State = AdamState<T>;

    fn init(&self, params: &T) -> AdamState<T> {
        AdamState {
            count: Array::zeros((), DType::I32),
            mu: tree::zeros_like(params),
            nu: tree::zeros_like(params),
        }
    }

    fn update(&self, updates: &T, state: &AdamState<T>, _: &T) -> (T, AdamState<T>) {
        let Self {
            b1,
            b2,
            eps,
            eps_root,
        } = *self;
        let count = &state.count + 1;
        let mu = tree::map2(updates, &state.mu, |g, m| (1.0 - b1) * g + b1 * m);
        let nu = tree::map2(updates, &state.nu, |g, v| (1.0 - b2) * g.square() + b2 * v);
        let correction = |decay: f64| 1 - scalar(decay).pow(&count);
        let (first, second) = (correction(b1), correction(b2));
        let scaled = tree::map2(&mu, &nu, |m, v| {
            let mut mean_square = v / second.astype(v.dtype());
            if eps_root != 0.0 {
                mean_square = mean_square + eps_root;
            }
            m / first.astype(m.dtype()) / (mean_square.sqrt() + eps)
        });
        (scaled, AdamState { count, mu, nu })
    }
}

/// The chain of [`adam`].
pub type Adam = (ScaleByAdam, Scale);

/// Adam with its usual constants; see [`ScaleByAdam`] for others.
pub fn adam(learning_rate: f64) -> Adam {
    (
        ScaleByAdam::default(),
        scale_by_learning_rate(learning_rate),
    )
}

/// The chain of [`adamw`].
pub type AdamW = (ScaleByAdam, AddDecayedWeights, Scale);

/// Adam with the weights' decay beside the gradient instead of in it.
///
/// # Reference
/// Loshchilov and Hutter, Decoupled weight decay regularization, 2019, algorithm 2.
pub fn adamw(learning_rate: f64, weight_decay: f64) -> AdamW {
    (
        ScaleByAdam::default(),
        add_decayed_weights(weight_decay),
        scale_by_learning_rate(learning_rate),
    )
}
