//! The hyperbolic tangent and the logistic function in straight-line code, by way of exponentials.

/// The sigmoids of one precision as a module.
macro_rules! sigmoids {
    ($module:ident, $float:ident, $($constant:item)*) => {
        pub(super) mod $module {
            use crate::number::exponential::$module::{exp, half_less_one, parts};

            $($constant)*

            /// See [`Float::tanh`](crate::number::Float::tanh).
            #[inline(always)]
            pub(in crate::number) fn tanh(x: $float) -> $float {
                let double = 2.0 * x.abs();
                // With `e` for half of `exp(2|x|) - 1`, tanh is `e / (1 + e)`.
                let (e, e_lost) = half_less_one(parts(if double > ONE { ONE } else { double }));
                let sum = 1.0 + e;
                let sum_lost = if e > 1.0 { 1.0 - (sum - e) } else { e - (sum - 1.0) };
                let quotient = e / sum;
                // One over the sum.
                let inverse = 1.0 - quotient;
                let rest = inverse * (e_lost * inverse - quotient * sum_lost);
                (quotient + rest).copysign(x)
            }

            /// See [`Float::logistic`](crate::number::Float::logistic).
            #[inline(always)]
            pub(in crate::number) fn logistic(x: $float) -> $float {
                // The exponential of -|x| never overflows.
                let e = exp(-x.abs());
                let sum = 1.0 + e;
                let lost = e - (sum - 1.0);
                let quotient = (if x < 0.0 { e } else { 1.0 }) / sum;
                let inverse = if x < 0.0 { 1.0 - quotient } else { quotient };
                quotient - quotient * (lost * inverse)
            }
        }
    };
}

sigmoids! {
    single, f32,
    /// Beyond half of it tanh is one.
    const ONE: f32 = 20.0;
}

sigmoids! {
    double, f64,
    /// Beyond half of it tanh is one.
    const ONE: f64 = 40.0;
}
