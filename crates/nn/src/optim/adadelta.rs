//! Adadelta: steps in the units of the parameters.

use graxe_core::{Tree, tree};

use super::moment::mean_square;
use super::scale_by_learning_rate;
use super::{GradientTransformation, ScaleBySchedule, Schedule};

/// `E[g²] ← (1 - rho) g² + rho E[g²]`; the update is `x = √(E[x²] + eps) / √(E[g²] + eps) · g`, and
/// then `E[x²] ← (1 - rho) x² + rho E[x²]`.
///
/// # Reference
/// Zeiler, ADADELTA: An adaptive learning rate method, 2012, algorithm 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScaleByAdadelta {
    /// The decay of both means.
    pub rho: f64,
    /// Added under both roots.
    pub eps: f64,
}

impl Default for ScaleByAdadelta {
    /// `rho = 0.9`, `eps = 1e-6`.
    fn default() -> Self {
        Self {
            rho: 0.9,
            eps: 1e-6,
        }
    }
}

/// What Adadelta keeps.
#[derive(Clone, Debug, Tree)]
pub struct AdadeltaState<T> {
    /// The mean square of gradients.
    pub e_g: T,
    /// The mean square of updates.
    pub e_x: T,
}

impl<T: Tree> GradientTransformation<T> for ScaleByAdadelta {
    type State = AdadeltaState<T>;

    fn init(&self, params: &T) -> AdadeltaState<T> {
        AdadeltaState {
            e_g: tree::zeros_like(params),
            e_x: tree::zeros_like(params),
        }
    }

    fn update(&self, updates: &T, state: &AdadeltaState<T>, _: &T) -> (T, AdadeltaState<T>) {
        let Self { rho, eps } = *self;
        let e_g = mean_square(updates, &state.e_g, rho);
        let scaled = tree::map3(updates, &e_g, &state.e_x, |g, e_g, e_x| {
            (e_x + eps).sqrt() / (e_g + eps).sqrt() * g
        });
        let e_x = mean_square(&scaled, &state.e_x, rho);
        (scaled, AdadeltaState { e_g, e_x })
    }
}

/// The chain of [`adadelta`].
pub type Adadelta = (ScaleByAdadelta, ScaleBySchedule);

/// Adadelta with its usual constants; the paper's learning rate is 1.
///
/// # Reference
/// [`ScaleByAdadelta`].
pub fn adadelta(learning_rate: impl Into<Schedule>) -> Adadelta {
    (
        ScaleByAdadelta::default(),
        scale_by_learning_rate(learning_rate),
    )
}
