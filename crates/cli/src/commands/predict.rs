//! `graxe predict`: the classes of nodes by a trained model.

use std::io;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use graxe_run::{Trained, write_whole};

use crate::output::note;
use crate::quantity::counted;

/// Predict classes with the model of a run.
///
/// Examples:
///   graxe predict runs/NAME                                      all nodes of its own graph
///   graxe predict runs/NAME --nodes new.csv --edges new-cites.csv
///                                                                new nodes
///   graxe predict runs/NAME --nodes new.csv --out classes.csv    into a file
///
/// New tables have the columns of the run's own; the column of labels may be missing. Where their edges lead to
/// nodes of the run's own graph, the new nodes are attached to it; otherwise they are a graph of their own.
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Predict {
    /// The folder of the run
    #[arg(value_name = "RUN")]
    run: PathBuf,

    /// A table of new nodes
    #[arg(long, value_name = "FILE")]
    nodes: Option<PathBuf>,

    /// Their edges, among themselves or to nodes of the run's own graph
    #[arg(long, value_name = "FILE", requires = "nodes")]
    edges: Option<PathBuf>,

    /// Write the table to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Predict {
    /// Writes a table: id, class, and a probability for each class.
    pub(crate) fn run(&self) -> Result<()> {
        super::set_up()?;
        let trained = Trained::open(&self.run)?;
        let predicted = match &self.nodes {
            Some(nodes) => trained.predict_tables(nodes, self.edges.as_deref())?,
            None => trained.predict()?,
        };
        let Some(out) = &self.out else {
            predicted.write_csv(io::stdout().lock())?;
            return Ok(());
        };
        let mut table = Vec::new();
        predicted.write_csv(&mut table)?;
        write_whole(out, &table).with_context(|| format!("cannot write {}", out.display()))?;
        let nodes = counted(predicted.num_nodes(), "node");
        note(&format!("{nodes} in {}", out.display()));
        Ok(())
    }
}
