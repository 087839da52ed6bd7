//! Simple graphs out of long lists of edges: no loops, no repeats, and little memory on the way.

use crate::dataset::ListedEdges;
use crate::edges::check_ends;
use crate::error::{GraphError, GraphErrorKind};
use crate::graph::Graph;
use crate::rows::Rows;

/// Edges as a file lists them: from `src[e]` to `dst[e]`, with loops and repeats.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EdgeList {
    /// Where each edge starts.
    pub src: Vec<u32>,
    /// Where it ends.
    pub dst: Vec<u32>,
    /// Its weight; every edge weighs 1 where there are none.
    pub weights: Option<Vec<f32>>,
}

impl Graph {
    /// The graph of these edges without loops and repeats, and what was listed.
    ///
    /// Unless `directed`, it has the reverse of every edge too. Weights of repeats are added up, and so
    /// are those of an edge and its reverse where both are listed; without weights every edge weighs 1 (`f32`).
    ///
    /// The list is sorted by counting, in time that grows with the number of edges alone.
    ///
    /// # Errors
    /// If the lists differ in length or name a node that is not below `num_nodes`, or if there are more than 2³⁰
    /// nodes or edges, in the list or in the graph.
    ///
    /// # Reference
    /// `coalesce` and `to_undirected` of `PyG` with `reduce="add"`, after `remove_self_loops`.
    ///
    /// ```
    /// use graxe_graph::{EdgeList, Graph};
    /// let edges = EdgeList { src: vec![0, 0, 1], dst: vec![1, 1, 1], weights: Some(vec![1.0, 2.0, 5.0]) };
    /// let (graph, listed) = Graph::simple(2, edges, false)?;
    /// assert_eq!(graph.pattern().col(), [1, 0]);
    /// assert_eq!(graph.adjacency.values.to_vec::<f32>(), [3.0, 3.0]);
    /// assert_eq!((listed.count, listed.loops, listed.repeats), (3, 1, 1));
    /// # Ok::<(), graxe_graph::GraphError>(())
    /// ```
    pub fn simple(
        num_nodes: usize,
        edges: EdgeList,
        directed: bool,
    ) -> Result<(Self, ListedEdges), GraphError> {
        let EdgeList { src, dst, weights } = edges;
        check_ends(num_nodes, &src, &dst)?;
        if let Some(weights) = &weights
            && weights.len() != src.len()
        {
            let message = format!("graph: {} edges but {} weights", src.len(), weights.len());
            return Err(GraphError::new(GraphErrorKind::Lengths, message));
        }
        let count = src.len();
        let mut rows = Rows::counted(num_nodes, &dst, &src, weights.as_deref());
        // The list is as large as the rows; it is not to be held while the reverses are made.
        drop((src, dst, weights));
        let (loops, repeats) = rows.simplify(false);
        let listed = ListedEdges {
            count,
            loops,
            repeats,
        };
        if !directed {
            rows = rows.sum(&rows.transposed())?;
        }
        Ok((rows.into_graph(), listed))
    }

    /// The graph with the edges of both and no repeats, on as many nodes as the larger one has.
    ///
    /// Loops stay. With `weighted` the weights of an edge that both have, or one of them repeatedly, are added
    /// up; without it every edge weighs 1 (`f32`).
    ///
    /// # Errors
    /// If the edges of both are more than 2³⁰.
    ///
    /// # Panics
    /// If a pattern is traced or, with `weighted`, the weights are not `f32[num_edges]`.
    #[track_caller]
    pub fn united(&self, other: &Self, weighted: bool) -> Result<Self, GraphError> {
        let mut sides = [Rows::of(self, weighted), Rows::of(other, weighted)];
        let num_nodes = self.num_nodes().max(other.num_nodes());
        for side in &mut sides {
            side.simplify(true);
            side.grow(num_nodes);
        }
        let [mine, theirs] = sides;
        Ok(mine.sum(&theirs)?.into_graph())
    }
}
