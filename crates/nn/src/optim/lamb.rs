//! Steps in proportion to the parameters: the trust ratio, and LAMB.

use graxe_core::{Array, Tree, logical_or, select, tree};

use super::{AddDecayedWeights, GradientTransformation, ScaleByAdam, ScaleBySchedule, Schedule};
use super::{add_decayed_weights, scale_by_learning_rate};

/// Multiplies the update `u` of each array `p` by `trust_coefficient · ||p|| / (||u|| + eps)`, or
/// by 1 where one of the norms is 0.
///
/// Norms are at least `min_norm`.
///
/// # Reference
/// You, Gitman and Ginsburg, Large batch training of convolutional networks, 2017.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScaleByTrustRatio {
    /// The least norm.
    pub min_norm: f64,
    /// What the ratio is multiplied by.
    pub trust_coefficient: f64,
    /// Added to the norm of the update.
    pub eps: f64,
}

impl Default for ScaleByTrustRatio {
    /// `min_norm = 0`, `trust_coefficient = 1`, `eps = 0`.
    fn default() -> Self {
        Self {
            min_norm: 0.0,
            trust_coefficient: 1.0,
            eps: 0.0,
        }
    }
}

impl<T: Tree> GradientTransformation<T> for ScaleByTrustRatio {
    type State = ();

    fn init(&self, _: &T) {}

    fn update(&self, updates: &T, (): &(), params: &T) -> (T, ()) {
        let scaled = tree::map2(updates, params, |u, p| {
            let (size, step) = (norm(p, self.min_norm), norm(u, self.min_norm));
            let ratio = self.trust_coefficient * &size / (&step + self.eps);
            let still = logical_or(&size.equal(0), &step.equal(0));
            u * select(&still, 1, ratio)
        });
        (scaled, ())
    }
}

/// `max(||x||, least)`, whose derivative is 0 where it is `least`.
fn norm(x: &Array, least: f64) -> Array {
    let squares = x.square().sum(..);
    let small = squares.sqrt().less_equal(least);
    select(&small, least, select(&small, 1, squares).sqrt())
}

/// The chain of [`lamb`].
pub type Lamb = (
    ScaleByAdam,
    AddDecayedWeights,
    ScaleByTrustRatio,
    ScaleBySchedule,
);

/// Adam with the weights' decay, rescaled by the trust ratio; `eps` is `1e-6`, and optax's default
/// for `weight_decay` is 0.
///
/// # Reference
/// You et al., Large batch optimization for deep learning: Training BERT in 76 minutes, 2020,
/// algorithm 2 with the identity for `φ`.
pub fn lamb(learning_rate: impl Into<Schedule>, weight_decay: impl Into<Schedule>) -> Lamb {
    let moments = ScaleByAdam {
        eps: 1e-6,
        ..ScaleByAdam::default()
    };
    (
        moments,
        add_decayed_weights(weight_decay),
        ScaleByTrustRatio::default(),
        scale_by_learning_rate(learning_rate),
    )
}
