//! Factors by the number of messages that arrive at a node.

use graxe_core::{Array, DType, Pattern, sparse};

/// A factor that depends on the number `d` of messages at a node, beside the mean over the graphs trained on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scaler {
    /// 1.
    Identity,
    /// `ln(d + 1) / mean ln(d + 1)`.
    Amplification,
    /// `mean ln(d + 1) / ln(d + 1)`, as if `d` were at least 1.
    Attenuation,
    /// `d / mean d`.
    Linear,
    /// `mean d / d`, as if `d` were at least 1.
    InverseLinear,
}

/// The means of in-degrees that a [`Scaler`] compares with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Degrees {
    /// The mean of `d`.
    pub mean: f64,
    /// The mean of `ln(d + 1)`.
    pub mean_log: f64,
}

/// Means of 1, which compare with nothing.
impl Default for Degrees {
    fn default() -> Self {
        Self {
            mean: 1.0,
            mean_log: 1.0,
        }
    }
}

impl Degrees {
    /// The means over the nodes of a pattern, by what arrives at each.
    ///
    /// # Panics
    /// If the pattern is traced or has no rows.
    #[track_caller]
    pub fn of(pattern: &Pattern) -> Self {
        assert!(
            pattern.rows() > 0,
            "degrees: a pattern of no rows has no mean degree"
        );
        let degrees = pattern.row_ptr().windows(2).map(|w| f64::from(w[1] - w[0]));
        let mean = |f: fn(f64) -> f64| degrees.clone().map(f).sum::<f64>() / pattern.rows() as f64;
        Self {
            mean: mean(|d| d),
            mean_log: mean(f64::ln_1p),
        }
    }
}

impl Scaler {
    /// The factor for each of `degrees`; none if it is 1.
    pub(super) fn factor(self, means: Degrees, degrees: &Array) -> Option<Array> {
        let at_least_one = || degrees.maximum(1);
        match self {
            Self::Identity => None,
            Self::Amplification => Some(degrees.log1p() / means.mean_log),
            Self::Attenuation => Some(means.mean_log / at_least_one().log1p()),
            Self::Linear => Some(degrees / means.mean),
            Self::InverseLinear => Some(means.mean / at_least_one()),
        }
    }
}

/// The dtype that a reduction of `x` is computed in.
pub(super) fn float_dtype(x: &Array) -> DType {
    if x.dtype().is_float() {
        x.dtype()
    } else {
        DType::default_float()
    }
}

/// The number of entries of each row, `[rows, 1, ..]` in the float dtype and with as many axes as `beside`.
#[track_caller]
pub(super) fn in_degrees(pattern: &Pattern, beside: &Array) -> Array {
    let ones = Array::ones(pattern.nnz(), float_dtype(beside));
    let mut shape = vec![1; beside.rank()];
    shape[0] = pattern.rows() as isize;
    sparse::sum_rows(pattern, &ones).reshape_dyn(&shape)
}
