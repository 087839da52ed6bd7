//! Mean and deviation of a column of numbers.

/// The sums of Welford's method: one pass, without the cancellation of sums of squares.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Statistics {
    count: f64,
    mean: f64,
    squares: f64,
}

/// Why values cannot be standardised.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum NoScale {
    /// There are none.
    Missing,
    /// They are all the same.
    Constant,
    /// Their variance is beyond double precision.
    Overflow,
}

impl Statistics {
    /// Counts one more value.
    pub(super) fn add(&mut self, value: f64) {
        self.count += 1.0;
        let before = value - self.mean;
        self.mean += before / self.count;
        self.squares += before * (value - self.mean);
    }

    /// The mean and the deviation of the population.
    ///
    /// # Errors
    /// Where there are no values, they do not vary or one of the two is not finite.
    pub(super) fn scale(&self) -> Result<(f64, f64), NoScale> {
        let deviation = (self.squares / self.count).sqrt();
        if self.count == 0.0 {
            Err(NoScale::Missing)
        } else if !self.mean.is_finite() || !deviation.is_finite() {
            Err(NoScale::Overflow)
        } else if deviation > 0.0 {
            Ok((self.mean, deviation))
        } else {
            Err(NoScale::Constant)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(values: &[f64]) -> Result<(f64, f64), NoScale> {
        let mut statistics = Statistics::default();
        for &value in values {
            statistics.add(value);
        }
        statistics.scale()
    }

    #[test]
    fn large_offsets_do_not_cancel() {
        assert_eq!(
            scale(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]),
            Ok((5.0, 2.0))
        );
        let (mean, deviation) = scale(&[1e9 + 4.0, 1e9 + 7.0, 1e9 + 13.0, 1e9 + 16.0]).unwrap();
        assert_eq!(mean, 1e9 + 10.0);
        assert!((deviation - 22.5f64.sqrt()).abs() < 1e-9);
    }

    #[test]
    fn what_does_not_vary_has_no_scale() {
        assert_eq!(scale(&[]), Err(NoScale::Missing));
        assert_eq!(scale(&[3.0]), Err(NoScale::Constant));
        assert_eq!(scale(&[0.1, 0.1, 0.1]), Err(NoScale::Constant));
        assert_eq!(scale(&[f64::MAX, f64::MIN]), Err(NoScale::Overflow));
        assert_eq!(scale(&[1e300, 1.0]), Err(NoScale::Overflow));
    }
}
