//! Many graphs as one, and one as many.

use graxe_core::{Array, DType, Tree, concatenate, tree};

use super::{GraphsTuple, arrays};
use crate::error::GraphError;

impl<N: Tree, E: Tree, G: Tree> GraphsTuple<N, E, G> {
    /// The graphs one after another as one tuple, whose edges are those of all of them.
    ///
    /// Senders and receivers are shifted by the number of nodes before theirs. It may be traced.
    ///
    /// # Shapes
    /// The first extents of nodes, edges and globals add up.
    ///
    /// # Panics
    /// If there is no graph, or features differ in structure or in other extents than the first.
    ///
    /// # Reference
    /// `batch` of jraph.
    #[track_caller]
    pub fn batch(graphs: &[Self]) -> Self {
        assert!(
            !graphs.is_empty(),
            "graphs tuple: batch expects at least one graph"
        );
        let mut before = Array::zeros((), DType::I32);
        let mut senders = Vec::with_capacity(graphs.len());
        let mut receivers = Vec::with_capacity(graphs.len());
        for graph in graphs {
            senders.push(&graph.senders + &before);
            receivers.push(&graph.receivers + &before);
            before = before + graph.n_node.sum(..).astype(DType::I32);
        }
        Self {
            nodes: joined("nodes", graphs, |graph| &graph.nodes),
            edges: joined("edges", graphs, |graph| &graph.edges),
            globals: joined("globals", graphs, |graph| &graph.globals),
            senders: concatenate(&senders.iter().collect::<Vec<_>>(), 0),
            receivers: concatenate(&receivers.iter().collect::<Vec<_>>(), 0),
            n_node: joined("n_node", graphs, |graph| &graph.n_node),
            n_edge: joined("n_edge", graphs, |graph| &graph.n_edge),
        }
    }

    /// Every graph by itself: the inverse of [`batch`](Self::batch) for tuples of one graph.
    ///
    /// It works on the host; features alone may be traced.
    ///
    /// # Errors
    /// If the tuple is not a list of graphs, as [`check`](Self::check) says.
    ///
    /// # Panics
    /// If indices or counts are traced, as those of a tuple that was made inside of a traced function are.
    ///
    /// # Reference
    /// `unbatch` of jraph.
    #[track_caller]
    pub fn unbatch(&self) -> Result<Vec<Self>, GraphError> {
        self.check()?;
        let (node_ends, edge_ends) = (ends(&self.n_node), ends(&self.n_edge));
        let each: Vec<usize> = (1..=self.num_graphs()).collect();
        let nodes = parts("nodes", &self.nodes, &node_ends);
        let edges = parts("edges", &self.edges, &edge_ends);
        let globals = parts("globals", &self.globals, &each);
        let senders = parts("senders", &self.senders, &edge_ends);
        let receivers = parts("receivers", &self.receivers, &edge_ends);
        let n_node = parts("n_node", &self.n_node, &each);
        let n_edge = parts("n_edge", &self.n_edge, &each);
        let graph = |k: usize| {
            let before = if k == 0 { 0 } else { node_ends[k - 1] as i32 };
            Self {
                nodes: nodes[k].clone(),
                edges: edges[k].clone(),
                globals: globals[k].clone(),
                senders: &senders[k] - before,
                receivers: &receivers[k] - before,
                n_node: n_node[k].clone(),
                n_edge: n_edge[k].clone(),
            }
        };
        Ok((0..self.num_graphs()).map(graph).collect())
    }
}

/// Where each run ends, by the lengths of the runs.
#[track_caller]
fn ends(counts: &Array) -> Vec<usize> {
    let counts = counts.as_slice::<i32>().iter();
    let ends = counts.scan(0, |end, &count| {
        *end += count as usize;
        Some(*end)
    });
    ends.collect()
}

/// A part of each graph, one after another along the first axis.
#[track_caller]
fn joined<S, T: Tree>(what: &str, graphs: &[S], part: impl Fn(&S) -> &T) -> T {
    let first = part(&graphs[0]);
    let mut leaves: Vec<Vec<Array>> = arrays(what, first).into_iter().map(|a| vec![a]).collect();
    for graph in &graphs[1..] {
        // Refuses trees of another structure.
        tree::map2(first, part(graph), |a, _| a.clone());
        for (leaf, array) in leaves.iter_mut().zip(arrays(what, part(graph))) {
            leaf.push(array);
        }
    }
    // No closure stands between, so that a misfit is reported at the caller's line.
    let mut whole = Vec::with_capacity(leaves.len());
    for parts in &leaves {
        whole.push(concatenate(&parts.iter().collect::<Vec<_>>(), 0).into());
    }
    tree::unflatten(first, whole)
}

/// The parts of a tree along the first axis, which end at `ends`.
#[track_caller]
fn parts<T: Tree>(what: &str, whole: &T, ends: &[usize]) -> Vec<T> {
    let places = &ends[..ends.len().saturating_sub(1)];
    let leaves = arrays(what, whole);
    let leaves: Vec<Vec<Array>> = leaves.iter().map(|a| a.split_at(places, 0)).collect();
    let part = |k: usize| {
        let leaves = leaves.iter().map(|leaf| leaf[k].clone().into());
        tree::unflatten(whole, leaves.collect())
    };
    (0..ends.len()).map(part).collect()
}
