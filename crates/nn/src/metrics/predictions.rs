//! Probabilities of classes beside the truth, from which everything else is counted.

/// Probabilities of all classes for all nodes, and the classes that are true.
///
/// What is measured is measured over a list of nodes; those among them without a label are left out.
///
/// ```
/// use graxe_nn::Predictions;
/// let (probabilities, labels) = ([0.75, 0.25, 0.5, 0.5], [Some(0), Some(1)]);
/// let predictions = Predictions::new(&probabilities, 2, &labels);
/// assert_eq!(predictions.classes(), [0, 0]);
/// assert_eq!(predictions.confusion(&[0, 1]).counts, [[1, 0], [1, 0]]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Predictions<'a> {
    probabilities: &'a [f64],
    num_classes: usize,
    labels: &'a [Option<u32>],
}

/// A node that is measured.
pub(super) struct Measured<'a> {
    pub(super) node: usize,
    pub(super) label: usize,
    /// One a class.
    pub(super) probabilities: &'a [f64],
}

impl Measured<'_> {
    pub(super) fn predicted(&self) -> usize {
        most_probable(self.probabilities)
    }

    pub(super) fn is_right(&self) -> bool {
        self.predicted() == self.label
    }
}

impl<'a> Predictions<'a> {
    /// Predictions by probabilities, such as [`Model::predict`](crate::Model::predict) gives, in double precision.
    ///
    /// # Shapes
    /// `probabilities: [num_nodes, num_classes]`, row by row; `labels: [num_nodes]`, each below `num_classes`.
    ///
    /// # Panics
    /// If the lengths do not fit or a label is out of range.
    #[track_caller]
    pub fn new(probabilities: &'a [f64], num_classes: usize, labels: &'a [Option<u32>]) -> Self {
        assert!(
            probabilities.len() == labels.len() * num_classes,
            "predictions: {} probabilities are not those of {num_classes} classes for {} nodes",
            probabilities.len(),
            labels.len()
        );
        if let Some(class) = labels
            .iter()
            .flatten()
            .find(|&&class| class as usize >= num_classes)
        {
            panic!("predictions: there is a label {class}, but only {num_classes} classes");
        }
        Self {
            probabilities,
            num_classes,
            labels,
        }
    }

    /// The number of nodes.
    pub fn num_nodes(&self) -> usize {
        self.labels.len()
    }

    /// The number of classes.
    pub fn num_classes(&self) -> usize {
        self.num_classes
    }

    /// The most probable class of every node, the first of equal ones.
    ///
    /// # Shapes
    /// `[num_nodes]`.
    pub fn classes(&self) -> Vec<u32> {
        let nodes = 0..self.labels.len();
        nodes
            .map(|node| most_probable(self.row(node)) as u32)
            .collect()
    }

    /// The share of nodes that are right, as [`Confusion::accuracy`](crate::Confusion::accuracy) is, without a
    /// matrix of classes; NaN of none.
    ///
    /// # Panics
    /// If a node does not exist.
    #[track_caller]
    pub fn accuracy(&self, nodes: &[u32]) -> f64 {
        let (mut right, mut count) = (0_u64, 0_u64);
        for measured in self.measured(nodes) {
            right += u64::from(measured.is_right());
            count += 1;
        }
        right as f64 / count as f64
    }

    /// The mean of `-ln p` over the nodes, where `p` is the probability of a node's label, of at least `2⁻⁵²`; NaN of none.
    ///
    /// # Panics
    /// If a node does not exist.
    ///
    /// # Reference
    /// `log_loss` of scikit-learn, whose least probability it is.
    #[track_caller]
    pub fn log_loss(&self, nodes: &[u32]) -> f64 {
        let (mut sum, mut count) = (0.0, 0_usize);
        for measured in self.measured(nodes) {
            let p = measured.probabilities[measured.label];
            // Not `max`, which would take a number in place of NaN.
            sum -= if p < f64::EPSILON { f64::EPSILON } else { p }.ln();
            count += 1;
        }
        sum / count as f64
    }

    fn row(&self, node: usize) -> &'a [f64] {
        &self.probabilities[node * self.num_classes..][..self.num_classes]
    }

    /// The nodes of a list that have labels.
    #[track_caller]
    pub(super) fn measured(&self, nodes: &[u32]) -> impl Iterator<Item = Measured<'a>> {
        if let Some(node) = nodes
            .iter()
            .find(|&&node| node as usize >= self.labels.len())
        {
            panic!(
                "predictions: there is no node {node} among {}",
                self.labels.len()
            );
        }
        nodes.iter().filter_map(|&node| {
            let node = node as usize;
            self.labels[node].map(|label| Measured {
                node,
                label: label as usize,
                probabilities: self.row(node),
            })
        })
    }
}

/// The place of the greatest, the first of equal ones; 0 of nothing.
fn most_probable(probabilities: &[f64]) -> usize {
    let mut best = 0;
    for (class, &p) in probabilities.iter().enumerate() {
        if p > probabilities[best] {
            best = class;
        }
    }
    best
}
