//! Import of node and edge tables, and the schema by which other tables are read in the same way.

use std::path::PathBuf;

use graxe_graph::Dataset;
use serde::{Deserialize, Serialize};

mod attach;
mod encode;
mod features;
mod header;
mod ids;
mod import;
mod labels;
mod links;
mod nodes;
mod parts;
mod records;
mod roles;
mod schema;
mod source;
mod statistics;
mod survey;
mod value;

pub use attach::NewNodes;
pub use import::import;
pub use schema::{Feature, FeatureKind, Schema};

/// Two tables and what their columns are for.
#[derive(Clone, Debug, PartialEq)]
pub struct Tables {
    /// The table of nodes, one a line.
    pub nodes: PathBuf,
    /// The table of edges, one a line.
    pub edges: PathBuf,
    /// What the columns are for.
    pub columns: Columns,
    /// Whether an edge leads one way only.
    pub directed: bool,
    /// The fractions of each class to train, validate and test on, where no column states the split.
    pub fractions: [f64; 3],
    /// The seed of that split.
    pub split_seed: i64,
}

impl Tables {
    /// An undirected graph whose columns are all to be guessed; 60, 20 and 20 % of each class train,
    /// validate and test where no column says otherwise.
    pub fn new(nodes: impl Into<PathBuf>, edges: impl Into<PathBuf>) -> Self {
        Self {
            nodes: nodes.into(),
            edges: edges.into(),
            columns: Columns::default(),
            directed: false,
            fractions: [0.6, 0.2, 0.2],
            split_seed: 0,
        }
    }
}

/// Names of columns; what is `None` is guessed from the headers.
#[derive(Default, Serialize, Deserialize, Clone, PartialEq, Debug)]
#[serde(default, deny_unknown_fields)]
pub struct Columns {
    /// The ids of nodes.
    pub id: Option<String>,
    /// The classes of nodes.
    pub label: Option<String>,
    /// The parts of the split that nodes are in.
    pub split: Option<String>,
    /// Where edges start.
    pub source: Option<String>,
    /// Where edges end.
    pub target: Option<String>,
    /// The weights of edges.
    pub weight: Option<String>,
    /// Columns of either table to leave out; they are not guessed to be anything either.
    pub exclude: Vec<String>,
}

/// What two tables became.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The graph with features, labels and a split.
    pub dataset: Dataset,
    /// How other tables are read in the same way.
    pub schema: Schema,
    /// What was guessed, one line each, for the user to read.
    pub guesses: Vec<String>,
    /// The columns of features in which values are missing, and how many.
    pub missing: Vec<(String, usize)>,
}
