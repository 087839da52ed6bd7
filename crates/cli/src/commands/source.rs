//! Which data a command works on: the argument and the flags that name them.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;
use graxe_data::{Columns, DATASETS};
use graxe_run::{Data, NamedSource, Source as From, TableSource};

use crate::output::note;

/// Where the data come from.
#[derive(Args)]
pub(super) struct Source {
    #[arg(help = data_help(), conflicts_with = "nodes")]
    data: Option<String>,

    /// Where to look for named data first; then in `GRAXE_DATA`, then in the user's cache
    #[arg(long = "data", value_name = "DIR", conflicts_with = "nodes")]
    folder: Option<PathBuf>,

    #[command(flatten)]
    tables: TableFlags,
}

/// Two tables, CSV or TSV, plain or gzip.
#[derive(Args)]
#[command(next_help_heading = "Your own tables")]
struct TableFlags {
    /// The table of nodes, CSV or TSV, also as .gz: a line a node, with a header
    #[arg(long, value_name = "FILE", requires = "edges")]
    nodes: Option<PathBuf>,

    /// The table of edges: a line an edge, with a header
    #[arg(long, value_name = "FILE", requires = "nodes")]
    edges: Option<PathBuf>,

    /// The column of nodes that holds their classes [default: guessed from the header]
    #[arg(long, value_name = "COLUMN", requires = "nodes")]
    label: Option<String>,

    /// The column of nodes that holds their ids [default: guessed]
    #[arg(long, value_name = "COLUMN", requires = "nodes")]
    id: Option<String>,

    /// The column of edges that they start from [default: guessed]
    #[arg(long, value_name = "COLUMN", requires = "nodes")]
    source: Option<String>,

    /// The column of edges that they lead to [default: guessed]
    #[arg(long, value_name = "COLUMN", requires = "nodes")]
    target: Option<String>,

    /// The column of nodes that says train, val or test [default: guessed; else a random split, 60/20/20 of each class]
    #[arg(long, value_name = "COLUMN", requires = "nodes")]
    split: Option<String>,

    /// The column of edges that holds their weights [default: guessed; else all are 1]
    #[arg(long, value_name = "COLUMN", requires = "nodes")]
    weight: Option<String>,

    /// A column to leave out; may be given several times, or with commas
    #[arg(long, value_name = "COLUMN", requires = "nodes", value_delimiter = ',')]
    exclude: Vec<String>,

    /// Edges lead one way only
    #[arg(long, requires = "nodes")]
    directed: bool,

    /// The seed of the random split [default: 0]
    #[arg(
        long,
        value_name = "N",
        requires = "nodes",
        allow_negative_numbers = true
    )]
    split_seed: Option<i64>,
}

/// What can be named.
fn data_help() -> String {
    format!(
        "{} (the default: {}), or a folder or archive of a known format",
        DATASETS.join(", "),
        DATASETS[0]
    )
}

impl Source {
    /// Whether any data are named.
    pub(super) fn is_given(&self) -> bool {
        self.data.is_some() || self.tables.nodes.is_some()
    }

    /// What the flags name; the data that are built in where they name none.
    pub(super) fn named(&self) -> From {
        let flags = &self.tables;
        if let (Some(nodes), Some(edges)) = (&flags.nodes, &flags.edges) {
            return From::Tables(TableSource {
                nodes: nodes.clone(),
                edges: edges.clone(),
                directed: flags.directed,
                split_seed: flags.split_seed.unwrap_or_default(),
                columns: Columns {
                    id: flags.id.clone(),
                    label: flags.label.clone(),
                    split: flags.split.clone(),
                    source: flags.source.clone(),
                    target: flags.target.clone(),
                    weight: flags.weight.clone(),
                    exclude: flags.exclude.clone(),
                },
            });
        }
        From::Named(NamedSource {
            name: self.data.clone().unwrap_or_else(|| DATASETS[0].to_owned()),
            folder: self.folder.clone(),
        })
    }

    /// Reads the data, and says what was guessed.
    pub(super) fn load(&self) -> Result<Data> {
        load(&self.named())
    }
}

/// Reads the data of a source, and says what was guessed.
pub(super) fn load(source: &From) -> Result<Data> {
    if let From::Named(source) = source {
        check(&source.name)?;
    }
    let data = match source.load() {
        Err(error) if error.is_empty_data() => {
            bail!("{error}: give nodes, edges between them, and labels in every part of the split")
        }
        loaded => loaded?,
    };
    data.guesses.iter().for_each(|line| note(line));
    Ok(data)
}

/// Refuses a path that is meant otherwise, with the flag that takes it.
fn check(name: &str) -> Result<()> {
    let path = Path::new(name);
    let plain = name.strip_suffix(".gz").unwrap_or(name);
    let is_table = [".csv", ".tsv"].iter().any(|end| plain.ends_with(end));
    if is_table && path.is_file() {
        bail!("{name}: a table of nodes is named by --nodes, and one of edges by --edges");
    }
    if path.join("config.toml").is_file() && path.join("metrics.jsonl").is_file() {
        bail!(
            "{name}: is a run, not data; look at it by `graxe evaluate`, or go on with it by `graxe train --resume`"
        );
    }
    Ok(())
}
