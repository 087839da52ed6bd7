//! What the nodes to validate and test on share with those to train on.

use super::identical::IdenticalRows;
use crate::split::Split;

/// Nodes of the split by which an evaluation says more than a model has learned to generalise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaks {
    /// How many nodes to validate on have the features of another node, which is trained on.
    pub val_like_train: usize,
    /// How many nodes to test on have the features of another node, which is trained on.
    pub test_like_train: usize,
    /// Nodes that stand in two parts of the split or in all three, rising.
    pub in_two_parts: Vec<u32>,
}

impl Leaks {
    /// Nodes of the split that do not exist are left out.
    pub(super) fn of(identical: &IdenticalRows, split: &Split, num_nodes: usize) -> Self {
        // Whether a node trains, validates and tests.
        let mut parts = vec![[false; 3]; num_nodes];
        for (part, nodes) in [&split.train, &split.val, &split.test]
            .into_iter()
            .enumerate()
        {
            for &node in nodes {
                if let Some(parts) = parts.get_mut(node as usize) {
                    parts[part] = true;
                }
            }
        }
        let twice = |parts: &[bool; 3]| parts.iter().filter(|&&part| part).count() > 1;
        let in_two_parts = (0..).zip(&parts).filter(|(_, parts)| twice(parts));
        let mut leaks = Self {
            val_like_train: 0,
            test_like_train: 0,
            in_two_parts: in_two_parts.map(|(node, _)| node).collect(),
        };
        for group in &identical.groups {
            let members = || group.iter().map(|&node| parts[node as usize]);
            let trained = members().filter(|[train, ..]| *train).count();
            for [train, val, test] in members() {
                let others = trained - usize::from(train);
                leaks.val_like_train += usize::from(val && others > 0);
                leaks.test_like_train += usize::from(test && others > 0);
            }
        }
        leaks
    }
}
