//! The loop over epochs.

use std::time::Instant;

use graxe_core::{Array, Explanation, Jit, Program};
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
    /// Seconds for tracing before the first step; 0 if an earlier fit has traced.
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
fn share(rounded: &Array, nodes: &Array) -> f64 {
    let count = nodes.size() as f64;
    (rounded.item::<f64>() * count).round() / count
}

/// Whether a validation loss is to be kept in place of another; NaN is worse than any number.
fn better(loss: f64, kept: f64) -> bool {
    loss < kept || kept.is_nan()
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
            step: objective.clone().step(data.clone()),
            evaluation: objective.clone().evaluation(data.clone()),
            data,
            config: *config,
            objective,
        })
    }

    /// Trains from a seed; `observer` sees every epoch. The same seed gives the same bits.
    pub fn fit(&self, seed: i64, mut observer: impl FnMut(&EpochReport)) -> Fit {
        self.run(seed, &mut observer)
    }

    /// What a training step compiles to, with the times of so many steps from a seed.
    pub fn explain(&self, seed: i64, steps: usize) -> Explanation {
        let mut state = self.objective.begin(seed);
        // The first steps find cold caches and threads asleep.
        for _ in 0..3 {
            (state, _) = (self.step)(state);
        }
        self.step.explain(|step| {
            let mut state = state;
            for _ in 0..steps.max(1) {
                (state, _) = step(state);
            }
        })
    }

    /// The program of a training step, before it is compiled.
    pub fn program(&self, seed: i64) -> Program {
        let state = self.objective.begin(seed);
        self.step.lower(|step| step(state))
    }

    fn run(&self, seed: i64, observer: &mut dyn FnMut(&EpochReport)) -> Fit {
        let mut state = self.objective.begin(seed);
        let compile_seconds = self.compile(&state);
        let mut reports: Vec<EpochReport> = Vec::new();
        // Whatever is kept here is copied by the next step, so the last weights are not.
        let mut best: Option<(EpochReport, Parameters, Parameters)> = None;
        for epoch in 1..=self.config.epochs {
            let (next, report) = self.epoch(epoch, state);
            state = next;
            reports.push(report);
            let kept = best.as_ref().map_or(f64::NAN, |(kept, ..)| kept.val_loss);
            if self.config.weights == Weights::LowestLoss && better(report.val_loss, kept) {
                best = Some((report, state.params.clone(), state.state.clone()));
            }
            observer(&report);
            if self.config.patience.is_some_and(|n| has_risen(&reports, n)) {
                break;
            }
        }
        let last = reports[reports.len() - 1];
        let (report, params, layers) = best.unwrap_or((last, state.params, state.state));
        Fit {
            params,
            state: layers,
            epochs: reports.len(),
            report,
            step_seconds: reports.iter().map(|r| r.step_seconds).collect(),
            compile_seconds,
        }
    }

    /// Traces both programs for a state of this kind, unless they are known. Gives the seconds
    /// that took; no step or evaluation is run.
    fn compile(&self, state: &TrainState) -> f64 {
        let traces = || self.step.stats().traces + self.evaluation.stats().traces;
        let (before, start) = (traces(), Instant::now());
        // The clone is dropped with the call, so the first step still takes the buffers over.
        self.step.lower(|f| f(state.clone()));
        self.evaluation.lower(|f| f(&state.params, &state.state));
        if traces() > before {
            start.elapsed().as_secs_f64()
        } else {
            0.0
        }
    }

    fn epoch(&self, epoch: usize, state: TrainState) -> (TrainState, EpochReport) {
        let start = Instant::now();
        let (state, loss) = (self.step)(state);
        let step_seconds = start.elapsed().as_secs_f64();
        let measured = (self.evaluation)(&state.params, &state.state);
        let report = EpochReport {
            epoch,
            step_seconds,
            train_loss: loss.item::<f64>(),
            val_loss: measured.val_loss.item::<f64>(),
            val_accuracy: share(&measured.val_accuracy, &self.data.val),
            test_accuracy: share(&measured.test_accuracy, &self.data.test),
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

#[cfg(test)]
mod tests {
    use graxe_graph::karate_club;

    use super::*;
    use crate::models::{Sizes, model};
    use crate::trainer::Protocol;

    #[test]
    fn compiling_leaves_nothing_to_trace_for_the_steps() {
        let data = karate_club();
        let config = Protocol::named("kipf").expect("a row of the table").config;
        let model = (model("gcn").expect("a row of the table").build)(Sizes {
            nodes: data.num_nodes(),
            features: data.num_features(),
            hidden: config.hidden,
            classes: data.num_classes(),
            dropout: config.dropout,
        });
        let trainer = Trainer::new(&data, &model, &config).expect("the configuration is sound");
        let traces = || {
            (
                trainer.step.stats().traces,
                trainer.evaluation.stats().traces,
            )
        };
        let mut state = trainer.objective.begin(0);
        assert!(trainer.compile(&state) > 0.0);
        assert_eq!(traces(), (1, 1));
        for epoch in 1..=3 {
            (state, _) = trainer.epoch(epoch, state);
        }
        assert_eq!(trainer.compile(&state), 0.0);
        assert_eq!(traces(), (1, 1));
    }

    #[test]
    fn a_number_is_better_than_nan_and_a_later_nan_than_an_earlier() {
        assert!(better(1.0, f64::NAN) && better(f64::NAN, f64::NAN) && better(1.0, 2.0));
        assert!(!better(f64::NAN, 1.0) && !better(1.0, 1.0) && !better(2.0, 1.0));
    }
}
