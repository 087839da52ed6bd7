//! Nodes that no model can tell apart by their features.

use std::collections::HashMap;

use super::rows::{Row, Rows};

/// Groups of two nodes or more whose features are the same numbers.
///
/// Nodes without any feature are in no group: that nothing is known of them is [`Features::empty_rows`].
///
/// [`Features::empty_rows`]: super::Features::empty_rows
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdenticalRows {
    /// The nodes of each group, rising; the largest group first, of equal ones that of the first node.
    pub groups: Vec<Vec<u32>>,
}

impl IdenticalRows {
    /// By hashes of the rows, and comparison where they are equal.
    pub(super) fn of(rows: &Rows) -> Self {
        let mut nodes_of: HashMap<Row, Vec<u32>> = HashMap::new();
        for (node, row) in (0..).zip(rows.iter()) {
            if !row.0.is_empty() {
                nodes_of.entry(row).or_default().push(node);
            }
        }
        let mut groups: Vec<Vec<u32>> = nodes_of.into_values().filter(|g| g.len() > 1).collect();
        groups.sort_unstable_by_key(|group| (usize::MAX - group.len(), group[0]));
        Self { groups }
    }

    /// How many nodes have the features of another.
    pub fn num_nodes(&self) -> usize {
        self.groups.iter().map(Vec::len).sum()
    }
}
