//! A run: all that its next epoch depends on, and what becomes of it.

use super::step::TrainState;
use super::watch::Watch;
use crate::model::Parameters;

/// What is known after an epoch. Shares and losses over no node are NaN.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EpochReport {
    /// The epoch, from 1.
    pub epoch: usize,
    /// Seconds for forward, backward and update, without evaluation.
    pub step_seconds: f64,
    /// The loss of the step, with dropout and penalty.
    pub train_loss: f64,
    /// The validation loss after the step, with the penalty where the protocol has it so.
    pub val_loss: f64,
    /// The share of validation nodes that are right after the step.
    pub val_accuracy: f64,
    /// The share of test nodes that are right after the step.
    pub test_accuracy: f64,
}

/// Training under way, between two epochs.
///
/// It begins with [`Trainer::start`](super::Trainer::start), goes on by
/// [`Trainer::advance`](super::Trainer::advance), and ends as a [`Fit`].
pub struct Run {
    pub(super) seed: i64,
    pub(super) state: TrainState,
    pub(super) watch: Watch,
    pub(super) last: Option<EpochReport>,
    /// The epoch whose parameters are to be kept, where that need not be the last.
    pub(super) best: Option<Best>,
    pub(super) step_seconds: Vec<f64>,
    pub(super) compile_seconds: f64,
}

/// An epoch with its parameters and the state of its layers. What is kept here is copied by the
/// next step, so the last epoch's are not.
#[derive(Clone)]
pub(super) struct Best {
    pub(super) report: EpochReport,
    pub(super) params: Parameters,
    pub(super) state: Parameters,
}

impl Run {
    pub(super) fn new(seed: i64, state: TrainState) -> Self {
        Self {
            seed,
            state,
            watch: Watch::new(),
            last: None,
            best: None,
            step_seconds: Vec::new(),
            compile_seconds: 0.0,
        }
    }

    /// How many epochs were trained.
    pub fn epochs(&self) -> usize {
        self.last.map_or(0, |report| report.epoch)
    }

    /// What was measured after the last of them.
    pub fn last(&self) -> Option<&EpochReport> {
        self.last.as_ref()
    }

    /// Whether no epoch before the last had a lower validation loss than it.
    pub fn is_improving(&self) -> bool {
        let last = self.last.as_ref();
        last.is_some_and(|last| last.val_loss <= self.watch.lowest_loss)
    }

    /// Seconds for tracing before the first step; 0 if an earlier run has traced.
    pub fn compile_seconds(&self) -> f64 {
        self.compile_seconds
    }

    /// The seed that it began with.
    pub fn seed(&self) -> i64 {
        self.seed
    }

    /// What has been trained so far.
    ///
    /// # Panics
    /// If no epoch was.
    #[track_caller]
    pub fn finish(self) -> Fit {
        let Some(last) = self.last else {
            panic!("run: it has trained no epoch, so there is nothing to finish")
        };
        let best = self.best.unwrap_or(Best {
            report: last,
            params: self.state.params,
            state: self.state.state,
        });
        Fit {
            params: best.params,
            state: best.state,
            epochs: last.epoch,
            report: best.report,
            step_seconds: self.step_seconds,
            compile_seconds: self.compile_seconds,
        }
    }
}

/// A trained model.
#[derive(Clone, Debug)]
pub struct Fit {
    /// Its parameters.
    pub params: Parameters,
    /// The state of its layers.
    pub state: Parameters,
    /// How many epochs were trained.
    pub epochs: usize,
    /// The epoch whose parameters these are, and what was measured then.
    pub report: EpochReport,
    /// Seconds of every step: forward, backward and update; without those before a resumption.
    pub step_seconds: Vec<f64>,
    /// Seconds for tracing before the first step; 0 if an earlier run has traced.
    pub compile_seconds: f64,
}
