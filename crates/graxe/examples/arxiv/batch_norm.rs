//! Batch normalisation, a layer with running means.

use graxe::nn::{Context, Inputs, Layer};
use graxe::prelude::*;

/// Every feature less its mean over the nodes, divided by its deviation, then scaled and shifted.
///
/// Evaluation uses running means, which move a tenth of the way at every step, as in PyTorch.
///
/// # Reference
/// Ioffe and Szegedy, Batch normalization, 2015, algorithm 1.
pub(crate) struct BatchNorm;

#[derive(Tree, Clone)]
pub(crate) struct Affine {
    scale: Array,
    shift: Array,
}

#[derive(Tree, Clone)]
pub(crate) struct Running {
    mean: Array,
    variance: Array,
}

impl BatchNorm {
    const EPSILON: f64 = 1e-5;
    const MOMENTUM: f64 = 0.1;
}

impl Layer for BatchNorm {
    type Params = Affine;
    type State = Running;

    fn init(&self, _: &Key, input_shape: &[usize]) -> (Vec<usize>, Affine, Running) {
        let features = input_shape[input_shape.len() - 1];
        let (zeros, ones) = (
            Array::zeros(features, DType::F32),
            Array::ones(features, DType::F32),
        );
        let params = Affine {
            scale: ones.clone(),
            shift: zeros.clone(),
        };
        let running = Running {
            mean: zeros,
            variance: ones,
        };
        (input_shape.to_vec(), params, running)
    }

    fn apply(
        &self,
        params: &Affine,
        running: &Running,
        inputs: &Inputs,
        context: &Context,
    ) -> (Inputs, Running) {
        let x = inputs.dense();
        let normalise = |centred: Array, variance: &Array| {
            let normal = centred * (variance + Self::EPSILON).rsqrt();
            inputs.with_nodes(normal * &params.scale + &params.shift)
        };
        if !context.is_training() {
            let out = normalise(x - &running.mean, &running.variance);
            return (out, running.clone());
        }
        let num_nodes = x.shape()[0] as f64;
        let mean = x.mean(0);
        let centred = x - &mean;
        let variance = centred.square().mean(0);
        let moved = |old: &Array, new: &Array| {
            (1.0 - Self::MOMENTUM) * old + Self::MOMENTUM * new.stop_gradient()
        };
        let next = Running {
            mean: moved(&running.mean, &mean),
            variance: moved(
                &running.variance,
                &(&variance * (num_nodes / (num_nodes - 1.0))),
            ),
        };
        (normalise(centred, &variance), next)
    }
}
