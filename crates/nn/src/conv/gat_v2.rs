//! Attention over neighbours whose ranking depends on the node that attends.

use graxe_core::random::Key;
use graxe_core::{Array, DType, Tree, leaky_relu};

use super::heads::Heads;
use crate::init::glorot_uniform;
use crate::layer::{Context, Inputs, Stateless};
use crate::layers::{Affine, Dropout, Linear};
use crate::message::Edges;
use crate::pyg::{Error, Weights};

/// Dynamic graph attention by heads. For an edge `j → i` with features `e_ij`, and head by head,
///
/// * `s_ij = a · leaky_relu(W_l x_j + W_r x_i + W_e e_ij)`,
/// * `α_i· = softmax(s_i·)` over the edges into `i`,
/// * `out_i = Σ_j α_ij W_l x_j`,
///
/// and the heads side by side, or their mean, plus a bias. A node without edges into it gets the bias. The values of
/// the adjacency are not used. For `PyG`'s loops give a graph `with_mean_self_loops` (edge features and all), or
/// `with_remaining_self_loops` where edges carry nothing.
///
/// # Shapes
/// `X: [num_nodes, in_features]`, dense or sparse, gives `[num_nodes, features]`; edge features are
/// `[num_edges, edge_features]`.
///
/// # Panics
/// If the adjacency is dense, or the layer is made for edge features and there are none. Features that it is not made
/// for are left alone.
///
/// # Reference
/// Brody, Alon and Yahav, How attentive are graph attention networks?, 2022, equation 7; `GATv2Conv` of `PyG`.
#[derive(Clone, Copy, Debug)]
pub struct GatV2 {
    heads: Heads,
    slope: f64,
    bias: bool,
    shared: bool,
    edge_features: Option<usize>,
}

/// The parameters of a [`GatV2`].
#[derive(Clone, Debug, Tree)]
pub struct GatV2Params {
    /// `W_l` of sources: `[in_features, heads · F]`.
    pub src: Linear,
    /// `W_r` of destinations, if it is not the same.
    pub dst: Option<Linear>,
    /// `W_e` of edge features: weight `[edge_features, heads · F]`.
    pub edge: Option<Linear>,
    /// `a`: `[heads, F]`.
    pub attention: Array,
    /// `[features]`.
    pub bias: Option<Array>,
}

impl GatV2 {
    /// A layer to `features` features, an equal part of them from each of `heads` heads, side by side.
    ///
    /// The slope of the leaky relu is 0.2; weights begin by Glorot's uniform numbers, biases by zeros.
    ///
    /// # Panics
    /// If `features` is not a multiple of `heads`.
    #[track_caller]
    pub fn new(features: usize, heads: usize) -> Self {
        Self::of(Heads::sharing("gat v2", features, heads))
    }

    /// As [`Self::new`], but with `features` features of each head, and their mean over the heads.
    ///
    /// # Panics
    /// If there is no head.
    #[track_caller]
    pub fn averaged(features: usize, heads: usize) -> Self {
        Self::of(Heads::averaged("gat v2", features, heads))
    }

    fn of(heads: Heads) -> Self {
        Self {
            heads,
            slope: 0.2,
            bias: true,
            shared: false,
            edge_features: None,
        }
    }

    /// The same with another slope of the leaky relu.
    pub fn with_slope(mut self, slope: f64) -> Self {
        self.slope = slope;
        self
    }

    /// The same with dropout of attention at this rate.
    ///
    /// # Panics
    /// If `rate` is not in `[0, 1)`.
    #[track_caller]
    pub fn with_dropout(mut self, rate: f64) -> Self {
        self.heads.dropout = Dropout::new(rate);
        self
    }

    /// The same for edges that carry so many features.
    pub fn with_edge_features(mut self, edge_features: usize) -> Self {
        self.edge_features = Some(edge_features);
        self
    }

    /// The same with one map for sources and destinations.
    pub fn with_shared_weights(mut self) -> Self {
        self.shared = true;
        self
    }

    /// The same without biases.
    pub fn without_bias(mut self) -> Self {
        self.bias = false;
        self
    }

    /// The parameters of `PyG`'s `GATv2Conv`: `lin_l`, `lin_r` unless shared, `lin_edge` where there are edge
    /// features, `att` and `bias`.
    ///
    /// # Errors
    /// If one is missing, has another shape or is not used.
    pub fn from_pyg(&self, weights: &Weights, in_features: usize) -> Result<GatV2Params, Error> {
        let heads = self.heads;
        // What `residual=True` adds there is not in this layer.
        weights.array_if(false, "res.weight", [heads.out_features(), in_features])?;
        let maps = [in_features, heads.width()];
        let edge = [self.edge_features.unwrap_or(0), heads.width()];
        let attention = weights.array("att", [1, heads.count, heads.features])?;
        Ok(GatV2Params {
            src: weights.linear("lin_l", maps, self.bias)?,
            // A layer that shares its weights has them there by both names.
            dst: if self.shared {
                None
            } else {
                Some(weights.linear("lin_r", maps, self.bias)?)
            },
            edge: weights.linear_if(self.edge_features.is_some(), "lin_edge", edge, false)?,
            attention: attention.index(0),
            bias: weights.array_if(self.bias, "bias", heads.out_features())?,
        })
    }
}

impl Stateless for GatV2 {
    type Params = GatV2Params;

    fn parameters(&self, key: &Key, input_shape: &[usize]) -> (Vec<usize>, GatV2Params) {
        let heads = self.heads;
        let keys = key.split_n(4);
        let mut affine = Affine::new(heads.width());
        affine.bias = self.bias;
        let (mut shape, src) = affine.parameters("gat v2", &keys[0], input_shape);
        let dst = || affine.parameters("gat v2", &keys[1], input_shape).1;
        let edge = |n| {
            let affine = affine.without_bias();
            affine.parameters("gat v2", &keys[2], &[n]).1
        };
        let dtype = DType::default_float();
        let attention = [heads.count, heads.features];
        let params = GatV2Params {
            src,
            dst: (!self.shared).then(dst),
            edge: self.edge_features.map(edge),
            attention: glorot_uniform().sample(&keys[3], &attention, dtype),
            bias: self.bias.then(|| Array::zeros(heads.out_features(), dtype)),
        };
        shape[input_shape.len() - 1] = heads.out_features();
        (shape, params)
    }

    fn forward(&self, params: &GatV2Params, inputs: &Inputs, context: &Context) -> Inputs {
        let heads = self.heads;
        let edges = Edges::of(inputs);
        let src = heads.split(&params.src.of(&inputs.nodes));
        let dst = params
            .dst
            .as_ref()
            .map(|map| heads.split(&map.of(&inputs.nodes)));
        let ends = edges.src(&src) + edges.dst(dst.as_ref().unwrap_or(&src));
        let ends = match heads.of_edges("gat v2", params.edge.as_ref(), &edges) {
            Some(features) => ends + features,
            None => ends,
        };
        let scores = (leaky_relu(&ends, self.slope) * &params.attention).sum(-1);
        let attention = heads.attention(&edges, &scores, context);
        let out = heads.join(&edges.weighted_sum(&attention, &src));
        inputs.with_nodes(match &params.bias {
            Some(bias) => out + bias,
            None => out,
        })
    }
}
