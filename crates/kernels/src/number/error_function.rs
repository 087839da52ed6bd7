//! The error function in straight-line code.
//!
//! Up to one it is `x + x P(x²)`, beyond `1 - exp(-Q(|x| - 1))`, where `Q` is the negative logarithm of
//! the complement. The polynomials have the least maximal error relative to erf, from a Remez fit
//! with 160 bits.

/// The error function of one precision as a module.
macro_rules! error_functions {
    ($module:ident, $float:ident, small: $small:tt, large: $large:tt, $($constant:item)*) => {
        pub(super) mod $module {
            use std::hint::select_unpredictable;

            use crate::number::exponential::$module::{BIAS, clamp, parts_beside_one, power_of_two};
            use crate::number::polynomial::polynomial;

            $($constant)*

            /// See [`Float::erf`](crate::number::Float::erf).
            #[inline(always)]
            pub(in crate::number) fn erf(x: $float) -> $float {
                let small = x + x * polynomial!(x * x, $small);
                let beyond = clamp(x.abs(), 0.0, ONE) - 1.0;
                let (exponent, high, rest) = parts_beside_one(-polynomial!(beyond, $large), BIAS);
                let complement = power_of_two(exponent) * (1.0 + (high + rest));
                let large = (1.0 - complement).copysign(x);
                // A select, as the compiler moves into a branch what one side alone needs, and then
                // vectorises nothing.
                select_unpredictable(x.abs() < 1.0, small, large)
            }
        }
    };
}

error_functions! {
    single, f32,
    // `erf(x) / x - 1` by powers of `x²`.
    small: [
        0.12837917,
        -0.37612626,
        0.11283579,
        -0.026853347,
        0.005187162,
        -0.0007997853,
        7.806902e-05,
    ],
    // `-log(1 - erf(x))` by powers of `x - 1`.
    large: [
        1.8496056,
        2.6389675,
        0.84310704,
        0.041563552,
        -0.010046589,
        0.0020120984,
        -0.00028958914,
        2.1697564e-05,
    ],
    /// Beyond erf is one.
    const ONE: f32 = 3.95;
}

error_functions! {
    double, f64,
    // `erf(x) / x - 1` by powers of `x²`.
    small: [
        0.1283791670955126,
        -0.3761263890318375,
        0.11283791670954857,
        -0.026866170645072834,
        0.005223977624780267,
        -0.0008548326978706518,
        0.00012055331035556298,
        -1.4925593473658016e-05,
        1.6460972269454625e-06,
        -1.6350019272191637e-07,
        1.4657838891454617e-08,
        -1.1365504273858864e-09,
        5.944982778807718e-11,
    ],
    // `-log(1 - erf(x))` by powers of `x - 1`.
    large: [
        1.8496055099332482,
        2.638967514234789,
        0.8431072563586474,
        0.041561098042377516,
        -0.010033825380278158,
        0.0019779026045944085,
        -0.00023732263155649088,
        -2.6277451989053437e-05,
        2.715826186209915e-05,
        -9.6076531465215e-06,
        2.0584173752678984e-06,
        -1.4177751371065966e-07,
        -9.821160541165432e-08,
        5.233577158109601e-08,
        -1.5008844213105236e-08,
        2.8865445527847218e-09,
        -3.717230559178089e-10,
        2.913668563893207e-11,
        -1.0525068037049305e-12,
    ],
    /// Beyond erf is one.
    const ONE: f64 = 5.95;
}
