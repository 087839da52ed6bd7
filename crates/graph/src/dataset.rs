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
    /// Features of the nodes, sparse: `[num_nodes, num_features]`.
    pub features: Csr,
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
