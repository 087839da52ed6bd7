//! Several graphs in one, with features of nodes, edges and whole graphs: jraph's `GraphsTuple`.

mod batch;
mod check;
mod padding;

use graxe_core::{Array, DType, Tree, Value, tree};

use crate::graph::Graph;

/// One or more graphs side by side, as lists of edges, with features of nodes, edges and graphs.
///
/// Nodes are numbered through all graphs, those of the first graph first, and edges stand in the order of graphs
/// too. Unlike the pattern of a [`Graph`], the ends of edges are arrays, that is data: a compiled function serves
/// every graph of the same extents, which [padding](Self::pad_with_graphs) makes equal, and all of it may be traced or batched.
/// Features are any trees of arrays; `()` where there are none, an `Option` where they come and go.
///
/// # Shapes
/// `nodes: [num_nodes, ..]`, `edges: [num_edges, ..]`, `globals: [num_graphs, ..]` for each array of these trees;
/// `senders, receivers: i32[num_edges]`; `n_node, n_edge: i32[num_graphs]`.
///
/// # Reference
/// Battaglia et al., "Relational inductive biases, deep learning, and graph networks", 2018, section 3.2;
/// `GraphsTuple` of jraph.
///
/// ```
/// use graxe_core::array;
/// use graxe_graph::GraphsTuple;
/// let edge = GraphsTuple {
///     nodes: array([[1.0], [2.0]]),
///     edges: (),
///     globals: (),
///     senders: array([0]),
///     receivers: array([1]),
///     n_node: array([2]),
///     n_edge: array([1]),
/// };
/// let two = GraphsTuple::batch(&[edge.clone(), edge]);
/// assert_eq!(two.senders.to_vec::<i32>(), [0, 2]);
/// let padded = two.pad_with_graphs(6, 4, 3)?;
/// assert_eq!(padded.n_node.to_vec::<i32>(), [2, 2, 2]);
/// assert_eq!(padded.edge_padding_mask().to_vec::<bool>(), [true, true, false, false]);
/// # Ok::<(), graxe_graph::GraphError>(())
/// ```
#[derive(Tree, Clone, Debug)]
pub struct GraphsTuple<N = Array, E = Array, G = Array> {
    /// Features of nodes, `[num_nodes, ..]`.
    pub nodes: N,
    /// Features of edges, `[num_edges, ..]`.
    pub edges: E,
    /// Features of whole graphs, `[num_graphs, ..]`.
    pub globals: G,
    /// The node that each edge comes from, `i32[num_edges]`.
    pub senders: Array,
    /// The node that each edge goes to, `i32[num_edges]`.
    pub receivers: Array,
    /// The number of nodes of each graph, `i32[num_graphs]`.
    pub n_node: Array,
    /// The number of edges of each graph, `i32[num_graphs]`.
    pub n_edge: Array,
}

impl<N: Tree> GraphsTuple<N, Array, ()> {
    /// One graph whose edges have its weights as features, in the order of rows.
    ///
    /// # Shapes
    /// `nodes: [num_nodes, ..]` gives `edges: [num_edges]`, or `[num_edges, heads]`.
    ///
    /// # Panics
    /// If the graph's pattern is traced.
    #[track_caller]
    pub fn from_graph(graph: &Graph, nodes: N) -> Self {
        let indices = |ends: &[u32]| {
            let ends = ends.iter().map(|&node| node as i32);
            Array::from_vec(ends.collect(), graph.num_edges())
        };
        let count = |n: usize| Array::from_vec(vec![n as i32], 1);
        Self {
            nodes,
            edges: graph.adjacency.values.clone(),
            globals: (),
            senders: indices(graph.pattern().col()),
            receivers: indices(&graph.pattern().row()),
            n_node: count(graph.num_nodes()),
            n_edge: count(graph.num_edges()),
        }
    }
}

impl<N: Tree, E: Tree, G: Tree> GraphsTuple<N, E, G> {
    /// The number of nodes of all graphs together.
    ///
    /// # Panics
    /// If there are no node features and `n_node` is traced: then only the program knows.
    #[track_caller]
    pub fn num_nodes(&self) -> usize {
        match arrays("nodes", &self.nodes).first() {
            Some(features) => features.shape().first().copied().unwrap_or(0),
            None => total(&self.n_node),
        }
    }

    /// The number of edges of all graphs together.
    pub fn num_edges(&self) -> usize {
        self.senders.shape().first().copied().unwrap_or(0)
    }

    /// The number of graphs.
    pub fn num_graphs(&self) -> usize {
        self.n_node.shape().first().copied().unwrap_or(0)
    }

    /// The number of the graph that each node belongs to.
    ///
    /// Where the counts sum to less than the number of nodes, the rest counts to the last graph.
    ///
    /// # Shapes
    /// `i32[num_nodes]`.
    #[track_caller]
    pub fn node_graph(&self) -> Array {
        graph_of(&self.n_node, self.num_nodes())
    }

    /// The number of the graph that each edge belongs to, as [`Self::node_graph`].
    ///
    /// # Shapes
    /// `i32[num_edges]`.
    #[track_caller]
    pub fn edge_graph(&self) -> Array {
        graph_of(&self.n_edge, self.num_edges())
    }

    /// The same graphs with other features of nodes.
    pub fn with_nodes<M: Tree>(&self, nodes: M) -> GraphsTuple<M, E, G> {
        self.with_features(nodes, self.edges.clone(), self.globals.clone())
    }

    /// The same graphs with other features of edges.
    pub fn with_edges<M: Tree>(&self, edges: M) -> GraphsTuple<N, M, G> {
        self.with_features(self.nodes.clone(), edges, self.globals.clone())
    }

    /// The same graphs with other features of graphs.
    pub fn with_globals<M: Tree>(&self, globals: M) -> GraphsTuple<N, E, M> {
        self.with_features(self.nodes.clone(), self.edges.clone(), globals)
    }

    /// The same graphs with other features.
    pub fn with_features<A: Tree, B: Tree, C: Tree>(
        &self,
        nodes: A,
        edges: B,
        globals: C,
    ) -> GraphsTuple<A, B, C> {
        GraphsTuple {
            nodes,
            edges,
            globals,
            senders: self.senders.clone(),
            receivers: self.receivers.clone(),
            n_node: self.n_node.clone(),
            n_edge: self.n_edge.clone(),
        }
    }
}

/// For each of `total` places in a row the number of the run that it lies in, by the lengths of the runs.
///
/// `Σ_k [start_k ≤ place]` over the runs but the first, as a scatter of ones and their sums.
#[track_caller]
fn graph_of(counts: &Array, total: usize) -> Array {
    let starts = counts.cumsum(0).index(..-1isize);
    let zeros = Array::zeros(total, DType::I32);
    zeros.at(starts).add(1).cumsum(0)
}

/// The sum of counts that are at hand.
#[track_caller]
fn total(counts: &Array) -> usize {
    let counts = counts.as_slice::<i32>().iter();
    counts.map(|&count| count.max(0) as usize).sum()
}

/// The arrays of features, which are cut and joined by rows; that cannot be done to a pattern.
#[track_caller]
fn arrays(what: &str, features: &impl Tree) -> Vec<Array> {
    let leaves = tree::leaves(features).into_iter();
    leaves
        .map(|leaf| match leaf {
            Value::Array(array) => array,
            Value::Pattern(pattern) => panic!(
                "graphs tuple: {what} hold a sparse matrix of shape [{},{}], but features must be dense arrays",
                pattern.rows(),
                pattern.cols()
            ),
        })
        .collect()
}
