//! Momentum, and stochastic gradient descent.

use graxe_core::{Tree, tree};

use super::{GradientTransformation, ScaleBySchedule, Schedule, scale_by_learning_rate};

/// Momentum: `m ← g + decay · m`; the update is `m`, or `g + decay · m` by Nesterov's rule.
///
/// # Reference
/// Sutskever et al., On the importance of initialization and momentum in deep learning, 2013.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trace {
    /// The share of the past that is kept.
    pub decay: f64,
    /// Whether the update looks one step ahead.
    pub nesterov: bool,
}

/// [`Trace`] with these constants.
pub fn trace(decay: f64, nesterov: bool) -> Trace {
    Trace { decay, nesterov }
}

impl<T: Tree> GradientTransformation<T> for Trace {
    type State = T;

    fn init(&self, params: &T) -> T {
        tree::zeros_like(params)
    }

    fn update(&self, updates: &T, state: &T, _: &T) -> (T, T) {
        let ahead = |g: &T, m: &T| tree::map2(g, m, |g, m| g + self.decay * m);
        let momentum = ahead(updates, state);
        if self.nesterov {
            (ahead(updates, &momentum), momentum)
        } else {
            (momentum.clone(), momentum)
        }
    }
}

/// The chain of [`sgd`].
pub type Sgd = (Option<Trace>, ScaleBySchedule);

/// Gradient descent, with momentum if given; Nesterov's is
/// `(trace(m, true), scale_by_learning_rate(lr))`.
pub fn sgd(learning_rate: impl Into<Schedule>, momentum: Option<f64>) -> Sgd {
    (
        momentum.map(|decay| trace(decay, false)),
        scale_by_learning_rate(learning_rate),
    )
}
