//! `graxe inspect`: what is to be known of a graph before a model is trained on it.

mod advice;
mod classes;
mod cost;
mod facts;
mod layout;
mod page;

use anyhow::Result;
use clap::Args;
use graxe_graph::statistics::Statistics;
use graxe_nn::MODELS;
use graxe_run::{Data, architecture};

use super::source::{Source, load};
use crate::output::{line, styled};
use cost::measure;
use facts::Inspection;

/// See what a graph holds, what training on it takes, and what will hurt.
///
/// Examples:
///   graxe inspect                        Zachary's karate club, built in
///   graxe inspect --nodes papers.csv --edges cites.csv --label topic
///                                        your own graph, from two tables
///   graxe inspect cora --data DIR        the Planetoid files in DIR
///   graxe inspect cora.tgz --model gat   an archive, and the time of another model
///   graxe inspect FOLDER --json          everything as one object for programs
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Inspect {
    #[arg(long, value_name = "NAME", help = model_help())]
    model: Option<String>,

    /// Print one JSON object on standard output and nothing else there
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    source: Source,
}

fn model_help() -> String {
    let first = MODELS[0].name;
    format!("The network whose training is timed, of `graxe models` [default: {first}]")
}

impl Inspect {
    /// Loads, counts, times a few epochs and prints.
    pub(crate) fn run(&self) -> Result<()> {
        let architecture = architecture(self.model.as_deref().unwrap_or(MODELS[0].name))?;
        super::set_up()?;
        let data = load(&self.source.over(None)?)?;
        let dataset = &data.dataset;
        let mut inspection = look(&data);
        if !self.json {
            // A person reads this while the epochs are timed.
            styled(&page::data(&inspection))?;
        }
        let cost = measure(dataset, architecture);
        inspection.warnings = advice::advice(&inspection, &dataset.warnings, cost.as_ref().err());
        inspection.training = cost.ok();
        if self.json {
            line(&serde_json::to_string(&inspection)?)?;
        } else {
            styled(&page::outlook(&inspection))?;
        }
        Ok(())
    }
}

/// What is known without training. The statistics go with the call, so that they are not there
/// when memory is measured.
fn look(data: &Data) -> Inspection {
    Inspection::new(data, &Statistics::of(&data.dataset))
}
