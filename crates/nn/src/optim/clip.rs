//! Bounds on updates: of each element, of each array, of all together.

use graxe_core::{Tree, scalar, select, tree};

use super::GradientTransformation;
use crate::loss::l2_norm;

/// Limits every element to `[-max_delta, max_delta]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clip {
    max_delta: f64,
}

/// [`Clip`] at this bound.
pub fn clip(max_delta: f64) -> Clip {
    Clip { max_delta }
}

impl<T: Tree> GradientTransformation<T> for Clip {
    type State = ();

    fn init(&self, _: &T) {}

    fn update(&self, updates: &T, (): &(), _: &T) -> (T, ()) {
        let bound = self.max_delta;
        (tree::map(updates, |u| u.clip(-bound, bound)), ())
    }
}

/// Multiplies all updates by `max_norm / ||u||` where the norm over all arrays is `max_norm` or
/// more.
///
/// # Reference
/// Pascanu, Mikolov and Bengio, On the difficulty of training recurrent neural networks, 2013,
/// algorithm 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClipByGlobalNorm {
    max_norm: f64,
}

/// [`ClipByGlobalNorm`] at this bound.
pub fn clip_by_global_norm(max_norm: f64) -> ClipByGlobalNorm {
    ClipByGlobalNorm { max_norm }
}

impl<T: Tree> GradientTransformation<T> for ClipByGlobalNorm {
    type State = ();

    fn init(&self, _: &T) {}

    fn update(&self, updates: &T, (): &(), _: &T) -> (T, ()) {
        let norm = l2_norm(updates);
        let within = norm.less(self.max_norm);
        let clipped = tree::map(updates, |u| {
            select(&within, u, u / norm.astype(u.dtype()) * self.max_norm)
        });
        (clipped, ())
    }
}

/// Divides each array by `max(1, √(mean(u²)) / threshold)`.
///
/// # Reference
/// Shazeer and Stern, Adafactor: Adaptive learning rates with sublinear memory cost, 2018,
/// section 6.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClipByBlockRms {
    threshold: f64,
}

/// [`ClipByBlockRms`] at this bound.
pub fn clip_by_block_rms(threshold: f64) -> ClipByBlockRms {
    ClipByBlockRms { threshold }
}

impl<T: Tree> GradientTransformation<T> for ClipByBlockRms {
    type State = ();

    fn init(&self, _: &T) {}

    fn update(&self, updates: &T, (): &(), _: &T) -> (T, ()) {
        let clipped = tree::map(updates, |u| {
            let rms = u.square().mean(..).sqrt();
            u / scalar(1.0).maximum(rms / self.threshold)
        });
        (clipped, ())
    }
}
