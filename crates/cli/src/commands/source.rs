//! Which data a command works on: the argument and the flags that name them.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;
use graxe_data::{Columns, DATASETS};
use graxe_run::{Data, FRACTIONS, NamedSource, Source as From, TableSource};

use super::flags::{fractions, whole};
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
    #[arg(long, value_name = "FILE")]
    nodes: Option<PathBuf>,

    /// The table of edges: a line an edge, with a header
    #[arg(long, value_name = "FILE")]
    edges: Option<PathBuf>,

    /// The column of nodes that holds their classes [default: guessed from the header]
    #[arg(long, value_name = "COLUMN")]
    label: Option<String>,

    /// The column of nodes that holds their ids [default: guessed]
    #[arg(long, value_name = "COLUMN")]
    id: Option<String>,

    /// The column of edges that they start from [default: guessed]
    #[arg(long, value_name = "COLUMN")]
    source: Option<String>,

    /// The column of edges that they lead to [default: guessed]
    #[arg(long, value_name = "COLUMN")]
    target: Option<String>,

    /// The column of nodes that says train, val or test [default: guessed; else a random split, 60/20/20 of each class]
    #[arg(long, value_name = "COLUMN")]
    split: Option<String>,

    /// The column of edges that holds their weights [default: guessed; else all are 1]
    #[arg(long, value_name = "COLUMN")]
    weight: Option<String>,

    /// A column to leave out; may be given several times, or with commas
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    exclude: Vec<String>,

    /// Edges lead one way only
    #[arg(long)]
    directed: bool,

    /// Of each class, how much trains, validates and tests in a random split [default: 0.6,0.2,0.2]
    #[arg(long, value_name = "X,Y,Z", value_parser = fractions)]
    fractions: Option<[f64; 3]>,

    /// The seed of the random split [default: 0]
    #[arg(
        long,
        value_name = "N",
        allow_negative_numbers = true,
        value_parser = whole
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
    /// What the flags name, over what a file of settings names; the data that are built in where neither does.
    pub(super) fn over(&self, base: Option<&From>) -> Result<From> {
        if let Some(name) = &self.data {
            return Ok(self.named(name));
        }
        let tables = match base {
            Some(From::Tables(tables)) => Some(&**tables),
            _ => None,
        };
        match self.tables.over(tables)? {
            Some(_) if self.folder.is_some() => {
                bail!(
                    "--data says where to look for named data, and these are tables: leave it out"
                )
            }
            Some(tables) => Ok(From::Tables(Box::new(tables))),
            None => match base {
                Some(From::Named(base)) if self.folder.is_none() => Ok(From::Named(base.clone())),
                Some(From::Named(base)) => Ok(self.named(&base.name)),
                _ => Ok(self.named(DATASETS[0])),
            },
        }
    }

    fn named(&self, name: &str) -> From {
        From::Named(NamedSource {
            name: name.to_owned(),
            folder: self.folder.clone(),
        })
    }
}

impl TableFlags {
    /// The tables that the flags name, over those of a file; `None` where there are none of either.
    fn over(&self, base: Option<&TableSource>) -> Result<Option<TableSource>> {
        let own = |flag: &Option<PathBuf>, base: Option<&PathBuf>| flag.clone().or(base.cloned());
        let nodes = own(&self.nodes, base.map(|base| &base.nodes));
        let edges = own(&self.edges, base.map(|base| &base.edges));
        let (nodes, edges) = match (nodes, edges) {
            (Some(nodes), Some(edges)) => (nodes, edges),
            (None, None) if !self.say_something() => return Ok(None),
            (Some(_), None) => bail!("a graph is two tables: name that of the edges by --edges"),
            (None, Some(_)) => bail!("a graph is two tables: name that of the nodes by --nodes"),
            (None, None) => bail!("columns are of tables: name them by --nodes and --edges"),
        };
        let columns = base.map(|base| base.columns.clone()).unwrap_or_default();
        let exclude = if self.exclude.is_empty() {
            columns.exclude
        } else {
            self.exclude.clone()
        };
        Ok(Some(TableSource {
            nodes,
            edges,
            directed: self.directed || base.is_some_and(|base| base.directed),
            split_seed: self
                .split_seed
                .or(base.map(|base| base.split_seed))
                .unwrap_or_default(),
            fractions: self
                .fractions
                .or(base.map(|base| base.fractions))
                .unwrap_or(FRACTIONS),
            columns: Columns {
                id: self.id.clone().or(columns.id),
                label: self.label.clone().or(columns.label),
                split: self.split.clone().or(columns.split),
                source: self.source.clone().or(columns.source),
                target: self.target.clone().or(columns.target),
                weight: self.weight.clone().or(columns.weight),
                exclude,
            },
        }))
    }

    /// Whether any flag is given but for the names of the tables.
    fn say_something(&self) -> bool {
        let columns = [
            &self.label,
            &self.id,
            &self.source,
            &self.target,
            &self.split,
            &self.weight,
        ];
        columns.into_iter().any(Option::is_some)
            || !self.exclude.is_empty()
            || self.directed
            || self.split_seed.is_some()
            || self.fractions.is_some()
    }
}

/// Reads the data of a source, and says what was guessed.
pub(super) fn load(source: &From) -> Result<Data> {
    if let From::Named(source) = source {
        check(&source.name)?;
    }
    let data = source.load()?;
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
