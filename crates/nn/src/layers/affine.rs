//! What Dense and the graph convolution share: an affine map's settings and its parameters.

use graxe_core::random::Key;
use graxe_core::{Array, DType, Tree};

use crate::init::{Initializer, glorot_uniform};
use crate::matrix::Matrix;

/// The parameters of an affine map.
#[derive(Clone, Debug, Tree)]
pub struct Linear {
    /// `[in_features, out_features]`.
    pub weight: Array,
    /// `[out_features]`, if the layer has one.
    pub bias: Option<Array>,
}

impl Linear {
    /// `x W + bias`, or `x W`.
    #[track_caller]
    pub(crate) fn of(&self, x: &Matrix) -> Array {
        self.add_bias(x.matmul(&self.weight))
    }

    /// `x + bias`, or `x`.
    #[track_caller]
    pub(crate) fn add_bias(&self, x: Array) -> Array {
        match &self.bias {
            Some(bias) => x + bias,
            None => x,
        }
    }
}

/// How the parameters of an affine map to `features` features begin.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Affine {
    pub(crate) features: usize,
    pub(crate) bias: bool,
    pub(crate) weight: Initializer,
}

impl Affine {
    /// With a bias of zeros, and weights by Glorot's uniform numbers.
    pub(crate) fn new(features: usize) -> Self {
        Self {
            features,
            bias: true,
            weight: glorot_uniform(),
        }
    }

    /// The same without a bias.
    pub(crate) fn without_bias(mut self) -> Self {
        self.bias = false;
        self
    }

    /// The shape that comes out of `layer` and its parameters; the first half of the key is
    /// for the weights.
    #[track_caller]
    pub(crate) fn parameters(
        &self,
        layer: &str,
        key: &Key,
        input_shape: &[usize],
    ) -> (Vec<usize>, Linear) {
        let Some((&in_features, leading)) = input_shape.split_last() else {
            panic!("{layer}: inputs of shape [] have no features")
        };
        let [key, _] = key.split();
        let dtype = DType::default_float();
        let shape = [in_features, self.features];
        let params = Linear {
            weight: self.weight.sample(&key, &shape, dtype),
            bias: self.bias.then(|| Array::zeros(self.features, dtype)),
        };
        ([leading, &[self.features]].concat(), params)
    }
}
