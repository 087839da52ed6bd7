//! The graph attention of Veličković et al.

use graxe_core::random::Key;
use graxe_core::{Array, Csr, DType, Tree, concatenate, leaky_relu, sparse};

use crate::dense::{by_heads, side_by_side, softmax_of};
use crate::init::{Initializer, glorot_uniform};
use crate::layer::{Context, Inputs, Stateless};
use crate::layers::Dropout;
use crate::matrix::Matrix;
use crate::pyg::{Error, Weights};

/// Graph attention by one head. With `h = X W`,
///
/// * `e(i, j) = leaky_relu(a_dst · h(i) + a_src · h(j))`,
/// * `α(i, ·) = softmax(e(i, ·))` over the edges into `i`,
/// * `out(i) = Σ_j α(i, j) h(j) + b`.
///
/// With a sparse adjacency only its entries are looked at, and repeated edges count as often as
/// they are there; with a dense one, where it is not 0. The values of edges play no part, but the
/// features that they carry do, if the layer was told of them: `a_edge · (W_edge · edge)` is added
/// under the leaky relu. Nodes attend to themselves only where they have a loop
/// (`Graph::with_remaining_self_loops`); a node without neighbours gets `b`.
///
/// In training, attention coefficients and projected features can be dropped; what a node looks
/// for is computed from all features in any case, as in the paper's code.
///
/// # Shapes
/// `X: [num_nodes, in_features]`, dense or sparse, gives `[num_nodes, features]`; dense `X` and
/// adjacency may have leading batch axes. No value of the size of edges times features is stored;
/// of a dense adjacency, the attention of all pairs is.
///
/// # Reference
/// Veličković et al., Graph attention networks, 2018, equations 1 to 4.
#[derive(Clone, Copy, Debug)]
pub struct GraphAttentionLayer {
    head: Head,
}

/// Graph attention by several heads: each is a [`GraphAttentionLayer`], and their outputs stand
/// side by side, or are averaged.
///
/// All heads are computed together.
///
/// # Shapes
/// As [`GraphAttentionLayer`]; `heads · features` come out, or `features` if they are averaged.
///
/// # Reference
/// Veličković et al., 2018, equations 5 and 6; `GATConv` of `PyG`.
#[derive(Clone, Copy, Debug)]
pub struct MultiHeadLayer {
    heads: usize,
    average: bool,
    head: Head,
}

/// The settings of a head.
#[derive(Clone, Copy, Debug)]
struct Head {
    features: usize,
    slope: f64,
    edge_features: usize,
    attention_dropout: Dropout,
    feature_dropout: Dropout,
    bias: bool,
    weight: Initializer,
}

/// The parameters of graph attention.
#[derive(Clone, Debug, Tree)]
pub struct GraphAttention {
    /// The projections of all heads side by side, `[in_features, heads · features]`.
    pub weight: Array,
    /// `a_src`: what each head looks for at the node an edge comes from, `[heads, features]`.
    pub source: Array,
    /// `a_dst`: the same at the node it goes to, `[heads, features]`.
    pub destination: Array,
    /// What is looked for at the edges, if they carry features.
    pub edge: Option<EdgeAttention>,
    /// `[heads · features]`, or `[features]` where heads are averaged; if the layer has one.
    pub bias: Option<Array>,
}

/// The parameters of attention to what edges carry.
#[derive(Clone, Debug, Tree)]
pub struct EdgeAttention {
    /// `W_edge` of all heads side by side, `[edge_features, heads · features]`.
    pub weight: Array,
    /// `a_edge`, `[heads, features]`.
    pub vector: Array,
}

impl GraphAttentionLayer {
    /// A head of `features` features with a bias, a leaky relu of slope 0.2 and no dropout;
    /// weights begin by Glorot's uniform numbers.
    pub fn new(features: usize) -> Self {
        let none = Dropout::new(0.0);
        Self {
            head: Head {
                features,
                slope: 0.2,
                edge_features: 0,
                attention_dropout: none,
                feature_dropout: none,
                bias: true,
                weight: glorot_uniform(),
            },
        }
    }

    /// Several such heads, side by side.
    ///
    /// # Panics
    /// If `heads` is 0.
    #[track_caller]
    pub fn heads(self, heads: usize) -> MultiHeadLayer {
        assert!(heads > 0, "graph attention: at least one head attends");
        MultiHeadLayer {
            heads,
            average: false,
            head: self.head,
        }
    }

    /// The same with another slope of the leaky relu.
    pub fn with_slope(mut self, slope: f64) -> Self {
        self.head.slope = slope;
        self
    }

    /// The same with attention to edges that carry so many features.
    pub fn with_edge_features(mut self, edge_features: usize) -> Self {
        self.head.edge_features = edge_features;
        self
    }

    /// The same with dropout of attention coefficients in training.
    ///
    /// # Panics
    /// If `rate` is not in `[0, 1)`.
    #[track_caller]
    pub fn with_attention_dropout(mut self, rate: f64) -> Self {
        self.head.attention_dropout = Dropout::new(rate);
        self
    }

    /// The same with dropout of the projected features that messages carry, in training.
    ///
    /// # Panics
    /// If `rate` is not in `[0, 1)`.
    #[track_caller]
    pub fn with_feature_dropout(mut self, rate: f64) -> Self {
        self.head.feature_dropout = Dropout::new(rate);
        self
    }

    /// The same without a bias.
    pub fn without_bias(mut self) -> Self {
        self.head.bias = false;
        self
    }

    /// The same with weights that begin by `initializer`, which each head asks by itself.
    pub fn with_weight(mut self, initializer: Initializer) -> Self {
        self.head.weight = initializer;
        self
    }
}

impl MultiHeadLayer {
    /// The same with the mean of the heads instead of all, as in a last layer.
    pub fn averaged(mut self) -> Self {
        self.average = true;
        self
    }

    /// The parameters of `PyG`'s `GATConv`: `lin`, `att_src`, `att_dst`, `bias`, and `lin_edge` and `att_edge` where
    /// there are edge features.
    ///
    /// # Errors
    /// If one is missing, has another shape or is not used.
    pub fn from_pyg(&self, weights: &Weights, in_features: usize) -> Result<GraphAttention, Error> {
        let (heads, features) = (self.heads, self.head.features);
        // What `residual=True` adds there is not in this layer.
        weights.array_if(false, "res.weight", [self.out_features(), in_features])?;
        let vector = |name: &str| {
            let vector = weights.array(name, [1, heads, features])?;
            Ok::<_, Error>(vector.index(0))
        };
        let map = |name: &str, rows: usize| {
            let map = weights.linear(name, [rows, heads * features], false)?;
            Ok::<_, Error>(map.weight)
        };
        let of_edges = self.head.edge_features;
        if of_edges == 0 {
            weights.linear_if(false, "lin_edge", [0, heads * features], false)?;
        }
        let edge = if of_edges > 0 {
            Some(EdgeAttention {
                weight: map("lin_edge", of_edges)?,
                vector: vector("att_edge")?,
            })
        } else {
            None
        };
        Ok(GraphAttention {
            weight: map("lin", in_features)?,
            source: vector("att_src")?,
            destination: vector("att_dst")?,
            edge,
            bias: weights.array_if(self.head.bias, "bias", self.out_features())?,
        })
    }

    /// The output, and the attention coefficients `α` before any dropout.
    ///
    /// # Shapes
    /// The coefficients are `[num_edges, heads]` in the order of the adjacency's rows, or
    /// `[.., heads, num_nodes, num_nodes]` for a dense adjacency.
    ///
    /// # Panics
    /// If inputs and parameters do not fit each other.
    #[track_caller]
    pub fn forward_with_attention(
        &self,
        params: &GraphAttention,
        inputs: &Inputs,
        context: &Context,
    ) -> (Inputs, Array) {
        let shape = [self.heads, self.head.features];
        for (name, vector) in [
            ("source", &params.source),
            ("destination", &params.destination),
        ] {
            assert!(
                vector.shape()[..] == shape,
                "graph attention: {} heads of {} features cannot look for what has shape {} ({name})",
                self.heads,
                self.head.features,
                vector.shape()
            );
        }
        let h = inputs.nodes.matmul(&params.weight);
        let h = by_heads(&h, self.heads);
        let contexts = context.split(2);
        let messages = self.head.feature_dropout.of(&h, &contexts[0]);
        let source = (&h * &params.source).sum(-1);
        let destination = (&h * &params.destination).sum(-1);
        let drop = |attention: &Array| {
            let dropout = self.head.attention_dropout;
            dropout.of(attention, &contexts[1])
        };
        let (out, attention) = match inputs.adjacency() {
            Matrix::Sparse(adjacency) => {
                let pattern = &adjacency.pattern;
                let mut scores = sparse::gather_rows(pattern, &destination)
                    + sparse::gather_cols(pattern, &source);
                if let Some(edge) = &params.edge {
                    scores = scores + self.edge_scores(edge, inputs);
                }
                let scores = leaky_relu(&scores, self.head.slope);
                let attention = sparse::softmax_rows(pattern, &scores);
                context.record("attention", &attention);
                let out = Csr::new(pattern.clone(), drop(&attention)).matmul(&messages);
                (out, attention)
            }
            Matrix::Dense(adjacency) => {
                assert!(
                    params.edge.is_none(),
                    "graph attention: edges of a dense adjacency carry no features"
                );
                let by_head = |x: &Array| x.swap_axes(-2, -1);
                let scores =
                    by_head(&destination).expand_dims(-1) + by_head(&source).expand_dims(-2);
                let scores = leaky_relu(&scores, self.head.slope);
                let attention = softmax_of(&adjacency.not_equal(0).expand_dims(-3), &scores);
                let out = drop(&attention).matmul(&messages.swap_axes(-3, -2));
                (out.swap_axes(-3, -2), attention)
            }
        };
        let out = if self.average {
            out.mean(-2)
        } else {
            side_by_side(&out)
        };
        let out = match &params.bias {
            Some(bias) => out + bias,
            None => out,
        };
        (inputs.with_nodes(out), attention)
    }

    /// `a_edge · (W_edge · edge)`, `[num_edges, heads]`.
    #[track_caller]
    fn edge_scores(&self, edge: &EdgeAttention, inputs: &Inputs) -> Array {
        let Some(edges) = &inputs.edges else {
            panic!(
                "graph attention: the layer attends to {} features of edges, which carry none: use \
                 Inputs::with_edges",
                edge.weight.shape()[0]
            )
        };
        // What is looked for, said in the features of edges: nothing of edges times features.
        let weight = by_heads(&edge.weight, self.heads);
        edges.matmul(&(weight * &edge.vector).sum(-1))
    }

    fn out_features(&self) -> usize {
        if self.average {
            self.head.features
        } else {
            self.heads * self.head.features
        }
    }
}

impl Stateless for MultiHeadLayer {
    type Params = GraphAttention;

    fn parameters(&self, key: &Key, input_shape: &[usize]) -> (Vec<usize>, GraphAttention) {
        let Some((&in_features, leading)) = input_shape.split_last() else {
            panic!("graph attention: inputs of shape [] have no features")
        };
        let (heads, features, dtype) = (self.heads, self.head.features, DType::default_float());
        let keys = key.split_n(5);
        let [weight, source, destination, edge, edge_vector] = &keys[..] else {
            unreachable!("five keys were asked for")
        };
        let projections = |key: &Key, rows: usize| {
            let own = key.split_n(heads);
            let own = own.iter().map(|key| {
                let initializer = self.head.weight;
                initializer.sample(key, &[rows, features], dtype)
            });
            let own: Vec<Array> = own.collect();
            concatenate(&own.iter().collect::<Vec<_>>(), 1)
        };
        // Each vector is a map from features to one number, whose fans they are.
        let vector = |key: &Key| {
            let columns = self.head.weight.sample(key, &[heads, features, 1], dtype);
            columns.sum(-1)
        };
        let edge_features = self.head.edge_features;
        let params = GraphAttention {
            weight: projections(weight, in_features),
            source: vector(source),
            destination: vector(destination),
            edge: (edge_features > 0).then(|| EdgeAttention {
                weight: projections(edge, edge_features),
                vector: vector(edge_vector),
            }),
            bias: (self.head.bias).then(|| Array::zeros(self.out_features(), dtype)),
        };
        ([leading, &[self.out_features()]].concat(), params)
    }

    fn forward(&self, params: &GraphAttention, inputs: &Inputs, context: &Context) -> Inputs {
        self.forward_with_attention(params, inputs, context).0
    }
}

impl Stateless for GraphAttentionLayer {
    type Params = GraphAttention;

    fn parameters(&self, key: &Key, input_shape: &[usize]) -> (Vec<usize>, GraphAttention) {
        self.heads(1).parameters(key, input_shape)
    }

    fn forward(&self, params: &GraphAttention, inputs: &Inputs, context: &Context) -> Inputs {
        self.heads(1).forward(params, inputs, context)
    }
}
