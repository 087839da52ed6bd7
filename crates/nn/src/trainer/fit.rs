//! The loop over epochs.

use std::time::Instant;

use graxe_core::{Array, Jit};
use graxe_graph::{Dataset, normalise};

use super::config::{Config, ConfigError, Weights};
use super::step::{Data, Evaluation, Objective, Step, TrainState};
use crate::layer::Inputs;
use crate::model::{Model, Parameters};

/// What is known after an epoch. Shares and losses over no node are NaN.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EpochReport {
    /// The epoch, from 1.
    pub epoch: usize,
    /// Seconds for forward, backward and update, without evaluation.
    pub step_seconds: f64,
    /// The loss of the step, with dropout and penalty.
    pub train_loss: f64,
    /// The validation loss after the step, with penalty.
    pub val_loss: f64,
    /// The share of validation nodes that are right after the step.
    pub val_accuracy: f64,
    /// The share of test nodes that are right after the step.
    pub test_accuracy: f64,
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
    /// Seconds of every step: forward, backward and update.
    pub step_seconds: Vec<f64>,
    /// Seconds that the first step took longer than the quickest, if it was traced then.
    pub compile_seconds: f64,
}

/// A data set, a model and a protocol; programs are traced once and serve every seed.
pub struct Trainer {
    data: Data,
    config: Config,
    objective: Objective,
    step: Jit<Step>,
    evaluation: Jit<Evaluation>,
}

/// The share of so many nodes, exact again after its way through single precision.
fn share(rounded: f32, nodes: &Array) -> f64 {
    let count = nodes.size() as f64;
    (f64::from(rounded) * count).round() / count
}

fn indices(nodes: &[u32]) -> Array {
    Array::from_vec(nodes.iter().map(|&i| i as i32).collect(), nodes.len())
}

impl Trainer {
    /// Prepares `dataset` (rows of the features are divided by their sums, the adjacency
    /// becomes `D^-½ (A + I) D^-½`) and the programs that train `model` on it.
    ///
    /// # Errors
    /// If a number of the configuration is out of its range, no node is to be trained on, or
    /// one of them has no label.
    ///
    /// # Panics
    /// If the model is for other shapes than the data set's.
    #[track_caller]
    pub fn new(dataset: &Dataset, model: &Model, config: &Config) -> Result<Self, ConfigError> {
        config.check()?;
        let shape = [dataset.num_nodes(), dataset.num_features()];
        assert!(
            model.input_shape() == shape,
            "trainer: a model for inputs of shape {:?} does not fit features of shape {shape:?}",
            model.input_shape()
        );
        let split = &dataset.split;
        if split.train.is_empty() {
            let message = format!("{} has no node to train on", dataset.name);
            return Err(ConfigError(message));
        }
        for &node in split.train.iter().chain(&split.val).chain(&split.test) {
            if dataset
                .labels
                .get(node as usize)
                .copied()
                .flatten()
                .is_none()
            {
                return Err(ConfigError(format!(
                    "{}: node {node} belongs to the split but has no label",
                    dataset.name
                )));
            }
        }
        let features = normalise::rows(&dataset.features);
        let data = Data {
            inputs: Inputs::on_graph(features, &normalise::gcn(&dataset.graph)),
            labels: dataset.labels_array(),
            train: indices(&split.train),
            val: indices(&split.val),
            test: indices(&split.test),
        };
        let objective = Objective::new(model, config);
        Ok(Self {
            data,
            config: *config,
            step: objective.clone().step(),
            evaluation: objective.clone().evaluation(),
            objective,
        })
    }

    /// Trains from a seed; `observer` sees every epoch. The same seed gives the same bits.
    pub fn fit(&self, seed: i64, mut observer: impl FnMut(&EpochReport)) -> Fit {
        self.run(seed, &mut observer)
    }

    fn run(&self, seed: i64, observer: &mut dyn FnMut(&EpochReport)) -> Fit {
        let traces = || self.step.stats().traces;
        let traced_before = traces();
        let mut state = self.objective.begin(seed);
        let mut reports: Vec<EpochReport> = Vec::new();
        // Whatever is kept here is copied by the next step, so the last weights are not.
        let mut best: Option<(EpochReport, Parameters, Parameters)> = None;
        for epoch in 1..=self.config.epochs {
            let (next, report) = self.epoch(epoch, state);
            state = next;
            reports.push(report);
            let better = |kept: &EpochReport| report.val_loss < kept.val_loss;
            if self.config.weights == Weights::LowestLoss
                && best.as_ref().is_none_or(|(kept, ..)| better(kept))
            {
                best = Some((report, state.params.clone(), state.state.clone()));
            }
            observer(&report);
            if self.config.patience.is_some_and(|n| has_risen(&reports, n)) {
                break;
            }
        }
        let last = reports[reports.len() - 1];
        let (report, params, layers) = best.unwrap_or((last, state.params, state.state));
        let step_seconds: Vec<f64> = reports.iter().map(|r| r.step_seconds).collect();
        let quickest = step_seconds.iter().copied().fold(f64::INFINITY, f64::min);
        let traced = traces() > traced_before;
        Fit {
            params,
            state: layers,
            epochs: reports.len(),
            report,
            compile_seconds: if traced {
                step_seconds[0] - quickest
            } else {
                0.0
            },
            step_seconds,
        }
    }

    fn epoch(&self, epoch: usize, state: TrainState) -> (TrainState, EpochReport) {
        let start = Instant::now();
        let (state, loss) = (self.step)(state, &self.data);
        let step_seconds = start.elapsed().as_secs_f64();
        let measured = (self.evaluation)(&state.params, &state.state, &self.data);
        let measured = measured.as_slice::<f32>();
        let report = EpochReport {
            epoch,
            step_seconds,
            train_loss: loss.item::<f64>(),
            val_loss: f64::from(measured[0]),
            val_accuracy: share(measured[1], &self.data.val),
            test_accuracy: share(measured[2], &self.data.test),
        };
        (state, report)
    }
}

/// Whether the last loss exceeds the mean of the `n` before it, once there are `n + 2` losses:
/// the rule of Kipf's code, whose epochs count from 0.
fn has_risen(reports: &[EpochReport], n: usize) -> bool {
    let Some((last, before)) = reports.split_last() else {
        return false;
    };
    let Some(skipped) = before.len().checked_sub(n).filter(|&s| s > 0) else {
        return false;
    };
    let sum: f64 = before[skipped..].iter().map(|r| r.val_loss).sum();
    last.val_loss > sum / n as f64
}
