//! Scaled dot-product attention over neighbours.

use graxe_core::random::Key;
use graxe_core::{Array, Tree, concatenate, sigmoid, sparse};

use super::heads::Heads;
use crate::layer::{Context, Inputs, Stateless};
use crate::layers::{Affine, Dropout, Linear};
use crate::message::Edges;
use crate::pyg::{Error, Weights};

/// The attention of transformers along edges. For an edge `j → i` with features `e_ij`, and head by head,
///
/// * `s_ij = (W_q x_i) · (W_k x_j + W_e e_ij) / √F`,
/// * `α_i· = softmax(s_i·)` over the edges into `i`,
/// * `m_i = Σ_j α_ij (W_v x_j + W_e e_ij)`, the heads side by side, or their mean,
/// * `out_i = m_i + r_i` with `r = W_s x`, or, gated, `β_i r_i + (1 - β_i) m_i` with
///   `β = sigmoid(w_β [m, r, m - r])`.
///
/// No loops are added, and the values of the adjacency are not used.
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
/// Shi, Huang, Feng, Zhong, Wang and Sun, Masked label prediction: unified message passing model for semi-supervised
/// classification, 2021, equations 3 to 5; `TransformerConv` of `PyG`.
#[derive(Clone, Copy, Debug)]
pub struct TransformerConv {
    heads: Heads,
    root: Root,
    bias: bool,
    edge_features: Option<usize>,
}

/// What becomes of a node's own features.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Root {
    Absent,
    Added,
    Gated,
}

/// The parameters of a [`TransformerConv`].
#[derive(Clone, Debug, Tree)]
pub struct TransformerConvParams {
    /// `W_q` of destinations: `[in_features, heads · F]`.
    pub query: Linear,
    /// `W_k` of sources.
    pub key: Linear,
    /// `W_v` of sources.
    pub value: Linear,
    /// `W_e` of edge features: weight `[edge_features, heads · F]`.
    pub edge: Option<Linear>,
    /// `W_s` of a node's own features: `[in_features, features]`.
    pub root: Option<Linear>,
    /// `w_β` of the gate: weight `[3 · features, 1]`.
    pub gate: Option<Linear>,
}

impl TransformerConv {
    /// A layer to `features` features, an equal part of them from each of `heads` heads, side by side.
    ///
    /// A node's own features are added; weights begin by Glorot's uniform numbers, biases by zeros.
    ///
    /// # Panics
    /// If `features` is not a multiple of `heads`.
    #[track_caller]
    pub fn new(features: usize, heads: usize) -> Self {
        Self::of(Heads::sharing("transformer conv", features, heads))
    }

    /// As [`Self::new`], but with `features` features of each head, and their mean over the heads.
    ///
    /// # Panics
    /// If there is no head.
    #[track_caller]
    pub fn averaged(features: usize, heads: usize) -> Self {
        Self::of(Heads::averaged("transformer conv", features, heads))
    }

    fn of(heads: Heads) -> Self {
        Self {
            heads,
            root: Root::Added,
            bias: true,
            edge_features: None,
        }
    }

    /// The same with a gate between messages and a node's own features (`beta` in `PyG`).
    pub fn with_gate(mut self) -> Self {
        self.root = Root::Gated;
        self
    }

    /// The same without a node's own features.
    pub fn without_root(mut self) -> Self {
        self.root = Root::Absent;
        self
    }

    /// The same without the bias of a node's own features.
    pub fn without_bias(mut self) -> Self {
        self.bias = false;
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

    /// The parameters of `PyG`'s `TransformerConv`: `lin_query`, `lin_key`, `lin_value`, `lin_edge` where there are
    /// edge features, `lin_skip` and `lin_beta` as the layer has them.
    ///
    /// # Errors
    /// If one is missing, has another shape or is not used.
    pub fn from_pyg(
        &self,
        weights: &Weights,
        in_features: usize,
    ) -> Result<TransformerConvParams, Error> {
        let (width, features) = (self.heads.width(), self.heads.out_features());
        let map = |name| weights.linear(name, [in_features, width], true);
        let edges = self.edge_features;
        let has_root = self.root != Root::Absent;
        let gated = self.root == Root::Gated;
        Ok(TransformerConvParams {
            query: map("lin_query")?,
            key: map("lin_key")?,
            value: map("lin_value")?,
            edge: weights.linear_if(
                edges.is_some(),
                "lin_edge",
                [edges.unwrap_or(0), width],
                false,
            )?,
            // A layer that does not use it has it there all the same.
            root: if has_root {
                Some(weights.linear("lin_skip", [in_features, features], self.bias)?)
            } else {
                None
            },
            gate: weights.linear_if(gated, "lin_beta", [3 * features, 1], false)?,
        })
    }

    /// What the edges bring to each node, heads joined.
    fn received(
        &self,
        params: &TransformerConvParams,
        inputs: &Inputs,
        context: &Context,
    ) -> Array {
        let heads = self.heads;
        let edges = Edges::of(inputs);
        let of = |map: &Linear| heads.split(&map.of(&inputs.nodes));
        let (query, key, value) = (of(&params.query), of(&params.key), of(&params.value));
        let features = heads.of_edges("transformer conv", params.edge.as_ref(), &edges);
        let mut scores = sparse::sddmm(edges.pattern(), &query, &key);
        if let Some(features) = &features {
            scores = scores + (edges.dst(&query) * features).sum(-1);
        }
        let scores = scores / (heads.features as f64).sqrt();
        let attention = heads.attention(&edges, &scores, context);
        let mut out = edges.weighted_sum(&attention, &value);
        if let Some(features) = &features {
            out = out + sparse::sum_rows(edges.pattern(), &(attention.expand_dims(-1) * features));
        }
        heads.join(&out)
    }
}

impl Stateless for TransformerConv {
    type Params = TransformerConvParams;

    fn parameters(&self, key: &Key, input_shape: &[usize]) -> (Vec<usize>, TransformerConvParams) {
        const LAYER: &str = "transformer conv";
        let heads = self.heads;
        let keys = key.split_n(6);
        let all = Affine::new(heads.width());
        let map = |i: usize| all.parameters(LAYER, &keys[i], input_shape);
        let (mut shape, query) = map(0);
        shape[input_shape.len() - 1] = heads.out_features();
        let mut own = Affine::new(heads.out_features());
        own.bias = self.bias;
        let plain = |features: usize| Affine::new(features).without_bias();
        let edge = |n| plain(heads.width()).parameters(LAYER, &keys[3], &[n]).1;
        let root = || own.parameters(LAYER, &keys[4], input_shape).1;
        let gate = || {
            let sides = 3 * heads.out_features();
            plain(1).parameters(LAYER, &keys[5], &[sides]).1
        };
        let params = TransformerConvParams {
            query,
            key: map(1).1,
            value: map(2).1,
            edge: self.edge_features.map(edge),
            root: (self.root != Root::Absent).then(root),
            gate: (self.root == Root::Gated).then(gate),
        };
        (shape, params)
    }

    fn forward(
        &self,
        params: &TransformerConvParams,
        inputs: &Inputs,
        context: &Context,
    ) -> Inputs {
        let received = self.received(params, inputs, context);
        let Some(root) = &params.root else {
            return inputs.with_nodes(received);
        };
        let own = root.of(&inputs.nodes);
        inputs.with_nodes(match &params.gate {
            None => received + own,
            Some(gate) => {
                let sides = concatenate(&[&received, &own, &(&received - &own)], 1);
                let gate = sigmoid(&gate.of(&sides.into()));
                &gate * own + (1 - &gate) * received
            }
        })
    }
}
