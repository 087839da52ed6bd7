//! What a model is held against: a network that sees no edges, one that sees nothing else, and no network at all.

use graxe_core::DType;
use graxe_graph::Dataset;
use graxe_nn::{LabelPropagation, Predictions, Trainer, majority_class, model};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::settings::Settings;
use crate::summary::number;

/// The accuracy of something that was tried on the same split.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Score {
    /// What it is.
    pub name: String,
    /// The share of validation nodes that is right.
    #[serde(deserialize_with = "number")]
    pub val_accuracy: f64,
    /// The share of test nodes that is right.
    #[serde(deserialize_with = "number")]
    pub test_accuracy: f64,
}

/// The network that sees features and no edges.
pub(crate) const MLP: &str = "mlp";

/// The scores of the baselines, but for the model itself: an MLP from the same seed, by a protocol of its own but for no
/// more epochs, label propagation, and the class of most training nodes.
pub(crate) fn scores(dataset: &Dataset, settings: &Settings) -> Result<Vec<Score>, Error> {
    let mut scores = Vec::new();
    if let Some(mlp) = model(MLP).filter(|_| settings.model != MLP) {
        let mut config = mlp.config(mlp.protocol());
        config.epochs = config.epochs.min(settings.config()?.epochs);
        let trainer = Trainer::new(dataset, mlp, &config)?;
        let report = trainer.fit(settings.seed, |_| {}).report;
        scores.push(Score {
            name: MLP.to_owned(),
            val_accuracy: report.val_accuracy,
            test_accuracy: report.test_accuracy,
        });
    }
    let (labels, train) = (&dataset.labels, &dataset.split.train);
    let classes = dataset.num_classes();
    let spread = LabelPropagation::default().predict(&dataset.graph, labels, train, classes);
    let spread = spread.astype(DType::F64).to_vec::<f64>();
    scores.push(score(dataset, "label propagation", &spread));
    if let Some(class) = majority_class(labels, train) {
        let mut always = vec![0.0; labels.len() * classes];
        for row in always.chunks_exact_mut(classes) {
            row[class as usize] = 1.0;
        }
        scores.push(score(dataset, "most frequent class", &always));
    }
    Ok(scores)
}

fn score(dataset: &Dataset, name: &str, probabilities: &[f64]) -> Score {
    let predictions = Predictions::new(probabilities, dataset.num_classes(), &dataset.labels);
    Score {
        name: name.to_owned(),
        val_accuracy: predictions.accuracy(&dataset.split.val),
        test_accuracy: predictions.accuracy(&dataset.split.test),
    }
}
