//! Neighbours sampled and aggregated, beside a node's own features.

use graxe_core::random::Key;
use graxe_core::{Array, Tree, relu};

use super::neighbours::{Message, aggregate_times};
use crate::layer::{Context, Inputs, Stateless};
use crate::layers::{Affine, Linear};
use crate::message::Aggregation;
use crate::pyg::{Error, Weights};

/// `out_i = aggregate_j(x_j) W_l + b + x_i W_r` over the edges `j → i`, whatever their weights.
///
/// The aggregation is a mean unless another one is asked for; a node without edges into it has the aggregate 0. If
/// projected, neighbours are first `relu(x_j P + p)`. If normalised, rows of `out` are divided by their length.
///
/// # Shapes
/// `X: [num_nodes, in_features]` gives `[num_nodes, features]`. It may be sparse for a mean and a sum, and where it is
/// projected.
///
/// # Panics
/// If the adjacency is dense, or `X` is sparse where it may not be.
///
/// # Reference
/// Hamilton, Ying and Leskovec, Inductive representation learning on large graphs, 2017, algorithm 1; `SAGEConv` of
/// `PyG`.
#[derive(Clone, Copy, Debug)]
pub struct GraphSage {
    affine: Affine,
    aggregation: Aggregation,
    root: bool,
    project: bool,
    normalize: bool,
}

/// The parameters of a [`GraphSage`].
#[derive(Clone, Debug, Tree)]
pub struct GraphSageParams {
    /// `P` and `p`: `[in_features, in_features]`.
    pub project: Option<Linear>,
    /// `W_l` and `b` of aggregated neighbours: `[in_features, features]`.
    pub neighbours: Linear,
    /// `W_r` of a node's own features; it has no bias.
    pub root: Option<Linear>,
}

impl GraphSage {
    /// A layer to `features` features by the mean; weights begin by Glorot's uniform numbers, biases by zeros.
    pub fn new(features: usize) -> Self {
        Self {
            affine: Affine::new(features),
            aggregation: Aggregation::Mean,
            root: true,
            project: false,
            normalize: false,
        }
    }

    /// The same by another aggregation.
    pub fn with_aggregation(mut self, aggregation: Aggregation) -> Self {
        self.aggregation = aggregation;
        self
    }

    /// The same whose output rows have length 1 (`normalize` in `PyG`).
    pub fn normalized(mut self) -> Self {
        self.normalize = true;
        self
    }

    /// The same whose neighbours are projected first (`project` in `PyG`).
    pub fn projected(mut self) -> Self {
        self.project = true;
        self
    }

    /// The same without a node's own features (`root_weight` in `PyG`).
    pub fn without_root(mut self) -> Self {
        self.root = false;
        self
    }

    /// The same without the bias of aggregated neighbours.
    pub fn without_bias(mut self) -> Self {
        self.affine.bias = false;
        self
    }

    /// The parameters of `PyG`'s `SAGEConv`: `lin` if projected, `lin_l`, and `lin_r` if there is a root.
    ///
    /// # Errors
    /// If one is missing, has another shape or is not used.
    pub fn from_pyg(
        &self,
        weights: &Weights,
        in_features: usize,
    ) -> Result<GraphSageParams, Error> {
        let maps = [in_features, self.affine.features];
        Ok(GraphSageParams {
            project: weights.linear_if(self.project, "lin", [in_features; 2], true)?,
            neighbours: weights.linear("lin_l", maps, self.affine.bias)?,
            root: weights.linear_if(self.root, "lin_r", maps, false)?,
        })
    }
}

impl Stateless for GraphSage {
    type Params = GraphSageParams;

    fn parameters(&self, key: &Key, input_shape: &[usize]) -> (Vec<usize>, GraphSageParams) {
        const LAYER: &str = "graph sage";
        let keys = key.split_n(3);
        let (shape, neighbours) = self.affine.parameters(LAYER, &keys[0], input_shape);
        let root = self.affine.without_bias();
        let root = || root.parameters(LAYER, &keys[1], input_shape).1;
        let project = || {
            let same = Affine::new(input_shape[input_shape.len() - 1]);
            same.parameters(LAYER, &keys[2], input_shape).1
        };
        let params = GraphSageParams {
            project: self.project.then(project),
            neighbours,
            root: self.root.then(root),
        };
        (shape, params)
    }

    fn forward(&self, params: &GraphSageParams, inputs: &Inputs, _: &Context) -> Inputs {
        let projected = params.project.as_ref();
        let projected = projected.map(|map| inputs.with_nodes(relu(&map.of(&inputs.nodes))));
        let sources = projected.as_ref().unwrap_or(inputs);
        let map = &params.neighbours;
        let received = aggregate_times(sources, Message::Features, self.aggregation, &map.weight);
        let mut out = map.add_bias(received);
        if let Some(root) = &params.root {
            out = out + root.of(&inputs.nodes);
        }
        inputs.with_nodes(if self.normalize { unit_rows(&out) } else { out })
    }
}

/// Each row divided by its length, or by 1e-12 if that is longer; the slope of a row of zeros is finite.
fn unit_rows(x: &Array) -> Array {
    let square = x.square().sum(-1).expand_dims(-1);
    x * square.maximum(1e-24).rsqrt()
}
