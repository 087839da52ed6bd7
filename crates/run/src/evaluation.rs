//! How good predictions are: by part of the split, by class, and by how sure they are.

use graxe_graph::Dataset;
use graxe_nn::{Calibration, Confusion, DegreeAccuracy, Predictions};
use serde::Serialize;

use crate::predicted::Predicted;

/// Bins of the reliability diagram (Guo et al., On calibration of modern neural networks, 2017).
const BINS: usize = 15;

/// How good a model is on a data set with labels. Numbers over no node are NaN, and null in JSON.
#[derive(Clone, Debug, Serialize)]
pub struct Evaluation {
    /// Accuracy and log loss of each part.
    pub train: PartScore,
    /// As `train`.
    pub val: PartScore,
    /// As `train`.
    pub test: PartScore,
    /// The mean of the classes' F1 on the test part.
    pub macro_f1: f64,
    /// The mean of the classes' recall on the test part.
    pub balanced_accuracy: f64,
    /// The expected calibration error on the test part, over 15 bins.
    pub calibration_error: f64,
    /// Every class on the test part.
    pub classes: Vec<ClassReport>,
    /// Test nodes by their class (the row) and the one that they are taken for (the column).
    pub confusion: Vec<Vec<u64>>,
    #[serde(skip)]
    pub(crate) calibration: Calibration,
    #[serde(skip)]
    pub(crate) degrees: Vec<DegreeAccuracy>,
}

/// How good a model is on a part of the split.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct PartScore {
    /// How many nodes it has.
    pub nodes: usize,
    /// The share that is right.
    pub accuracy: f64,
    /// The mean of `-ln p` of the true class.
    pub log_loss: f64,
}

/// How well one class is found on the test part.
#[derive(Clone, Debug, Serialize)]
pub struct ClassReport {
    /// Its name.
    pub class: String,
    /// Of the nodes that are taken for it, the share that is of it.
    pub precision: f64,
    /// Of its nodes, the share that is found.
    pub recall: f64,
    /// The harmonic mean of both.
    pub f1: f64,
    /// Its test nodes.
    pub support: u64,
}

impl Evaluation {
    /// What predictions for all nodes of a data set are worth.
    pub(crate) fn of(dataset: &Dataset, predicted: &Predicted) -> Self {
        let probabilities: Vec<f64> = predicted.all().iter().map(|&p| f64::from(p)).collect();
        let predictions = Predictions::new(&probabilities, dataset.num_classes(), &dataset.labels);
        let split = &dataset.split;
        let part = |nodes: &[u32]| PartScore {
            nodes: nodes.len(),
            accuracy: predictions.accuracy(nodes),
            log_loss: predictions.log_loss(nodes),
        };
        let confusion: Confusion = predictions.confusion(&split.test);
        let calibration = predictions.calibration(&split.test, BINS);
        let scores = confusion.scores();
        let classes = dataset.class_names.iter().zip(scores);
        Self {
            train: part(&split.train),
            val: part(&split.val),
            test: part(&split.test),
            macro_f1: confusion.macro_f1(),
            balanced_accuracy: confusion.balanced_accuracy(),
            calibration_error: calibration.expected_error,
            classes: classes
                .map(|(class, score)| ClassReport {
                    class: class.clone(),
                    precision: score.precision,
                    recall: score.recall,
                    f1: score.f1,
                    support: score.support,
                })
                .collect(),
            confusion: confusion.counts,
            calibration,
            degrees: predictions.accuracy_by_degree(&split.test, &dataset.graph),
        }
    }
}
