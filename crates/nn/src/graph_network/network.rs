//! The full block of graph networks: edges, nodes and globals updated in turn.

use graxe_core::{Array, Tree, segment_softmax, segment_sum};
use graxe_graph::GraphsTuple;

use super::{Segments, assert_fit, reduced, rows_at};

/// Of edges, sent node features, received ones and globals.
type OfEdges<'f, N, E, G, R> = Box<dyn Fn(&E, &N, &N, &G) -> R + Send + Sync + 'f>;
/// Of nodes, sent edge features, received ones and globals.
type OfNodes<'f, N, E, G> = Box<dyn Fn(&N, &E, &E, &G) -> N + Send + Sync + 'f>;
/// Of node features, edge features and globals.
type OfGlobals<'f, N, E, G> = Box<dyn Fn(&N, &E, &G) -> G + Send + Sync + 'f>;
/// Of edges and the weights of attention.
type Weigh<'f, E> = Box<dyn Fn(&E, &Array) -> E + Send + Sync + 'f>;

/// A graph network block. With edges `k` from `s(k)` to `r(k)` in a graph with globals `u`,
///
/// 1. `e'(k) = update_edge(e(k), v(s(k)), v(r(k)), u)`,
/// 2. `v'(i) = update_node(v(i), Σ e'(k) over s(k) = i, Σ e'(k) over r(k) = i, u)`,
/// 3. `u' = update_global(Σ v'(i), Σ e'(k), u)`, sums over the graph's nodes and edges.
///
/// A step whose function is not given leaves its features as they are. Each function is called once, for all edges,
/// nodes or graphs together. With [`attention`](Self::attention), between 1 and 2 edges are weighted by a softmax
/// over the edges into the same node.
///
/// # Shapes
/// Functions take arrays of `num_edges`, `num_nodes` or `num_graphs` rows, and give as many.
///
/// # Reference
/// Battaglia et al., "Relational inductive biases, deep learning, and graph networks", 2018, algorithm 1;
/// `GraphNetwork` of jraph, which, unlike the paper, gives nodes the edges they send too.
pub struct GraphNetwork<'f, N = Array, E = Array, G = Array> {
    update_edge: Option<OfEdges<'f, N, E, G, E>>,
    update_node: Option<OfNodes<'f, N, E, G>>,
    update_global: Option<OfGlobals<'f, N, E, G>>,
    edges_for_nodes: Segments<'f>,
    nodes_for_globals: Segments<'f>,
    edges_for_globals: Segments<'f>,
    attention: Option<Attention<'f, N, E, G>>,
    normalize: Segments<'f>,
}

struct Attention<'f, N, E, G> {
    logit: OfEdges<'f, N, E, G, Array>,
    reduce: Weigh<'f, E>,
}

impl<N: Tree, E: Tree, G: Tree> Default for GraphNetwork<'_, N, E, G> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'f, N: Tree, E: Tree, G: Tree> GraphNetwork<'f, N, E, G> {
    /// The block that changes nothing and aggregates by sums.
    pub fn new() -> Self {
        Self {
            update_edge: None,
            update_node: None,
            update_global: None,
            edges_for_nodes: Box::new(segment_sum),
            nodes_for_globals: Box::new(segment_sum),
            edges_for_globals: Box::new(segment_sum),
            attention: None,
            normalize: Box::new(segment_softmax),
        }
    }

    /// Step 1: new edges from edges, the nodes they come from, those they go to, and their graph's globals.
    pub fn update_edge(mut self, f: impl Fn(&E, &N, &N, &G) -> E + Send + Sync + 'f) -> Self {
        self.update_edge = Some(Box::new(f));
        self
    }

    /// Step 2: new nodes from nodes, the edges they send and those they receive, aggregated, and their graph's
    /// globals.
    pub fn update_node(mut self, f: impl Fn(&N, &E, &E, &G) -> N + Send + Sync + 'f) -> Self {
        self.update_node = Some(Box::new(f));
        self
    }

    /// Step 3: new globals from each graph's nodes and edges, aggregated, and its globals.
    pub fn update_global(mut self, f: impl Fn(&N, &E, &G) -> G + Send + Sync + 'f) -> Self {
        self.update_global = Some(Box::new(f));
        self
    }

    /// How the edges of a node become one, instead of [`segment_sum`]: a function of rows, the ids of their
    /// segments and the number of segments, such as [`segment_mean`](graxe_core::segment_mean).
    pub fn aggregate_edges_for_nodes(
        mut self,
        f: impl Fn(&Array, &Array, usize) -> Array + Send + Sync + 'f,
    ) -> Self {
        self.edges_for_nodes = Box::new(f);
        self
    }

    /// How the nodes of a graph become one, instead of [`segment_sum`].
    pub fn aggregate_nodes_for_globals(
        mut self,
        f: impl Fn(&Array, &Array, usize) -> Array + Send + Sync + 'f,
    ) -> Self {
        self.nodes_for_globals = Box::new(f);
        self
    }

    /// How the edges of a graph become one, instead of [`segment_sum`].
    pub fn aggregate_edges_for_globals(
        mut self,
        f: impl Fn(&Array, &Array, usize) -> Array + Send + Sync + 'f,
    ) -> Self {
        self.edges_for_globals = Box::new(f);
        self
    }

    /// Attention between steps 1 and 2: `reduce(e', weights)` with
    /// `weights = softmax(logit(e', v(s), v(r), u))` over the edges into the same node.
    ///
    /// # Shapes
    /// `logit` gives `[num_edges, ..]`, the weights have its shape; `reduce` gives `num_edges` rows.
    pub fn attention(
        mut self,
        logit: impl Fn(&E, &N, &N, &G) -> Array + Send + Sync + 'f,
        reduce: impl Fn(&E, &Array) -> E + Send + Sync + 'f,
    ) -> Self {
        self.attention = Some(Attention {
            logit: Box::new(logit),
            reduce: Box::new(reduce),
        });
        self
    }

    /// How logits become weights, instead of [`segment_softmax`]: a function of logits, the ids of receivers and the
    /// number of nodes that gives a row for each of the logits'.
    pub fn normalize_attention(
        mut self,
        f: impl Fn(&Array, &Array, usize) -> Array + Send + Sync + 'f,
    ) -> Self {
        self.normalize = Box::new(f);
        self
    }

    /// The graphs with new features.
    ///
    /// # Panics
    /// If the parts of `graph` do not fit together, or what its functions do panics.
    #[track_caller]
    pub fn apply(&self, graph: &GraphsTuple<N, E, G>) -> GraphsTuple<N, E, G> {
        assert_fit("graph network", graph);
        let edges = self.edges(graph);
        let nodes = self.nodes(graph, &edges);
        let globals = self.globals(graph, &nodes, &edges);
        graph.with_features(nodes, edges, globals)
    }

    fn edges(&self, graph: &GraphsTuple<N, E, G>) -> E {
        let mut edges = graph.edges.clone();
        if self.update_edge.is_none() && self.attention.is_none() {
            return edges;
        }
        let sent = rows_at(&graph.nodes, &graph.senders);
        let received = rows_at(&graph.nodes, &graph.receivers);
        let globals = rows_at(&graph.globals, &graph.edge_graph());
        if let Some(update) = &self.update_edge {
            edges = update(&edges, &sent, &received, &globals);
        }
        if let Some(attention) = &self.attention {
            let logits = (attention.logit)(&edges, &sent, &received, &globals);
            let weights = (self.normalize)(&logits, &graph.receivers, graph.num_nodes());
            edges = (attention.reduce)(&edges, &weights);
        }
        edges
    }

    fn nodes(&self, graph: &GraphsTuple<N, E, G>, edges: &E) -> N {
        let Some(update) = &self.update_node else {
            return graph.nodes.clone();
        };
        let at = |ids: &Array| reduced(edges, &self.edges_for_nodes, ids, graph.num_nodes());
        let globals = rows_at(&graph.globals, &graph.node_graph());
        update(
            &graph.nodes,
            &at(&graph.senders),
            &at(&graph.receivers),
            &globals,
        )
    }

    fn globals(&self, graph: &GraphsTuple<N, E, G>, nodes: &N, edges: &E) -> G {
        let Some(update) = &self.update_global else {
            return graph.globals.clone();
        };
        let graphs = graph.num_graphs();
        let nodes = reduced(nodes, &self.nodes_for_globals, &graph.node_graph(), graphs);
        let edges = reduced(edges, &self.edges_for_globals, &graph.edge_graph(), graphs);
        update(&nodes, &edges, &graph.globals)
    }
}
