//! Protocols: how a published accuracy was trained for, as data.

use std::fmt;

/// What is added to the loss, with θ the parameters and `weight_decay` the configuration's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Penalty {
    /// Nothing.
    None,
    /// `½ · weight_decay · ||θ||²` over the first layer that has parameters.
    FirstLayer,
    /// `½ · weight_decay · ||θ||²` over all parameters.
    AllParameters,
    /// `weight_decay · ||θ||`, the norm of all parameters together (a root, not a square).
    Norm,
    /// Two strengths: `½ · strength · ||θ||²` over the parameters whose names begin with
    /// `prefix`, and `½ · weight_decay · ||θ||²` over the others. GCNII decays its convolutions
    /// otherwise than its dense layers.
    Groups {
        /// How the names of the first group begin, such as `layers.convs`.
        prefix: &'static str,
        /// The strength for that group, at least 0.
        strength: f64,
    },
}

/// When training stops before its last epoch; each rule goes by the paper whose code has it.
/// A patience is at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopping {
    /// It does not.
    Never,
    /// Where the validation loss exceeds the mean of the `patience` losses before it, once
    /// there are `patience + 2`.
    Kipf {
        /// How many losses the mean is of.
        patience: usize,
    },
    /// After `patience` epochs in a row without progress. An epoch makes progress if its
    /// validation accuracy is at least the highest, or its validation loss at most the lowest,
    /// of those before; without validation nodes none does.
    Velickovic {
        /// How many epochs are waited.
        patience: usize,
    },
}

/// Which epoch's parameters are kept; the last epoch's where none is better than another, as
/// without validation nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weights {
    /// The last epoch's.
    Last,
    /// Those of the earliest epoch of lowest validation loss.
    LowestLoss,
    /// Those of the earliest epoch of highest validation accuracy.
    HighestAccuracy,
    /// Those of the latest epoch whose validation accuracy was at least the highest and whose
    /// validation loss was at most the lowest of those before.
    BestOfBoth,
}

/// How to train; begin from [`Architecture::config`](crate::Architecture::config) and change
/// what should differ.
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
    /// Whether the validation loss has the penalty too.
    pub penalty_in_validation: bool,
    /// When training stops early.
    pub stopping: Stopping,
    /// Which epoch's parameters are kept.
    pub weights: Weights,
}

/// The named part of a [`Config`] that is the same for every model.
#[derive(Clone, Copy, Debug)]
pub struct Protocol {
    /// What the command calls it.
    pub name: &'static str,
    /// What it is.
    pub summary: &'static str,
    /// The most epochs.
    pub epochs: usize,
    /// The form of the penalty; without one, the model's own.
    pub penalty: Option<Penalty>,
    /// Whether the validation loss has the penalty too.
    pub penalty_in_validation: bool,
    /// When training stops early.
    pub stopping: Stopping,
    /// Which epoch's parameters are kept.
    pub weights: Weights,
}

/// The protocols that the command knows.
pub const PROTOCOLS: &[Protocol] = &[
    // Section 5.2 and the code of the paper.
    Protocol {
        name: "kipf",
        summary: "early stopping on the validation loss, last weights (Kipf and Welling, 2017)",
        epochs: 200,
        penalty: None,
        penalty_in_validation: true,
        stopping: Stopping::Kipf { patience: 10 },
        weights: Weights::Last,
    },
    Protocol {
        name: "best",
        summary: "all epochs, the weights of lowest validation loss",
        epochs: 200,
        penalty: None,
        penalty_in_validation: true,
        stopping: Stopping::Never,
        weights: Weights::LowestLoss,
    },
    Protocol {
        name: "cucurull",
        summary: "all epochs, last weights, the norm of all parameters as penalty (jax-gcn)",
        epochs: 200,
        penalty: Some(Penalty::Norm),
        penalty_in_validation: true,
        stopping: Stopping::Never,
        weights: Weights::Last,
    },
    // Section 3.3 and the code of the paper.
    Protocol {
        name: "velickovic",
        summary: "patience of 100 for loss or accuracy, weights of both (Veličković et al., 2018)",
        epochs: 100_000,
        penalty: None,
        penalty_in_validation: false,
        stopping: Stopping::Velickovic { patience: 100 },
        weights: Weights::BestOfBoth,
    },
    Protocol {
        name: "pyg",
        summary: "all epochs, the weights of highest validation accuracy (the examples of PyG)",
        epochs: 200,
        penalty: None,
        penalty_in_validation: false,
        stopping: Stopping::Never,
        weights: Weights::HighestAccuracy,
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
        match self.stopping {
            Stopping::Never => (),
            Stopping::Kipf { patience } | Stopping::Velickovic { patience } => {
                count("patience", patience, usize::MAX)?;
            }
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
        let not_negative = |x: f64| x.is_finite() && x >= 0.0;
        if let Penalty::Groups { prefix, strength } = self.penalty {
            let name = format!("weight decay of {prefix}");
            range(&name, strength, not_negative(strength), "0 or more")?;
        }
        range("weight decay", decay, not_negative(decay), "0 or more")
    }

    /// What decides the bits of an epoch and which epoch is the last, by name: all but the
    /// number of epochs.
    pub(crate) fn settings(&self) -> [(&'static str, String); 8] {
        [
            ("hidden", self.hidden.to_string()),
            ("learning rate", self.learning_rate.to_string()),
            ("dropout", self.dropout.to_string()),
            ("weight decay", self.weight_decay.to_string()),
            ("penalty", format!("{:?}", self.penalty)),
            (
                "penalty in validation",
                self.penalty_in_validation.to_string(),
            ),
            ("stopping", format!("{:?}", self.stopping)),
            ("weights", format!("{:?}", self.weights)),
        ]
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
