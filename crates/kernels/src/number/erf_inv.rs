//! The inverse of the error function.
//!
//! Reference: M. Giles, "Approximating the erfinv function", GPU Computing Gems 2 (2010), whose
//! single precision polynomials XLA uses too.

use std::f64::consts::{FRAC_2_SQRT_PI, PI};
use std::hint::select_unpredictable;

use super::logarithm;

/// Giles' coefficients for the middle, `w < 5`, the highest power of `w - 2.5` first.
const MIDDLE: [f64; 9] = [
    2.81022636e-08,
    3.43273939e-07,
    -3.5233877e-06,
    -4.39150654e-06,
    0.00021858087,
    -0.00125372503,
    -0.00417768164,
    0.246640727,
    1.50140941,
];

/// Giles' coefficients for the tails, the highest power of `sqrt(w) - 3` first.
const TAIL: [f64; 9] = [
    -0.000200214257,
    0.000100950558,
    0.00134934322,
    -0.00367342844,
    0.00573950773,
    -0.0076224613,
    0.00943887047,
    1.00167406,
    2.83297682,
];

/// The inverse of erf in single precision, as XLA computes it, in straight-line code.
#[inline(always)]
#[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
pub(super) fn single(x: f32) -> f32 {
    let w = -logarithm::single::log1p(-x * x);
    let middle = w < 5.0;
    // Selects, as the compiler moves into a branch what one side alone needs, and then vectorises nothing.
    let w = select_unpredictable(middle, w - 2.5, w.sqrt() - 3.0);
    let c = |i: usize| select_unpredictable(middle, MIDDLE[i] as f32, TAIL[i] as f32);
    let high = ((c(0) * w + c(1)) * w + c(2)) * w + c(3);
    let polynomial = ((((high * w + c(4)) * w + c(5)) * w + c(6)) * w + c(7)) * w + c(8);
    x * select_unpredictable(x.abs() == 1.0, f32::INFINITY, polynomial)
}

/// The inverse of erf in double precision: a first guess, then Halley's steps.
pub(super) fn double(x: f64) -> f64 {
    let magnitude = x.abs();
    if magnitude == 1.0 {
        return x * f64::INFINITY;
    }
    if magnitude > 1.0 || x.is_nan() {
        return f64::NAN;
    }
    // Exact from one half on.
    let complement = 1.0 - magnitude;
    let mut y = guess(magnitude, complement);
    for _ in 0..3 {
        // In the tails erf is flat and only erfc still tells arguments apart.
        let excess = if magnitude < 0.5 {
            libm::erf(y) - magnitude
        } else {
            complement - libm::erfc(y)
        };
        // The second derivative of erf is -2y times the first.
        let newton = excess / (FRAC_2_SQRT_PI * (-y * y).exp());
        y -= newton / (1.0 + y * newton);
    }
    y.copysign(x)
}

/// A first guess good to a few digits: Giles' polynomial where it was fitted, and beyond the
/// range of single precision the asymptote `erfc(y) ≈ exp(-y²) / (y √π)`.
fn guess(magnitude: f64, complement: f64) -> f64 {
    let w = -(complement * (1.0 + magnitude)).ln();
    if w > 15.0 {
        let log = -(complement * PI.sqrt()).ln();
        let y = (log - 0.5 * log.ln()).sqrt();
        return (log - y.ln()).sqrt();
    }
    let (w, coefficients) = if w < 5.0 {
        (w - 2.5, &MIDDLE)
    } else {
        (w.sqrt() - 3.0, &TAIL)
    };
    magnitude * coefficients.iter().fold(0.0, |p, c| p * w + c)
}

#[cfg(test)]
mod tests {
    use super::{double, single};

    #[test]
    fn ends_are_infinite_and_beyond_is_nan() {
        assert_eq!(single(1.0), f32::INFINITY);
        assert_eq!(single(-1.0), f32::NEG_INFINITY);
        assert!(single(1.5).is_nan() && single(f32::NAN).is_nan());
        assert_eq!(double(-1.0), f64::NEG_INFINITY);
        assert!(double(-2.0).is_nan() && double(f64::NAN).is_nan());
        assert!(single(-0.0).is_sign_negative() && double(-0.0).is_sign_negative());
    }

    #[test]
    fn double_precision_inverts_erf_to_the_last_digits() {
        // Computed with 50 digits.
        for (x, want) in REFERENCE {
            for sign in [1.0, -1.0] {
                let got = double(sign * x) * sign;
                assert!(
                    (got - want).abs() <= 1e-15 * want,
                    "erf_inv({x}) = {got}, not {want}"
                );
            }
        }
    }

    #[test]
    fn single_precision_is_near_double() {
        for i in 1..2000 {
            let x = i as f32 / 2000.0;
            let want = double(f64::from(x));
            // The square of x, rounded, is all that the tails are computed from.
            let bound = if x < 0.9 { 4e-7 } else { 1e-5 };
            assert!((f64::from(single(x)) - want).abs() <= bound * want, "{x}");
        }
    }

    const REFERENCE: [(f64, f64); 15] = [
        (1e-300, 8.8622692545275803586e-301),
        (1e-10, 8.8622692545275804594e-11),
        (0.1, 0.088855990494257691974),
        (0.25, 0.22531205501217810473),
        (0.499999, 0.4769351636202413035),
        (0.5, 0.47693627620446987338),
        (0.75, 0.81341984759761854169),
        (0.9, 1.1630871536766741628),
        (0.99, 1.8213863677184494559),
        (0.9999, 2.7510639057120796917),
        (0.999999, 3.4589107372754987775),
        (0.99999999, 4.0522372432687633554),
        (0.999999999999, 5.0420318985726961301),
        (0.9999999999999991, 5.6861284413103909801),
        (0.9999999999999999, 5.8635847487551679272),
    ];
}
