//! Which data a command works on: the argument and the flag that name them.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use graxe_data::{DATASETS, ErrorKind};
use graxe_graph::{Dataset, karate_club};

/// Where the data come from.
#[derive(Args)]
pub(super) struct Source {
    #[arg(help = data_help())]
    data: Option<String>,

    /// Where to look for named data first; then in `GRAXE_DATA`, then in the user's cache
    #[arg(long = "data", value_name = "DIR")]
    folder: Option<PathBuf>,
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
    /// Reads the data.
    pub(super) fn load(&self) -> Result<Dataset> {
        match &self.data {
            None => Ok(karate_club()),
            Some(name) => match graxe_data::load(name, self.folder.as_deref()) {
                Err(error) if error.kind() == ErrorKind::Empty => {
                    bail!(
                        "{error}: give nodes, edges between them, and labels in every part of the split"
                    )
                }
                loaded => Ok(loaded?),
            },
        }
    }
}
