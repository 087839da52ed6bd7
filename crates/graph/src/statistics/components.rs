//! Weakly connected components: which nodes hang together, whichever way the edges point.

use crate::graph::Graph;

/// The weakly connected components of a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Components {
    /// How many nodes each component has, the largest first.
    pub sizes: Vec<usize>,
}

impl Components {
    /// The components of a graph, by union of the ends of its edges.
    ///
    /// # Panics
    /// If the graph's pattern is traced.
    ///
    /// # Reference
    /// Tarjan, "Efficiency of a Good But Not Linear Set Union Algorithm", 1975: union by size, with halved paths.
    #[track_caller]
    pub fn of(graph: &Graph) -> Self {
        let mut forest = Forest::new(graph.num_nodes());
        for (dst, &src) in graph.pattern().row().into_iter().zip(graph.pattern().col()) {
            forest.unite(dst as usize, src as usize);
        }
        let roots = (0..graph.num_nodes()).filter(|&node| forest.parent[node] == node);
        let mut sizes: Vec<usize> = roots.map(|root| forest.size[root]).collect();
        sizes.sort_unstable_by(|a, b| b.cmp(a));
        Self { sizes }
    }

    /// How many components there are.
    pub fn count(&self) -> usize {
        self.sizes.len()
    }

    /// How many nodes the largest component has; 0 if there are no nodes.
    pub fn largest(&self) -> usize {
        self.sizes.first().copied().unwrap_or(0)
    }
}

/// Disjoint sets of nodes as trees; a root is its own parent, and its size is that of its set.
struct Forest {
    parent: Vec<usize>,
    size: Vec<usize>,
}

impl Forest {
    fn new(num_nodes: usize) -> Self {
        Self {
            parent: (0..num_nodes).collect(),
            size: vec![1; num_nodes],
        }
    }

    fn root(&mut self, mut node: usize) -> usize {
        while self.parent[node] != node {
            self.parent[node] = self.parent[self.parent[node]];
            node = self.parent[node];
        }
        node
    }

    fn unite(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        if a == b {
            return;
        }
        let (small, large) = if self.size[a] < self.size[b] {
            (a, b)
        } else {
            (b, a)
        };
        self.parent[small] = large;
        self.size[large] += self.size[small];
    }
}
