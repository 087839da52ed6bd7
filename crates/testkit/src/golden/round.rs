//! Rounding to the half-width floats, whose values are kept as f32.

/// `x` rounded to float16, ties to even; beyond the largest finite value it is infinite.
pub(super) fn to_float16(x: f64) -> f32 {
    to_format(x, 10, -14, 65504.0)
}

/// `x` rounded to bfloat16, ties to even; beyond the largest finite value it is infinite.
pub(super) fn to_bfloat16(x: f64) -> f32 {
    to_format(x, 7, -126, f64::from(f32::from_bits(0x7f7f_0000)))
}

/// Rounds to a binary format of `fraction` stored bits whose smallest normal exponent is `least`.
///
/// Every such value is exact in f32, and scaling by a power of two is exact in f64.
fn to_format(x: f64, fraction: i32, least: i32, largest: f64) -> f32 {
    if x == 0.0 || !x.is_finite() {
        return x as f32;
    }
    let exponent = ((x.to_bits() >> 52) & 0x7ff) as i32 - 1023;
    let unit = 2f64.powi(exponent.max(least) - fraction);
    let rounded = (x / unit).round_ties_even() * unit;
    if rounded.abs() > largest {
        return f32::INFINITY.copysign(x as f32);
    }
    rounded as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn float16_rounds_to_its_grid() {
        assert_eq!(to_float16(0.1), 0.0999755859375);
        assert_eq!(to_float16(2049.0), 2048.0);
        assert_eq!(to_float16(2051.0), 2052.0);
        assert_eq!(to_float16(65519.0), 65504.0);
        assert_eq!(to_float16(-65520.0), f32::NEG_INFINITY);
        assert_eq!(to_float16(6e-8), 2f32.powi(-24));
        assert_eq!(to_float16(2e-8), 0.0);
        assert!(to_float16(-0.0).is_sign_negative() && to_float16(f64::NAN).is_nan());
    }

    #[test]
    fn bfloat16_rounds_to_its_grid() {
        assert_eq!(to_bfloat16(0.1), 0.10009765625);
        assert_eq!(to_bfloat16(257.0), 256.0);
        assert_eq!(to_bfloat16(259.0), 260.0);
        assert_eq!(to_bfloat16(3.4e38), f32::INFINITY);
        assert_eq!(to_bfloat16(9.2e-41), f32::from_bits(0x0001_0000));
    }
}
