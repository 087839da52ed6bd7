//! Weighted neighbours beside a node's own features.

use graxe_core::Tree;
use graxe_core::random::Key;

use super::neighbours::{Message, aggregate_times};
use crate::layer::{Context, Inputs, Stateless};
use crate::layers::{Affine, Linear};
use crate::message::Aggregation;
use crate::pyg::{Error, Weights};

/// `out_i = aggregate_j(a_ij x_j) W_1 + b + x_i W_2` over the edges `j → i` of weight `a_ij`.
///
/// The aggregation is a sum unless another one is asked for; a mean divides by the number of edges, not by their
/// weights. A node without edges into it has the aggregate 0.
///
/// # Shapes
/// `X: [num_nodes, in_features]` gives `[num_nodes, features]`; it may be sparse for a mean and a sum.
///
/// # Panics
/// If the adjacency is dense, or `X` is sparse where it may not be.
///
/// # Reference
/// Morris, Ritzert, Fey, Hamilton, Lenssen, Rattan and Grohe, Weisfeiler and Leman go neural, 2019, equation 1;
/// `GraphConv` of `PyG`. For the convolution of Kipf and Welling see [`GraphConvolution`](crate::GraphConvolution).
#[derive(Clone, Copy, Debug)]
pub struct GraphConv {
    affine: Affine,
    aggregation: Aggregation,
}

/// The parameters of a [`GraphConv`].
#[derive(Clone, Debug, Tree)]
pub struct GraphConvParams {
    /// `W_1` and `b` of aggregated neighbours: `[in_features, features]`.
    pub neighbours: Linear,
    /// `W_2` of a node's own features; it has no bias.
    pub root: Linear,
}

impl GraphConv {
    /// A layer to `features` features by the sum; weights begin by Glorot's uniform numbers, the bias by zeros.
    pub fn new(features: usize) -> Self {
        Self {
            affine: Affine::new(features),
            aggregation: Aggregation::Sum,
        }
    }

    /// The same by another aggregation.
    pub fn with_aggregation(mut self, aggregation: Aggregation) -> Self {
        self.aggregation = aggregation;
        self
    }

    /// The same without a bias.
    pub fn without_bias(mut self) -> Self {
        self.affine.bias = false;
        self
    }

    /// The parameters of `PyG`'s `GraphConv`: `lin_rel` and `lin_root`.
    ///
    /// # Errors
    /// If one is missing, has another shape or is not used.
    pub fn from_pyg(
        &self,
        weights: &Weights,
        in_features: usize,
    ) -> Result<GraphConvParams, Error> {
        let maps = [in_features, self.affine.features];
        Ok(GraphConvParams {
            neighbours: weights.linear("lin_rel", maps, self.affine.bias)?,
            root: weights.linear("lin_root", maps, false)?,
        })
    }
}

impl Stateless for GraphConv {
    type Params = GraphConvParams;

    fn parameters(&self, key: &Key, input_shape: &[usize]) -> (Vec<usize>, GraphConvParams) {
        let [first, second] = key.split();
        let (shape, neighbours) = self.affine.parameters("graph conv", &first, input_shape);
        let root = self.affine.without_bias();
        let (_, root) = root.parameters("graph conv", &second, input_shape);
        (shape, GraphConvParams { neighbours, root })
    }

    fn forward(&self, params: &GraphConvParams, inputs: &Inputs, _: &Context) -> Inputs {
        let map = &params.neighbours;
        let received = aggregate_times(inputs, Message::Weighted, self.aggregation, &map.weight);
        inputs.with_nodes(map.add_bias(received) + params.root.of(&inputs.nodes))
    }
}
