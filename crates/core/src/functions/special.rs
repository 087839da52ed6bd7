//! Special functions, SciPy's names.

use std::f64::consts::{LN_2, LN_10, PI};

use super::logic::select;
use super::math::{binary_inexact, inexact, promote_inexact};
use crate::array::{Array, Operand};
use crate::ops::{Binary, Unary};

impl Array {
    /// The logarithm to base 2, `log(x) / log(2)` as JAX computes it.
    #[track_caller]
    pub fn log2(&self) -> Self {
        self.log() / LN_2
    }

    /// The logarithm to base 10, `log(x) / log(10)` as JAX computes it.
    #[track_caller]
    pub fn log10(&self) -> Self {
        self.log() / LN_10
    }

    /// `sin(πx) / (πx)`, and 1 at 0, where derivatives up to the seventh are exact.
    #[track_caller]
    pub fn sinc(&self) -> Self {
        let x = PI * &promote_inexact(&[self])[0];
        let at_zero = x.equal(0);
        // Elsewhere zero, so that neither the powers nor their derivatives overflow.
        let square = select(&at_zero, &x, 0).square();
        let series = 1 - &square * (1.0 / 6.0 - &square * (1.0 / 120.0 - &square * (1.0 / 5040.0)));
        let x = select(&at_zero, 1, &x);
        select(&at_zero, series, x.sin() / &x)
    }

    /// The logarithm of the gamma function's absolute value, `log |Γ(x)|`; ∞ at its poles, which
    /// are zero and the negative integers.
    ///
    /// Off by at most 1e-15 of the larger of one and the value in double precision.
    #[track_caller]
    pub fn lgamma(&self) -> Self {
        inexact(Unary::Lgamma, self)
    }

    /// The derivative of [`Self::lgamma`], `Γ'(x) / Γ(x)`; NaN at its poles.
    ///
    /// Off by at most 2e-15 of the larger of one and the value in double precision.
    #[track_caller]
    pub fn digamma(&self) -> Self {
        inexact(Unary::Digamma, self)
    }

    /// The `n`-th derivative of [`Self::digamma`]; infinite at its poles for `n ≥ 1`.
    ///
    /// Off by at most 2e-15 of the value for `n = 1` in double precision, 1e-14 for `n ≤ 6`.
    #[track_caller]
    pub fn polygamma(&self, n: u32) -> Self {
        match n {
            0 => self.digamma(),
            n => inexact(Unary::Polygamma(n), self),
        }
    }

    /// `x log(y)`, and 0 where `x` is 0. Derivatives are those of the product there too: NaN where
    /// both are 0, as in JAX.
    #[track_caller]
    pub fn xlogy(&self, y: impl Operand) -> Self {
        binary_inexact("xlogy", Binary::Xlogy, self, &y)
    }

    /// `x log(1 + y)`, and 0 where `x` is 0. Derivatives are those of the product there too.
    #[track_caller]
    pub fn xlog1py(&self, y: impl Operand) -> Self {
        binary_inexact("xlog1py", Binary::Xlog1py, self, &y)
    }

    /// The inverse of the logistic function, `log(x / (1 - x))`; infinite at 0 and 1 with infinite
    /// slopes, NaN beyond.
    #[track_caller]
    pub fn logit(&self) -> Self {
        self.log() - (-&promote_inexact(&[self])[0]).log1p()
    }

    /// The absolute value of `x` with the sign of `y`, that of -0 too; the slope is ±1 in `x` and 0 in `y`.
    #[track_caller]
    pub fn copysign(&self, y: impl Operand) -> Self {
        let operands = promote_inexact(&[self, &y.operand()]);
        let (x, y) = (&operands[0], &operands[1]);
        select(&x.signbit().not_equal(y.signbit()), -x, x)
    }
}
