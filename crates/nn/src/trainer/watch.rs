//! What a run remembers of its validation: whether to stop, and whether an epoch is the best.

use super::config::{Stopping, Weights};
use super::run::EpochReport;

/// The validation of the epochs so far, as far as rules ask for it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Watch {
    /// The last losses, as many as the mean of Kipf's rule is of.
    pub(super) recent: Vec<f64>,
    pub(super) lowest_loss: f64,
    pub(super) highest_accuracy: f64,
    /// How many epochs in a row made no progress.
    pub(super) waited: usize,
    pub(super) stopped: bool,
}

impl Watch {
    pub(super) fn new() -> Self {
        Self {
            recent: Vec::new(),
            lowest_loss: f64::INFINITY,
            highest_accuracy: 0.0,
            waited: 0,
            stopped: false,
        }
    }

    /// Whether the parameters of an epoch are to be kept instead of those of `kept`. Ask before
    /// [`Self::see`] is told of it.
    pub(super) fn keeps(
        &self,
        weights: Weights,
        report: &EpochReport,
        kept: Option<&EpochReport>,
    ) -> bool {
        let of_kept = |value: fn(&EpochReport) -> f64| kept.map_or(f64::NAN, value);
        match weights {
            Weights::Last => false,
            Weights::LowestLoss => lower(report.val_loss, of_kept(|r| r.val_loss)),
            Weights::HighestAccuracy => lower(-report.val_accuracy, -of_kept(|r| r.val_accuracy)),
            Weights::BestOfBoth => {
                report.val_accuracy >= self.highest_accuracy && report.val_loss <= self.lowest_loss
            }
        }
    }

    /// Takes note of an epoch, after which training may be over.
    pub(super) fn see(&mut self, stopping: Stopping, report: &EpochReport) {
        let (loss, accuracy) = (report.val_loss, report.val_accuracy);
        let progress = accuracy >= self.highest_accuracy || loss <= self.lowest_loss;
        self.waited = if progress {
            0
        } else {
            self.waited.saturating_add(1)
        };
        self.highest_accuracy = self.highest_accuracy.max(accuracy);
        self.lowest_loss = self.lowest_loss.min(loss);
        self.stopped = match stopping {
            Stopping::Never => false,
            Stopping::Kipf { patience } => self.has_risen(patience, report),
            Stopping::Velickovic { patience } => self.waited >= patience,
        };
    }

    /// Whether the loss exceeds the mean of the `n` before it, once there are `n + 2` losses:
    /// the rule of Kipf's code, whose epochs count from 0.
    fn has_risen(&mut self, n: usize, report: &EpochReport) -> bool {
        let sum: f64 = self.recent.iter().sum();
        let risen = report.epoch >= n.saturating_add(2) && report.val_loss > sum / n as f64;
        self.recent.push(report.val_loss);
        let surplus = self.recent.len().saturating_sub(n);
        self.recent.drain(..surplus);
        risen
    }
}

/// Whether one number is to be kept in place of another; NaN is worse than any number, and a
/// later NaN better than an earlier.
fn lower(x: f64, kept: f64) -> bool {
    x < kept || kept.is_nan()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The epochs seen until the rule stops, and the epoch kept, for losses and accuracies.
    fn follow(stopping: Stopping, weights: Weights, seen: &[(f64, f64)]) -> (usize, usize) {
        let mut watch = Watch::new();
        let mut kept: Option<EpochReport> = None;
        for (epoch, &(val_loss, val_accuracy)) in (1..).zip(seen) {
            let report = EpochReport {
                epoch,
                step_seconds: 0.0,
                train_loss: 0.0,
                val_loss,
                val_accuracy,
                test_accuracy: 0.0,
            };
            if watch.keeps(weights, &report, kept.as_ref()) {
                kept = Some(report);
            }
            watch.see(stopping, &report);
            if watch.stopped {
                return (epoch, kept.map_or(epoch, |k| k.epoch));
            }
        }
        (seen.len(), kept.map_or(seen.len(), |k| k.epoch))
    }

    #[test]
    fn a_number_is_better_than_nan_and_a_later_nan_than_an_earlier() {
        assert!(lower(1.0, f64::NAN) && lower(f64::NAN, f64::NAN) && lower(1.0, 2.0));
        assert!(!lower(f64::NAN, 1.0) && !lower(1.0, 1.0) && !lower(2.0, 1.0));
    }

    #[test]
    fn kipf_compares_with_the_mean_of_the_losses_before_and_skips_the_first() {
        let kipf = |losses: &[f64]| {
            let seen: Vec<_> = losses.iter().map(|&l| (l, 0.5)).collect();
            follow(Stopping::Kipf { patience: 2 }, Weights::Last, &seen).0
        };
        // The third loss exceeds the mean of two, but is too early; the fourth is not above.
        assert_eq!(kipf(&[1.0, 1.0, 3.0, 2.0, 2.6, 9.0]), 5);
        assert_eq!(kipf(&[4.0, 3.0, 2.0, 2.5, 2.3, 0.1]), 5);
        assert_eq!(kipf(&[f64::NAN; 6]), 6);
    }

    #[test]
    fn velickovic_waits_for_either_and_keeps_where_both_hold() {
        let rule = Stopping::Velickovic { patience: 2 };
        let both = |seen: &[(f64, f64)]| follow(rule, Weights::BestOfBoth, seen);
        // Epoch 3 has a better accuracy alone and 5 a lower loss alone: they are waited for,
        // and not kept. Epoch 4 equals the best of both, and is.
        let seen = [
            (2.0, 0.5),
            (1.0, 0.6),
            (1.5, 0.7),
            (1.0, 0.7),
            (0.9, 0.1),
            (1.1, 0.6),
            (0.95, 0.6),
            (0.1, 0.9),
        ];
        assert_eq!(both(&seen), (7, 4));
        assert_eq!(both(&[(1.0, 0.5); 9]), (9, 9));
        // Without validation nodes nothing is better than anything.
        assert_eq!(both(&[(f64::NAN, f64::NAN); 9]), (2, 2));
    }

    #[test]
    fn the_earliest_epoch_of_highest_accuracy_is_kept() {
        let seen = [(1.0, 0.5), (9.0, 0.8), (0.5, 0.8), (0.1, 0.7)];
        let kept = |weights| follow(Stopping::Never, weights, &seen).1;
        assert_eq!(kept(Weights::HighestAccuracy), 2);
        assert_eq!(kept(Weights::LowestLoss), 4);
        assert_eq!(kept(Weights::Last), 4);
    }
}
