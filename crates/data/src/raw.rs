//! A node-classification data set as its files state it, before it becomes a graph.

/// One graph with features and labels on its nodes, exactly as the files hold it.
///
/// Every index is in range and every feature is finite; what a reader cannot vouch for it has
/// refused. Edges keep their repeats, self loops and order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RawDataset {
    /// Name of the data set, `cora` for `ind.cora.*`.
    pub name: String,
    /// Number of nodes.
    pub num_nodes: usize,
    /// Number of features of each node.
    pub num_features: usize,
    /// Start of each node's features in `feature_col`: `[num_nodes + 1]`, rising from 0.
    pub feature_row_ptr: Vec<u32>,
    /// Feature of each stored value, rising strictly within a row: `[nnz]`.
    pub feature_col: Vec<u32>,
    /// Stored values, never zero: `[nnz]`.
    pub feature_values: Vec<f32>,
    /// Class of each node, `None` where the files give none: `[num_nodes]`.
    pub labels: Vec<Option<u32>>,
    /// Name of each class; its number where the files give no names.
    pub class_names: Vec<String>,
    /// Identifier of each node; empty where the files only number them.
    pub node_names: Vec<String>,
    /// Directed edges `(src, dst)`.
    pub edges: Vec<(u32, u32)>,
    /// Nodes to train, validate and test on, in this order and each rising, where the files state them.
    pub split: Option<(Vec<u32>, Vec<u32>, Vec<u32>)>,
    /// What a reader left out and why, one line each.
    pub warnings: Vec<String>,
}

impl RawDataset {
    /// Number of classes.
    pub fn num_classes(&self) -> usize {
        self.class_names.len()
    }
}
