//! Updates of norm 1, and updates of mean 0.

use graxe_core::{Reduce, Tree, tree};

use super::GradientTransformation;
use crate::loss::l2_norm;

/// Divides all updates by `(||u|| + eps) / scale_factor`, with the norm over all arrays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NormalizeByUpdateNorm {
    /// The norm that updates get.
    pub scale_factor: f64,
    /// Added to the norm that they have.
    pub eps: f64,
}

impl Default for NormalizeByUpdateNorm {
    /// `scale_factor = 1`, `eps = 1e-6`.
    fn default() -> Self {
        Self {
            scale_factor: 1.0,
            eps: 1e-6,
        }
    }
}

impl<T: Tree> GradientTransformation<T> for NormalizeByUpdateNorm {
    type State = ();

    fn init(&self, _: &T) {}

    fn update(&self, updates: &T, (): &(), _: &T) -> (T, ()) {
        let norm = (l2_norm(updates) + self.eps) / self.scale_factor;
        let scaled = tree::map(updates, |u| u / norm.astype(u.dtype()));
        (scaled, ())
    }
}

/// Takes from each array of two or more axes its mean over all axes but the first.
///
/// A weight of `[in_features, out_features]` is thus centred in each of its rows.
///
/// # Reference
/// Yong et al., Gradient centralization: A new optimization technique for deep neural networks,
/// 2020, equation 1; its columns are the rows here, as in optax.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Centralize;

impl<T: Tree> GradientTransformation<T> for Centralize {
    type State = ();

    fn init(&self, _: &T) {}

    fn update(&self, updates: &T, (): &(), _: &T) -> (T, ()) {
        let centred = tree::map(updates, |u| {
            if u.rank() < 2 {
                return u.clone();
            }
            let axes: Vec<isize> = (1..u.rank() as isize).collect();
            u - u.mean_with(Reduce::axis(&axes[..]).keepdims())
        });
        (centred, ())
    }
}
