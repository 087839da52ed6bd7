//! Message passing: what a new graph layer is written with.
//!
//! [`Edges`] are the edges of a sparse adjacency as messages see them. A *message* is an array with one row an edge,
//! computed from node features at both ends ([`Edges::src`], [`Edges::dst`]), the edge's weight and its features.
//! [`Aggregations`] reduce messages at the nodes they arrive at; [`Edges::propagate`] is both, and an update of the
//! nodes. All of it is made of the core's sparse functions, so that it compiles to the kernels that the layers of this crate
//! compile to: messages between a gather and a reduction are not stored where they are made
//! element by element, or by a matrix of at most 131,072 elements from features of edges. Products along edges by
//! larger matrices are stored, and so is what is made of them.
//!
//! # From `PyG`'s `MessagePassing`
//!
//! | `PyG` | here |
//! |---|---|
//! | `edge_index`, row 0 sources, row 1 destinations | a sparse adjacency: columns are sources, rows destinations |
//! | `x_j` in `message` | `edges.src(&x)` |
//! | `x_i` in `message` | `edges.dst(&x)` |
//! | `edge_weight`, `edge_attr` | `edges.weights()`, `edges.features()`, in the order of rows |
//! | `softmax(alpha, index)` | `edges.softmax(&alpha)` |
//! | `aggr="mean"`, `aggr=["mean", "max"]` | `Aggregation::Mean`, `[Aggregation::Mean, Aggregation::Max]` |
//! | `DegreeScalerAggregation` | [`Aggregations::scaled`] |
//! | `propagate(edge_index, x=x)` | `edges.propagate(message, aggregations, update)` |
//! | `message_and_aggregate` | `edges.weighted_sum(&values, &x)` |
//! | `flow="target_to_source"` | the transposed adjacency |
//!
//! ```
//! use graxe_core::{Array, DType};
//! use graxe_graph::karate_club;
//! use graxe_nn::Inputs;
//! use graxe_nn::message::{Aggregation, Edges};
//!
//! let club = karate_club();
//! let inputs = Inputs::on_graph(Array::eye(club.num_nodes(), DType::F32), &club.graph);
//! let edges = Edges::of(&inputs);
//! let x = inputs.dense();
//! // The mean of differences to neighbours, beside the greatest of them.
//! let out = edges.propagate(
//!     |edges| edges.src(x) - edges.dst(x),
//!     [Aggregation::Mean, Aggregation::Max],
//!     |received| received.tanh(),
//! );
//! assert_eq!(out.shape()[..], [34, 68]);
//! ```

mod aggregation;
mod scaler;

pub use aggregation::{Aggregation, Aggregations, power_mean, softmax_sum};
pub use scaler::{Degrees, Scaler};

use graxe_core::{Array, Csr, Pattern, sparse};

use crate::layer::Inputs;
use crate::matrix::Matrix;

/// The edges of a sparse adjacency, each from the column (its source) to the row (its destination).
#[derive(Clone, Copy, Debug)]
pub struct Edges<'a> {
    adjacency: &'a Csr,
    features: Option<&'a Array>,
}

impl<'a> Edges<'a> {
    /// The edges of an adjacency whose values are their weights.
    pub fn new(adjacency: &'a Csr) -> Self {
        Self {
            adjacency,
            features: None,
        }
    }

    /// The edges that a layer is given, with their features.
    ///
    /// # Panics
    /// If there is no adjacency or it is dense.
    #[track_caller]
    pub fn of(inputs: &'a Inputs) -> Self {
        match inputs.adjacency() {
            Matrix::Sparse(adjacency) => Self {
                adjacency,
                features: inputs.edges.as_ref(),
            },
            Matrix::Dense(a) => panic!(
                "message passing needs a sparse adjacency, that of shape {} is dense: use \
                 Inputs::on_graph",
                a.shape()
            ),
        }
    }

    /// The same edges with these features.
    pub fn with_features(mut self, features: &'a Array) -> Self {
        self.features = Some(features);
        self
    }

    /// Which edges there are: rows are destinations, columns are sources.
    pub fn pattern(&self) -> &'a Pattern {
        &self.adjacency.pattern
    }

    /// The values of the adjacency, `[num_edges]`.
    pub fn weights(&self) -> &'a Array {
        &self.adjacency.values
    }

    /// What each edge carries, `[num_edges, edge_features]`, if anything.
    pub fn features(&self) -> Option<&'a Array> {
        self.features
    }

    /// Node values at the source of every edge, `x_j` of `PyG`.
    ///
    /// # Shapes
    /// `x: [num_nodes, ..]` gives `[num_edges, ..]`.
    ///
    /// # Panics
    /// If `x` has not one row a source.
    #[track_caller]
    pub fn src(&self, x: &Array) -> Array {
        sparse::gather_cols(self.pattern(), x)
    }

    /// Node values at the destination of every edge, `x_i` of `PyG`.
    ///
    /// # Shapes
    /// `x: [num_nodes, ..]` gives `[num_edges, ..]`.
    ///
    /// # Panics
    /// If `x` has not one row a destination.
    #[track_caller]
    pub fn dst(&self, x: &Array) -> Array {
        sparse::gather_rows(self.pattern(), x)
    }

    /// The softmax over the edges into each node.
    ///
    /// # Shapes
    /// `scores: [num_edges, ..]` gives the same.
    ///
    /// # Panics
    /// If `scores` has not one row an edge.
    #[track_caller]
    pub fn softmax(&self, scores: &Array) -> Array {
        sparse::softmax_rows(self.pattern(), scores)
    }

    /// `out_i = Σ values_e · x_src(e)` over the edges `e` into `i`: a sparse product.
    ///
    /// # Shapes
    /// `values: [num_edges]` with `x: [num_nodes, F]`, or `[num_edges, H]` with `[num_nodes, H, F]`.
    ///
    /// # Panics
    /// If the extents do not fit.
    #[track_caller]
    pub fn weighted_sum(&self, values: &Array, x: &Array) -> Array {
        sparse::spmm(&self.adjacency.with_values(values.clone()), x)
    }

    /// The sum of `x_src(e)` over the edges `e` into each node, whatever their weights.
    ///
    /// # Shapes
    /// `x: [num_nodes, F]` gives the same.
    ///
    /// # Panics
    /// If `x` has not one row a source.
    #[track_caller]
    pub fn sum(&self, x: &Array) -> Array {
        self.weighted_sum(&Array::ones(self.pattern().nnz(), x.dtype()), x)
    }

    /// The messages reduced at the nodes they arrive at; 0 at a node where none does.
    ///
    /// # Shapes
    /// `messages: [num_edges, .., F]` gives `[num_nodes, .., k · F]` for `k` reductions side by side.
    ///
    /// # Panics
    /// If `messages` has not one row an edge.
    #[track_caller]
    pub fn aggregate(&self, messages: &Array, how: impl Into<Aggregations>) -> Array {
        how.into().of(self.pattern(), messages)
    }

    /// `update(aggregate(message))`, the propagation step of a layer.
    ///
    /// The closures see what they capture: node features before and after a projection, parameters, or nothing.
    ///
    /// # Shapes
    /// `message` gives `[num_edges, .., F]`, `update` takes `[num_nodes, .., k · F]`.
    ///
    /// # Panics
    /// If the messages have not one row an edge.
    ///
    /// # Reference
    /// Gilmer, Schoenholz, Riley, Vinyals and Dahl, Neural message passing for quantum chemistry, 2017, equations 1
    /// and 2; `MessagePassing` of `PyG`.
    #[track_caller]
    pub fn propagate(
        &self,
        message: impl FnOnce(&Self) -> Array,
        how: impl Into<Aggregations>,
        update: impl FnOnce(Array) -> Array,
    ) -> Array {
        let messages = message(self);
        update(self.aggregate(&messages, how))
    }
}
