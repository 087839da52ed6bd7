//! The affine map of every node's features.

use graxe_core::random::Key;

use super::affine::{Affine, Linear};
use crate::init::Initializer;
use crate::layer::{Context, Inputs, Stateless};

/// `out = X W + b` for each node.
///
/// # Shapes
/// `[num_nodes, in_features]`, dense or sparse, gives `[num_nodes, out_features]`.
#[derive(Clone, Copy, Debug)]
pub struct Dense {
    affine: Affine,
}

impl Dense {
    /// A map to `features` features with a bias; weights begin by Glorot's uniform numbers.
    pub fn new(features: usize) -> Self {
        Self {
            affine: Affine::new(features),
        }
    }

    /// The same without a bias.
    pub fn without_bias(mut self) -> Self {
        self.affine.bias = false;
        self
    }

    /// The same with weights that begin by `initializer`.
    pub fn with_weight(mut self, initializer: Initializer) -> Self {
        self.affine.weight = initializer;
        self
    }
}

impl Stateless for Dense {
    type Params = Linear;

    fn parameters(&self, key: &Key, input_shape: &[usize]) -> (Vec<usize>, Linear) {
        self.affine.parameters("dense", key, input_shape)
    }

    fn forward(&self, params: &Linear, inputs: &Inputs, _: &Context) -> Inputs {
        inputs.with_nodes(params.add_bias(inputs.nodes.matmul(&params.weight)))
    }
}
