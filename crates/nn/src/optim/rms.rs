//! Division by the root of the mean square, and `RMSProp`.

use graxe_core::{Array, Tree, tree};

use super::moment::{filled, increment, mean, mean_square, no_steps, unbiased, weight};
use super::{GradientTransformation, ScaleBySchedule, Schedule, Trace};
use super::{scale_by_learning_rate, trace};

/// Divides gradients by the root of the running mean of their squares, or by their running
/// standard deviation.
///
/// `v ← (1 - decay) g² + decay v` from `initial_scale` on, and the update is `g / √(v + eps)`, or
/// `g / (√v + eps)` where `eps` is not under the root. Centred, `m ← (1 - decay) g + decay m` and
/// `v - m²` stands for `v`. Bias correction divides `v` and `m` by `1 - decayᵗ`, with `t` counted
/// from 1.
///
/// These are optax's `scale_by_rms` and, centred, `scale_by_stddev`.
///
/// # Reference
/// Tieleman and Hinton, Lecture 6.5 of Neural networks for machine learning, 2012; centred: Graves,
/// Generating sequences with recurrent neural networks, 2013, equations 38 to 40.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScaleByRms {
    /// The decay of the moments.
    pub decay: f64,
    /// Added to the divisor.
    pub eps: f64,
    /// The mean square before the first step.
    pub initial_scale: f64,
    /// Whether `eps` is added under the root.
    pub eps_in_sqrt: bool,
    /// Whether the mean is taken off.
    pub centered: bool,
    /// Whether moments are divided by the weight they have.
    pub bias_correction: bool,
}

impl Default for ScaleByRms {
    /// `decay = 0.9`, `eps = 1e-8` under the root, `initial_scale = 0`, not centred, not corrected.
    fn default() -> Self {
        Self {
            decay: 0.9,
            eps: 1e-8,
            initial_scale: 0.0,
            eps_in_sqrt: true,
            centered: false,
            bias_correction: false,
        }
    }
}

/// What `RMSProp` keeps.
#[derive(Clone, Debug, Tree)]
pub struct RmsState<T> {
    /// The number of steps so far, `i32[]`; with bias correction only.
    pub count: Option<Array>,
    /// The mean; centred only.
    pub mu: Option<T>,
    /// The mean square.
    pub nu: T,
}

impl<T: Tree> GradientTransformation<T> for ScaleByRms {
    type State = RmsState<T>;

    fn init(&self, params: &T) -> RmsState<T> {
        RmsState {
            count: self.bias_correction.then(no_steps),
            mu: self.centered.then(|| tree::zeros_like(params)),
            nu: filled(params, self.initial_scale),
        }
    }

    fn update(&self, updates: &T, state: &RmsState<T>, _: &T) -> (T, RmsState<T>) {
        let count = state.count.as_ref().map(increment);
        let mu = state.mu.as_ref().map(|mu| mean(updates, mu, self.decay));
        let nu = mean_square(updates, &state.nu, self.decay);
        let weight = count.as_ref().map(|count| weight(self.decay, count));
        let corrected = |moment: &Array| match &weight {
            Some(weight) => unbiased(moment, weight),
            None => moment.clone(),
        };
        let divide = |g: &Array, square: Array| {
            if self.eps_in_sqrt {
                (square + self.eps).rsqrt() * g
            } else {
                1 / (square.sqrt() + self.eps) * g
            }
        };
        let scaled = match &mu {
            Some(mu) => tree::map3(updates, mu, &nu, |g, m, v| {
                divide(g, corrected(v) - corrected(m).square())
            }),
            None => tree::map2(updates, &nu, |g, v| divide(g, corrected(v))),
        };
        (scaled, RmsState { count, mu, nu })
    }
}

/// The chain of [`rmsprop`].
pub type RmsProp = (ScaleByRms, ScaleBySchedule, Option<Trace>);

/// `RMSProp` with its usual constants, and with momentum of the scaled updates if given.
///
/// Centred it is `(ScaleByRms { centered: true, ..Default::default() },
/// scale_by_learning_rate(lr), trace(0.9, false))`.
///
/// # Reference
/// [`ScaleByRms`].
pub fn rmsprop(learning_rate: impl Into<Schedule>, momentum: Option<f64>) -> RmsProp {
    (
        ScaleByRms::default(),
        scale_by_learning_rate(learning_rate),
        momentum.map(|decay| trace(decay, false)),
    )
}
