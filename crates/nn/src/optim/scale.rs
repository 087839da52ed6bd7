//! Multiplication by a number or a schedule.

use graxe_core::{Array, Tree, tree};

use super::GradientTransformation;
use super::schedule::{Schedule, times};

/// Multiplies updates by a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    step_size: f64,
}

/// Multiplication by `step_size`.
pub fn scale(step_size: f64) -> Scale {
    Scale { step_size }
}

impl<T: Tree> GradientTransformation<T> for Scale {
    type State = ();

    fn init(&self, _: &T) {}

    fn update(&self, updates: &T, (): &(), _: &T) -> (T, ()) {
        (tree::map(updates, |u| self.step_size * u), ())
    }
}

/// Multiplies updates by a schedule's number, in the dtype of each.
///
/// The schedule is evaluated at the number of steps before this one, so first at 0. The state is
/// that count, `i32[]`; a constant needs none.
#[derive(Clone, Debug, PartialEq)]
pub struct ScaleBySchedule {
    step_size: Schedule,
    sign: f64,
}

/// Multiplication by `step_size`.
pub fn scale_by_schedule(step_size: impl Into<Schedule>) -> ScaleBySchedule {
    ScaleBySchedule {
        step_size: step_size.into(),
        sign: 1.0,
    }
}

/// Multiplication by `-learning_rate`: the last link of a chain that descends.
///
/// The rate is a number or a [`Schedule`].
pub fn scale_by_learning_rate(learning_rate: impl Into<Schedule>) -> ScaleBySchedule {
    ScaleBySchedule {
        step_size: learning_rate.into(),
        sign: -1.0,
    }
}

impl<T: Tree> GradientTransformation<T> for ScaleBySchedule {
    type State = Option<Array>;

    fn init(&self, _: &T) -> Option<Array> {
        self.step_size.start()
    }

    fn update(&self, updates: &T, count: &Option<Array>, _: &T) -> (T, Option<Array>) {
        let (step_size, count) = self.step_size.step(self.sign, count.as_ref());
        (tree::map(updates, |u| times(&step_size, u)), count)
    }
}
