//! Activations and the softmax family: compositions, with JAX's slopes at their kinks.

use std::f64::consts::{PI, SQRT_2};

use super::logic::select;
use super::reduce::{Reduce, inexact};
use crate::array::{Array, DType, Operand};
use crate::transform::custom_jvp;

/// `max(x, 0)`; the slope at 0 is 0.
#[track_caller]
pub fn relu(x: &Array) -> Array {
    // The maximum with a constant would share the slope at the tie.
    let slope = |(x,): (Array,), (t,): (Array,)| (x.maximum(0), select(&x.greater(0), t, 0));
    custom_jvp(|x: &Array| x.maximum(0), slope)(x)
}

/// `min(max(x, 0), 6)`; the slope is 0 at both corners.
#[track_caller]
pub fn relu6(x: &Array) -> Array {
    let low = relu(x);
    select(&x.greater_equal(6), 6, low)
}

/// `x` where it is not negative, else `slope · x`; the slope at 0 is 1.
#[track_caller]
pub fn leaky_relu(x: &Array, slope: f64) -> Array {
    let x = inexact(x);
    select(&x.greater_equal(0), &x, &x * slope)
}

/// `x` where positive, else `alpha · (exp(x) - 1)`.
///
/// Reference: Clevert, Unterthiner and Hochreiter, 2016.
#[track_caller]
pub fn elu(x: &Array, alpha: f64) -> Array {
    let x = inexact(x);
    let positive = x.greater(0);
    let safe = select(&positive, 0, &x);
    select(&positive, &x, safe.expm1() * alpha)
}

/// The self-normalising ELU.
///
/// Reference: Klambauer et al., 2017.
#[track_caller]
pub fn selu(x: &Array) -> Array {
    elu(x, 1.6732632423543772848170429916717) * 1.0507009873554804934193349852946
}

/// `max(x, 0) + min(0, alpha · (exp(x / alpha) - 1))`.
#[track_caller]
pub fn celu(x: &Array, alpha: f64) -> Array {
    let x = inexact(x);
    let positive = x.greater(0);
    let safe = select(&positive, 0, &x);
    select(&positive, &x, (safe / alpha).expm1() * alpha)
}

/// `1 / (1 + exp(-x))`.
#[track_caller]
pub fn sigmoid(x: &Array) -> Array {
    x.logistic()
}

/// `log(sigmoid(x))`.
#[track_caller]
pub fn log_sigmoid(x: &Array) -> Array {
    -softplus(&-x)
}

/// `log(1 + exp(x))`.
#[track_caller]
pub fn softplus(x: &Array) -> Array {
    super::math::logaddexp(inexact(x), 0)
}

/// `x · sigmoid(x)`.
#[track_caller]
pub fn silu(x: &Array) -> Array {
    x * x.logistic()
}

/// The Gaussian error linear unit: exact, or by the tanh approximation.
///
/// Reference: Hendrycks and Gimpel, 2016.
#[track_caller]
pub fn gelu(x: &Array, approximate: bool) -> Array {
    let x = inexact(x);
    if approximate {
        let inner = (&x + 0.044715 * x.powi(3)) * (2.0 / PI).sqrt();
        &x * (0.5 * (inner.tanh() + 1))
    } else {
        0.5 * &x * (-&x / SQRT_2).erfc()
    }
}

/// `x / (|x| + 1)`.
#[track_caller]
pub fn soft_sign(x: &Array) -> Array {
    x / (x.abs() + 1)
}

/// `x` limited to `[-1, 1]`; the slope is 1 at both corners.
#[track_caller]
pub fn hard_tanh(x: &Array) -> Array {
    let capped = select(&x.greater(1), 1, x);
    select(&x.less(-1), -1, capped)
}

/// `relu6(x + 3) / 6`.
#[track_caller]
pub fn hard_sigmoid(x: &Array) -> Array {
    relu6(&(x + 3)) / 6
}

/// `x · hard_sigmoid(x)`.
#[track_caller]
pub fn hard_silu(x: &Array) -> Array {
    x * hard_sigmoid(x)
}

/// `x · tanh(softplus(x))`.
#[track_caller]
pub fn mish(x: &Array) -> Array {
    x * softplus(x).tanh()
}

/// `(x + sqrt(x² + b)) / 2`.
#[track_caller]
pub fn squareplus(x: &Array, b: f64) -> Array {
    (x + (x.square() + b).sqrt()) / 2
}

/// The first half of the last axis times the sigmoid of the second.
///
/// # Shapes
/// `[.., 2 n]` gives `[.., n]`.
///
/// # Panics
/// If the last extent is odd or there is no axis.
#[track_caller]
pub fn glu(x: &Array) -> Array {
    let parts = x.split(2, -1);
    &parts[0] * parts[1].logistic()
}

/// `exp(x) / Σ exp(x)` along `axis`; its maximum carries no gradient.
#[track_caller]
pub fn softmax(x: &Array, axis: isize) -> Array {
    softmax_with(x, Reduce::axis(axis))
}

/// As [`softmax`] with a mask: excluded elements get 0.
#[track_caller]
pub fn softmax_masked(x: &Array, axis: isize, mask: &Array) -> Array {
    let out = softmax_with(
        &select(mask, x, f64::NEG_INFINITY),
        Reduce::axis(axis).mask(mask),
    );
    select(mask, out, 0)
}

#[track_caller]
fn softmax_with(x: &Array, how: Reduce) -> Array {
    let x = inexact(x);
    let high = x.max_or_lowest(how.clone().keepdims()).stop_gradient();
    let e = (&x - high).exp();
    let sum = e.sum_with(how.keepdims());
    e / sum
}

/// `log(softmax(x))` along `axis`, computed without the quotient.
#[track_caller]
pub fn log_softmax(x: &Array, axis: isize) -> Array {
    log_softmax_with(x, Reduce::axis(axis))
}

/// As [`log_softmax`] with a mask: excluded elements get -inf.
#[track_caller]
pub fn log_softmax_masked(x: &Array, axis: isize, mask: &Array) -> Array {
    let out = log_softmax_with(
        &select(mask, x, f64::NEG_INFINITY),
        Reduce::axis(axis).mask(mask),
    );
    select(mask, out, f64::NEG_INFINITY)
}

#[track_caller]
fn log_softmax_with(x: &Array, how: Reduce) -> Array {
    let x = inexact(x);
    let high = x.max_or_lowest(how.clone().keepdims()).stop_gradient();
    let shifted = x - high;
    let sum = shifted.exp().sum_with(how.keepdims());
    shifted - sum.log()
}

/// Zero mean and unit variance along `axis`, as `(x - mean) · rsqrt(variance + epsilon)`.
#[track_caller]
pub fn standardize(x: &Array, axis: isize, epsilon: f64) -> Array {
    let x = inexact(x);
    let how = Reduce::axis(axis).keepdims();
    let mean = x.mean_with(how.clone());
    let variance = (x.square().mean_with(how) - mean.square()).maximum(0);
    (&x - mean) * (variance + epsilon).rsqrt()
}

/// Ones where the last axis counts to `labels`, zeros elsewhere; labels outside give zeros.
///
/// # Shapes
/// `[..]` gives `[.., classes]`.
#[track_caller]
pub fn one_hot(labels: &Array, classes: usize, dtype: DType) -> Array {
    let count = crate::ops::iota::iota(labels.dtype(), classes);
    labels
        .expand_dims(-1)
        .equal(count.operand().as_ref())
        .astype(dtype)
}
