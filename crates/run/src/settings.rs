//! All that is needed to repeat a run: what `config.toml` holds.

use std::path::Path;

use graxe_nn::{Architecture, Config, MODELS, PROTOCOLS, Protocol, model};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::error::Error;
use crate::numbers::Numbers;
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
    #[serde(default = "first_model", deserialize_with = "known_model")]
    pub model: String,
    /// How it is trained, a row of [`PROTOCOLS`]; the model's own where it is empty.
    #[serde(
        default,
        deserialize_with = "known_protocol",
        skip_serializing_if = "String::is_empty"
    )]
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

fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

fn first_model() -> String {
    MODELS[0].name.to_owned()
}

fn yes() -> bool {
    true
}

// Names are checked where they are read, so that the line of the error is theirs.

fn known_model<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let name = String::deserialize(from)?;
    architecture(&name).map_err(D::Error::custom)?;
    Ok(name)
}

fn known_protocol<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let name = String::deserialize(from)?;
    if !name.is_empty() {
        protocol(&name).map_err(D::Error::custom)?;
    }
    Ok(name)
}

/// The network of this name.
///
/// # Errors
/// If [`MODELS`] has none.
pub fn architecture(name: &str) -> Result<&'static Architecture, Error> {
    model(name).ok_or_else(|| {
        let known = names(MODELS.iter().map(|m| m.name));
        Error::new(format!(
            "there is no model '{name}': the known ones are {known}"
        ))
    })
}

fn protocol(name: &str) -> Result<&'static Protocol, Error> {
    Protocol::named(name).ok_or_else(|| {
        let known = names(PROTOCOLS.iter().map(|p| p.name));
        Error::new(format!(
            "there is no protocol '{name}': the known ones are {known}"
        ))
    })
}

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
        let text = std::fs::read_to_string(path).map_err(|error| {
            Error::unreadable(path, error, "name a file like the config.toml of a run")
        })?;
        toml::from_str(&text).map_err(|error| {
            let line = error
                .span()
                .map(|span| 1 + text[..span.start].matches('\n').count());
            let place = line.map(|line| format!(":{line}")).unwrap_or_default();
            let message = error.message().trim().replace('\n', ", ");
            Error::new(format!(
                "{}{place}: {message}; the keys and their values are in docs/configuration.md",
                path.display()
            ))
        })
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
        architecture(&self.model)
    }

    /// How it is trained.
    ///
    /// # Errors
    /// If there is no protocol, or no model, of this name.
    pub fn protocol(&self) -> Result<&'static Protocol, Error> {
        if self.protocol.is_empty() {
            return Ok(self.architecture()?.protocol());
        }
        protocol(&self.protocol)
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
