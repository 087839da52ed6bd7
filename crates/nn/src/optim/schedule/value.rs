//! A schedule's number at a step, inside of traced code.

use std::f64::consts::PI;

use graxe_core::{Array, scalar, select};

use super::Schedule;
use crate::optim::moment::{increment, no_steps};

impl Schedule {
    /// The number at a count of steps, `i32[]` or any shape of counts; a float.
    ///
    /// A constant gives `[]` for every shape.
    ///
    /// # Panics
    /// If the schedule is none: a cosine without steps, a negative scale, or pieces that do not
    /// fit their boundaries.
    #[track_caller]
    pub fn at(&self, count: &Array) -> Array {
        self.check();
        match self {
            &Self::Constant(value) => scalar(value),
            &Self::Polynomial {
                init_value,
                end_value,
                power,
                transition_steps,
                transition_begin,
            } => {
                if transition_steps <= 0 {
                    return scalar(init_value);
                }
                let done = since(count, transition_begin).minimum(transition_steps);
                let remaining = raised(1 - done / transition_steps, power);
                (init_value - end_value) * remaining + end_value
            }
            &Self::CosineDecay {
                init_value,
                decay_steps,
                alpha,
                exponent,
            } => {
                let steps = f64::from(decay_steps);
                let wave = 0.5 * (1 + (PI * count.minimum(steps) / steps).cos());
                init_value * ((1.0 - alpha) * raised(wave, exponent) + alpha)
            }
            &Self::ExponentialDecay {
                init_value,
                transition_steps,
                decay_rate,
                transition_begin,
                staircase,
                end_value,
            } => {
                if transition_steps <= 0 || decay_rate == 0.0 {
                    return scalar(init_value);
                }
                let times = since(count, transition_begin) / transition_steps;
                let times = if staircase { times.floor() } else { times };
                let value = init_value * scalar(decay_rate).pow(times);
                match end_value {
                    Some(end) if decay_rate < 1.0 => value.maximum(end),
                    Some(end) => value.minimum(end),
                    None => value,
                }
            }
            Self::PiecewiseConstant {
                init_value,
                boundaries_and_scales,
            } => piecewise(count, *init_value, boundaries_and_scales),
            Self::Join {
                schedules,
                boundaries,
            } => joined(count, schedules, boundaries),
        }
    }

    /// Panics unless the numbers make a schedule.
    #[track_caller]
    pub(super) fn check(&self) {
        match self {
            Self::CosineDecay { decay_steps, .. } => assert!(
                *decay_steps > 0,
                "cosine decay: a positive number of steps is expected, not {decay_steps}"
            ),
            Self::PiecewiseConstant {
                boundaries_and_scales,
                ..
            } => {
                for (boundary, scale) in boundaries_and_scales {
                    assert!(
                        *scale >= 0.0,
                        "piecewise constant: the scale {scale} at step {boundary} is negative"
                    );
                }
            }
            Self::Join {
                schedules,
                boundaries,
            } => assert!(
                schedules.len() == boundaries.len() + 1,
                "join: {} schedules do not meet at {} boundaries",
                schedules.len(),
                boundaries.len()
            ),
            Self::Constant(_) | Self::Polynomial { .. } | Self::ExponentialDecay { .. } => {}
        }
    }

    /// What is counted of the steps: nothing where the number never changes.
    pub(in crate::optim) fn start(&self) -> Option<Array> {
        match self {
            Self::Constant(_) => None,
            _ => Some(no_steps()),
        }
    }

    /// `factor` times the number of this step, and the count for the next.
    #[track_caller]
    pub(in crate::optim) fn step(
        &self,
        factor: f64,
        count: Option<&Array>,
    ) -> (Array, Option<Array>) {
        match (self, count) {
            (Self::Constant(value), _) => (scalar(factor * value), None),
            (_, Some(count)) => (factor * self.at(count), Some(increment(count))),
            (_, None) => panic!("schedule: the state is that of a constant and has no count"),
        }
    }
}

/// The steps since `begin`, 0 before it.
fn since(count: &Array, begin: i32) -> Array {
    (count - begin.max(0)).maximum(0)
}

/// `x^exponent`.
fn raised(x: Array, exponent: f64) -> Array {
    if exponent == 1.0 { x } else { x.pow(exponent) }
}

fn piecewise(count: &Array, init_value: f64, boundaries_and_scales: &[(i32, f64)]) -> Array {
    let mut sorted = boundaries_and_scales.to_vec();
    sorted.sort_by_key(|&(boundary, _)| boundary);
    let reach =
        |value: Array, (boundary, scale)| select(&count.less(boundary), &value, &value * scale);
    sorted.into_iter().fold(scalar(init_value), reach)
}

#[track_caller]
fn joined(count: &Array, schedules: &[Schedule], boundaries: &[i32]) -> Array {
    let mut value = schedules[0].at(count);
    for (&boundary, schedule) in boundaries.iter().zip(&schedules[1..]) {
        let next = schedule.at(&(count - boundary));
        value = select(&count.less(boundary), value, next);
    }
    value
}

/// `rate · x` in the dtype of `x`.
pub(in crate::optim) fn times(rate: &Array, x: &Array) -> Array {
    if rate.is_weak() {
        rate * x
    } else {
        rate.astype(x.dtype()) * x
    }
}
