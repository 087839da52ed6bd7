//! The logarithm of the gamma function and its derivatives, of which the first two are straight-line
//! code, which a loop over them vectorises.
//!
//! Positive arguments are moved by the recurrence `Γ(z + 1) = z Γ(z)` to where a polynomial (from
//! 1.5 to 2.5) or the asymptotic series is exact; those below by reflection. The constants of the
//! series are Bernoulli numbers; the polynomials, that of digamma's series among them, are Chebyshev
//! interpolants computed with 200 bits.
//! Single precision goes by way of double, which leaves one rounding.
//!
//! Reference: NIST Digital Library of Mathematical Functions, 5.5 (recurrences, reflection), 5.11
//! and 5.15 (series), 25.11 (the zeta function of Hurwitz).

// Selects, as the compiler moves into a branch what one side alone needs, and then vectorises nothing.
use std::hint::select_unpredictable as select;

use super::logarithm::double::log;
use super::polynomial::polynomial;

/// `log π`.
const LOG_PI: f64 = 1.1447298858494002;
/// `log(2π) / 2`.
const HALF_LOG_TAU: f64 = 0.9189385332046728;

/// `sin(π x)` for `0 ≤ x ≤ ½`.
#[inline(always)]
#[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
fn sin_pi(x: f64) -> f64 {
    x * polynomial!(
        x * x,
        [
            std::f64::consts::PI,
            -5.167712780049969,
            2.5501640398773007,
            -0.5992645293189447,
            0.0821458865731029,
            -0.007370430505916944,
            0.0004662998161898394,
            -2.1903497074626018e-05,
            7.697826768224191e-07,
        ]
    )
}

/// From here on there are integers only.
const INTEGERS: f64 = (1u64 << 52) as f64;

/// What a positive number exceeds the nearest integer by, which is exact; NaN for infinity.
#[inline(always)]
#[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
fn beside_integer(y: f64) -> f64 {
    y - select(y < INTEGERS, (y + INTEGERS) - INTEGERS, y)
}

/// See [`Float::lgamma`](super::Float::lgamma).
pub(super) fn lgamma(x: f64) -> f64 {
    if x > 0.0 || x.is_nan() {
        return lgamma_positive(x);
    }
    if x == f64::NEG_INFINITY {
        return f64::INFINITY;
    }
    let sine = sin_pi(beside_integer(-x).abs());
    LOG_PI - log(sine) - lgamma_positive(1.0 - x)
}

fn lgamma_positive(z: f64) -> f64 {
    if z >= 8.0 {
        let inverse = 1.0 / z;
        let series = inverse
            * polynomial!(
                inverse * inverse,
                [
                    0.08333333333333333,
                    -0.002777777777777778,
                    0.0007936507936507937,
                    -0.0005952380952380953,
                    0.0008417508417508417,
                    -0.0019175269175269176,
                    0.00641025641025641,
                    -0.029550653594771242,
                ]
            );
        return (z - 0.5) * (log(z) - 1.0) + ((HALF_LOG_TAU - 0.5) + series);
    }
    // The numbers are exact near both zeros, one and two.
    if z < 0.5 {
        return lgamma_beyond_two(z) - log(z * (z + 1.0));
    }
    if z < 1.5 {
        return lgamma_beyond_two(z - 1.0) - log(z);
    }
    let (mut factors, mut down) = (1.0, 2.0);
    while z - down >= 0.5 {
        factors *= z - (down - 1.0);
        down += 1.0;
    }
    lgamma_beyond_two(z - down) + log(factors)
}

/// The logarithm of the gamma function of `2 + s` for `|s| ≤ ½`.
fn lgamma_beyond_two(s: f64) -> f64 {
    s * polynomial!(
        s,
        [
            0.42278433509846713,
            0.3224670334241132,
            -0.06735230105319814,
            0.02058080842778457,
            -0.0073855510286681535,
            0.002890510330738737,
            -0.0011927539120010226,
            0.0005096695248853096,
            -0.00022315475074520367,
            9.945750909889392e-05,
            -4.4926351103833334e-05,
            2.050726741605779e-05,
            -9.438458716242811e-06,
            4.374374916915131e-06,
            -2.0449201467015115e-06,
            9.578663334114758e-07,
            -4.303558760359961e-07,
            2.0304806751615227e-07,
            -1.3412819758517287e-07,
            6.379047507619774e-08,
        ]
    )
}

/// See [`Float::digamma`](super::Float::digamma).
#[inline(always)]
#[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
pub(super) fn digamma(x: f64) -> f64 {
    let reflected = x <= 0.0;
    let value = digamma_positive(select(reflected, 1.0 - x, x));
    // π times the cotangent of π |x|, from which the poles at zero and ±1 are taken out; at zero
    // it has no sign.
    let rest = beside_integer(x.abs());
    let square = rest * rest;
    let regular = polynomial!(
        square,
        [
            1.0,
            -4.289868133696442,
            1.1252216662726646,
            0.12996034353055727,
            0.026531409575815082,
            0.006165591753940747,
            0.0014967107969255566,
            0.00037115050887734103,
            8.70632286635865e-05,
            3.1570781081723196e-05
        ]
    );
    let poles = select(rest == 0.0, f64::NAN, rest * (1.0 - square));
    select(reflected, value + regular / poles, value)
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
fn digamma_positive(z: f64) -> f64 {
    // The sum of the inverses of z, z + 1, .. as one quotient, by which near arguments go far.
    let (mut above, mut below) = (0.0, 1.0);
    for step in 0..6 {
        let term = z + f64::from(step);
        above = above * term + below;
        below *= term;
    }
    let near = z < 6.0;
    let w = select(near, z + 6.0, z);
    let inverse = 1.0 / w;
    let square = inverse * inverse;
    let series = square
        * polynomial!(
            square,
            [
                0.08333333333333294,
                -0.00833333333196673,
                0.003968253174196777,
                -0.0041664921338011454,
                0.00755724034982676,
                -0.020057813199279285,
                0.0527835788011919
            ]
        );
    log(w) - (0.5 * inverse + series) - select(near, above / below, 0.0)
}

/// The derivative of [`digamma`]; infinite at its poles.
#[inline(always)]
#[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
pub(super) fn trigamma(x: f64) -> f64 {
    let reflected = x <= 0.0;
    let value = trigamma_positive(select(reflected, 1.0 - x, x));
    let sine = sin_pi(beside_integer(x.abs()).abs()) * std::f64::consts::FRAC_1_PI;
    let mirror = 1.0 / (sine * sine) - value;
    let mirror = select(x == f64::NEG_INFINITY, f64::INFINITY, mirror);
    select(reflected, mirror, value)
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
fn trigamma_positive(z: f64) -> f64 {
    let (mut above, mut below) = (0.0, 1.0);
    for step in 0..10 {
        let term = z + f64::from(step);
        let square = term * term;
        above = above * square + below;
        below *= square;
    }
    let near = z < 10.0;
    let w = select(near, z + 10.0, z);
    let inverse = 1.0 / w;
    let square = inverse * inverse;
    let series = polynomial!(
        square,
        [
            1.0 / 6.0,
            -1.0 / 30.0,
            1.0 / 42.0,
            -1.0 / 30.0,
            5.0 / 66.0,
            -691.0 / 2730.0,
            7.0 / 6.0,
            -3617.0 / 510.0,
            43867.0 / 798.0,
        ]
    );
    inverse * (1.0 + inverse * (0.5 + inverse * series)) + select(near, above / below, 0.0)
}

/// See [`Float::polygamma`](super::Float::polygamma).
pub(super) fn polygamma(n: u32, x: f64) -> f64 {
    match n {
        0 => return digamma(x),
        1 => return trigamma(x),
        _ => {}
    }
    let sign = if n.is_multiple_of(2) { -1.0 } else { 1.0 };
    let factorial: f64 = (1..=n).map(f64::from).product();
    let s = n as i32 + 1;
    if x == f64::INFINITY {
        return sign * 0.0;
    }
    if x.is_nan() || x > 0.0 {
        return sign * factorial * zeta(s, x);
    }
    let rest = x - x.floor();
    if rest == 0.0 || x == f64::NEG_INFINITY {
        return sign * f64::INFINITY;
    }
    // The terms on both sides of zero are those around the remainder, wherever they begin.
    let parity = if s % 2 == 0 { 1.0 } else { -1.0 };
    let beyond = zeta(s, 1.0 - rest) - zeta(s, 1.0 - x);
    sign * factorial * (zeta(s, rest) + parity * beyond)
}

/// The zeta function of Hurwitz, the sum of `(x + k)⁻ˢ` over all `k ≥ 0`, for positive `x` and `s ≥ 3`:
/// its first terms, then the formula of Euler and Maclaurin.
fn zeta(s: i32, x: f64) -> f64 {
    /// `B₂ₖ / (2k)!`.
    const BERNOULLI: [f64; 12] = [
        0.08333333333333333,
        -0.001388888888888889,
        3.306878306878307e-05,
        -8.267195767195768e-07,
        2.08767569878681e-08,
        -5.284190138687493e-10,
        1.3382536530684679e-11,
        -3.3896802963225827e-13,
        8.586062056277845e-15,
        -2.174868698558062e-16,
        5.5090028283602295e-18,
        -1.3954464685812522e-19,
    ];
    let (mut w, mut sum) = (x, 0.0);
    while w < 10.0 + f64::from(s) {
        sum += w.powi(-s);
        w += 1.0;
    }
    let power = w.powi(-s);
    let order = f64::from(s);
    sum += power * (w / (order - 1.0) + 0.5);
    let (mut factor, mut next) = (power * order / w, order + 1.0);
    for bernoulli in BERNOULLI {
        sum += bernoulli * factor;
        factor *= next * (next + 1.0) / (w * w);
        next += 2.0;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::Float;

    /// Arguments and values, computed with 40 digits.
    type Values = &'static [(f64, f64)];

    const LGAMMA: Values = &[
        (1e-300, 690.77552789821370518),
        (1e-10, 23.025850929882735237),
        (0.1, 2.252712651734205902),
        (0.5, 0.57236494292470008707),
        (0.75, 0.20328095143129537148),
        (0.9999999999, 5.77215712742817838e-11),
        (1.0000000001, -5.772157125783244041e-11),
        (1.25, -0.098271836421813161464),
        (1.4999999999999998, -0.12078223763524523045),
        (1.5, -0.12078223763524522235),
        (1.75, -0.084401121020485555958),
        (2.0000000001, 4.2278437011204658672e-11),
        (2.5, 0.28468287047291915963),
        (3.75, 1.4868155785934170555),
        (7.999, 8.5231457861589154881),
        (8.0, 8.5251613610654143002),
        (8.25, 9.0331869196051228533),
        (25.5, 56.389167643719946744),
        (1e5, 1051287.7089736568949),
        (1e300, 6.8977552789821374147e302),
        (-1e-300, 690.77552789821370518),
        (-1e-10, 23.02585092999817837),
        (-0.25, 1.5895753125511859903),
        (-0.5, 1.2655121234846453965),
        (-1.5, 0.86004701537648101451),
        (-2.25, 0.55550154502064747059),
        (-10.75, -15.403074503504817344),
        (-1000.5, -5914.4377011168518766),
        (-1000000000.5, -19723265857.443885641),
    ];

    const DIGAMMA: Values = &[
        (1e-300, -9.9999999999999997494e299),
        (1e-10, -10000000000.5772153),
        (0.1, -10.423754940411076232),
        (0.5, -1.9635100260214234794),
        (1.0, -0.57721566490153286061),
        (1.25, -0.22745353337626540809),
        (2.0, 0.42278433509846713939),
        (3.75, 1.1825373886117962286),
        (9.999, 2.2516474172057353142),
        (10.0, 2.2517525890667211076),
        (25.5, 3.2189424728839197665),
        (1e5, 11.512920464961895087),
        (1e300, 690.77552789821370526),
        (-1e-300, 9.9999999999999997494e299),
        (-1e-10, 9999999999.4227839706),
        (-0.25, 2.9141391202135278304),
        (-1.25, 3.7141391202135278304),
        (-2.75, -1.9590552649779970098),
        (-10.75, -0.72089576016716117401),
        (-1000.25, 10.050097693066705875),
        (-1000000000.25, 23.864858491286204394),
    ];

    const TRIGAMMA: Values = &[
        (1e-150, 9.9999999999999998741e299),
        (1e-10, 99999999999999992715.0),
        (0.1, 101.4332991507927477),
        (0.5, 4.9348022005446793094),
        (1.0, 1.6449340668482264365),
        (1.25, 1.1973291545071107393),
        (2.0, 0.64493406684822643647),
        (3.75, 0.30533985269025307549),
        (9.999, 0.10517738667672886215),
        (10.0, 0.10516633568168574612),
        (25.5, 0.039994669649562924037),
        (1e5, 0.000010000050000166666667),
        (1e300, 9.999999999999999475e-301),
        (-1e-150, 9.9999999999999998741e299),
        (-1e-10, 99999999999999992715.0),
        (-0.25, 18.541879647671606498),
        (-0.5, 8.9348022005446793094),
        (-1.25, 19.181879647671606498),
        (-2.75, 19.433868949488464162),
        (-10.75, 19.650378280099093365),
        (-1000.25, 19.738209551699784882),
    ];

    const HIGHER: &[(u32, Values)] = &[
        (
            2,
            &[
                (1e-10, -1.9999999999999997814e30),
                (0.5, -16.828796644234319996),
                (1.0, -2.4041138063191885708),
                (3.75, -0.092546338515899269635),
                (30.5, -0.0011108026689359417368),
                (1e4, -1.0001000049999999833e-8),
                (-0.25, 122.69736678366236037),
                (-1.5, -0.236204051641727403),
                (-20.75, -124.02732002961223574),
            ],
        ),
        (
            3,
            &[
                (0.5, 97.409091034002437236),
                (1.0, 6.4939394022668291491),
                (3.75, 0.055705260745394508779),
                (30.5, 0.000074032961754388475648),
                (1e4, 2.0003000199999999e-12),
                (-0.25, 1555.7633125348505998),
                (-1.5, 194.59427621918762242),
                (-20.75, 1558.5452483477538166),
            ],
        ),
        (
            6,
            &[
                (1e-10, -7.1999999999999981638e72),
                (0.5, -92203.457923803023286),
                (1.0, -726.01147971498443532),
                (3.75, -0.087631331089771342358),
                (30.5, -1.6428972478015796649e-7),
                (1e4, -1.200360041999999496e-22),
                (-0.25, 11791071.073496904625),
                (-20.75, -11791224.761241894454),
            ],
        ),
    ];

    /// Checks values within a part of the larger of one and the value, or of the value itself.
    fn near(name: &str, f: impl Fn(f64) -> f64, values: Values, bound: f64, relative: bool) {
        for &(x, want) in values {
            let got = f(x);
            let scale = if relative {
                want.abs()
            } else {
                want.abs().max(1.0)
            };
            let error = (got - want).abs() / scale;
            assert!(error <= bound, "{name}({x}) = {got}, {error} off {want}");
        }
    }

    #[test]
    fn double_precision_is_as_near_as_documented() {
        near("lgamma", lgamma, LGAMMA, 1e-15, false);
        let positive = LGAMMA.iter().position(|v| v.0 < 0.0).unwrap();
        near("lgamma", lgamma, &LGAMMA[..positive], 1e-15, true);
        near("digamma", digamma, DIGAMMA, 2e-15, false);
        near("trigamma", trigamma, TRIGAMMA, 2e-15, true);
        for &(n, values) in HIGHER {
            near("polygamma", |x| polygamma(n, x), values, 1e-14, true);
        }
    }

    #[test]
    fn single_precision_is_double_rounded() {
        for i in -4000..4000i16 {
            let x = f32::from(i) / 256.0 + 0.001;
            let wide = f64::from(x);
            assert_eq!(Float::lgamma(x), lgamma(wide) as f32);
            assert_eq!(Float::digamma(x), digamma(wide) as f32);
            assert_eq!(Float::polygamma(x, 1), trigamma(wide) as f32);
            assert_eq!(Float::polygamma(x, 4), polygamma(4, wide) as f32);
        }
    }

    #[test]
    fn each_is_near_libm_or_a_difference_of_the_one_before() {
        for i in 1..4000 {
            let x = f64::from(i) / 97.0;
            let want = libm::lgamma(x);
            assert!(
                (lgamma(x) - want).abs() <= 2e-15 * want.abs().max(1.0),
                "{x}"
            );
            let h = 1e-3 * x.min(1.0);
            let slope = |f: fn(f64) -> f64| {
                (8.0 * (f(x + h) - f(x - h)) - (f(x + 2.0 * h) - f(x - 2.0 * h))) / (12.0 * h)
            };
            let close = |got: f64, want: f64| (got - want).abs() <= 1e-9 * want.abs().max(1.0);
            assert!(close(digamma(x), slope(lgamma)), "{x}");
            assert!(close(trigamma(x), slope(digamma)), "{x}");
            assert!(close(polygamma(2, x), slope(trigamma)), "{x}");
        }
    }

    #[test]
    fn poles_and_ends_are_those_of_xla() {
        let inf = f64::INFINITY;
        for x in [0.0, -0.0, -1.0, -2.0, -1e9, -1e300] {
            assert_eq!(lgamma(x), inf, "{x}");
            assert!(digamma(x).is_nan(), "{x}");
            assert_eq!(trigamma(x), inf, "{x}");
            assert_eq!(polygamma(2, x), -inf, "{x}");
            assert_eq!(polygamma(3, x), inf, "{x}");
        }
        assert_eq!((lgamma(1.0), lgamma(2.0)), (0.0, 0.0));
        assert_eq!((lgamma(inf), lgamma(-inf), lgamma(1e308)), (inf, inf, inf));
        assert_eq!((digamma(inf), trigamma(inf)), (inf, 0.0));
        assert_eq!(polygamma(3, inf), 0.0);
        assert!(digamma(-inf).is_nan());
        assert_eq!(trigamma(-inf), inf);
        for f in [lgamma, digamma, trigamma, |x| polygamma(2, x)] {
            assert!(f(f64::NAN).is_nan());
        }
        assert_eq!(Float::lgamma(f32::MAX), f32::INFINITY);
    }
}
