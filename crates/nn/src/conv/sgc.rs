//! Graph convolution without what lies between its layers.

use graxe_core::random::Key;

use crate::layer::{Context, Inputs, Stateless};
use crate::layers::{Affine, Linear};
use crate::matrix::Matrix;
use crate::pyg::{Error, Weights};

/// `out = A^K X W + b`.
///
/// `A` is the adjacency as it is given, usually `normalise::gcn` of the graph crate, sparse or dense. Dense `X` are
/// propagated first: where graph and features stay the same that happens once. Sparse ones stay sparse, so that `X W`
/// comes first.
///
/// # Shapes
/// `X: [num_nodes, in_features]`, dense or sparse, gives `[num_nodes, features]`.
///
/// # Reference
/// Wu, Zhang, de Souza, Fifty, Yu and Weinberger, Simplifying graph convolutional networks, 2019, equation 8;
/// `SGConv` of `PyG`.
#[derive(Clone, Copy, Debug)]
pub struct Sgc {
    affine: Affine,
    hops: usize,
}

impl Sgc {
    /// A layer to `features` features from neighbours `hops` (`K`) edges away, with a bias.
    pub fn new(features: usize, hops: usize) -> Self {
        Self {
            affine: Affine::new(features),
            hops,
        }
    }

    /// The same without a bias.
    pub fn without_bias(mut self) -> Self {
        self.affine.bias = false;
        self
    }

    /// The parameters of `PyG`'s `SGConv`: `lin`.
    ///
    /// # Errors
    /// If one is missing, has another shape or is not used.
    pub fn from_pyg(&self, weights: &Weights, in_features: usize) -> Result<Linear, Error> {
        let map = [in_features, self.affine.features];
        weights.linear("lin", map, self.affine.bias)
    }
}

impl Stateless for Sgc {
    type Params = Linear;

    fn parameters(&self, key: &Key, input_shape: &[usize]) -> (Vec<usize>, Linear) {
        self.affine.parameters("sgc", key, input_shape)
    }

    fn forward(&self, params: &Linear, inputs: &Inputs, _: &Context) -> Inputs {
        let hop = |x, _| inputs.adjacency().matmul(&x);
        let out = match &inputs.nodes {
            Matrix::Dense(x) => {
                let far = (0..self.hops).fold(x.clone(), hop);
                far.matmul(&params.weight)
            }
            Matrix::Sparse(x) => (0..self.hops).fold(x.matmul(&params.weight), hop),
        };
        inputs.with_nodes(params.add_bias(out))
    }
}
