//! The affine map of every node's features.

use graxe_core::random::Key;
use graxe_core::{Array, DType, Tree};

use crate::init::{Initializer, glorot_uniform};
use crate::layer::{Context, Inputs, Stateless};

/// The parameters of an affine map.
#[derive(Clone, Debug, Tree)]
pub struct Linear {
    /// `[in_features, out_features]`.
    pub weight: Array,
    /// `[out_features]`, if the layer has one.
    pub bias: Option<Array>,
}

impl Linear {
    /// Weights by `initializer` from the first half of the key, a bias of zeros.
    pub(crate) fn init(
        key: &Key,
        in_features: usize,
        out_features: usize,
        bias: bool,
        initializer: Initializer,
    ) -> Self {
        let [key, _] = key.split();
        let dtype = DType::default_float();
        Self {
            weight: initializer.sample(&key, &[in_features, out_features], dtype),
            bias: bias.then(|| Array::zeros(out_features, dtype)),
        }
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

/// The shape of `input_shape` with another last extent, and the last extent it had.
#[track_caller]
pub(crate) fn last_extent(
    layer: &str,
    input_shape: &[usize],
    features: usize,
) -> (Vec<usize>, usize) {
    let Some((&last, leading)) = input_shape.split_last() else {
        panic!("{layer}: inputs of shape [] have no features")
    };
    let mut shape = leading.to_vec();
    shape.push(features);
    (shape, last)
}

/// `out = X W + b` for each node.
///
/// # Shapes
/// `[num_nodes, in_features]`, dense or sparse, gives `[num_nodes, out_features]`.
#[derive(Clone, Copy, Debug)]
pub struct Dense {
    features: usize,
    bias: bool,
    weight: Initializer,
}

impl Dense {
    /// A map to `features` features with a bias; weights begin by Glorot's uniform numbers.
    pub fn new(features: usize) -> Self {
        Self {
            features,
            bias: true,
            weight: glorot_uniform(),
        }
    }

    /// The same without a bias.
    pub fn without_bias(mut self) -> Self {
        self.bias = false;
        self
    }

    /// The same with weights that begin by `initializer`.
    pub fn with_weight(mut self, initializer: Initializer) -> Self {
        self.weight = initializer;
        self
    }
}

impl Stateless for Dense {
    type Params = Linear;

    fn parameters(&self, key: &Key, input_shape: &[usize]) -> (Vec<usize>, Linear) {
        let (shape, inputs) = last_extent("dense", input_shape, self.features);
        let params = Linear::init(key, inputs, self.features, self.bias, self.weight);
        (shape, params)
    }

    fn forward(&self, params: &Linear, inputs: &Inputs, _: &Context) -> Inputs {
        inputs.with_nodes(params.add_bias(inputs.nodes.matmul(&params.weight)))
    }
}
