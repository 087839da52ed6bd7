//! All that is needed to repeat a run: what `config.toml` holds.

use std::fmt::Write as _;
use std::path::Path;

use graxe_nn::{Architecture, Config, MODELS, PROTOCOLS, Protocol, model};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::source::Source;

/// What is trained, on what, and how. The file `config.toml` of a run folder is this, and can be handed in again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The version of graxe that wrote it.
    #[serde(default = "version")]
    pub graxe: String,
    /// When, as RFC 3339 has it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub created: String,
    /// The network, a row of [`MODELS`].
    #[serde(default = "first_model")]
    pub model: String,
    /// How it is trained, a row of [`PROTOCOLS`]; the model's own where it is empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub protocol: String,
    /// The seed of parameters and dropout.
    #[serde(default)]
    pub seed: i64,
    /// Whether an MLP and label propagation are held against the model.
    #[serde(default = "yes")]
    pub baselines: bool,
    /// A number for the data as they were: SHA-256 over graph, features, labels and split.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub data_digest: String,
    /// The numbers of training.
    #[serde(default)]
    pub training: Numbers,
    /// Where the data come from.
    pub data: Source,
}

/// The numbers of training; what is `None` is the model's own under its protocol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Numbers {
    /// The most epochs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epochs: Option<usize>,
    /// Features between the layers; of each head where there are heads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hidden: Option<usize>,
    /// Adam's learning rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub learning_rate: Option<f64>,
    /// The rate of dropout, in `[0, 1)`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dropout: Option<f64>,
    /// The strength of the penalty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight_decay: Option<f64>,
}

fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

fn first_model() -> String {
    MODELS[0].name.to_owned()
}

fn yes() -> bool {
    true
}

/// A row of the configuration reference.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its key, with the table before a point.
    pub key: &'static str,
    /// What its values are.
    pub kind: &'static str,
    /// What it is where it is left out.
    pub default: &'static str,
    /// What it says.
    pub summary: &'static str,
}

const fn row(
    key: &'static str,
    kind: &'static str,
    default: &'static str,
    summary: &'static str,
) -> Setting {
    Setting {
        key,
        kind,
        default,
        summary,
    }
}

/// Every key of `config.toml`, in its order.
pub const SETTINGS: &[Setting] = &[
    row(
        "graxe",
        "string",
        "this version",
        "the version of graxe that wrote the file",
    ),
    row(
        "created",
        "string",
        "none",
        "when the run was made, in UTC (RFC 3339)",
    ),
    row(
        "model",
        "string",
        "the first of `graxe models`",
        "the network (`--model`)",
    ),
    row(
        "protocol",
        "string",
        "the model's",
        "how it is trained and when it stops (`--protocol`)",
    ),
    row(
        "seed",
        "integer",
        "0",
        "the seed of parameters and dropout (`--seed`)",
    ),
    row(
        "baselines",
        "boolean",
        "true",
        "whether the model is held against an MLP and label propagation (`--no-baselines`)",
    ),
    row(
        "data_digest",
        "string",
        "none",
        "SHA-256 over graph, features, labels and split: a run is resumed on the same data only",
    ),
    row(
        "training.epochs",
        "integer",
        "the protocol's",
        "the most epochs, at least 1 (`--epochs`)",
    ),
    row(
        "training.hidden",
        "integer",
        "the model's",
        "features between the layers, of each head where there are heads (`--hidden`)",
    ),
    row(
        "training.learning_rate",
        "number",
        "the model's",
        "Adam's learning rate, above 0 (`--lr`)",
    ),
    row(
        "training.dropout",
        "number",
        "the model's",
        "the rate of dropout, at least 0 and below 1 (`--dropout`)",
    ),
    row(
        "training.weight_decay",
        "number",
        "the model's",
        "the strength of the penalty on large weights, at least 0 (`--weight-decay`)",
    ),
    row(
        "data.name",
        "string",
        "none",
        "a data set by its name, or by the path of its folder, file or archive; either this or two tables must be given",
    ),
    row(
        "data.folder",
        "path",
        "none",
        "where to look for a name first (`--data`)",
    ),
    row(
        "data.nodes",
        "path",
        "none",
        "the table of nodes (`--nodes`)",
    ),
    row(
        "data.edges",
        "path",
        "none",
        "the table of edges (`--edges`)",
    ),
    row(
        "data.directed",
        "boolean",
        "false",
        "whether an edge of the table leads one way only (`--directed`)",
    ),
    row(
        "data.split_seed",
        "integer",
        "0",
        "the seed of the split, where no column states one (`--split-seed`)",
    ),
    row(
        "data.columns.id",
        "string",
        "guessed",
        "the column of nodes that holds their ids (`--id`)",
    ),
    row(
        "data.columns.label",
        "string",
        "guessed",
        "the column of nodes that holds their classes (`--label`)",
    ),
    row(
        "data.columns.split",
        "string",
        "guessed",
        "the column of nodes that says train, val or test (`--split`)",
    ),
    row(
        "data.columns.source",
        "string",
        "guessed",
        "the column of edges that they start from (`--source`)",
    ),
    row(
        "data.columns.target",
        "string",
        "guessed",
        "the column of edges that they lead to (`--target`)",
    ),
    row(
        "data.columns.weight",
        "string",
        "guessed",
        "the column of edges that holds their weights (`--weight`)",
    ),
    row(
        "data.columns.exclude",
        "list of strings",
        "empty",
        "columns of either table to leave out (`--exclude`)",
    ),
];

impl Settings {
    /// A model on data with its own protocol, numbers and seed 0.
    ///
    /// # Errors
    /// If there is no model of this name.
    pub fn new(model: &str, data: Source) -> Result<Self, Error> {
        let settings = Self {
            graxe: version(),
            created: String::new(),
            model: model.to_owned(),
            protocol: String::new(),
            seed: 0,
            baselines: true,
            data_digest: String::new(),
            training: Numbers::default(),
            data,
        };
        settings.architecture()?;
        Ok(settings)
    }

    /// The settings of a file `config.toml`.
    ///
    /// # Errors
    /// If it cannot be read, or holds something else; the line says where.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map_err(|e| Error::unreadable(path, e))?;
        let settings: Self = toml::from_str(&text).map_err(|error| {
            let line = error
                .span()
                .map(|span| 1 + text[..span.start].matches('\n').count());
            let place = line.map(|line| format!(":{line}")).unwrap_or_default();
            let message = error.message().trim().replace('\n', ", ");
            Error::new(format!(
                "{}{place}: {message}; the keys and their values are in docs/configuration.md",
                path.display()
            ))
        })?;
        settings.architecture()?;
        settings.config()?;
        Ok(settings)
    }

    /// The text of a file `config.toml`.
    pub(crate) fn to_toml(&self) -> Result<String, Error> {
        toml::to_string(self)
            .map_err(|e| Error::new(format!("the settings cannot be written: {e}")))
    }

    /// The network.
    ///
    /// # Errors
    /// If there is none of this name.
    pub fn architecture(&self) -> Result<&'static Architecture, Error> {
        let known = || names(MODELS.iter().map(|m| m.name));
        model(&self.model).ok_or_else(|| {
            let (name, known) = (&self.model, known());
            Error::new(format!(
                "there is no model '{name}': the known ones are {known}"
            ))
        })
    }

    /// How it is trained.
    ///
    /// # Errors
    /// If there is no protocol, or no model, of this name.
    pub fn protocol(&self) -> Result<&'static Protocol, Error> {
        if self.protocol.is_empty() {
            return Ok(self.architecture()?.protocol());
        }
        Protocol::named(&self.protocol).ok_or_else(|| {
            let known = names(PROTOCOLS.iter().map(|p| p.name));
            let name = &self.protocol;
            Error::new(format!(
                "there is no protocol '{name}': the known ones are {known}"
            ))
        })
    }

    /// The numbers of the model under the protocol, but for those that are given.
    ///
    /// # Errors
    /// If a name is not known or a number out of its range.
    pub fn config(&self) -> Result<Config, Error> {
        let own = self.architecture()?.config(self.protocol()?);
        let given = &self.training;
        let config = Config {
            epochs: given.epochs.unwrap_or(own.epochs),
            hidden: given.hidden.unwrap_or(own.hidden),
            learning_rate: given.learning_rate.unwrap_or(own.learning_rate),
            dropout: given.dropout.unwrap_or(own.dropout),
            weight_decay: given.weight_decay.unwrap_or(own.weight_decay),
            ..own
        };
        config.check()?;
        Ok(config)
    }

    /// The same with nothing left to tables: every number and name is said.
    pub(crate) fn resolved(&self) -> Result<Self, Error> {
        let config = self.config()?;
        Ok(Self {
            protocol: self.protocol()?.name.to_owned(),
            training: Numbers {
                epochs: Some(config.epochs),
                hidden: Some(config.hidden),
                learning_rate: Some(config.learning_rate),
                dropout: Some(config.dropout),
                weight_decay: Some(config.weight_decay),
            },
            data: self.data.absolute(),
            graxe: version(),
            ..self.clone()
        })
    }

    /// What differs from other settings: key, ours, theirs. When they were made is no difference.
    pub fn differences(&self, other: &Self) -> Vec<(String, String, String)> {
        let [ours, theirs] = [self, other].map(|settings| {
            let mut rows = Vec::new();
            if let Ok(table) = toml::Table::try_from(settings) {
                flatten("", &table, &mut rows);
            }
            rows
        });
        let value = |rows: &[(String, String)], key: &str| {
            let found = rows.iter().find(|(name, _)| name == key);
            found.map_or("-".to_owned(), |(_, value)| value.clone())
        };
        let mut keys: Vec<&String> = ours.iter().chain(&theirs).map(|(key, _)| key).collect();
        keys.sort();
        keys.dedup();
        keys.retain(|key| *key != "created");
        let pairs = keys
            .into_iter()
            .map(|key| (key.clone(), value(&ours, key), value(&theirs, key)));
        pairs.filter(|(_, a, b)| a != b).collect()
    }

    /// Every key with its value, as a report lists them.
    pub(crate) fn rows(&self) -> Vec<(String, String)> {
        let mut rows = Vec::new();
        if let Ok(table) = toml::Table::try_from(self) {
            flatten("", &table, &mut rows);
        }
        rows
    }
}

fn flatten(before: &str, table: &toml::Table, rows: &mut Vec<(String, String)>) {
    for (key, value) in table {
        let key = format!("{before}{key}");
        match value {
            toml::Value::Table(inner) => flatten(&format!("{key}."), inner, rows),
            toml::Value::String(text) => rows.push((key, text.clone())),
            other => rows.push((key, other.to_string())),
        }
    }
}

fn names<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

/// The configuration reference, as Markdown.
pub fn reference() -> String {
    let mut text = "| key | value | default | what it says |\n|---|---|---|---|\n".to_owned();
    for setting in SETTINGS {
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {} |",
            setting.key, setting.kind, setting.default, setting.summary
        );
    }
    text
}
