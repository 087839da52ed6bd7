//! How parameters begin: the initialisers of `jax.nn.initializers`, the same numbers.

use graxe_core::random::{Key, normal, truncated_normal, uniform, uniform_between};
use graxe_core::{Array, DType};

/// Which extents set the variance of [`variance_scaling`].
///
/// `fan_in` is the last extent but one and `fan_out` the last, each times the product of the
/// extents before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fan {
    /// `fan_in`: keeps the variance of activations.
    In,
    /// `fan_out`: keeps the variance of gradients.
    Out,
    /// The mean of both.
    Average,
}

/// The distribution that [`variance_scaling`] draws from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distribution {
    /// Normal numbers, not cut.
    Normal,
    /// Normal numbers cut at two standard deviations, scaled back to the wanted variance.
    TruncatedNormal,
    /// Uniform in `[-√(3 · variance), √(3 · variance))`.
    Uniform,
}

/// A way to draw initial parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Initializer {
    /// Zeros.
    Zeros,
    /// Ones.
    Ones,
    /// Normal numbers of mean 0.
    Normal {
        /// Their standard deviation.
        stddev: f64,
    },
    /// Uniform numbers in `[0, scale)`.
    Uniform {
        /// The upper end.
        scale: f64,
    },
    /// Numbers of mean 0 and variance `scale / fan`.
    VarianceScaling {
        /// The numerator of the variance.
        scale: f64,
        /// The denominator of the variance.
        fan: Fan,
        /// Their distribution.
        distribution: Distribution,
    },
}

/// The standard deviation of a standard normal number cut at ±2.
const TRUNCATED_STDDEV: f64 = 0.879_625_661_034_239_78;

impl Initializer {
    /// Parameters of a shape, drawn with `key`.
    ///
    /// # Panics
    /// If `dtype` is not a float, or a variance is to be scaled for fewer than two axes.
    #[track_caller]
    pub fn sample(self, key: &Key, shape: &[usize], dtype: DType) -> Array {
        let constant = |v: f64| Array::full((), v, dtype);
        match self {
            Self::Zeros => Array::zeros(shape, dtype),
            Self::Ones => Array::ones(shape, dtype),
            Self::Normal { stddev } => normal(key, shape, dtype) * constant(stddev),
            Self::Uniform { scale } => uniform(key, shape, dtype) * constant(scale),
            Self::VarianceScaling {
                scale,
                fan,
                distribution,
            } => {
                let variance = constant(scale / fan.of(shape));
                match distribution {
                    Distribution::Uniform => {
                        let bound = (3 * variance).sqrt();
                        uniform_between(key, shape, dtype, -1.0, 1.0) * bound
                    }
                    Distribution::Normal => normal(key, shape, dtype) * variance.sqrt(),
                    Distribution::TruncatedNormal => {
                        let stddev = variance.sqrt() / constant(TRUNCATED_STDDEV);
                        truncated_normal(key, -2.0, 2.0, shape, dtype) * stddev
                    }
                }
            }
        }
    }
}

impl Fan {
    #[track_caller]
    fn of(self, shape: &[usize]) -> f64 {
        let [leading @ .., inputs, outputs] = shape else {
            panic!(
                "variance_scaling: parameters of shape {shape:?} have no fan: two axes are needed"
            )
        };
        let field = leading.iter().product::<usize>() as f64;
        let (fan_in, fan_out) = (*inputs as f64 * field, *outputs as f64 * field);
        match self {
            Self::In => fan_in,
            Self::Out => fan_out,
            Self::Average => f64::midpoint(fan_in, fan_out),
        }
    }
}

/// Numbers of variance `scale / fan`.
pub fn variance_scaling(scale: f64, fan: Fan, distribution: Distribution) -> Initializer {
    Initializer::VarianceScaling {
        scale,
        fan,
        distribution,
    }
}

/// Uniform numbers of variance `2 / (fan_in + fan_out)`.
///
/// # Reference
/// Glorot and Bengio, Understanding the difficulty of training deep feedforward neural
/// networks, 2010, equation 16.
pub fn glorot_uniform() -> Initializer {
    variance_scaling(1.0, Fan::Average, Distribution::Uniform)
}

/// Truncated normal numbers of variance `2 / (fan_in + fan_out)`; see [`glorot_uniform`].
pub fn glorot_normal() -> Initializer {
    variance_scaling(1.0, Fan::Average, Distribution::TruncatedNormal)
}

/// Uniform numbers of variance `2 / fan_in`.
///
/// # Reference
/// He, Zhang, Ren and Sun, Delving deep into rectifiers, 2015, equation 10.
pub fn he_uniform() -> Initializer {
    variance_scaling(2.0, Fan::In, Distribution::Uniform)
}

/// Truncated normal numbers of variance `2 / fan_in`; see [`he_uniform`].
pub fn he_normal() -> Initializer {
    variance_scaling(2.0, Fan::In, Distribution::TruncatedNormal)
}

/// Uniform numbers of variance `1 / fan_in`.
///
/// # Reference
/// `LeCun`, Bottou, Orr and Müller, Efficient `BackProp`, 1998, section 4.6.
pub fn lecun_uniform() -> Initializer {
    variance_scaling(1.0, Fan::In, Distribution::Uniform)
}

/// Truncated normal numbers of variance `1 / fan_in`; see [`lecun_uniform`].
pub fn lecun_normal() -> Initializer {
    variance_scaling(1.0, Fan::In, Distribution::TruncatedNormal)
}
