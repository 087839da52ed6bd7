//! Multiplication by a number.

use graxe_core::{Tree, tree};

use super::GradientTransformation;

/// Multiplies updates by a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    step_size: f64,
}

/// Multiplication by `step_size`.
pub fn scale(step_size: f64) -> Scale {
    Scale { step_size }
}

/// Multiplication by `-learning_rate`: the last link of a chain that descends.
pub fn scale_by_learning_rate(learning_rate: f64) -> Scale {
    scale(-learning_rate)
}

impl<T: Tree> GradientTransformation<T> for Scale {
    type State = ();

    fn init(&self, _: &T) {}

    fn update(&self, updates: &T, (): &(), _: &T) -> (T, ()) {
        (tree::map(updates, |u| self.step_size * u), ())
    }
}
