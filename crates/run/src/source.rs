//! Where data come from, and what they are once they are here.

use std::path::{Path, PathBuf};

use graxe_data::{Columns, Schema, Tables};
use graxe_graph::Dataset;
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// The fractions of each class to train, validate and test on, where nothing else is said.
pub const FRACTIONS: [f64; 3] = [0.6, 0.2, 0.2];

/// Where the data of a run come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "SourceTable", into = "SourceTable")]
pub enum Source {
    /// A table of nodes and one of edges.
    Tables(Box<TableSource>),
    /// What [`graxe_data::load`] knows or finds.
    Named(NamedSource),
}

/// A data set by its name or by the path of its folder, file or archive.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedSource {
    /// The name or path.
    pub name: String,
    /// Where to look for a name first.
    pub folder: Option<PathBuf>,
}

/// Two tables with what their columns are for.
#[derive(Clone, Debug, PartialEq)]
pub struct TableSource {
    /// The table of nodes.
    pub nodes: PathBuf,
    /// The table of edges.
    pub edges: PathBuf,
    /// Whether an edge leads one way only.
    pub directed: bool,
    /// The seed of the split, where no column states one.
    pub split_seed: i64,
    /// The fractions of each class to train, validate and test on, where no column states the split.
    pub fractions: [f64; 3],
    /// What columns are for; the others are guessed.
    pub columns: Columns,
}

/// A source as settings say it: by a name or by two tables.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SourceTable {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    folder: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nodes: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    edges: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    directed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    split_seed: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fractions: Option<[f64; 3]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    columns: Option<Columns>,
}

impl TryFrom<SourceTable> for Source {
    type Error = &'static str;

    fn try_from(table: SourceTable) -> Result<Self, Self::Error> {
        match table {
            SourceTable {
                name: Some(name),
                folder,
                nodes: None,
                edges: None,
                directed: None,
                split_seed: None,
                fractions: None,
                columns: None,
            } => Ok(Self::Named(NamedSource { name, folder })),
            SourceTable {
                name: None,
                folder: None,
                nodes: Some(nodes),
                edges: Some(edges),
                directed,
                split_seed,
                fractions,
                columns,
            } => Ok(Self::Tables(Box::new(TableSource {
                nodes,
                edges,
                directed: directed.unwrap_or_default(),
                split_seed: split_seed.unwrap_or_default(),
                fractions: fractions.unwrap_or(FRACTIONS),
                columns: columns.unwrap_or_default(),
            }))),
            _ => Err(
                "the data are either `name`, perhaps with `folder`, or `nodes` and `edges` with what belongs to tables",
            ),
        }
    }
}

impl From<Source> for SourceTable {
    fn from(source: Source) -> Self {
        match source {
            Source::Named(source) => Self {
                name: Some(source.name),
                folder: source.folder,
                ..Self::default()
            },
            Source::Tables(source) => Self {
                nodes: Some(source.nodes),
                edges: Some(source.edges),
                directed: Some(source.directed),
                split_seed: Some(source.split_seed),
                fractions: Some(source.fractions),
                columns: Some(source.columns),
                ..Self::default()
            },
        }
    }
}

/// Data that a run is made of.
#[derive(Clone, Debug)]
pub struct Data {
    /// The graph with features, labels and a split.
    pub dataset: Dataset,
    /// How other tables are read in the same way, where they came from tables.
    pub schema: Option<Schema>,
    /// What was guessed, one line each, for the user to read.
    pub guesses: Vec<String>,
    /// The columns of features in which values are missing, and how many.
    pub missing: Vec<(String, usize)>,
}

impl Source {
    /// A data set by its name, or by the path of its folder, file or archive.
    pub fn named(name: impl Into<String>) -> Self {
        Self::Named(NamedSource {
            name: name.into(),
            folder: None,
        })
    }

    /// Two tables whose columns are all to be guessed, of an undirected graph.
    pub fn tables(nodes: impl Into<PathBuf>, edges: impl Into<PathBuf>) -> Self {
        Self::Tables(Box::new(TableSource {
            nodes: nodes.into(),
            edges: edges.into(),
            directed: false,
            split_seed: 0,
            fractions: FRACTIONS,
            columns: Columns::default(),
        }))
    }

    /// The same tables with this column of labels; other sources know theirs.
    #[must_use]
    pub fn with_label(mut self, column: &str) -> Self {
        if let Self::Tables(tables) = &mut self {
            tables.columns.label = Some(column.to_owned());
        }
        self
    }

    /// Reads the data.
    ///
    /// # Errors
    /// Whatever the reader refuses, with the file and the line.
    pub fn load(&self) -> Result<Data, Error> {
        match self {
            Self::Named(source) => Ok(Data {
                dataset: graxe_data::load(&source.name, source.folder.as_deref())?,
                schema: None,
                guesses: Vec::new(),
                missing: Vec::new(),
            }),
            Self::Tables(source) => {
                let mut tables = Tables::new(&source.nodes, &source.edges);
                tables.columns = source.columns.clone();
                tables.directed = source.directed;
                tables.split_seed = source.split_seed;
                tables.fractions = source.fractions;
                let imported = graxe_data::import(&tables)?;
                Ok(Data {
                    dataset: imported.dataset,
                    schema: Some(imported.schema),
                    guesses: imported.guesses,
                    missing: imported.missing,
                })
            }
        }
    }

    /// The same source wherever it is named from: with whole paths.
    pub(crate) fn absolute(&self) -> Self {
        let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        match self {
            Self::Tables(source) => Self::Tables(Box::new(TableSource {
                nodes: whole(&source.nodes),
                edges: whole(&source.edges),
                ..(**source).clone()
            })),
            Self::Named(source) => {
                let path = Path::new(&source.name);
                let is_path =
                    path.exists() && !graxe_data::DATASETS.contains(&source.name.as_str());
                let name = if is_path {
                    whole(path).to_string_lossy().into_owned()
                } else {
                    source.name.clone()
                };
                Self::Named(NamedSource {
                    name,
                    folder: source.folder.as_deref().map(whole),
                })
            }
        }
    }
}
