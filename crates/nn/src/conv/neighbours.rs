//! A linear map of aggregated neighbours, in the cheaper of its two orders.

use graxe_core::Array;

use crate::layer::Inputs;
use crate::matrix::Matrix;
use crate::message::{Aggregation, Edges};

/// What a message is: a neighbour's features, or those times the edge's weight.
#[derive(Clone, Copy, Debug)]
pub(super) enum Message {
    Features,
    Weighted,
}

/// `aggregate(message) W` over the edges into each node.
///
/// Sums and means commute with the product, which comes first where it makes the features fewer or they are sparse.
#[track_caller]
pub(super) fn aggregate_times(
    inputs: &Inputs,
    message: Message,
    how: Aggregation,
    weight: &Array,
) -> Array {
    let commutes = matches!(how, Aggregation::Sum | Aggregation::Mean);
    let narrows = weight.rank() == 2 && weight.shape()[1] <= weight.shape()[0];
    let sparse = matches!(inputs.nodes, Matrix::Sparse(_));
    let edges = Edges::of(inputs);
    if commutes && (narrows || sparse) {
        aggregate(&edges, message, how, &inputs.nodes.matmul(weight))
    } else {
        aggregate(&edges, message, how, inputs.dense()).matmul(weight)
    }
}

/// The messages of `x` aggregated; a sum of them is one sparse product.
#[track_caller]
pub(super) fn aggregate(edges: &Edges, message: Message, how: Aggregation, x: &Array) -> Array {
    match (how, message) {
        (Aggregation::Sum, Message::Features) => edges.sum(x),
        (Aggregation::Sum, Message::Weighted) => edges.weighted_sum(edges.weights(), x),
        (_, Message::Features) => edges.aggregate(&edges.src(x), how),
        (_, Message::Weighted) => {
            edges.aggregate(&(edges.weights().expand_dims(1) * edges.src(x)), how)
        }
    }
}
