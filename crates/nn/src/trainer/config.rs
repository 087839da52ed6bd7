//! Protocols: how a published accuracy was trained for, as data.

use std::fmt;

/// What is added to the loss, in training and in validation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Penalty {
    /// `½ · weight_decay · ||W||²` over the weights of the first layer that has any.
    FirstLayer,
    /// `weight_decay · ||θ||`, the norm of all parameters together (a root, not a square).
    Norm,
}

/// Which epoch's parameters are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weights {
    /// The last epoch's.
    Last,
    /// Those of the earliest epoch of lowest validation loss; the last epoch's where that loss
    /// is NaN throughout, as it is without validation nodes.
    LowestLoss,
}

/// How to train; begin from a [`Protocol`] and change what should differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// The most epochs, at most [`Config::MOST_EPOCHS`].
    pub epochs: usize,
    /// Features between the layers, at most [`Config::MOST_HIDDEN`].
    pub hidden: usize,
    /// Adam's learning rate.
    pub learning_rate: f64,
    /// The rate of dropout, in `[0, 1)`.
    pub dropout: f64,
    /// The strength of the penalty.
    pub weight_decay: f64,
    /// Its form.
    pub penalty: Penalty,
    /// Training stops when the validation loss, penalty included, exceeds the mean of this
    /// many before it.
    pub patience: Option<usize>,
    /// Which epoch's parameters are kept.
    pub weights: Weights,
}

/// A named [`Config`].
#[derive(Clone, Copy, Debug)]
pub struct Protocol {
    /// What the command calls it.
    pub name: &'static str,
    /// What it is.
    pub summary: &'static str,
    /// How it trains.
    pub config: Config,
}

/// Kipf and Welling, 2017, section 5.2 and their code.
const KIPF: Config = Config {
    epochs: 200,
    hidden: 16,
    learning_rate: 0.01,
    dropout: 0.5,
    weight_decay: 5e-4,
    penalty: Penalty::FirstLayer,
    patience: Some(10),
    weights: Weights::Last,
};

/// The protocols that the command knows; the first is its default.
pub const PROTOCOLS: &[Protocol] = &[
    Protocol {
        name: "kipf",
        summary: "early stopping on the validation loss, last weights (Kipf and Welling, 2017)",
        config: KIPF,
    },
    Protocol {
        name: "best",
        summary: "all epochs, the weights of lowest validation loss",
        config: Config {
            patience: None,
            weights: Weights::LowestLoss,
            ..KIPF
        },
    },
    Protocol {
        name: "cucurull",
        summary: "all epochs, last weights, the norm of all parameters as penalty (jax-gcn)",
        config: Config {
            penalty: Penalty::Norm,
            patience: None,
            ..KIPF
        },
    },
];

impl Protocol {
    /// The protocol of this name, if [`PROTOCOLS`] has it.
    pub fn named(name: &str) -> Option<&'static Self> {
        PROTOCOLS.iter().find(|p| p.name == name)
    }
}

impl Config {
    /// The most epochs that [`Config::check`] lets pass.
    pub const MOST_EPOCHS: usize = 1_000_000_000;
    /// The most features between the layers that [`Config::check`] lets pass.
    pub const MOST_HIDDEN: usize = 1 << 20;

    /// Checks that every number is in its range.
    ///
    /// # Errors
    /// If one is not; the message names it and the range.
    pub fn check(&self) -> Result<(), ConfigError> {
        let count = |name: &str, n: usize, most: usize| {
            if (1..=most).contains(&n) {
                return Ok(());
            }
            let want = match n {
                0 => "at least 1".to_owned(),
                _ => format!("at most {most}"),
            };
            Err(ConfigError(format!("{name} is {n}: it must be {want}")))
        };
        count("epochs", self.epochs, Self::MOST_EPOCHS)?;
        count("hidden", self.hidden, Self::MOST_HIDDEN)?;
        if let Some(patience) = self.patience {
            count("patience", patience, usize::MAX)?;
        }
        let range = |name: &str, v: f64, fits: bool, want: &str| {
            if fits {
                return Ok(());
            }
            Err(ConfigError(format!("{name} is {v}: it must be {want}")))
        };
        let (lr, decay) = (self.learning_rate, self.weight_decay);
        let positive = lr.is_finite() && lr > 0.0;
        range("learning rate", lr, positive, "a positive number")?;
        let share = (0.0..1.0).contains(&self.dropout);
        range("dropout", self.dropout, share, "at least 0 and below 1")?;
        let not_negative = decay.is_finite() && decay >= 0.0;
        range("weight decay", decay, not_negative, "0 or more")
    }

    /// Checks that a first layer from so many features to the hidden ones has fewer than 2³¹
    /// weights. Ask before the model is made, which allocates them.
    ///
    /// # Errors
    /// If it has more.
    pub fn check_features(&self, features: usize) -> Result<(), ConfigError> {
        let hidden = self.hidden;
        if features.saturating_mul(hidden) < 1 << 31 {
            return Ok(());
        }
        Err(ConfigError(format!(
            "hidden is {hidden}: with {features} features the first layer would have 2^31 weights or more"
        )))
    }
}

/// Why training cannot begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(pub(super) String);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}
