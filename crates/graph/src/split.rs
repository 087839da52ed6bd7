//! Which nodes train, validate and test.

use std::collections::BTreeMap;

use graxe_core::DType;
use graxe_core::random::{Key, bits};

use crate::error::{GraphError, GraphErrorKind};

/// Nodes to train, validate and test on; each list rises, and the three are disjoint where this crate made them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Split {
    /// Nodes whose labels the model learns from.
    pub train: Vec<u32>,
    /// Nodes that say when to stop.
    pub val: Vec<u32>,
    /// Nodes that the result is reported on.
    pub test: Vec<u32>,
}

/// The training nodes of each class in a [planetoid](Split::planetoid) split.
const TRAIN_OF_CLASS: usize = 20;
const NUM_VAL: usize = 500;
const NUM_TEST: usize = 1000;

impl Split {
    /// A stratified split: of every class the fractions `[train, val, test]`, drawn by `key`.
    ///
    /// Nodes without a label are in no part. A class has at least one training node where the fraction is not
    /// zero; fractions that sum to less than 1 leave nodes out.
    ///
    /// # Shapes
    /// `labels: [num_nodes]`.
    ///
    /// # Errors
    /// If a fraction is not a number from 0 to 1 or their sum exceeds 1.
    pub fn random(
        labels: &[Option<u32>],
        fractions: [f64; 3],
        key: &Key,
    ) -> Result<Self, GraphError> {
        let sum: f64 = fractions.iter().sum();
        let sound = fractions.iter().all(|f| (0.0..=1.0).contains(f)) && sum <= 1.0 + 1e-9;
        if !sound {
            let message = format!(
                "split: the fractions {fractions:?} must be from 0 to 1 and sum to at most 1"
            );
            return Err(GraphError::new(GraphErrorKind::Fractions, message));
        }
        let mut split = Self::default();
        for nodes in shuffled(labels, key).into_values() {
            let up_to = |fraction: f64| {
                let count = (fraction * nodes.len() as f64).round();
                (count as usize).min(nodes.len())
            };
            let [train, val, _] = fractions;
            let first = up_to(train).max(usize::from(train > 0.0));
            let second = up_to(train + val).max(first);
            let third = up_to(sum).max(second);
            split.train.extend(&nodes[..first]);
            split.val.extend(&nodes[first..second]);
            split.test.extend(&nodes[second..third]);
        }
        Ok(split.sorted())
    }

    /// A split in the manner of Planetoid: 20 training nodes of every class, then 500 to validate and 1000 to
    /// test on among the others, whatever their class, drawn by `key`.
    ///
    /// Small graphs have less: a class trains with at most a third of its nodes (but one at least), and of
    /// the others a third at most, rounded up, validates. Nodes without a label are in no part.
    ///
    /// # Shapes
    /// `labels: [num_nodes]`.
    ///
    /// # Reference
    /// Yang, Cohen and Salakhutdinov, "Revisiting Semi-Supervised Learning with Graph Embeddings", 2016, section 5;
    /// random in the manner of Shchur et al., "Pitfalls of Graph Neural Network Evaluation", 2018.
    pub fn planetoid(labels: &[Option<u32>], key: &Key) -> Self {
        let mut split = Self::default();
        let mut rest = Vec::new();
        for nodes in shuffled(labels, key).into_values() {
            let (train, others) = nodes.split_at(TRAIN_OF_CLASS.min(nodes.len().div_ceil(3)));
            split.train.extend(train);
            rest.extend(others);
        }
        let place = places(labels.len(), &key.fold_in(1));
        rest.sort_unstable_by_key(|&node| (place[node as usize], node));
        let num_val = NUM_VAL.min(rest.len().div_ceil(3));
        let (val, others) = rest.split_at(num_val);
        split.val.extend(val);
        split.test.extend(others.iter().take(NUM_TEST));
        split.sorted()
    }

    fn sorted(mut self) -> Self {
        for part in [&mut self.train, &mut self.val, &mut self.test] {
            part.sort_unstable();
        }
        self
    }
}

/// The nodes of each class in an order drawn by `key`.
fn shuffled(labels: &[Option<u32>], key: &Key) -> BTreeMap<u32, Vec<u32>> {
    let place = places(labels.len(), &key.fold_in(0));
    let mut classes: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (node, label) in (0..).zip(labels) {
        if let Some(label) = label {
            classes.entry(*label).or_default().push(node);
        }
    }
    for nodes in classes.values_mut() {
        nodes.sort_unstable_by_key(|&node| (place[node as usize], node));
    }
    classes
}

/// A random number for each node to be ordered by.
fn places(num_nodes: usize, key: &Key) -> Vec<u32> {
    bits(key, num_nodes, DType::U32).to_vec()
}
