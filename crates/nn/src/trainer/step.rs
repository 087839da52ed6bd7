//! The two programs of training: a step and an evaluation.

use graxe_core::random::Key;
use graxe_core::{Array, Jit, Tree, jit, scalar, value_and_grad_aux};

use super::config::{Config, Penalty};
use crate::layer::{Context, Inputs};
use crate::loss::{cross_entropy, l2_norm, sum_of_squares};
use crate::metrics::accuracy;
use crate::model::{Model, Parameters};
use crate::optim::{Adam, GradientTransformation, adam, apply_updates};

/// What stays the same from step to step: both programs capture it, so that what it alone decides
/// is computed once.
#[derive(Clone, Tree)]
pub(super) struct Data {
    pub(super) inputs: Inputs,
    /// `i32[num_nodes]`, -1 where a node has none.
    pub(super) labels: Array,
    pub(super) train: Array,
    pub(super) val: Array,
    pub(super) test: Array,
}

/// What a step gives away and gets back.
#[derive(Clone, Tree)]
pub(super) struct TrainState {
    pub(super) params: Parameters,
    pub(super) state: Parameters,
    optimiser: <Adam as GradientTransformation<Parameters>>::State,
    key: Key,
}

/// What an evaluation measures; all are scalars.
#[derive(Clone, Tree)]
pub(super) struct Measured {
    /// With the penalty where the protocol has it so.
    pub(super) val_loss: Array,
    pub(super) val_accuracy: Array,
    pub(super) test_accuracy: Array,
}

/// What is trained and how; the closures of both programs hold it.
#[derive(Clone)]
pub(super) struct Objective {
    model: Model,
    penalty: Penalty,
    penalty_in_validation: bool,
    weight_decay: f64,
    optimiser: Adam,
}

/// Takes the state and gives the next with the training loss.
pub(super) type Step = dyn Fn(TrainState) -> (TrainState, Array) + Send + Sync;
/// Takes parameters and layers' state.
pub(super) type Evaluation = dyn Fn(&Parameters, &Parameters) -> Measured + Send + Sync;

impl Objective {
    pub(super) fn new(model: &Model, config: &Config) -> Self {
        Self {
            model: model.clone(),
            penalty: config.penalty,
            penalty_in_validation: config.penalty_in_validation,
            weight_decay: config.weight_decay,
            optimiser: adam(config.learning_rate),
        }
    }

    pub(super) fn model(&self) -> &Model {
        &self.model
    }

    /// Parameters by one half of the seed's key; the other is for the steps.
    pub(super) fn begin(&self, seed: i64) -> TrainState {
        let [init, key] = Key::new(seed).split();
        let (params, state) = self.model.init(&init);
        TrainState {
            optimiser: self.optimiser.init(&params),
            params,
            state,
            key,
        }
    }

    /// The penalty on the parameters, if there is one.
    fn penalty(&self, params: &Parameters) -> Option<Array> {
        let weight_decay = self.weight_decay;
        let squares = |strength: f64, chosen: &dyn Fn(&String) -> bool| {
            let names = self.model.names().iter().filter(|&name| chosen(name));
            let arrays: Vec<Array> = names.map(|name| params[name].clone()).collect();
            let there = strength != 0.0 && !arrays.is_empty();
            there.then(|| 0.5 * sum_of_squares(&arrays) * scalar(strength))
        };
        match self.penalty {
            Penalty::None => None,
            Penalty::FirstLayer => {
                let first = self.model.first_layer();
                squares(weight_decay, &|name| first.contains(name))
            }
            Penalty::AllParameters => squares(weight_decay, &|_| true),
            Penalty::Norm if weight_decay == 0.0 => None,
            Penalty::Norm => Some(l2_norm(params) * scalar(weight_decay)),
            Penalty::Groups { prefix, strength } => {
                let first = squares(strength, &|name| name.starts_with(prefix));
                let rest = squares(weight_decay, &|name| !name.starts_with(prefix));
                match (first, rest) {
                    (Some(first), Some(rest)) => Some(first + rest),
                    (first, rest) => first.or(rest),
                }
            }
        }
    }

    /// The loss over `index`, without the penalty, with the logits and the layers' next state.
    fn loss(
        &self,
        params: &Parameters,
        state: &Parameters,
        data: &Data,
        index: &Array,
        context: &Context,
    ) -> (Array, Array, Parameters) {
        let (out, state) = self.model.apply(params, state, &data.inputs, context);
        let logits = out.dense().clone();
        let loss = cross_entropy(&logits, &data.labels, index);
        (loss, logits, state)
    }

    fn penalised(&self, loss: Array, params: &Parameters) -> Array {
        match self.penalty(params) {
            Some(penalty) => loss + penalty,
            None => loss,
        }
    }

    /// Forward, backward and update; the state is given away. Gives the training loss too.
    pub(super) fn step(self, data: Data) -> Jit<Step> {
        jit(move |before: TrainState| {
            let [next, key] = before.key.split();
            let context = Context::train(&key);
            let loss = |params: &Parameters| {
                let (loss, _, state) =
                    self.loss(params, &before.state, &data, &data.train, &context);
                (self.penalised(loss, params), state)
            };
            let ((loss, state), gradient) = value_and_grad_aux(loss)(&before.params);
            let (updates, optimiser) =
                self.optimiser
                    .update(&gradient, &before.optimiser, &before.params);
            let after = TrainState {
                params: apply_updates(&before.params, &updates),
                state,
                optimiser,
                key: next,
            };
            (after, loss)
        })
    }

    /// Measures parameters without training them.
    pub(super) fn evaluation(self, data: Data) -> Jit<Evaluation> {
        jit(move |params: &Parameters, state: &Parameters| {
            let (val_loss, logits, _) =
                self.loss(params, state, &data, &data.val, &Context::eval());
            let val_loss = if self.penalty_in_validation {
                self.penalised(val_loss, params)
            } else {
                val_loss
            };
            let share = |index: &Array| accuracy(&logits, &data.labels, index);
            Measured {
                val_loss,
                val_accuracy: share(&data.val),
                test_accuracy: share(&data.test),
            }
        })
    }
}
