//! Which classes are taken for which.

use super::predictions::Predictions;

/// How often each class was taken for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confusion {
    /// How many nodes of the class of the row were taken for that of the column: `[num_classes, num_classes]`.
    pub counts: Vec<Vec<u64>>,
}

/// How well one class is found. What nothing is known of is 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClassScore {
    /// The share of the nodes taken for the class that are of it.
    pub precision: f64,
    /// The share of the nodes of the class that were found.
    pub recall: f64,
    /// `2 precision · recall / (precision + recall)`.
    pub f1: f64,
    /// How many nodes are of the class.
    pub support: u64,
    /// How many nodes were taken for it.
    pub predicted: u64,
}

impl Predictions<'_> {
    /// How often the nodes of each class were taken for each.
    ///
    /// # Panics
    /// If a node does not exist.
    #[track_caller]
    pub fn confusion(&self, nodes: &[u32]) -> Confusion {
        let mut counts = vec![vec![0; self.num_classes()]; self.num_classes()];
        for measured in self.measured(nodes) {
            counts[measured.label][measured.predicted()] += 1;
        }
        Confusion { counts }
    }
}

impl Confusion {
    /// How many nodes there are.
    pub fn total(&self) -> u64 {
        self.counts.iter().flatten().sum()
    }

    /// The share of nodes that are right; NaN of none.
    pub fn accuracy(&self) -> f64 {
        let right = self
            .counts
            .iter()
            .enumerate()
            .map(|(class, row)| row[class]);
        right.sum::<u64>() as f64 / self.total() as f64
    }

    /// How well each class is found.
    pub fn scores(&self) -> Vec<ClassScore> {
        let classes = 0..self.counts.len();
        let score = |class: usize| {
            let right = self.counts[class][class];
            let support: u64 = self.counts[class].iter().sum();
            let predicted: u64 = self.counts.iter().map(|row| row[class]).sum();
            // The harmonic mean of precision and recall, said so that it is 0 where both are.
            let f1 = share(2 * right, support + predicted);
            ClassScore {
                precision: share(right, predicted),
                recall: share(right, support),
                f1,
                support,
                predicted,
            }
        };
        classes.map(score).collect()
    }

    /// The mean F1 of the classes that are true of a node or were predicted for one; NaN if there are none.
    ///
    /// # Reference
    /// `f1_score` of scikit-learn with `average="macro"`.
    pub fn macro_f1(&self) -> f64 {
        let scores = self.scores().into_iter();
        mean(scores.filter(|s| s.support + s.predicted > 0).map(|s| s.f1))
    }

    /// The mean recall of the classes that have nodes; NaN if none has.
    ///
    /// # Reference
    /// `balanced_accuracy_score` of scikit-learn.
    pub fn balanced_accuracy(&self) -> f64 {
        let scores = self.scores().into_iter();
        mean(scores.filter(|s| s.support > 0).map(|s| s.recall))
    }
}

/// A part of a whole, 0 of nothing.
fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole.max(1) as f64
}

fn mean(numbers: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = numbers.fold((0.0, 0.0), |(sum, count), x| (sum + x, count + 1.0));
    sum / count
}
