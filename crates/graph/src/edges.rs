//! Lists of edges on the host, and the graph that they make: weights follow their edges by a gather.

use graxe_core::{Array, Csr, Mode, Pattern, concatenate};

use crate::error::{GraphError, GraphErrorKind};
use crate::graph::Graph;

/// One edge and the place of its weight in [`Weights`].
#[derive(Clone, Copy)]
pub(crate) struct Edge {
    pub(crate) dst: u32,
    pub(crate) src: u32,
    pub(crate) weight: u32,
}

impl Edge {
    pub(crate) fn is_loop(&self) -> bool {
        self.dst == self.src
    }

    /// Where the edge stands in the order of rows.
    pub(crate) fn place(&self) -> u64 {
        u64::from(self.dst) << 32 | u64::from(self.src)
    }
}

/// What the weights of edited edges are taken from.
pub(crate) enum Weights<'a> {
    /// Old weights.
    Of(&'a Array),
    /// Old weights and, behind them, one new number for all new edges.
    Filled(&'a Array, f64),
    /// Old weights and, behind them, new ones.
    Joined(&'a Array, &'a Array),
}

/// Nodes and edges are counted by `i32` in index arrays, also after loops were added.
const MOST: usize = 1 << 30;

/// Refuses more nodes or edges than a graph may have.
pub(crate) fn check_counts(num_nodes: usize, num_edges: usize) -> Result<(), GraphError> {
    if num_nodes > MOST || num_edges > MOST {
        let message = format!(
            "graph: {num_nodes} nodes with {num_edges} edges are too many, there may be {MOST} of each"
        );
        return Err(GraphError::new(GraphErrorKind::TooLarge, message));
    }
    Ok(())
}

/// Whether the lists are of one length and name nodes that there are.
pub(crate) fn check_ends(num_nodes: usize, src: &[u32], dst: &[u32]) -> Result<(), GraphError> {
    check_counts(num_nodes, src.len())?;
    if src.len() != dst.len() {
        let message = format!(
            "graph: {} sources but {} destinations",
            src.len(),
            dst.len()
        );
        return Err(GraphError::new(GraphErrorKind::Lengths, message));
    }
    let mut ends = src.iter().zip(dst);
    let stray = ends.position(|(&src, &dst)| src.max(dst) as usize >= num_nodes);
    stray.map_or(Ok(()), |edge| {
        let (src, dst) = (src[edge], dst[edge]);
        let message = format!(
            "graph: edge {edge} runs from node {src} to node {dst}, but there are {num_nodes} nodes"
        );
        Err(GraphError::new(GraphErrorKind::OutOfRange, message))
    })
}

/// The edges as listed, with weights in the same order.
pub(crate) fn edge_list(
    num_nodes: usize,
    src: &[u32],
    dst: &[u32],
) -> Result<Vec<Edge>, GraphError> {
    check_ends(num_nodes, src, dst)?;
    let numbered = (0..).zip(src.iter().zip(dst));
    let edges = numbered.map(|(weight, (&src, &dst))| Edge { dst, src, weight });
    Ok(edges.collect())
}

/// The graph of these edges; repeats keep their order.
pub(crate) fn assemble(num_nodes: usize, mut edges: Vec<Edge>, weights: Weights) -> Graph {
    edges.sort_by_key(Edge::place);
    let mut row_ptr = vec![0; num_nodes + 1];
    for edge in &edges {
        row_ptr[edge.dst as usize + 1] += 1;
    }
    for row in 0..num_nodes {
        row_ptr[row + 1] += row_ptr[row];
    }
    let col = edges.iter().map(|edge| edge.src).collect();
    let pattern = Pattern::new(num_nodes, row_ptr, col)
        .expect("the pointers count the edges, whose ends were checked");
    let values = match weights {
        Weights::Of(old) => gathered(old, &edges),
        Weights::Filled(old, fill) => {
            let mut shape = old.shape().clone();
            shape[0] = 1;
            let fill = Array::full(shape, fill, old.dtype());
            gathered(&concatenate(&[old, &fill], 0), &edges)
        }
        Weights::Joined(old, new) => gathered(&concatenate(&[old, new], 0), &edges),
    };
    Graph {
        adjacency: Csr::new(pattern, values),
    }
}

/// The weights in the order of the edges.
fn gathered(weights: &Array, edges: &[Edge]) -> Array {
    let in_order = (0..).zip(edges).all(|(k, edge)| edge.weight == k);
    if in_order && weights.shape()[0] == edges.len() {
        return weights.clone();
    }
    let order = edges.iter().map(|edge| edge.weight as i32).collect();
    let order = Array::from_vec(order, edges.len());
    weights.take_with(&order, 0, Mode::Clip)
}
