//! The graph: its adjacency as a sparse matrix, and the edits of its edges.

use graxe_core::{Array, Csr, DType, Mode, Pattern, Tree, concatenate, sparse};

use crate::error::{GraphError, GraphErrorKind};

/// A directed graph with a weight (or one for each head) on every edge.
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
        let edges = edge_list(num_nodes, src, dst)?;
        Ok(assemble(num_nodes, edges, Weights::Ones))
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
        let mut edges = self.edges();
        let reverses = edges.iter().map(Edge::reversed).collect::<Vec<_>>();
        edges.extend(reverses);
        edges.sort_unstable_by_key(Edge::place);
        edges.dedup_by_key(|edge| edge.place());
        assemble(self.num_nodes(), edges, Weights::Ones)
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

/// One edge and the place of its weight in [`Weights`].
#[derive(Clone, Copy)]
struct Edge {
    dst: u32,
    src: u32,
    weight: u32,
}

impl Edge {
    fn is_loop(&self) -> bool {
        self.dst == self.src
    }

    fn reversed(&self) -> Self {
        Self {
            dst: self.src,
            src: self.dst,
            weight: self.weight,
        }
    }

    /// Where the edge stands in the order of rows.
    fn place(&self) -> u64 {
        u64::from(self.dst) << 32 | u64::from(self.src)
    }
}

/// What the weights of edited edges are taken from.
enum Weights<'a> {
    /// Every weight is 1.
    Ones,
    /// Old weights.
    Of(&'a Array),
    /// Old weights and, behind them, one new number for all new edges.
    Filled(&'a Array, f64),
}

/// Nodes and edges are counted by `i32` in index arrays, also after loops were added.
const MOST: usize = 1 << 30;

/// The edges as listed, with weights in the same order.
fn edge_list(num_nodes: usize, src: &[u32], dst: &[u32]) -> Result<Vec<Edge>, GraphError> {
    if num_nodes > MOST || src.len() > MOST {
        let message = format!(
            "graph: {num_nodes} nodes with {} edges are too many, there may be {MOST} of each",
            src.len()
        );
        return Err(GraphError::new(GraphErrorKind::TooLarge, message));
    }
    if src.len() != dst.len() {
        let message = format!(
            "graph: {} sources but {} destinations",
            src.len(),
            dst.len()
        );
        return Err(GraphError::new(GraphErrorKind::Lengths, message));
    }
    let numbered = (0..).zip(src.iter().zip(dst));
    numbered
        .map(|(weight, (&src, &dst))| {
            if src.max(dst) as usize >= num_nodes {
                let message = format!(
                    "graph: edge {weight} runs from node {src} to node {dst}, but there are {num_nodes} nodes"
                );
                return Err(GraphError::new(GraphErrorKind::OutOfRange, message));
            }
            Ok(Edge { dst, src, weight })
        })
        .collect()
}

/// The graph of these edges; repeats keep their order.
fn assemble(num_nodes: usize, mut edges: Vec<Edge>, weights: Weights) -> Graph {
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
        Weights::Ones => Array::from_vec(vec![1f32; edges.len()], edges.len()),
        Weights::Of(old) => gathered(old, &edges),
        Weights::Filled(old, fill) => {
            let mut shape = old.shape().clone();
            shape[0] = 1;
            let fill = Array::full(shape, fill, old.dtype());
            gathered(&concatenate(&[old, &fill], 0), &edges)
        }
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
