//! What a trained network has to beat: the most frequent class, and labels that spread along the edges.

use graxe_core::{Array, Csr, DType, select};
use graxe_graph::{Graph, normalise};

/// The class of most training nodes, the first of equal ones; `None` if none has a label.
///
/// # Shapes
/// `labels: [num_nodes]`.
///
/// # Panics
/// If a training node does not exist.
#[track_caller]
pub fn majority_class(labels: &[Option<u32>], train: &[u32]) -> Option<u32> {
    let classes = || train.iter().filter_map(|&node| labels[node as usize]);
    let mut counts = vec![0_usize; classes().max()? as usize + 1];
    for class in classes() {
        counts[class as usize] += 1;
    }
    let most = counts.iter().max()?;
    counts
        .iter()
        .position(|count| count == most)
        .map(|class| class as u32)
}

/// Labels of the training nodes that spread along the edges, without features and without anything to be trained:
/// `Y ← clamp(α D^-1/2 A D^-1/2 Y + (1 - α) Y_0, 0, 1)` from `Y = Y_0`, so many times.
///
/// Row `i` of `Y_0` is 1 at the class of `i` if that is a training node with a label, and 0 elsewhere. Row `i` of `A`
/// holds the weights of the edges into `i`, and `D` their sums: as messages run, a node gets what its sources have, and one
/// at which nothing arrives passes nothing on either.
///
/// # Reference
/// Zhu and Ghahramani, Learning from labeled and unlabeled data with label propagation, 2002, in the form of Zhou et al.,
/// Learning with local and global consistency, 2004; `LabelPropagation` of `PyG`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LabelPropagation {
    /// How often labels go along an edge.
    pub steps: usize,
    /// `α`: how much of a node's row comes from its neighbours.
    pub alpha: f64,
}

impl Default for LabelPropagation {
    /// 50 steps with `α = 0.9`.
    fn default() -> Self {
        Self {
            steps: 50,
            alpha: 0.9,
        }
    }
}

impl LabelPropagation {
    /// `Y` after the last step.
    ///
    /// # Shapes
    /// `labels: [num_nodes]`, each below `num_classes`, give `[num_nodes, num_classes]`.
    ///
    /// # Panics
    /// If there is not one label a node, one of a training node is out of range, a training node does not exist, or
    /// edges have several weights.
    #[track_caller]
    pub fn spread(
        &self,
        graph: &Graph,
        labels: &[Option<u32>],
        train: &[u32],
        num_classes: usize,
    ) -> Array {
        let y0 = one_hot(graph, labels, train, num_classes);
        let values = graph.adjacency.values.astype(y0.dtype());
        let a = Csr::new(graph.pattern().clone(), values);
        let a = normalise::symmetric(&a);
        let back = (1.0 - self.alpha) * &y0;
        let step = |y: Array, _| (self.alpha * a.matmul(&y) + &back).clip(0, 1);
        (0..self.steps).fold(y0, step)
    }

    /// The probabilities of classes: rows of [`Self::spread`] divided by their sums.
    ///
    /// A node that no label reaches, and one whose row is NaN by negative weights, gets the shares of the classes among the
    /// training nodes, and equal ones if there are none.
    ///
    /// # Shapes
    /// As [`Self::spread`].
    ///
    /// # Panics
    /// As [`Self::spread`].
    #[track_caller]
    pub fn predict(
        &self,
        graph: &Graph,
        labels: &[Option<u32>],
        train: &[u32],
        num_classes: usize,
    ) -> Array {
        let spread = self.spread(graph, labels, train, num_classes);
        let sum = spread.sum(-1).expand_dims(-1);
        let reached = sum.greater(0);
        let prior = prior(labels, train, num_classes).astype(spread.dtype());
        select(&reached, spread / select(&reached, &sum, 1), prior)
    }
}

/// `Y_0`.
#[track_caller]
fn one_hot(graph: &Graph, labels: &[Option<u32>], train: &[u32], num_classes: usize) -> Array {
    let n = graph.num_nodes();
    let weights = graph.adjacency.values.shape();
    assert!(
        labels.len() == n && weights.len() == 1,
        "label propagation: {} labels and weights of shape {weights} do not belong to {n} nodes: one label a node and one \
         weight an edge are expected",
        labels.len()
    );
    let mut y0 = vec![0f32; n * num_classes];
    for &node in train {
        if let Some(class) = labels[node as usize] {
            assert!(
                (class as usize) < num_classes,
                "label propagation: there is a label {class}, but only {num_classes} classes"
            );
            y0[node as usize * num_classes + class as usize] = 1.0;
        }
    }
    Array::from_vec(y0, [n, num_classes]).astype(DType::default_float())
}

/// The share of each class among the training nodes: `[num_classes]`.
fn prior(labels: &[Option<u32>], train: &[u32], num_classes: usize) -> Array {
    let mut counts = vec![0f64; num_classes];
    for class in train.iter().filter_map(|&node| labels[node as usize]) {
        counts[class as usize] += 1.0;
    }
    let total: f64 = counts.iter().sum();
    let share = |count: &f64| {
        if total > 0.0 {
            count / total
        } else {
            1.0 / num_classes as f64
        }
    };
    Array::from_vec(counts.iter().map(share).collect(), num_classes)
}
