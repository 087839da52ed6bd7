//! The graph: its adjacency as a sparse matrix, and the edits of its edges.

use graxe_core::{Array, Csr, DType, Pattern, Tree, sparse};

use crate::edges::{Edge, Weights, assemble, check_ends, edge_list};
use crate::error::{GraphError, GraphErrorKind};
use crate::normalise;
use crate::rows::Rows;

/// A directed graph with a weight (or one for each head, or several features) on every edge.
///
/// Row `i` of the adjacency holds the edges *into* node `i`, a column is an edge's source: a sparse product
/// gathers from sources to destinations, as messages run in `PyG`'s `source_to_target`. Edges may repeat.
///
/// The methods that change which edges there are work on the host and panic on a pattern that is traced;
/// the weights may be traced and carry derivatives through every edit.
///
/// # Shapes
/// `adjacency: [num_nodes, num_nodes]` with values `[num_edges]` or `[num_edges, heads]`, in the order of rows.
#[derive(Tree, Clone, Debug)]
pub struct Graph {
    /// The edges: rows are destinations, columns are sources.
    pub adjacency: Csr,
}

impl Graph {
    /// A graph of edges `src[e] → dst[e]`, each of weight 1 (`f32`); repeated edges are kept.
    ///
    /// # Errors
    /// If the lists differ in length or name a node that is not below `num_nodes`.
    ///
    /// ```
    /// use graxe_graph::Graph;
    /// let graph = Graph::from_edges(3, &[0, 2], &[1, 1])?;
    /// assert_eq!(graph.pattern().row_ptr(), [0, 0, 2, 2]);
    /// assert_eq!(graph.pattern().col(), [0, 2]);
    /// # Ok::<(), graxe_graph::GraphError>(())
    /// ```
    pub fn from_edges(num_nodes: usize, src: &[u32], dst: &[u32]) -> Result<Self, GraphError> {
        check_ends(num_nodes, src, dst)?;
        Ok(Rows::counted(num_nodes, dst, src, None).into_graph())
    }

    /// A graph of weighted edges; weight `e` goes with the edge `src[e] → dst[e]`.
    ///
    /// The weights are put into the order of rows by a gather, through which derivatives pass.
    ///
    /// # Shapes
    /// `weights: [num_edges]` or `[num_edges, heads]`.
    ///
    /// # Errors
    /// If the lists or the weights differ in length or an edge names a node that is not below `num_nodes`.
    pub fn from_weighted_edges(
        num_nodes: usize,
        src: &[u32],
        dst: &[u32],
        weights: &Array,
    ) -> Result<Self, GraphError> {
        let edges = edge_list(num_nodes, src, dst)?;
        if weights.shape().first() != Some(&src.len()) {
            let message = format!(
                "graph: {} edges cannot have weights of shape {}",
                src.len(),
                weights.shape()
            );
            return Err(GraphError::new(GraphErrorKind::Lengths, message));
        }
        Ok(assemble(num_nodes, edges, Weights::Of(weights)))
    }

    /// The number of nodes.
    pub fn num_nodes(&self) -> usize {
        self.adjacency.rows()
    }

    /// The number of directed edges, loops and repeats included.
    pub fn num_edges(&self) -> usize {
        self.adjacency.nnz()
    }

    /// Which edges there are: rows are destinations, columns are sources.
    pub fn pattern(&self) -> &Pattern {
        &self.adjacency.pattern
    }

    /// The number of edges into each node: repeats count, weights do not.
    ///
    /// The sum of their weights is [`sparse::sum_rows`] of the adjacency's values.
    ///
    /// # Shapes
    /// `i32[num_nodes]`.
    pub fn in_degrees(&self) -> Array {
        let ones = Array::ones(self.num_edges(), DType::I32);
        sparse::sum_rows(self.pattern(), &ones)
    }

    /// Whether every edge has its reverse, as often as it is there (their weights may differ).
    #[track_caller]
    pub fn is_symmetric(&self) -> bool {
        self.pattern().is_symmetric()
    }

    /// The graph with the reverse of every edge and without repeats, each edge of weight 1 (`f32`).
    ///
    /// Loops stay, one of each.
    #[track_caller]
    pub fn undirected(&self) -> Self {
        let mut rows = Rows::of(self, false);
        rows.simplify(true);
        let both = rows.sum(&rows.transposed());
        both.unwrap_or_else(|error| panic!("{error}")).into_graph()
    }

    /// The graph without edges from a node to itself.
    #[track_caller]
    pub fn without_self_loops(&self) -> Self {
        let mut edges = self.edges();
        edges.retain(|edge| !edge.is_loop());
        assemble(self.num_nodes(), edges, self.weights())
    }

    /// The graph with the first of each group of repeated edges, which keeps its weight; the others are dropped.
    #[track_caller]
    pub fn without_duplicates(&self) -> Self {
        let mut edges = self.edges();
        edges.sort_by_key(Edge::place);
        edges.dedup_by_key(|edge| edge.place());
        assemble(self.num_nodes(), edges, self.weights())
    }

    /// The graph with a loop of weight 1 added to every node, whatever loops it has.
    #[track_caller]
    pub fn with_self_loops(&self) -> Self {
        let mut edges = self.edges();
        edges.extend(self.loops());
        assemble(
            self.num_nodes(),
            edges,
            Weights::Filled(&self.adjacency.values, 1.0),
        )
    }

    /// The graph with exactly one loop on every node.
    ///
    /// A node that has loops keeps the weight of its last one; the others get `fill`.
    ///
    /// # Reference
    /// `add_remaining_self_loops` of `PyG`.
    #[track_caller]
    pub fn with_remaining_self_loops(&self, fill: f64) -> Self {
        let mut edges = self.edges();
        let mut loops: Vec<Edge> = self.loops().collect();
        for edge in edges.iter().filter(|edge| edge.is_loop()) {
            loops[edge.dst as usize] = *edge;
        }
        edges.retain(|edge| !edge.is_loop());
        edges.extend(loops);
        assemble(
            self.num_nodes(),
            edges,
            Weights::Filled(&self.adjacency.values, fill),
        )
    }

    /// The graph with exactly one loop on every node, whose weight is the mean of those of the other edges into it.
    ///
    /// The weights of loops there were do not count; where nothing else arrives a loop's weight is 0. With features in
    /// place of weights this prepares edge features for attention.
    ///
    /// # Shapes
    /// Values `[num_edges, ..]` become `[other_edges + num_nodes, ..]`.
    ///
    /// # Reference
    /// `remove_self_loops` and `add_self_loops` of `PyG` with `fill_value="mean"`, as its `GATConv` calls them.
    #[track_caller]
    pub fn with_mean_self_loops(&self) -> Self {
        let others = self.without_self_loops();
        let means = normalise::mean_rows(others.pattern(), &others.adjacency.values);
        // The loop of node `i` stands at `num_edges + i` of the joined weights.
        let count = others.num_edges() as u32;
        let loops = others.loops().map(|edge| Edge {
            weight: count + edge.dst,
            ..edge
        });
        let mut edges = others.edges();
        edges.extend(loops);
        let weights = Weights::Joined(&others.adjacency.values, &means);
        assemble(self.num_nodes(), edges, weights)
    }

    /// The edges in the order of rows.
    #[track_caller]
    fn edges(&self) -> Vec<Edge> {
        let rows = self.pattern().row();
        let ends = rows.into_iter().zip(self.pattern().col());
        let numbered = (0..).zip(ends);
        numbered
            .map(|(weight, (dst, &src))| Edge { dst, src, weight })
            .collect()
    }

    /// A loop on every node, with the weight behind all others.
    fn loops(&self) -> impl Iterator<Item = Edge> {
        let weight = self.num_edges() as u32;
        (0..self.num_nodes() as u32).map(move |node| Edge {
            dst: node,
            src: node,
            weight,
        })
    }

    fn weights(&self) -> Weights<'_> {
        Weights::Of(&self.adjacency.values)
    }
}
