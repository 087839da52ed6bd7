//! How many nodes each class has, in all and in each part of the split.

use crate::split::Split;

/// The classes of all nodes and of those of each part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelBalance {
    /// How many nodes have no label.
    pub unlabelled: usize,
    /// All nodes with a label.
    pub all: ClassCounts,
    /// Nodes to train on.
    pub train: ClassCounts,
    /// Nodes to validate on.
    pub val: ClassCounts,
    /// Nodes to test on.
    pub test: ClassCounts,
}

/// How many nodes each class has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassCounts {
    /// One count a class.
    pub counts: Vec<usize>,
}

impl LabelBalance {
    /// The balance of labels; nodes of the split that do not exist or have none are left out.
    ///
    /// # Panics
    /// If a label is not below `num_classes`.
    #[track_caller]
    pub fn of(labels: &[Option<u32>], num_classes: usize, split: &Split) -> Self {
        assert_classes("label balance", labels, num_classes);
        let part = |nodes: &[u32]| {
            let labels = nodes.iter().filter_map(|&node| labels.get(node as usize));
            ClassCounts::of(labels, num_classes)
        };
        let all = ClassCounts::of(labels, num_classes);
        Self {
            unlabelled: labels.len() - all.total(),
            all,
            train: part(&split.train),
            val: part(&split.val),
            test: part(&split.test),
        }
    }
}

impl ClassCounts {
    fn of<'a>(labels: impl IntoIterator<Item = &'a Option<u32>>, num_classes: usize) -> Self {
        let mut counts = vec![0; num_classes];
        for class in labels.into_iter().flatten() {
            counts[*class as usize] += 1;
        }
        Self { counts }
    }

    /// How many nodes there are.
    pub fn total(&self) -> usize {
        self.counts.iter().sum()
    }

    /// The class of most nodes, the first of equal ones, and its share of the nodes; `None` without nodes.
    pub fn majority(&self) -> Option<(usize, f64)> {
        let most = self.counts.iter().copied().max().filter(|&most| most > 0)?;
        let class = self.counts.iter().position(|&count| count == most)?;
        Some((class, most as f64 / self.total() as f64))
    }

    /// `-Σ_k p_k log₂ p_k` in bits, where `p_k` is the share of class `k`: 0 for one class, `log₂ C` where all are alike.
    pub fn entropy(&self) -> f64 {
        let total = self.total() as f64;
        let there = self.counts.iter().filter(|&&count| count > 0);
        let terms = there.map(|&count| {
            let share = count as f64 / total;
            share * -share.log2()
        });
        terms.sum()
    }
}

/// Panics unless every label is below the number of classes.
#[track_caller]
pub(super) fn assert_classes(operation: &str, labels: &[Option<u32>], num_classes: usize) {
    let beyond = |class: &&u32| **class as usize >= num_classes;
    if let Some(class) = labels.iter().flatten().find(beyond) {
        panic!("{operation}: there is a label {class}, but only {num_classes} classes");
    }
}
