//! Whether edges join nodes of the same class.

use super::labels::assert_classes;
use crate::graph::Graph;

/// How much the classes of neighbours agree, by three definitions.
///
/// Only edges between nodes with labels count, each as often as it is there and loops too; a node's neighbours are those
/// whose edges arrive at it. All are `None` if there is no such edge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Homophily {
    /// How many edges have labels at both ends.
    pub num_edges: usize,
    /// The share of edges between nodes of the same class.
    ///
    /// # Reference
    /// Zhu et al., "Beyond Homophily in Graph Neural Networks", 2020, definition 1.
    pub edge: Option<f64>,
    /// The mean over the nodes with labels of the share of a node's neighbours that are of its class, which is 0 for a
    /// node without neighbours.
    ///
    /// # Reference
    /// Pei et al., "Geom-GCN", 2020, section 4.1; nodes without neighbours count as in `homophily` of `PyG`.
    pub node: Option<f64>,
    /// `1/(C - 1) Σ_k max(0, h_k - n_k / n)`, where `h_k` is the share of edges into nodes of class `k` that come
    /// from it, and `n_k / n` the share of the class among the nodes with labels: 0 where edges pay no heed to classes,
    /// however these differ in size. `None` if there is one class only.
    ///
    /// # Reference
    /// Lim et al., "Large Scale Learning on Non-Homophilous Graphs", 2021, section 3.2; `edge_insensitive` of `PyG`.
    pub class_insensitive: Option<f64>,
}

/// Edges, and those of them that agree.
#[derive(Clone, Copy, Default)]
struct Tally {
    all: usize,
    same: usize,
}

impl Tally {
    /// The share that agrees, 0 of nothing.
    fn share(self) -> f64 {
        self.same as f64 / self.all.max(1) as f64
    }
}

impl Homophily {
    /// The homophily of a graph whose nodes have these classes.
    ///
    /// # Shapes
    /// `labels: [num_nodes]`, each below `num_classes`.
    ///
    /// # Panics
    /// If there is not one label a node, a label is out of range or the graph's pattern is traced.
    #[track_caller]
    pub fn of(graph: &Graph, labels: &[Option<u32>], num_classes: usize) -> Self {
        assert!(
            labels.len() == graph.num_nodes(),
            "homophily: {} labels do not belong to {} nodes",
            labels.len(),
            graph.num_nodes()
        );
        assert_classes("homophily", labels, num_classes);
        let mut all = Tally::default();
        let mut of_class = vec![Tally::default(); num_classes];
        let mut nodes_of_class = vec![0; num_classes];
        let mut of_nodes = 0.0;
        let pattern = graph.pattern();
        let edges_into = pattern
            .row_ptr()
            .windows(2)
            .map(|w| w[0] as usize..w[1] as usize);
        for (label, range) in labels.iter().zip(edges_into) {
            let Some(class) = *label else { continue };
            nodes_of_class[class as usize] += 1;
            let mut own = Tally::default();
            for other in pattern.col()[range]
                .iter()
                .filter_map(|&src| labels[src as usize])
            {
                own.all += 1;
                own.same += usize::from(other == class);
            }
            of_nodes += own.share();
            for tally in [&mut all, &mut of_class[class as usize]] {
                tally.all += own.all;
                tally.same += own.same;
            }
        }
        let labelled: usize = nodes_of_class.iter().sum();
        let excess = of_class.iter().zip(&nodes_of_class);
        let excess = excess.map(|(tally, &nodes)| {
            let share = nodes as f64 / labelled.max(1) as f64;
            (tally.share() - share).max(0.0)
        });
        let excess: f64 = excess.sum();
        let there = all.all > 0;
        Self {
            num_edges: all.all,
            edge: there.then(|| all.share()),
            node: there.then(|| of_nodes / labelled as f64),
            class_insensitive: (there && num_classes > 1)
                .then(|| excess / (num_classes - 1) as f64),
        }
    }
}
