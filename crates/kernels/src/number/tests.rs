//! The arithmetic of numbers on edge cases, and the accuracy of functions.

use super::*;

#[test]
fn integers_divide_as_in_xla() {
    assert_eq!(Number::div(7i32, 0), -1);
    assert_eq!(Number::div(7u64, 0), u64::MAX);
    assert_eq!(Number::rem(-7i32, 0), -7);
    assert_eq!(Number::div(i64::MIN, -1), i64::MIN);
    assert_eq!(Number::rem(i64::MIN, -1), 0);
    assert_eq!((Number::div(-7i32, 2), Number::rem(-7i32, 2)), (-3, -1));
    assert_eq!(Number::abs(i32::MIN), i32::MIN);
    assert_eq!(Number::neg(1u32), u32::MAX);
}

#[test]
fn extrema_propagate_nan_and_order_zeros() {
    for (x, y) in [(0.0f32, -0.0f32), (-0.0, 0.0)] {
        assert!(Number::maximum(x, y).is_sign_positive());
        assert!(Number::minimum(x, y).is_sign_negative());
    }
    assert!(Number::maximum(-0.0f64, -0.0).is_sign_negative());
    for (x, y) in [(f64::NAN, 1.0), (1.0, f64::NAN)] {
        assert!(Number::maximum(x, y).is_nan() && Number::minimum(x, y).is_nan());
    }
    assert_eq!(Number::maximum(f32::NEG_INFINITY, -1.0), -1.0);
    assert_eq!(Number::minimum(3i64, -2), -2);
}

#[test]
fn signs_are_kept() {
    assert!(Number::sign(-0.0f32).is_sign_negative() && Number::sign(f32::NAN).is_nan());
    assert_eq!(Number::sign(f64::NEG_INFINITY), -1.0);
    assert_eq!([-5, 0, 5].map(Number::sign), [-1i32, 0, 1]);
    assert_eq!([0, 5].map(Number::sign), [0u64, 1]);
}

#[test]
fn powers_of_integers_wrap_and_may_be_negative() {
    assert_eq!(Number::pow(3i32, 5), 243);
    assert_eq!(Number::pow(0i32, 0), 1);
    assert_eq!(Number::pow(2u32, 32), 0);
    assert_eq!(Number::pow(3u64, u64::MAX), 12297829382473034411);
    assert_eq!(
        [(1, -3), (-1, -3), (-1, -2), (2, -1), (0, -1)].map(|(x, n)| Number::pow(x, n)),
        [1i32, -1, 1, 0, 0]
    );
    assert_eq!(Number::powi(2.0f32, -2), 0.25);
    assert_eq!(Number::powi(f64::NAN, 0), 1.0);
    assert_eq!(Number::powi(-2i32, 3), -8);
    assert_eq!(Number::powi(2.0f64, i32::MIN), 0.0);
}

#[test]
fn remainders_of_floats_are_fmod() {
    assert_eq!(Number::rem(-7.5f32, 2.0), -1.5);
    assert!(Number::rem(1.0f64, 0.0).is_nan());
    assert_eq!(Number::rem(1.0f32, f32::INFINITY), 1.0);
}

#[test]
fn rounding_settles_halves() {
    let x = [-2.5f32, -1.5, -0.5, 0.5, 1.5, 2.5];
    assert_eq!(
        x.map(Float::round_half_even),
        [-2.0, -2.0, 0.0, 0.0, 2.0, 2.0]
    );
    assert_eq!(
        x.map(Float::round_half_away),
        [-3.0, -2.0, -1.0, 1.0, 2.0, 3.0]
    );
}

#[test]
fn edges_are_those_of_c() {
    let inf = f32::INFINITY;
    assert_eq!(Float::rsqrt(0.0f32), inf);
    assert_eq!(Float::rsqrt(inf), 0.0);
    assert_eq!(Float::log(0.0f32), -inf);
    assert!(Float::log(-1.0f32).is_nan());
    assert_eq!(
        [-200.0, 0.0, 200.0].map(<f32 as Float>::logistic),
        [0.0, 0.5, 1.0]
    );
    assert_eq!([-inf, inf].map(<f32 as Float>::logistic), [0.0, 1.0]);
    assert!(Float::logistic(f32::NAN).is_nan());
    assert_eq!([-inf, inf].map(<f32 as Float>::asinh), [-inf, inf]);
    assert_eq!(Float::atanh(-1.0f32), -inf);
    assert!(Float::acosh(0.5f64).is_nan());
}

/// A function in both precisions, with the ends of the arguments tried.
type Case = (&'static str, fn(f32) -> f32, fn(f64) -> f64, f32, f32);

#[test]
fn single_precision_is_double_rounded_to_two_units() {
    let cases: [Case; 25] = [
        ("exp", Float::exp, Float::exp, -80.0, 80.0),
        ("exp2", Float::exp2, Float::exp2, -120.0, 120.0),
        ("expm1", Float::expm1, Float::expm1, -5.0, 5.0),
        ("log", Float::log, Float::log, 1e-3, 10.0),
        ("log1p", Float::log1p, Float::log1p, -0.9, 9.0),
        ("sqrt", Float::sqrt, Float::sqrt, 0.0, 9.0),
        ("rsqrt", Float::rsqrt, Float::rsqrt, 1e-3, 9.0),
        ("cbrt", Float::cbrt, Float::cbrt, -9.0, 9.0),
        ("sin", Float::sin, Float::sin, -9.0, 9.0),
        ("cos", Float::cos, Float::cos, -9.0, 9.0),
        ("tan", Float::tan, Float::tan, -1.5, 1.5),
        ("asin", Float::asin, Float::asin, -1.0, 1.0),
        ("acos", Float::acos, Float::acos, -1.0, 1.0),
        ("atan", Float::atan, Float::atan, -9.0, 9.0),
        ("sinh", Float::sinh, Float::sinh, -9.0, 9.0),
        ("cosh", Float::cosh, Float::cosh, -9.0, 9.0),
        ("tanh", Float::tanh, Float::tanh, -9.0, 9.0),
        ("asinh", Float::asinh, Float::asinh, -9.0, 9.0),
        ("acosh", Float::acosh, Float::acosh, 1.0, 9.0),
        ("atanh", Float::atanh, Float::atanh, -0.99, 0.99),
        ("logistic", Float::logistic, Float::logistic, -80.0, 80.0),
        ("erf", Float::erf, Float::erf, -4.0, 4.0),
        ("erfc", Float::erfc, Float::erfc, -4.0, 9.0),
        ("floor", Float::floor, Float::floor, -9.0, 9.0),
        ("ceil", Float::ceil, Float::ceil, -9.0, 9.0),
    ];
    for (name, single, double, low, high) in cases {
        for i in 0..=10_000 {
            let x = low + (high - low) * (i as f32 / 10_000.0);
            let (got, want) = (single(x), double(x as f64));
            let unit = (want as f32).next_up() as f64 - (want as f32) as f64;
            let error = (got as f64 - want).abs() / unit.abs();
            assert!(error <= 2.5, "{name}({x}) is {error} units off");
        }
    }
}

#[test]
fn inverse_hyperbolics_keep_their_digits() {
    for (name, f, x, want) in REFERENCE {
        let got = f(x);
        assert!(
            ((got - want) / want).abs() < 1e-15,
            "{name}({x}) = {got}, not {want}"
        );
    }
    assert_eq!(Float::asinh(-1e30f32), -69.7707);
    assert_eq!(Float::asinh(1e-10f32), 1e-10);
}

type Reference = (&'static str, fn(f64) -> f64, f64, f64);

/// Computed with 50 digits.
const REFERENCE: [Reference; 19] = [
    ("asinh", Float::asinh, 1e-10, 1.0000000000000000364e-10),
    ("asinh", Float::asinh, -1e-10, -1.0000000000000000364e-10),
    ("asinh", Float::asinh, 0.001, 0.00099999983333340835411),
    ("asinh", Float::asinh, 0.3, 0.29567304756342242847),
    ("asinh", Float::asinh, -7.0, -2.6441207610586290757),
    ("asinh", Float::asinh, 1e+30, 69.77069997038131585),
    ("asinh", Float::asinh, -1e+30, -69.77069997038131585),
    ("asinh", Float::asinh, 1e+300, 691.46867507877365057),
    (
        "acosh",
        Float::acosh,
        1.0000000000009095,
        1.3486991523485067976e-6,
    ),
    ("acosh", Float::acosh, 1.001, 0.044717633608306847513),
    ("acosh", Float::acosh, 1.5, 0.962423650119206895),
    ("acosh", Float::acosh, 30.0, 4.0940666686320851277),
    ("acosh", Float::acosh, 1e+30, 69.77069997038131585),
    ("acosh", Float::acosh, 1e+300, 691.46867507877365057),
    ("atanh", Float::atanh, 1e-10, 1.0000000000000000364e-10),
    ("atanh", Float::atanh, -0.001, -0.0010000003333335333543),
    ("atanh", Float::atanh, 0.3, 0.30951960420311170327),
    ("atanh", Float::atanh, -0.999999, -7.2543286192476693673),
    (
        "atanh",
        Float::atanh,
        0.9999999999999998,
        18.368400284838550644,
    ),
];
