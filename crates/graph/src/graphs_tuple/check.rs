//! Whether the parts of a graphs tuple fit together: shapes at any time, numbers on the host.

use graxe_core::{Array, DType, Tree};

use super::{GraphsTuple, arrays};
use crate::error::{GraphError, GraphErrorKind};

impl<N: Tree, E: Tree, G: Tree> GraphsTuple<N, E, G> {
    /// Whether dtypes and shapes fit together, also under a trace.
    ///
    /// # Errors
    /// If indices or counts are not vectors of `i32`, or arrays that belong together differ in their first extent.
    ///
    /// # Panics
    /// If features hold a sparse matrix.
    #[track_caller]
    pub fn check_shapes(&self) -> Result<(), GraphError> {
        for (name, array) in [
            ("senders", &self.senders),
            ("receivers", &self.receivers),
            ("n_node", &self.n_node),
            ("n_edge", &self.n_edge),
        ] {
            if array.dtype() != DType::I32 || array.rank() != 1 {
                let message = format!(
                    "graphs tuple: {name} are {}{}, expected a vector of i32",
                    array.dtype(),
                    array.shape()
                );
                return Err(GraphError::new(GraphErrorKind::Indices, message));
            }
        }
        let nodes = arrays("nodes", &self.nodes);
        let num_nodes = nodes.first().and_then(|a| a.shape().first().copied());
        let (num_edges, num_graphs) = (self.num_edges(), self.num_graphs());
        let edges = arrays("edges", &self.edges);
        let globals = arrays("globals", &self.globals);
        let receivers = std::slice::from_ref(&self.receivers);
        let n_edge = std::slice::from_ref(&self.n_edge);
        have_rows("nodes", &nodes, num_nodes.unwrap_or(0), "one a node")?;
        have_rows("receivers", receivers, num_edges, "one a sender")?;
        have_rows("edges", &edges, num_edges, "one a sender")?;
        have_rows("n_edge", n_edge, num_graphs, "one a graph of n_node")?;
        have_rows("globals", &globals, num_graphs, "one a graph of n_node")
    }

    /// Whether this is a list of graphs: shapes fit, counts sum to the numbers of nodes and edges, and every edge
    /// runs inside of its graph.
    ///
    /// Graphs from outside should pass this once; nothing else looks at the numbers.
    ///
    /// # Errors
    /// What of this is not so, for the first edge or array at fault.
    ///
    /// # Panics
    /// If the indices or counts are traced, or features hold a sparse matrix.
    #[track_caller]
    pub fn check(&self) -> Result<(), GraphError> {
        self.check_shapes()?;
        let num_nodes = sum("n_node", &self.n_node)?;
        let num_edges = sum("n_edge", &self.n_edge)?;
        let nodes = arrays("nodes", &self.nodes);
        let senders = std::slice::from_ref(&self.senders);
        have_rows("nodes", &nodes, num_nodes, "the sum of n_node")?;
        have_rows("senders", senders, num_edges, "the sum of n_edge")?;
        self.check_ends()
    }

    /// Whether both ends of each edge are nodes of the edge's graph.
    #[track_caller]
    fn check_ends(&self) -> Result<(), GraphError> {
        let (senders, receivers) = (
            self.senders.as_slice::<i32>(),
            self.receivers.as_slice::<i32>(),
        );
        let counts = self.n_node.as_slice::<i32>().iter();
        let counts = counts.zip(self.n_edge.as_slice::<i32>());
        let (mut node, mut edge) = (0, 0);
        for (graph, (&n_node, &n_edge)) in counts.enumerate() {
            let nodes = node..node + n_node;
            let edges = edge..edge + n_edge as usize;
            for k in edges.clone() {
                if !nodes.contains(&senders[k]) || !nodes.contains(&receivers[k]) {
                    let message = format!(
                        "graphs tuple: edge {k} of graph {graph} runs from node {} to node {}, but the graph's \
                         nodes are {} to {}, not included",
                        senders[k], receivers[k], nodes.start, nodes.end
                    );
                    return Err(GraphError::new(GraphErrorKind::OutOfRange, message));
                }
            }
            (node, edge) = (nodes.end, edges.end);
        }
        Ok(())
    }
}

/// The sum of counts, none of which is negative and which stays an `i32`.
#[track_caller]
fn sum(name: &str, counts: &Array) -> Result<usize, GraphError> {
    let mut sum = 0i32;
    for &count in counts.as_slice::<i32>() {
        let next = if count < 0 {
            None
        } else {
            sum.checked_add(count)
        };
        let Some(next) = next else {
            let message =
                format!("graphs tuple: {name} have a count of {count} after {sum} in all before");
            return Err(GraphError::new(GraphErrorKind::OutOfRange, message));
        };
        sum = next;
    }
    Ok(sum as usize)
}

/// Whether the first extent of each array is this one.
fn have_rows(what: &str, arrays: &[Array], extent: usize, why: &str) -> Result<(), GraphError> {
    let other = arrays.iter().find(|a| a.shape().first() != Some(&extent));
    other.map_or(Ok(()), |array| {
        let message = format!(
            "graphs tuple: {what} of shape {} must have {extent} rows: {why}",
            array.shape()
        );
        Err(GraphError::new(GraphErrorKind::Lengths, message))
    })
}
