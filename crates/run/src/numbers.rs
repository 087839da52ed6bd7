//! The numbers of training that settings hold.

use graxe_nn::{Config, MODELS};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// The numbers of training; what is `None` is the model's own under its protocol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Numbers {
    /// The most epochs.
    #[serde(
        default,
        deserialize_with = "epochs",
        skip_serializing_if = "Option::is_none"
    )]
    pub epochs: Option<usize>,
    /// Features between the layers; of each head where there are heads.
    #[serde(
        default,
        deserialize_with = "hidden",
        skip_serializing_if = "Option::is_none"
    )]
    pub hidden: Option<usize>,
    /// Adam's learning rate.
    #[serde(
        default,
        deserialize_with = "learning_rate",
        skip_serializing_if = "Option::is_none"
    )]
    pub learning_rate: Option<f64>,
    /// The rate of dropout, in `[0, 1)`.
    #[serde(
        default,
        deserialize_with = "dropout",
        skip_serializing_if = "Option::is_none"
    )]
    pub dropout: Option<f64>,
    /// The strength of the penalty.
    #[serde(
        default,
        deserialize_with = "weight_decay",
        skip_serializing_if = "Option::is_none"
    )]
    pub weight_decay: Option<f64>,
}

// A number is checked where it is read, so that the line of the error is its own.

fn epochs<'de, D: Deserializer<'de>>(from: D) -> Result<Option<usize>, D::Error> {
    in_range(from, |config, epochs| config.epochs = epochs)
}

fn hidden<'de, D: Deserializer<'de>>(from: D) -> Result<Option<usize>, D::Error> {
    in_range(from, |config, hidden| config.hidden = hidden)
}

fn learning_rate<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    in_range(from, |config, rate| config.learning_rate = rate)
}

fn dropout<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    in_range(from, |config, rate| config.dropout = rate)
}

fn weight_decay<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    in_range(from, |config, strength| config.weight_decay = strength)
}

/// A number that a configuration may have, whatever its others are.
fn in_range<'de, D: Deserializer<'de>, T: Deserialize<'de> + Copy>(
    from: D,
    put: impl Fn(&mut Config, T),
) -> Result<Option<T>, D::Error> {
    let number = T::deserialize(from)?;
    let mut config = MODELS[0].config(MODELS[0].protocol());
    put(&mut config, number);
    config.check().map_err(D::Error::custom)?;
    Ok(Some(number))
}
