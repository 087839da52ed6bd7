//! jraph's graph attention, over edges as data.

use graxe_core::{Array, Tree, leaky_relu, segment_softmax, segment_sum};
use graxe_graph::GraphsTuple;

use super::assert_fit;

/// Of features at senders, at receivers and of edges.
type Logit<'f, E> = Box<dyn Fn(&Array, &Array, &E) -> Array + Send + Sync + 'f>;

/// Graph attention. With `q = query(v)`,
/// `w = softmax(logit(q(s), q(r), e))` over the edges into the same node, and
/// `out(i) = update(Σ w(k) q(s(k)))` over the edges `k` into `i`.
///
/// A node without edges into it gets `update(0)`; add edges from nodes to themselves before if they should attend
/// to their own features.
///
/// # Shapes
/// `query: [num_nodes, ..]` to `[num_nodes, heads, features]` (or `[num_nodes, features]`); `logit` gives
/// `[num_edges, heads, 1]` (or `[num_edges, 1]`), which broadcasts against the features that are sent.
///
/// # Reference
/// Veličković et al., "Graph attention networks", 2018, equations 1 to 4; `GAT` of jraph.
pub struct Gat<'f, E = Array> {
    query: Box<dyn Fn(&Array) -> Array + Send + Sync + 'f>,
    logit: Logit<'f, E>,
    update: Box<dyn Fn(&Array) -> Array + Send + Sync + 'f>,
}

impl<'f, E: Tree> Gat<'f, E> {
    /// Attention by these queries and logits; the update is a leaky relu of slope 0.01, heads side by side.
    pub fn new(
        query: impl Fn(&Array) -> Array + Send + Sync + 'f,
        logit: impl Fn(&Array, &Array, &E) -> Array + Send + Sync + 'f,
    ) -> Self {
        let side_by_side = |x: &Array| {
            let features: usize = x.shape()[1..].iter().product();
            leaky_relu(x, 0.01).reshape([x.shape()[0] as isize, features as isize])
        };
        Self {
            query: Box::new(query),
            logit: Box::new(logit),
            update: Box::new(side_by_side),
        }
    }

    /// With another update of what a node has gathered.
    ///
    /// # Shapes
    /// It takes what the query gives, `[num_nodes, ..]`.
    pub fn with_update(mut self, f: impl Fn(&Array) -> Array + Send + Sync + 'f) -> Self {
        self.update = Box::new(f);
        self
    }

    /// The graphs with new features of nodes.
    ///
    /// # Panics
    /// If the parts of `graph` do not fit together, or the logits do not broadcast against the queries.
    #[track_caller]
    pub fn apply<G: Tree>(&self, graph: &GraphsTuple<Array, E, G>) -> GraphsTuple<Array, E, G> {
        assert_fit("graph attention", graph);
        let num_nodes = graph.num_nodes();
        let queries = (self.query)(&graph.nodes);
        let sent = queries.index(&graph.senders);
        let received = queries.index(&graph.receivers);
        let logits = (self.logit)(&sent, &received, &graph.edges);
        let weights = segment_softmax(&logits, &graph.receivers, num_nodes);
        let gathered = segment_sum(&(sent * weights), &graph.receivers, num_nodes);
        graph.with_nodes((self.update)(&gathered))
    }
}
