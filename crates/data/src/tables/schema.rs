//! What a model must know of the tables it was trained on, to read others in the same way.

use std::collections::HashSet;

use graxe_graph::Scaling;
use serde::{Deserialize, Serialize};

/// The columns, encodings and classes of tables that were imported.
///
/// Numbers are written so that they are read back to the bit; a schema that contradicts itself is
/// refused when it is deserialised.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Schema {
    pub(super) stored: Stored,
}

/// The fields of a schema as they are written.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub(super) struct Stored {
    pub(super) id: String,
    pub(super) label: String,
    pub(super) source: String,
    pub(super) target: String,
    pub(super) weight: Option<String>,
    pub(super) directed: bool,
    pub(super) features: Vec<Feature>,
    pub(super) classes: Vec<String>,
}

/// A column of the node table that models learn from.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
pub struct Feature {
    /// The name in the header.
    pub name: String,
    /// What its values are.
    pub kind: FeatureKind,
}

/// How the values of a column become features.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(rename_all = "snake_case")]
pub enum FeatureKind {
    /// 0 or 1, as it is; a missing value is 0.
    Word,
    /// Yes or no as 1 or 0, and a second feature that is 1 where the value is missing.
    Boolean {
        /// Whether there is the second feature.
        missing: bool,
    },
    /// `(x - mean) / deviation`, 0 where `x` is missing, and a second feature that is 1 there.
    Number {
        /// The mean over the training nodes.
        #[serde(with = "exact")]
        mean: f64,
        /// The deviation of the population of training nodes.
        #[serde(with = "exact")]
        deviation: f64,
        /// Whether there is the second feature.
        missing: bool,
    },
    /// A feature for each value, 1 where the column holds it; a missing or unknown value is none of them.
    Category {
        /// The values in sorted order.
        values: Vec<String>,
    },
}

impl Feature {
    /// How many features the column becomes.
    pub fn num_columns(&self) -> usize {
        match &self.kind {
            FeatureKind::Word => 1,
            FeatureKind::Boolean { missing } | FeatureKind::Number { missing, .. } => {
                1 + usize::from(*missing)
            }
            FeatureKind::Category { values } => values.len(),
        }
    }

    /// The name of each of them.
    pub fn column_names(&self) -> Vec<String> {
        let name = &self.name;
        match &self.kind {
            FeatureKind::Category { values } => {
                let names = values.iter().map(|value| format!("{name} = {value}"));
                names.collect()
            }
            _ if self.num_columns() == 2 => vec![name.clone(), format!("{name} is missing")],
            _ => vec![name.clone()],
        }
    }
}

impl Schema {
    /// The column of ids in a node table.
    pub fn id(&self) -> &str {
        &self.stored.id
    }

    /// The column of classes in a node table.
    pub fn label(&self) -> &str {
        &self.stored.label
    }

    /// The columns of an edge table that hold where an edge starts and where it ends.
    pub fn ends(&self) -> (&str, &str) {
        (&self.stored.source, &self.stored.target)
    }

    /// The column of weights in an edge table, where edges have weights.
    pub fn weight(&self) -> Option<&str> {
        self.stored.weight.as_deref()
    }

    /// Whether edges have a direction.
    pub fn directed(&self) -> bool {
        self.stored.directed
    }

    /// The columns that models learn from, in the order of features; none where each node has a feature
    /// of its own.
    pub fn features(&self) -> &[Feature] {
        &self.stored.features
    }

    /// How many features a node has by these columns.
    pub fn num_features(&self) -> usize {
        width(self.stored.features.iter())
    }

    /// The names of the classes.
    pub fn classes(&self) -> &[String] {
        &self.stored.classes
    }

    /// What a trainer does to the features: only rows of words alone are divided by their sums.
    pub fn scaling(&self) -> Scaling {
        let mut features = self.stored.features.iter();
        if features.all(|feature| feature.kind == FeatureKind::Word) {
            Scaling::Rows
        } else {
            Scaling::Done
        }
    }
}

/// How many features these columns become.
pub(super) fn width<'a>(features: impl Iterator<Item = &'a Feature>) -> usize {
    features.map(Feature::num_columns).sum()
}

/// Numbers as text: not every reader of JSON gives a number back to the bit, but Rust's own does.
mod exact {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
    pub(super) fn serialize<S: Serializer>(number: &f64, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(number)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
        let text = String::deserialize(from)?;
        text.parse()
            .map_err(|_| D::Error::custom(format!("expected a number, found `{text}`")))
    }
}

impl From<Schema> for Stored {
    fn from(schema: Schema) -> Self {
        schema.stored
    }
}

impl TryFrom<Stored> for Schema {
    type Error = String;

    fn try_from(stored: Stored) -> Result<Self, String> {
        let mut names = HashSet::new();
        for Feature { name, kind } in &stored.features {
            let sound = match kind {
                FeatureKind::Number {
                    mean, deviation, ..
                } => mean.is_finite() && deviation.is_finite() && *deviation > 0.0,
                FeatureKind::Category { values } => values.is_sorted_by(|a, b| a < b),
                FeatureKind::Word | FeatureKind::Boolean { .. } => true,
            };
            if !sound || !names.insert(name) {
                return Err(format!("the schema contradicts itself in feature `{name}`"));
            }
        }
        Ok(Self { stored })
    }
}
