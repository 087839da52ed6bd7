//! The straight-line functions against those of libm, at their edges and at every level.

use super::Float;
use crate::map::map;
use crate::simd::at_every_level;
use proptest::prelude::*;

/// A function in both precisions, libm's, the units that single precision may differ from the
/// exact value and the units that double precision may differ from libm's.
struct Function {
    name: &'static str,
    single: fn(f32) -> f32,
    double: fn(f64) -> f64,
    libm: fn(f64) -> f64,
    units: f64,
    apart: i64,
}

fn functions() -> [Function; 8] {
    macro_rules! function {
        ($name:ident, $libm:expr, $units:literal, $apart:literal) => {
            Function {
                name: stringify!($name),
                single: Float::$name,
                double: Float::$name,
                libm: $libm,
                units: $units,
                apart: $apart,
            }
        };
    }
    [
        function!(exp, libm::exp, 0.8, 1),
        function!(exp2, libm::exp2, 0.85, 1),
        function!(expm1, libm::expm1, 1.2, 2),
        function!(log, libm::log, 0.85, 1),
        function!(log1p, libm::log1p, 0.9, 1),
        function!(tanh, libm::tanh, 1.4, 2),
        function!(logistic, logistic, 2.0, 3),
        function!(erf, libm::erf, 1.5, 2),
    ]
}

fn logistic(x: f64) -> f64 {
    let e = libm::exp(-x.abs());
    if x < 0.0 {
        e / (1.0 + e)
    } else {
        1.0 / (1.0 + e)
    }
}

/// The distance between neighbouring numbers of single precision at `x`.
fn unit(x: f64) -> f64 {
    let exponent = (x.abs().to_bits() >> 52) as i32 - 1023;
    libm::exp2(f64::from(exponent.max(-126) - 23))
}

#[test]
fn single_precision_is_as_near_as_documented() {
    for function in functions() {
        // A prime stride visits every exponent with both signs.
        for bits in (0..=u32::MAX).step_by(40_009) {
            let x = f32::from_bits(bits);
            let (got, want) = ((function.single)(x), (function.libm)(f64::from(x)));
            let name = function.name;
            if (want as f32).is_finite() && got.is_finite() {
                let error = (f64::from(got) - want).abs() / unit(want);
                assert!(
                    error <= function.units,
                    "{name}({x:e}) is {error} units off"
                );
            } else if want.is_nan() {
                assert!(got.is_nan(), "{name}({x:e}) = {got:e}");
            } else {
                assert_eq!(got, want as f32, "{name}({x:e})");
            }
        }
    }
}

/// How many numbers lie between two, where both zeros are one.
fn apart(x: f64, y: f64) -> i64 {
    let order = |x: f64| {
        let magnitude = x.abs().to_bits() as i64;
        if x.is_sign_negative() {
            -magnitude
        } else {
            magnitude
        }
    };
    (order(x) - order(y)).abs()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, ..crate::fixed_seed() })]

    #[test]
    fn double_precision_is_near_libm(bits in any::<u64>(), mantissa in any::<u64>(), exponent in -12..12i32) {
        // Any number, and one where the functions bend.
        let usual = (1.0 + (mantissa >> 12) as f64 / (1u64 << 52) as f64) * libm::exp2(exponent.into());
        for x in [f64::from_bits(bits), usual, -usual] {
            for function in functions() {
                let (got, want) = ((function.double)(x), (function.libm)(x));
                if want.is_nan() {
                    prop_assert!(got.is_nan(), "{}({x:e}) = {got:e}", function.name);
                } else {
                    let apart = apart(got, want);
                    prop_assert!(
                        apart <= function.apart,
                        "{}({x:e}) = {got:e}, not {want:e}", function.name
                    );
                }
            }
        }
    }

    #[test]
    fn odd_functions_are_exactly_odd(bits in any::<u64>()) {
        let (x, y) = (f64::from_bits(bits), f32::from_bits(bits as u32));
        for f in [<f64 as Float>::tanh, <f64 as Float>::erf] {
            prop_assert!(x.is_nan() || f(-x).to_bits() == (-f(x)).to_bits());
        }
        for f in [<f32 as Float>::tanh, <f32 as Float>::erf] {
            prop_assert!(y.is_nan() || f(-y).to_bits() == (-f(y)).to_bits());
        }
    }
}

/// Checks in both precisions that a function has these values, bit by bit but for NaN.
macro_rules! edges {
    ($name:ident: $($x:expr => $y:expr),* $(,)?) => {
        for (x, want) in [$(($x, $y)),*] {
            let got = Float::$name(x);
            assert!(
                got.to_bits() == want.to_bits() || got.is_nan() && want.is_nan(),
                "{}({x}) = {got}, not {want}", stringify!($name)
            );
        }
    };
}

macro_rules! edges_of {
    ($test:ident, $float:ident) => {
        #[test]
        fn $test() {
            use std::$float::consts::LN_2;
            const INF: $float = $float::INFINITY;
            const NAN: $float = $float::NAN;
            const TINY: $float = $float::from_bits(3);
            edges!(exp: 0.0 => 1.0, -0.0 => 1.0, -INF => 0.0, INF => INF, NAN => NAN,
                $float::MAX => INF, $float::MIN => 0.0, TINY => 1.0);
            edges!(exp2: 0.0 => 1.0, -INF => 0.0, INF => INF, NAN => NAN, 10.0 => 1024.0,
                $float::MIN_EXP as $float - 1.0 => $float::MIN_POSITIVE,
                ($float::MIN_EXP - $float::MANTISSA_DIGITS as i32) as $float => $float::from_bits(1),
                $float::MAX_EXP as $float => INF);
            edges!(expm1: 0.0 => 0.0, -0.0 => -0.0, -INF => -1.0, INF => INF, NAN => NAN,
                TINY => TINY, -TINY => -TINY, $float::MAX => INF, $float::MIN => -1.0);
            edges!(log: 0.0 => -INF, -0.0 => -INF, 1.0 => 0.0, -1.0 => NAN, -INF => NAN,
                -TINY => NAN, INF => INF, NAN => NAN, 2.0 => LN_2, 0.5 => -LN_2,
                $float::from_bits(1) => ($float::MIN_EXP - $float::MANTISSA_DIGITS as i32) as $float * LN_2);
            edges!(log1p: 0.0 => 0.0, -0.0 => -0.0, -1.0 => -INF, -1.5 => NAN, -INF => NAN,
                INF => INF, NAN => NAN, TINY => TINY, -TINY => -TINY, 1.0 => LN_2);
            edges!(tanh: 0.0 => 0.0, -0.0 => -0.0, -INF => -1.0, INF => 1.0, NAN => NAN,
                TINY => TINY, -TINY => -TINY, $float::MAX => 1.0);
            edges!(logistic: 0.0 => 0.5, -0.0 => 0.5, -INF => 0.0, INF => 1.0, NAN => NAN,
                $float::MIN => 0.0, $float::MAX => 1.0);
            edges!(erf: 0.0 => 0.0, -0.0 => -0.0, -INF => -1.0, INF => 1.0, NAN => NAN,
                $float::from_bits(8) => $float::from_bits(9), $float::MAX => 1.0, $float::MIN => -1.0);
        }
    };
}

edges_of!(single_precision_has_the_edges_of_c, f32);
edges_of!(double_precision_has_the_edges_of_c, f64);

#[test]
fn every_level_gives_the_same_bits() {
    macro_rules! check {
        ($float:ident, $x:expr, $($name:ident),*) => {{
            let x: Vec<$float> = $x;
            let mut out = vec![0.0; x.len()];
            $(
                let plain: Vec<_> = x.iter().map(|&x| <$float as Float>::$name(x).to_bits()).collect();
                at_every_level(|level| {
                    map(&x, &mut out, <$float as Float>::$name);
                    let bits: Vec<_> = out.iter().map(|y| y.to_bits()).collect();
                    assert!(bits == plain, "{} at {level}", stringify!($name));
                });
            )*
        }};
    }
    let bits = || (0..100_003u64).map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let singles = bits().map(|bits| f32::from_bits((bits >> 32) as u32));
    let doubles = bits().map(f64::from_bits);
    check!(
        f32,
        singles.clone().collect(),
        exp,
        exp2,
        expm1,
        log,
        log1p,
        tanh,
        logistic,
        erf,
        erf_inv,
        lgamma,
        digamma,
        sqrt,
        rsqrt
    );
    check!(
        f64,
        doubles.clone().collect(),
        exp,
        exp2,
        expm1,
        log,
        log1p,
        tanh,
        logistic,
        erf,
        lgamma,
        digamma,
        sqrt,
        rsqrt
    );
    // The instruction makes signalling NaNs quiet, the function that stands in for it does not.
    check!(
        f32,
        singles.filter(|x| !x.is_nan()).collect(),
        floor,
        ceil,
        round_half_even
    );
    check!(
        f64,
        doubles.filter(|x| !x.is_nan()).collect(),
        floor,
        ceil,
        round_half_even
    );
}
