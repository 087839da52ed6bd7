//! Logarithms in straight-line code, which a loop over them vectorises.
//!
//! An argument is cut into `2ⁿ (1 + f)` with `√½ ≤ 1 + f < √2`, and with `s = f / (2 + f)`,
//! `log(1 + f) = 2 artanh(s) = f - s (f - s² P(s²))`. The polynomials have the least maximal error
//! relative to the logarithm, from a Remez fit with 200 bits.

/// The logarithms of one precision as a module.
macro_rules! logarithms {
    ($module:ident, $float:ident, $bits:ident, tail: $tail:tt, $($constant:item)*) => {
        pub(super) mod $module {
            use std::hint::select_unpredictable;

            use crate::number::exponential::$module::{LN_2_HIGH, LN_2_LOW};
            use crate::number::polynomial::polynomial;

            $($constant)*

            /// How far an exponent is shifted in the bits.
            const MANTISSA: u32 = $float::MANTISSA_DIGITS - 1;
            /// The power whose last place is one.
            const INTEGERS: $float = (1u64 << MANTISSA) as $float;
            /// What is added to an exponent in the bits.
            const BIAS: $float = ($float::MAX_EXP - 1) as $float;
            /// What makes subnormal numbers normal, and its exponent.
            const LIFT: ($float, $float) = ((2u64 << MANTISSA) as $float, (MANTISSA + 1) as $float);

            /// The logarithm of `x + x * rest` for a small rest.
            #[inline(always)]
            fn log_with(x: $float, rest: $float) -> $float {
                const ROOT: $bits = std::$float::consts::FRAC_1_SQRT_2.to_bits();
                let subnormal = x < $float::MIN_POSITIVE;
                let lifted = if subnormal { x * LIFT.0 } else { x };
                let bias = if subnormal { BIAS + LIFT.1 } else { BIAS };
                // Adding carries into the exponent from the root of one half on.
                let sum = lifted.to_bits().wrapping_add(const { (1.0 as $float).to_bits() - ROOT });
                // The exponent below the leading bit of this power is a number.
                let n = $float::from_bits((sum >> MANTISSA) | INTEGERS.to_bits()) - (INTEGERS + bias);
                let f = $float::from_bits((sum & ((1 << MANTISSA) - 1)).wrapping_add(ROOT)) - 1.0;
                let s = f / (2.0 + f);
                let z = s * s;
                let half_square = 0.5 * f * f;
                let tail = s * (half_square + z * polynomial!(z, $tail));
                // Exact, as is what the sum with f loses: n is zero or the product is larger than f.
                let large = n * LN_2_HIGH;
                let high = large + f;
                let lost = f - (high - large);
                let log = high + (lost - (half_square - (tail + (n * LN_2_LOW + rest))));
                // Selects, as the compiler may move all above into a branch where a longer function
                // takes the logarithm, and then vectorises nothing.
                let log = select_unpredictable(x < 0.0, $float::NAN, log);
                let log = select_unpredictable(x == 0.0, $float::NEG_INFINITY, log);
                // Infinity and NaN are their own logarithms.
                select_unpredictable(x < $float::INFINITY, log, x)
            }

            /// See [`Float::log`](crate::number::Float::log).
            #[inline(always)]
            pub(in crate::number) fn log(x: $float) -> $float {
                // A sum with negative zero is no work.
                log_with(x, -0.0)
            }

            /// See [`Float::log1p`](crate::number::Float::log1p).
            #[inline(always)]
            pub(in crate::number) fn log1p(x: $float) -> $float {
                let sum = 1.0 + x;
                // Exactly what the sum lost (Knuth's two-sum).
                let most = sum - 1.0;
                let lost = (1.0 - (sum - most)) + (x - most);
                log_with(sum, lost / sum).copysign(x)
            }
        }
    };
}

logarithms! {
    single, f32, u32,
    // `(2 artanh(s) / s - 2) / s²` by powers of `s²`.
    tail: [0.66666776, 0.39977577, 0.29871073],
}

logarithms! {
    double, f64, u64,
    // `(2 artanh(s) / s - 2) / s²` by powers of `s²`.
    tail: [
        0.6666666666666735,
        0.3999999999940935,
        0.2857142874368658,
        0.2222219842896289,
        0.1818357235599939,
        0.1531383212830478,
        0.14798259267710714,
    ],
}
