//! The graph convolution of Kipf and Welling.

use graxe_core::random::Key;

use crate::init::Initializer;
use crate::layer::{Context, Inputs, Stateless};
use crate::layers::{Affine, Linear};
use crate::pyg::{Error, Weights};

/// `out = A (X W) + b`.
///
/// `A` is the adjacency as it is given, usually `D^-½ (A + I) D^-½` (`normalise::gcn` of the
/// graph crate), sparse or dense. The product with the weights comes first, since it makes the
/// features fewer, and both products run along entries where their left side is sparse.
///
/// # Shapes
/// `X: [num_nodes, in_features]`, dense or sparse, gives `[num_nodes, out_features]`; dense
/// `X` and `A` may have leading batch axes.
///
/// # Reference
/// Kipf and Welling, Semi-supervised classification with graph convolutional networks, 2017,
/// equation 2. Their code has no bias; ours has one unless [`Self::without_bias`] is called.
#[derive(Clone, Copy, Debug)]
pub struct GraphConvolution {
    affine: Affine,
}

impl GraphConvolution {
    /// A convolution to `features` features with a bias; weights begin by Glorot's uniform
    /// numbers.
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

    /// The parameters of `PyG`'s `GCNConv`: `lin.weight` and `bias`.
    ///
    /// # Errors
    /// If one is missing, has another shape or is not used.
    pub fn from_pyg(&self, weights: &Weights, in_features: usize) -> Result<Linear, Error> {
        let features = self.affine.features;
        Ok(Linear {
            weight: weights
                .linear("lin", [in_features, features], false)?
                .weight,
            bias: weights.array_if(self.affine.bias, "bias", features)?,
        })
    }
}

impl Stateless for GraphConvolution {
    type Params = Linear;

    fn parameters(&self, key: &Key, input_shape: &[usize]) -> (Vec<usize>, Linear) {
        self.affine
            .parameters("graph convolution", key, input_shape)
    }

    fn forward(&self, params: &Linear, inputs: &Inputs, _: &Context) -> Inputs {
        let support = inputs.nodes.matmul(&params.weight);
        let out = inputs.adjacency().matmul(&support);
        inputs.with_nodes(params.add_bias(out))
    }
}
