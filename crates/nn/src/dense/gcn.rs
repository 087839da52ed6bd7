//! The mean over neighbours.

use graxe_core::random::Key;
use graxe_core::select;
use graxe_graph::normalise;

use crate::init::Initializer;
use crate::layer::{Context, Inputs, Stateless};
use crate::layers::{Affine, Linear};
use crate::matrix::Matrix;

/// `out(i) = Σ_j A(i, j) h(j) / Σ_j A(i, j)` with `h = X W + b`: the mean over neighbours.
///
/// The adjacency is used as it is given; put ones on its diagonal where a node is to count among its neighbours.
///
/// # Shapes
/// `X: [batch, num_nodes, in_features]` with `A: [batch, num_nodes, num_nodes]` give
/// `[batch, num_nodes, features]`; any leading axes, or none, in place of `batch`. One graph may have a sparse `A`,
/// and sparse `X`.
///
/// # Reference
/// `GCNLayer` of the `UvA` deep learning tutorials, tutorial 7 in JAX, whose rows that sum to zero give NaN; here they give
/// zeros, with finite derivatives.
#[derive(Clone, Copy, Debug)]
pub struct GcnLayer {
    affine: Affine,
}

impl GcnLayer {
    /// A layer to `features` features; weights begin by Glorot's uniform numbers, the bias by zeros.
    pub fn new(features: usize) -> Self {
        Self {
            affine: Affine::new(features),
        }
    }

    /// The same with weights that begin by `initializer`.
    pub fn with_weight(mut self, initializer: Initializer) -> Self {
        self.affine.weight = initializer;
        self
    }
}

impl Stateless for GcnLayer {
    type Params = Linear;

    fn parameters(&self, key: &Key, input_shape: &[usize]) -> (Vec<usize>, Linear) {
        self.affine.parameters("gcn layer", key, input_shape)
    }

    fn forward(&self, params: &Linear, inputs: &Inputs, _: &Context) -> Inputs {
        let h = params.add_bias(inputs.nodes.matmul(&params.weight));
        let out = match inputs.adjacency() {
            Matrix::Sparse(a) => normalise::rows(a).matmul(&h),
            Matrix::Dense(a) => {
                let sum = a.sum(-1).expand_dims(-1);
                let there = sum.not_equal(0);
                let sum = select(&there, &sum, 1);
                select(&there, a.matmul(&h) / sum, 0)
            }
        };
        inputs.with_nodes(out)
    }
}
