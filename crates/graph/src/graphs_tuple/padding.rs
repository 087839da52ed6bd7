//! Graphs of any size brought to the same extents, so that one compiled function serves them all.

use graxe_core::{Array, DType, Tree, arange, select, tree};

use super::GraphsTuple;
use crate::error::{GraphError, GraphErrorKind};

impl<N: Tree, E: Tree, G: Tree> GraphsTuple<N, E, G> {
    /// The tuple with graphs added until it has `n_node` nodes, `n_edge` edges and `n_graph` graphs.
    ///
    /// The first graph that is added takes all the nodes and edges, whose features are zeros and whose edges run
    /// from its first node to itself; further ones are empty. No edge joins it to the real graphs, so that messages
    /// of these stay what they were. It works on the host; features alone may be traced.
    ///
    /// # Shapes
    /// `nodes: [n_node, ..]`, `edges: [n_edge, ..]`, `globals: [n_graph, ..]`.
    ///
    /// # Errors
    /// If there is no room for at least one more node and one more graph, or the tuple is not a list of graphs, as
    /// [`check`](Self::check) says.
    ///
    /// # Panics
    /// If indices or counts are traced, as those of a tuple that was made inside of a traced function are.
    ///
    /// # Reference
    /// `pad_with_graphs` of jraph.
    #[track_caller]
    pub fn pad_with_graphs(
        &self,
        n_node: usize,
        n_edge: usize,
        n_graph: usize,
    ) -> Result<Self, GraphError> {
        self.check()?;
        let (nodes, edges, graphs) = (self.num_nodes(), self.num_edges(), self.num_graphs());
        let fits = nodes < n_node && edges <= n_edge && graphs < n_graph;
        if !fits || n_graph < 2 || n_node.max(n_edge).max(n_graph) > i32::MAX as usize {
            let message = format!(
                "graphs tuple: {nodes} nodes, {edges} edges and {graphs} graphs cannot be padded to {n_node} nodes, \
                 {n_edge} edges and {n_graph} graphs: one node and one graph more are needed, and two graphs at least"
            );
            return Err(GraphError::new(GraphErrorKind::Padding, message));
        }
        let loops = Array::zeros(n_edge - edges, DType::I32);
        let padding = Self {
            nodes: zeros(&self.nodes, n_node - nodes),
            edges: zeros(&self.edges, n_edge - edges),
            globals: zeros(&self.globals, n_graph - graphs),
            senders: loops.clone(),
            receivers: loops,
            n_node: all_in_first(n_node - nodes, n_graph - graphs),
            n_edge: all_in_first(n_edge - edges, n_graph - graphs),
        };
        Ok(Self::batch(&[self.clone(), padding]))
    }

    /// The tuple without the graphs that [`pad_with_graphs`](Self::pad_with_graphs) added.
    ///
    /// # Errors
    /// If no graph has a node, which a padded tuple's first padding graph has, or the tuple is not a list of graphs,
    /// as [`check`](Self::check) says.
    ///
    /// # Panics
    /// If indices or counts are traced, as those of a tuple that was made inside of a traced function are.
    ///
    /// # Reference
    /// `unpad_with_graphs` of jraph.
    #[track_caller]
    pub fn unpad_with_graphs(&self) -> Result<Self, GraphError> {
        self.check()?;
        let counts = self.n_node.as_slice::<i32>();
        let Some(graphs) = counts.iter().rposition(|&count| count > 0) else {
            let message = format!(
                "graphs tuple: none of {} graphs has a node, so they were not padded",
                counts.len()
            );
            return Err(GraphError::new(GraphErrorKind::Padding, message));
        };
        let padding_edges = self.n_edge.as_slice::<i32>()[graphs] as usize;
        let nodes = self.num_nodes() - counts[graphs] as usize;
        let edges = self.num_edges() - padding_edges;
        Ok(Self {
            nodes: first(&self.nodes, nodes),
            edges: first(&self.edges, edges),
            globals: first(&self.globals, graphs),
            senders: first(&self.senders, edges),
            receivers: first(&self.receivers, edges),
            n_node: first(&self.n_node, graphs),
            n_edge: first(&self.n_edge, graphs),
        })
    }

    /// True for nodes of real graphs, false for those of padding; it may be traced.
    ///
    /// # Shapes
    /// `bool[num_nodes]`.
    ///
    /// # Reference
    /// `get_node_padding_mask` of jraph.
    #[track_caller]
    pub fn node_padding_mask(&self) -> Array {
        self.before_padding(&self.n_node, self.num_nodes())
    }

    /// True for edges of real graphs, false for those of padding; it may be traced.
    ///
    /// # Shapes
    /// `bool[num_edges]`.
    ///
    /// # Reference
    /// `get_edge_padding_mask` of jraph.
    #[track_caller]
    pub fn edge_padding_mask(&self) -> Array {
        self.before_padding(&self.n_edge, self.num_edges())
    }

    /// True for real graphs, false for padding; it may be traced.
    ///
    /// # Shapes
    /// `bool[num_graphs]`.
    ///
    /// # Reference
    /// `get_graph_padding_mask` of jraph.
    #[track_caller]
    pub fn graph_padding_mask(&self) -> Array {
        numbers(self.num_graphs()).less(self.first_padding())
    }

    /// The number of the first padding graph, which is the last one that has nodes.
    #[track_caller]
    fn first_padding(&self) -> Array {
        let graphs = numbers(self.num_graphs());
        select(&self.n_node.greater(0), graphs, -1).max(..)
    }

    /// Which of `total` places come before those of the first padding graph, of which there are `counts`.
    #[track_caller]
    fn before_padding(&self, counts: &Array, total: usize) -> Array {
        let padding = counts.index(self.first_padding());
        numbers(total).less(total as i32 - padding)
    }
}

/// `0, 1, ..` as `i32`.
fn numbers(n: usize) -> Array {
    arange(n as i32).astype(DType::I32)
}

/// Zeros like the features of a row, for so many rows.
#[track_caller]
fn zeros<T: Tree>(features: &T, rows: usize) -> T {
    tree::map(features, |a| {
        let mut shape = a.shape().clone();
        shape[0] = rows;
        Array::zeros(shape, a.dtype())
    })
}

/// The first rows of each array.
#[track_caller]
fn first<T: Tree>(features: &T, rows: usize) -> T {
    tree::map(features, |a| a.index(..rows as isize))
}

/// Counts of which the first one is all.
fn all_in_first(all: usize, len: usize) -> Array {
    let mut counts = vec![0; len];
    counts[0] = all as i32;
    Array::from_vec(counts, len)
}
