//! Exponentials in straight-line code, which a loop over them vectorises.
//!
//! An argument is cut into `n ln 2 + r` with `|r| ≤ ln 2 / 2`; a polynomial gives `exp(r) - 1`, which is
//! multiplied by the power of two. The polynomials have the least maximal error relative to
//! `exp(r) - 1`, and shorter ones relative to `exp(r)` where one is added, from Remez fits with 200 bits.
//! All is inlined; see `simd::Kernel`.

/// The exponentials of one precision as a module.
macro_rules! exponentials {
    ($module:ident, $float:ident, $bits:ident, fraction: $fraction:tt, beside_one: $beside_one:tt, $($constant:item)*) => {
        pub(super) mod $module {
            use crate::number::polynomial::polynomial;

            $($constant)*

            /// How far an exponent is shifted in the bits.
            const MANTISSA: u32 = $float::MANTISSA_DIGITS - 1;
            /// What is added to an exponent in the bits.
            pub(in crate::number) const BIAS: $float = ($float::MAX_EXP - 1) as $float;
            /// Numbers near it, three halves of the power whose last place is one, are integers.
            const INTEGERS: $float = (3u64 << (MANTISSA - 1)) as $float;

            /// The nearest integer to a number of less than two to the `MANTISSA - 1`, and bits
            /// that end in its sum with a bias. What is above them a shift by `MANTISSA` loses.
            #[inline(always)]
            fn nearest(x: $float, bias: $float) -> ($float, $bits) {
                let shifted = x + (INTEGERS + bias);
                (shifted - (INTEGERS + bias), shifted.to_bits())
            }

            /// `n` in bits with a bias, and `high - low = r` with `x = n ln 2 + r`.
            #[inline(always)]
            fn cut(x: $float, bias: $float) -> ($bits, $float, $float) {
                let (n, exponent) = nearest(x * std::$float::consts::LOG2_E, bias);
                // The difference is exact.
                (exponent, x - n * LN_2_HIGH, n * LN_2_LOW)
            }

            /// `n` in bits with a bias, and two numbers that with one add up to `exp(r)`, of which
            /// the first is exact, where `x = n ln 2 + r`. The second is exact enough beside one.
            #[inline(always)]
            pub(in crate::number) fn parts_beside_one(x: $float, bias: $float) -> ($bits, $float, $float) {
                let (exponent, high, low) = cut(x, bias);
                let r = high - low;
                (exponent, high, r * r * polynomial!(r, $beside_one) - low)
            }

            /// As [`parts_beside_one`] with one less than `BIAS`, and exact enough without one.
            #[inline(always)]
            pub(in crate::number) fn parts(x: $float) -> ($bits, $float, $float) {
                let (exponent, high, low) = cut(x, BIAS - 1.0);
                let r = high - low;
                (exponent, high, bend(r) - low)
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

            /// Two to an exponent that was biased by `BIAS`.
            #[inline(always)]
            pub(in crate::number) fn power_of_two(exponent: $bits) -> $float {
                $float::from_bits(exponent << MANTISSA)
            }

            /// `x` times two to an exponent that was biased by twice `BIAS`. In two steps, of which
            /// the first is exact, so that results beyond the normal numbers are rounded once.
            #[inline(always)]
            fn scale(x: $float, exponent: $bits) -> $float {
                let first = exponent >> 1;
                let second = exponent.wrapping_sub(first);
                x * power_of_two(first) * power_of_two(second)
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
                let x = clamp(x, EXP.0, EXP.1);
                let (exponent, high, rest) = parts_beside_one(x, 2.0 * BIAS);
                scale(add(1.0, high, rest).0, exponent)
            }

            /// See [`Float::exp2`](crate::number::Float::exp2).
            #[inline(always)]
            pub(in crate::number) fn exp2(x: $float) -> $float {
                let x = clamp(x, EXP2.0, EXP2.1);
                let (n, exponent) = nearest(x, 2.0 * BIAS);
                let r = (x - n) * std::$float::consts::LN_2;
                scale(add(1.0, r, bend(r)).0, exponent)
            }

            /// See [`Float::expm1`](crate::number::Float::expm1).
            #[inline(always)]
            pub(in crate::number) fn expm1(x: $float) -> $float {
                let parts = parts(clamp(x, EXPM1_LOW, EXP.1));
                let (exponent, high, rest) = parts;
                // Where nothing is scaled halving could lose a digit, and zero has lost its sign.
                let unscaled = high + rest;
                let scaled = 2.0 * half_less_one(parts).0;
                let zero = const { (INTEGERS + (BIAS - 1.0)).to_bits() };
                (if exponent == zero { unscaled } else { scaled }).copysign(x)
            }

            /// Half of `exp(x) - 1`, and what that lost, of the parts of `x`, but for the sign of zero
            /// and odd subnormal numbers.
            #[inline(always)]
            pub(in crate::number) fn half_less_one(
                (exponent, high, rest): ($bits, $float, $float),
            ) -> ($float, $float) {
                // The whole power may be too large.
                let half = power_of_two(exponent);
                add(half - 0.5, half * high, half * rest)
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
    // The same with errors relative to `exp(r)`.
    beside_one: [0.49999994, 0.16666521, 0.04166839, 0.008368727, 0.0013814578],
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
    // The same with errors relative to `exp(r)`.
    beside_one: [
        0.5000000000000011,
        0.16666666666666413,
        0.04166666666653,
        0.008333333333494647,
        0.0013888888943676897,
        0.00019841269506288856,
        2.480149304511786e-05,
        2.7557586528698074e-06,
        2.76302692363905e-07,
        2.500004621469781e-08,
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
