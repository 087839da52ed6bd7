//! Exponentials in straight-line code, which a loop over them vectorises.
//!
//! An argument is cut into `n ln 2 + r` with `|r| ≤ ln 2 / 2`; a polynomial gives `exp(r) - 1`, which is
//! multiplied by the power of two. The polynomials have the least maximal error relative to
//! `exp(r) - 1`, from a Remez fit with 200 bits. All is inlined; see `simd::Kernel`.

/// The exponentials of one precision as a module.
macro_rules! exponentials {
    ($module:ident, $float:ident, $bits:ident, fraction: $fraction:tt, $($constant:item)*) => {
        pub(super) mod $module {
            use crate::number::polynomial::polynomial;

            $($constant)*

            /// How far an exponent is shifted in the bits.
            const MANTISSA: u32 = $float::MANTISSA_DIGITS - 1;
            /// What is added to an exponent in the bits.
            const BIAS: $bits = $float::MAX_EXP as $bits - 1;
            /// Numbers near it, three halves of the power whose last place is one, are integers.
            const INTEGERS: $float = (3u64 << (MANTISSA - 1)) as $float;

            /// The nearest integer to a number of less than two to the `MANTISSA - 1`, also as
            /// an integer that wraps.
            #[inline(always)]
            fn nearest(x: $float) -> ($float, $bits) {
                let shifted = x + INTEGERS;
                (
                    shifted - INTEGERS,
                    shifted.to_bits().wrapping_sub(INTEGERS.to_bits()),
                )
            }

            /// The exponent `n`, `r`, what `r` lost and `exp(r) - 1 - r` with `x = n ln 2 + r`.
            #[inline(always)]
            pub(in crate::number) fn parts(x: $float) -> ($bits, $float, $float, $float) {
                let (n, exponent) = nearest(x * std::$float::consts::LOG2_E);
                // Exact, as is what the second difference loses.
                let high = x - n * LN_2_HIGH;
                let low = n * LN_2_LOW;
                let r = high - low;
                (exponent, r, (high - r) - low, bend(r))
            }

            /// `exp(r) - 1 - r` for `|r| ≤ ln 2 / 2`.
            #[inline(always)]
            fn bend(r: $float) -> $float {
                r * r * polynomial!(r, $fraction)
            }

            /// `one + r + rest`, and what that loses, where `one` is the largest or zero.
            #[inline(always)]
            fn add(one: $float, r: $float, rest: $float) -> ($float, $float) {
                let high = one + r;
                let low = (r - (high - one)) + rest;
                let sum = high + low;
                (sum, low - (sum - high))
            }

            /// Two to an exponent of a normal number, or zero or infinity just beyond.
            #[inline(always)]
            pub(in crate::number) fn power_of_two(exponent: $bits) -> $float {
                $float::from_bits(exponent.wrapping_add(BIAS) << MANTISSA)
            }

            /// `x` times two to an exponent. In two steps, of which the first is exact, so that
            /// results beyond the normal numbers are rounded once.
            #[inline(always)]
            fn scale(x: $float, exponent: $bits) -> $float {
                let sum = exponent.wrapping_add(2 * BIAS);
                let first = sum >> 1;
                let second = sum.wrapping_sub(first);
                x * $float::from_bits(first << MANTISSA) * $float::from_bits(second << MANTISSA)
            }

            /// `x` within bounds; NaN stays.
            #[inline(always)]
            pub(in crate::number) fn clamp(x: $float, low: $float, high: $float) -> $float {
                let x = if x < low { low } else { x };
                if x > high { high } else { x }
            }

            /// See [`Float::exp`](crate::number::Float::exp).
            #[inline(always)]
            pub(in crate::number) fn exp(x: $float) -> $float {
                let (exponent, r, _, bend) = parts(clamp(x, EXP.0, EXP.1));
                scale(add(1.0, r, bend).0, exponent)
            }

            /// See [`Float::exp2`](crate::number::Float::exp2).
            #[inline(always)]
            pub(in crate::number) fn exp2(x: $float) -> $float {
                let x = clamp(x, EXP2.0, EXP2.1);
                let (n, exponent) = nearest(x);
                let r = (x - n) * std::$float::consts::LN_2;
                scale(add(1.0, r, bend(r)).0, exponent)
            }

            /// See [`Float::expm1`](crate::number::Float::expm1).
            #[inline(always)]
            pub(in crate::number) fn expm1(x: $float) -> $float {
                let parts = parts(clamp(x, EXPM1_LOW, EXP.1));
                let (exponent, r, lost, bend) = parts;
                // Where nothing is scaled halving could lose a digit, and zero has lost its sign.
                let unscaled = r + (lost + bend);
                let scaled = 2.0 * half_less_one(parts).0;
                (if exponent == 0 { unscaled } else { scaled }).copysign(x)
            }

            /// Half of `exp(x) - 1`, and what that lost, of the parts of `x`, but for the sign of zero
            /// and odd subnormal numbers.
            #[inline(always)]
            pub(in crate::number) fn half_less_one(
                (exponent, r, lost, bend): ($bits, $float, $float, $float),
            ) -> ($float, $float) {
                // The whole power may be too large.
                let half = power_of_two(exponent.wrapping_sub(1));
                add(half - 0.5, half * r, half * (lost + bend))
            }
        }
    };
}

exponentials! {
    single, f32, u32,
    // `(exp(r) - 1 - r) / r²`
    fraction: [
        0.5,
        0.16666666,
        0.041666362,
        0.00833339,
        0.0013940627,
        0.00019845858,
    ],
    /// Beyond are zero and infinity.
    const EXP: (f32, f32) = (-104.0, 89.0);
    /// Beyond are zero and infinity.
    const EXP2: (f32, f32) = (-151.0, 129.0);
    /// Below is -1.
    const EXPM1_LOW: f32 = -18.0;
    /// The logarithm of two, so short that products with exponents are exact, and the rest.
    pub(in crate::number) const LN_2_HIGH: f32 = 0.69314575;
    pub(in crate::number) const LN_2_LOW: f32 = 1.4286068e-06;
}

exponentials! {
    double, f64, u64,
    // `(exp(r) - 1 - r) / r²`
    fraction: [
        0.5,
        0.16666666666666677,
        0.04166666666666651,
        0.008333333333321691,
        0.001388888888896236,
        0.00019841269885965295,
        2.4801587172564587e-05,
        2.755724437479992e-06,
        2.7557402621998183e-07,
        2.5108978665227572e-08,
        2.087533553513928e-09,
    ],
    /// Beyond are zero and infinity.
    const EXP: (f64, f64) = (-746.0, 710.0);
    /// Beyond are zero and infinity.
    const EXP2: (f64, f64) = (-1076.0, 1025.0);
    /// Below is -1.
    const EXPM1_LOW: f64 = -38.0;
    /// The logarithm of two, so short that products with exponents are exact, and the rest.
    pub(in crate::number) const LN_2_HIGH: f64 = 0.6931471805601177;
    pub(in crate::number) const LN_2_LOW: f64 = -1.7239444525614835e-13;
}
