//! Graphs: their edits, normalisation, splits and generators, without any I/O.
//!
//! A [`Graph`] is a sparse matrix whose row `i` holds the edges into node `i`, so that a sparse product
//! gathers from neighbours. What changes *which* edges there are happens on the host, before a traced function;
//! the weights follow differentiably. [`normalise`] works on values alone, inside traces too. A [`Dataset`]
//! adds features, labels and a [`Split`]; [`karate_club`] and [`citation`] make one from nothing, and [`statistics`] say
//! what there is in one. A [`GraphsTuple`]
//! is many graphs in one whose edges are arrays: batches of small graphs, padded to the same extents.
//!
//! ```
//! use graxe_graph::{Graph, normalise};
//! let path = Graph::from_edges(3, &[0, 1], &[1, 2])?.undirected();
//! assert_eq!((path.num_nodes(), path.num_edges()), (3, 4));
//! let a = normalise::gcn(&path).adjacency;
//! assert_eq!(a.nnz(), 7);
//! # Ok::<(), graxe_graph::GraphError>(())
//! ```

mod dataset;
mod edges;
mod error;
mod generate;
mod graph;
mod graphs_tuple;
pub mod normalise;
mod rows;
mod simple;
mod split;
pub mod statistics;

pub use dataset::{Dataset, ListedEdges, Scaling};
pub use error::{GraphError, GraphErrorKind};
pub use generate::{citation, karate_club};
pub use graph::Graph;
pub use graphs_tuple::GraphsTuple;
pub use simple::EdgeList;
pub use split::Split;
