//! jraph's models: functions over a [`GraphsTuple`], made of the functions that they are given.
//!
//! The functions hold the parameters, in `jit` and `grad` borrowed from an argument; what is made of them is made
//! anew in every trace and costs nothing there. They take any features that are trees; the arrays in these may change
//! their shapes, their types stay, so that features which come or go are an `Option`.
//!
//! ```
//! use graxe_core::{Array, array, concatenate, grad};
//! use graxe_graph::GraphsTuple;
//! use graxe_nn::graph_network::GraphNetwork;
//!
//! let triangle = GraphsTuple {
//!     nodes: array([[1.0], [2.0], [3.0]]),
//!     edges: array([[1.0], [1.0], [1.0]]),
//!     globals: (),
//!     senders: array([0, 1, 2]),
//!     receivers: array([1, 2, 0]),
//!     n_node: array([3]),
//!     n_edge: array([3]),
//! };
//! let loss = |w: &Array| {
//!     let network = GraphNetwork::new()
//!         .update_edge(|e: &Array, sent: &Array, _: &Array, (): &()| e * sent)
//!         .update_node(|n: &Array, _: &Array, received: &Array, (): &()| {
//!             concatenate(&[n, received], -1).matmul(w)
//!         });
//!     network.apply(&triangle).nodes.sum(..)
//! };
//! assert_eq!(grad(loss)(&array([[0.5], [0.5]])).to_vec::<f32>(), [6.0, 6.0]);
//! ```

mod convolution;
mod gat;
mod network;

pub use convolution::GraphConvolution;
pub use gat::Gat;
pub use network::GraphNetwork;

use graxe_core::{Array, Tree, tree};
use graxe_graph::GraphsTuple;

/// A reduction over segments, such as [`segment_sum`](graxe_core::segment_sum), or a function that gives each row
/// a value, such as [`segment_softmax`](graxe_core::segment_softmax): of rows, ids and the number of segments.
type Segments<'f> = Box<dyn Fn(&Array, &Array, usize) -> Array + Send + Sync + 'f>;

/// The rows of features at `ids`.
fn rows_at<T: Tree>(features: &T, ids: &Array) -> T {
    tree::map(features, |x| x.index(ids))
}

/// Features reduced to one row a segment.
fn reduced<T: Tree>(features: &T, f: &Segments, ids: &Array, segments: usize) -> T {
    tree::map(features, |x| f(x, ids, segments))
}

/// Panics unless the parts of a graphs tuple fit together.
#[track_caller]
fn assert_fit<N: Tree, E: Tree, G: Tree>(model: &str, graph: &GraphsTuple<N, E, G>) {
    if let Err(error) = graph.check_shapes() {
        panic!("{model}: {error}");
    }
}
