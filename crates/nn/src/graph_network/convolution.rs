//! jraph's graph convolution, over edges as data.

use graxe_core::{Array, DType, Tree, arange, concatenate, segment_sum, tree};
use graxe_graph::GraphsTuple;

use super::{Segments, assert_fit, reduced, rows_at};

/// `out(i) = d_r(i)^-½ Σ d_s(j)^-½ f(v(j))` over the edges from `j` to `i`.
///
/// `f` updates nodes, usually by a matrix of weights; `d_s(j)` is the number of edges that `j` sends and `d_r(i)`
/// the number that `i` receives, 1 where there is none. Features of edges and globals are not read.
///
/// # Reference
/// Kipf and Welling, "Semi-supervised classification with graph convolutional networks", 2017, equation 2, with
/// degrees of senders and receivers each by themselves; `GraphConvolution` of jraph.
pub struct GraphConvolution<'f, N = Array> {
    update: Box<dyn Fn(&N) -> N + Send + Sync + 'f>,
    aggregate: Segments<'f>,
    self_edges: bool,
    symmetric: bool,
}

impl<'f, N: Tree> GraphConvolution<'f, N> {
    /// The convolution with this update of nodes, without edges from nodes to themselves.
    pub fn new(update: impl Fn(&N) -> N + Send + Sync + 'f) -> Self {
        Self {
            update: Box::new(update),
            aggregate: Box::new(segment_sum),
            self_edges: false,
            symmetric: true,
        }
    }

    /// With an edge from every node to itself, beside those that there are; jraph's `add_self_edges`.
    pub fn with_self_edges(mut self) -> Self {
        self.self_edges = true;
        self
    }

    /// Without the factors of degrees; jraph's `symmetric_normalization=False`.
    pub fn without_normalization(mut self) -> Self {
        self.symmetric = false;
        self
    }

    /// With another aggregation than [`segment_sum`]: a function of rows, the ids of their segments and the number
    /// of segments.
    pub fn with_aggregation(
        mut self,
        f: impl Fn(&Array, &Array, usize) -> Array + Send + Sync + 'f,
    ) -> Self {
        self.aggregate = Box::new(f);
        self
    }

    /// The graphs with new features of nodes.
    ///
    /// # Shapes
    /// `nodes: [num_nodes, ..]` give what the update makes of them.
    ///
    /// # Panics
    /// If the parts of `graph` do not fit together.
    #[track_caller]
    pub fn apply<E: Tree, G: Tree>(&self, graph: &GraphsTuple<N, E, G>) -> GraphsTuple<N, E, G> {
        assert_fit("graph convolution", graph);
        let num_nodes = graph.num_nodes();
        let ends = |ends: &Array| {
            if self.self_edges {
                let loops = arange(num_nodes as i32).astype(DType::I32);
                concatenate(&[ends, &loops], 0)
            } else {
                ends.clone()
            }
        };
        let (senders, receivers) = (ends(&graph.senders), ends(&graph.receivers));
        let mut nodes = (self.update)(&graph.nodes);
        if self.symmetric {
            nodes = scaled(&nodes, &degrees(&senders, num_nodes));
        }
        nodes = rows_at(&nodes, &senders);
        nodes = reduced(&nodes, &self.aggregate, &receivers, num_nodes);
        if self.symmetric {
            nodes = scaled(&nodes, &degrees(&receivers, num_nodes));
        }
        graph.with_nodes(nodes)
    }
}

/// How often each node stands among the ends of edges, but at least 1: `i32[num_nodes]`.
fn degrees(ends: &Array, num_nodes: usize) -> Array {
    segment_sum(&Array::ones(ends.shape(), DType::I32), ends, num_nodes).maximum(1)
}

/// Each row times the inverse root of its degree.
fn scaled<N: Tree>(nodes: &N, degrees: &Array) -> N {
    tree::map(nodes, |x| {
        let mut shape = vec![1; x.rank()];
        shape[0] = -1;
        x * degrees.astype(x.dtype()).rsqrt().reshape_dyn(&shape)
    })
}
