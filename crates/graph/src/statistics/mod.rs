//! What is to be known about a data set before anything is trained on it.
//!
//! Everything here is counted on the host in linear time, or in that of a sort, and is defined on graphs without nodes,
//! edges, labels or features too: a share of nothing is `None`.
//!
//! ```
//! use graxe_graph::{karate_club, statistics::Statistics};
//! let statistics = Statistics::of(&karate_club());
//! assert_eq!(statistics.components.sizes, [34]);
//! assert_eq!(statistics.degrees.max, 17);
//! assert!(statistics.leaks.in_two_parts.is_empty());
//! ```

mod components;
mod degrees;
mod features;
mod homophily;
mod identical;
mod labels;
mod leaks;
mod rows;

pub use components::Components;
pub use degrees::{DegreeBin, Degrees};
pub use features::Features;
pub use homophily::Homophily;
pub use identical::IdenticalRows;
pub use labels::{ClassCounts, LabelBalance};
pub use leaks::Leaks;

use crate::dataset::Dataset;

/// All statistics of a data set.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistics {
    /// The number of nodes.
    pub num_nodes: usize,
    /// The number of directed edges, loops and repeats included.
    pub num_edges: usize,
    /// How many of the edges run from a node to itself.
    pub num_loops: usize,
    /// Whether every edge has its reverse, as often as it is there.
    pub symmetric: bool,
    /// Which nodes hang together.
    pub components: Components,
    /// How many edges arrive at the nodes.
    pub degrees: Degrees,
    /// Whether edges join nodes of the same class.
    pub homophily: Homophily,
    /// How many nodes each class has.
    pub labels: LabelBalance,
    /// How full the features are.
    pub features: Features,
    /// Nodes that no model can tell apart by their features.
    pub identical: IdenticalRows,
    /// What the nodes to validate and test on share with those to train on.
    pub leaks: Leaks,
}

impl Statistics {
    /// The statistics of a data set.
    ///
    /// # Panics
    /// If a label is not below the number of classes, or the features or the labels are not as many as the nodes.
    #[track_caller]
    pub fn of(dataset: &Dataset) -> Self {
        let graph = &dataset.graph;
        let (nodes, rows) = (dataset.num_nodes(), dataset.features.rows());
        assert!(
            nodes == graph.num_nodes() && nodes == rows,
            "statistics: {nodes} labels and {rows} rows of features do not belong to {} nodes",
            graph.num_nodes()
        );
        let rows = rows::Rows::of(&dataset.features);
        let identical = IdenticalRows::of(&rows);
        let ends = graph.pattern().row().into_iter().zip(graph.pattern().col());
        Self {
            num_nodes: nodes,
            num_edges: graph.num_edges(),
            num_loops: ends.filter(|(dst, src)| dst == *src).count(),
            symmetric: graph.is_symmetric(),
            components: Components::of(graph),
            degrees: Degrees::of(graph),
            homophily: Homophily::of(graph, &dataset.labels, dataset.num_classes()),
            labels: LabelBalance::of(&dataset.labels, dataset.num_classes(), &dataset.split),
            features: Features::of(&rows),
            leaks: Leaks::of(&identical, &dataset.split, nodes),
            identical,
        }
    }
}
