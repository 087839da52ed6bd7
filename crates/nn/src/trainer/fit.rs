//! The loop over epochs.

use std::sync::OnceLock;
use std::time::Instant;

use graxe_core::{Array, Explanation, Jit, Program};
use graxe_graph::Dataset;

use super::check::{check, warnings};
use super::config::{Config, ConfigError};
use super::run::{Best, EpochReport, Fit, Run};
use super::step::{Data, Evaluation, Objective, Step, TrainState};
use crate::layer::Inputs;
use crate::model::Model;
use crate::models::Architecture;

/// A data set, a model and a protocol; programs are traced once and serve every seed.
pub struct Trainer {
    pub(super) data: Data,
    pub(super) config: Config,
    /// What the data set is called.
    pub(super) name: String,
    warnings: Vec<String>,
    /// A number for the data, made when the first checkpoint asks for it.
    pub(super) digest: OnceLock<String>,
    pub(super) objective: Objective,
    step: Jit<Step>,
    evaluation: Jit<Evaluation>,
}

/// The share of so many nodes, exact again after its way through single precision.
fn share(rounded: &Array, nodes: &Array) -> f64 {
    let count = nodes.size() as f64;
    (rounded.item::<f64>() * count).round() / count
}

fn indices(nodes: &[u32]) -> Array {
    Array::from_vec(nodes.iter().map(|&i| i as i32).collect(), nodes.len())
}

impl Trainer {
    /// Prepares `dataset` for a published network, as [`Architecture::inputs`] says, and the programs that train it.
    ///
    /// # Errors
    /// If a number of the configuration is out of its range, no node is to be trained on, one of
    /// the split has no label, there is one class only, or a feature is not finite.
    pub fn new(
        dataset: &Dataset,
        architecture: &Architecture,
        config: &Config,
    ) -> Result<Self, ConfigError> {
        config.check()?;
        config.check_features(dataset.num_features())?;
        // Before the graph is touched and parameters are made.
        check(dataset)?;
        let inputs = architecture.inputs(dataset);
        let model = architecture.model(dataset, config);
        let mut trainer = Self::with_model(dataset, inputs, &model, config)?;
        trainer.warnings = warnings(dataset, architecture.prepare.is_some());
        Ok(trainer)
    }

    /// The programs that train a model of your own, on inputs that you have prepared, towards
    /// the labels of `dataset`.
    ///
    /// # Errors
    /// As [`Self::new`].
    ///
    /// # Panics
    /// If the model is for other shapes than the inputs'.
    #[track_caller]
    pub fn with_model(
        dataset: &Dataset,
        inputs: Inputs,
        model: &Model,
        config: &Config,
    ) -> Result<Self, ConfigError> {
        config.check()?;
        check(dataset)?;
        let shape = inputs.nodes.shape();
        assert!(
            model.input_shape() == &shape[..],
            "trainer: a model for inputs of shape {:?} does not fit features of shape {shape}",
            model.input_shape()
        );
        let split = &dataset.split;
        let data = Data {
            inputs,
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
            name: dataset.name.clone(),
            warnings: warnings(dataset, false),
            digest: OnceLock::new(),
            objective,
        })
    }

    /// What is strange about the data without making training impossible, a line each.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The model that is trained.
    pub fn model(&self) -> &Model {
        self.objective.model()
    }

    /// What the model is given: features and graph as they were prepared.
    pub fn inputs(&self) -> &Inputs {
        &self.data.inputs
    }

    /// Trains from a seed; `observer` sees every epoch. The same seed gives the same bits.
    pub fn fit(&self, seed: i64, mut observer: impl FnMut(&EpochReport)) -> Fit {
        let mut run = self.start(seed);
        while !self.is_over(&run) {
            run = self.advance(run);
            run.last().iter().for_each(|&report| observer(report));
        }
        run.finish()
    }

    /// A run from a seed, before its first epoch.
    pub fn start(&self, seed: i64) -> Run {
        Run::new(seed, self.objective.begin(seed))
    }

    /// Whether a run has trained its last epoch.
    pub fn is_over(&self, run: &Run) -> bool {
        run.watch.stopped || run.epochs() >= self.config.epochs
    }

    /// Trains one epoch, whether the run is over or not; [`Run::last`] is its report.
    pub fn advance(&self, run: Run) -> Run {
        let mut run = run;
        if run.step_seconds.is_empty() {
            run.compile_seconds = self.compile(&run.state);
        }
        let (state, report) = self.epoch(run.epochs() + 1, run.state);
        run.state = state;
        run.step_seconds.push(report.step_seconds);
        let kept = run.best.as_ref().map(|best| &best.report);
        if run.watch.keeps(self.config.weights, &report, kept) {
            run.best = Some(Best {
                report,
                params: run.state.params.clone(),
                state: run.state.state.clone(),
            });
        }
        run.watch.see(self.config.stopping, &report);
        run.last = Some(report);
        run
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

#[cfg(test)]
mod tests {
    use graxe_graph::karate_club;

    use super::*;
    use crate::models::model;

    #[test]
    fn compiling_leaves_nothing_to_trace_for_the_steps() {
        let data = karate_club();
        let gcn = model("gcn").expect("a row of the table");
        let config = gcn.config(gcn.protocol());
        let trainer = Trainer::new(&data, gcn, &config).expect("the configuration is sound");
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
}
