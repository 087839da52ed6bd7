//! What a run came to: `summary.json`.

use serde::{Deserialize, Serialize};

use crate::baselines::Score;

/// What a run came to, as `summary.json` holds it. Numbers over no node are NaN, and null in JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Summary {
    /// What the data are called.
    pub data: String,
    /// The network.
    pub model: String,
    /// How it was trained.
    pub protocol: String,
    /// The seed.
    pub seed: i64,
    /// How many epochs were trained.
    pub epochs: usize,
    /// Whether there could have been more: training was interrupted.
    pub interrupted: bool,
    /// The epoch whose parameters were kept.
    pub kept_epoch: usize,
    /// The share of test nodes that is right.
    #[serde(deserialize_with = "number")]
    pub test_accuracy: f64,
    /// The share of validation nodes that is right.
    #[serde(deserialize_with = "number")]
    pub val_accuracy: f64,
    /// The loss of the last step of the kept epoch, with dropout and penalty.
    #[serde(deserialize_with = "number")]
    pub train_loss: f64,
    /// What the model is held against; nothing where it was interrupted.
    pub baselines: Vec<Score>,
    /// What could be done better, a line each.
    #[serde(default)]
    pub hints: Vec<String>,
}

/// A number, or NaN where JSON has null.
pub(crate) fn number<'de, D: serde::Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    Ok(Option::<f64>::deserialize(from)?.unwrap_or(f64::NAN))
}
