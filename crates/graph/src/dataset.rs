//! A data set for node classification: a graph with features, labels and a split.

use graxe_core::{Array, Csr};

use crate::graph::Graph;
use crate::split::Split;

/// One graph whose nodes are to be classified.
#[derive(Clone, Debug)]
pub struct Dataset {
    /// What the data set is called.
    pub name: String,
    /// The edges, without loops unless the data mean them.
    pub graph: Graph,
    /// What was listed as edges before loops and repeats were left out.
    pub listed: ListedEdges,
    /// Features of the nodes, sparse: `[num_nodes, num_features]`.
    pub features: Csr,
    /// What a trainer does to the features first.
    pub scaling: Scaling,
    /// The class of each node where it is known: `[num_nodes]`, each below the number of classes.
    pub labels: Vec<Option<u32>>,
    /// The name of each class.
    pub class_names: Vec<String>,
    /// The name of each node; empty where nodes are only numbered.
    pub node_names: Vec<String>,
    /// Nodes to train, validate and test on, all of them with labels.
    pub split: Split,
    /// What was left out or made up when the data were read, one line each.
    pub warnings: Vec<String>,
}

impl Dataset {
    /// The number of nodes.
    pub fn num_nodes(&self) -> usize {
        self.labels.len()
    }

    /// The number of features of a node.
    pub fn num_features(&self) -> usize {
        self.features.cols()
    }

    /// The number of classes.
    pub fn num_classes(&self) -> usize {
        self.class_names.len()
    }

    /// The class of each node, -1 where it is not known: `i32[num_nodes]`.
    pub fn labels_array(&self) -> Array {
        let labels = self.labels.iter();
        let classes = labels.map(|label| label.map_or(-1, |class| class as i32));
        Array::from_vec(classes.collect(), self.labels.len())
    }
}

/// How features are brought to one scale before a model sees them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Scaling {
    /// Each row is divided by its sum, as counts of words are.
    #[default]
    Rows,
    /// Not at all: whoever made them has scaled them.
    Done,
}

/// The edges of a data set as they were listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ListedEdges {
    /// How many were listed.
    pub count: usize,
    /// Those of them from a node to itself.
    pub loops: usize,
    /// Those of the others that list an edge once more, from the same node to the same; a reverse is none.
    pub repeats: usize,
}
