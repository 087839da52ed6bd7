//! Attention over neighbours.

use graxe_core::random::Key;
use graxe_core::{Array, DType, Tree, leaky_relu, select, softmax};

use crate::init::{Initializer, glorot_uniform};
use crate::layer::{Context, Inputs, Stateless};
use crate::layers::{Affine, Linear};
use crate::matrix::Matrix;

/// Graph attention by heads. With `h = X W + b` cut into heads `h_k` of `C` features,
///
/// * `e_k(i, j) = leaky_relu(a_k[..C] · h_k(i) + a_k[C..] · h_k(j))`,
/// * `α_k(i, ·) = softmax(e_k(i, ·))` over the neighbours `j`, where `A(i, j)` is not 0,
/// * `out_k(i) = Σ_j α_k(i, j) h_k(j)`,
///
/// and the heads side by side, or their mean. A node without neighbours gets zeros.
///
/// # Shapes
/// `X: [batch, num_nodes, in_features]` with a dense `A: [batch, num_nodes, num_nodes]` give
/// `[batch, num_nodes, features]`; any leading axes, or none, in place of `batch`. The attention of all pairs is
/// stored, `[batch, heads, num_nodes, num_nodes]`: for large graphs take attention over sparse edges.
///
/// # Reference
/// Veličković et al., "Graph attention networks", 2018, equations 1 to 6; `GATLayer` of the `UvA` deep learning
/// tutorials, tutorial 7 in JAX. There only ones in `A` are edges, and a node without any attends to all nodes
/// alike.
#[derive(Clone, Copy, Debug)]
pub struct GatLayer {
    heads: usize,
    head_features: usize,
    concat: bool,
    slope: f64,
    weight: Initializer,
}

/// The parameters of a [`GatLayer`].
#[derive(Clone, Debug, Tree)]
pub struct GatLayerParams {
    /// The projection to all heads, side by side: weight `[in_features, heads · C]`, bias `[heads · C]`.
    pub projection: Linear,
    /// What each head looks for, first at the node that attends, then at its neighbour: `[heads, 2 · C]`.
    pub a: Array,
}

/// The logit of what is no neighbour. Beside any other its exponential is 0 in every dtype; among its like it is
/// finite, and so are the derivatives.
const NO_NEIGHBOUR: f64 = -9e15;

/// The softmax of the last axis over the neighbours alone: zeros elsewhere, and where there are none.
#[track_caller]
pub(crate) fn softmax_of(neighbours: &Array, logits: &Array) -> Array {
    let weights = softmax(&select(neighbours, logits, NO_NEIGHBOUR), -1);
    select(neighbours, weights, 0)
}

impl GatLayer {
    /// A layer to `features` features, an equal part of them from each of `heads` heads, side by side.
    ///
    /// The slope of the leaky relu is 0.2; weights begin by Glorot's uniform numbers, the bias by zeros.
    ///
    /// # Panics
    /// If `features` is not a multiple of `heads`.
    #[track_caller]
    pub fn new(features: usize, heads: usize) -> Self {
        assert!(
            heads > 0 && features.is_multiple_of(heads),
            "gat layer: {features} features cannot be shared by {heads} heads"
        );
        Self {
            heads,
            head_features: features / heads,
            concat: true,
            slope: 0.2,
            weight: glorot_uniform(),
        }
    }

    /// As [`Self::new`], but with `features` features of each head, and their mean over the heads.
    ///
    /// # Panics
    /// If there is no head.
    #[track_caller]
    pub fn averaged(features: usize, heads: usize) -> Self {
        Self {
            concat: false,
            ..Self::new(features * heads, heads)
        }
    }

    /// The same with another slope of the leaky relu.
    pub fn with_slope(mut self, slope: f64) -> Self {
        self.slope = slope;
        self
    }

    /// The same with weights that begin by `initializer`.
    pub fn with_weight(mut self, initializer: Initializer) -> Self {
        self.weight = initializer;
        self
    }

    /// The output, and the attention `α_k(i, j)` at `[.., i, j, k]`.
    ///
    /// # Shapes
    /// The attention is `[batch, num_nodes, num_nodes, heads]`. Over `j` it sums to 1 where `i` has neighbours.
    ///
    /// # Panics
    /// As [`Stateless::forward`]: if inputs and parameters do not fit, or the adjacency is sparse.
    #[track_caller]
    pub fn forward_with_attention(
        &self,
        params: &GatLayerParams,
        inputs: &Inputs,
    ) -> (Inputs, Array) {
        let (out, attention) = self.attend(params, inputs);
        (inputs.with_nodes(out), attention.move_axis(-3, -1))
    }

    /// The output, and the attention `[.., heads, num_nodes, num_nodes]`.
    #[track_caller]
    fn attend(&self, params: &GatLayerParams, inputs: &Inputs) -> (Array, Array) {
        let (heads, features) = (self.heads, self.head_features);
        let a = &params.a;
        assert!(
            a.shape()[..] == [heads, 2 * features],
            "gat layer: {heads} heads of {features} features cannot look for what has shape {}",
            a.shape()
        );
        let projection = &params.projection;
        let h = projection.add_bias(inputs.nodes.matmul(&projection.weight));
        let neighbours = neighbours(inputs, &h);
        // [.., heads, num_nodes, features]
        let h = by_heads(&h, heads).swap_axes(-3, -2);
        let logit = |a: Array| (&h * a.expand_dims(1)).sum(-1);
        let own = logit(a.index((.., ..features as isize)));
        let other = logit(a.index((.., features as isize..)));
        let logits = leaky_relu(&(own.expand_dims(-1) + other.expand_dims(-2)), self.slope);
        let attention = softmax_of(&neighbours, &logits);
        let out = attention.matmul(&h).swap_axes(-3, -2);
        let out = if self.concat {
            side_by_side(&out)
        } else {
            out.mean(-2)
        };
        (out, attention)
    }
}

impl Stateless for GatLayer {
    type Params = GatLayerParams;

    fn parameters(&self, key: &Key, input_shape: &[usize]) -> (Vec<usize>, GatLayerParams) {
        let [projection_key, key] = key.split();
        let mut affine = Affine::new(self.heads * self.head_features);
        affine.weight = self.weight;
        let (mut shape, projection) = affine.parameters("gat layer", &projection_key, input_shape);
        if !self.concat {
            shape[input_shape.len() - 1] = self.head_features;
        }
        let a = [self.heads, 2 * self.head_features];
        let a = self.weight.sample(&key, &a, DType::default_float());
        (shape, GatLayerParams { projection, a })
    }

    fn forward(&self, params: &GatLayerParams, inputs: &Inputs, _: &Context) -> Inputs {
        inputs.with_nodes(self.attend(params, inputs).0)
    }
}

/// Where the adjacency is not 0, the same for every head: `[.., 1, num_nodes, num_nodes]`.
#[track_caller]
fn neighbours(inputs: &Inputs, h: &Array) -> Array {
    let a = match inputs.adjacency() {
        Matrix::Dense(a) => a,
        Matrix::Sparse(a) => panic!(
            "gat layer: the adjacency of shape [{},{}] is sparse, but this layer weighs all pairs of nodes: take attention over sparse edges",
            a.rows(),
            a.cols()
        ),
    };
    let fits = match (&a.shape()[..], &h.shape()[..]) {
        ([.., rows, cols], [.., nodes, _]) => rows == nodes && cols == nodes,
        _ => false,
    };
    assert!(
        fits,
        "gat layer: an adjacency of shape {} does not join nodes projected to shape {}",
        a.shape(),
        h.shape()
    );
    a.not_equal(0).expand_dims(-3)
}

/// `[.., heads · C]` as `[.., heads, C]`.
pub(crate) fn by_heads(h: &Array, heads: usize) -> Array {
    let (last, leading) = h.shape().split_last().expect("nodes have features");
    h.reshape_dyn(&extents(leading, &[heads, last / heads]))
}

/// `[.., heads, C]` as `[.., heads · C]`.
pub(crate) fn side_by_side(h: &Array) -> Array {
    let (leading, last) = h.shape().split_at(h.rank() - 2);
    h.reshape_dyn(&extents(leading, &[last[0] * last[1]]))
}

fn extents(leading: &[usize], last: &[usize]) -> Vec<isize> {
    leading.iter().chain(last).map(|&n| n as isize).collect()
}
