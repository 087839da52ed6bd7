//! `graxe models`: what can be trained, and how each model was published.

use anyhow::Result;
use clap::Args;
use graxe_nn::{Architecture, MODELS, PROTOCOLS, Protocol};

use crate::output::styled;
use crate::style::headed;

/// List the models and the protocols, with their numbers.
///
/// Examples:
///   graxe models                     the names that --model and --protocol take
///   graxe train --model mlp          a model of the first table
///   graxe train --protocol best      a protocol of the second
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Models {}

impl Models {
    /// Prints both tables.
    pub(crate) fn run() -> Result<()> {
        styled(&headed(&table()))?;
        Ok(())
    }
}

/// The models with their numbers, and the protocols.
pub(crate) fn table() -> String {
    let models: Vec<String> = MODELS.iter().map(of_model).collect();
    let protocols: Vec<String> = PROTOCOLS.iter().map(of_protocol).collect();
    format!(
        "Models:\n{}\n\nProtocols:\n{}",
        models.join("\n"),
        protocols.join("\n")
    )
}

fn row(name: &str, text: &str) -> String {
    format!("  {name:<12}{text}")
}

fn of_model(model: &Architecture) -> String {
    let protocol = model.protocol();
    let config = model.config(protocol);
    let what = format!("{} ({})", model.summary, model.paper);
    let numbers = format!(
        "hidden {}, lr {}, dropout {}, weight-decay {}, protocol {}, epochs {}",
        config.hidden,
        config.learning_rate,
        config.dropout,
        config.weight_decay,
        protocol.name,
        config.epochs
    );
    [row(model.name, &what), row("", &numbers)].join("\n")
}

fn of_protocol(protocol: &Protocol) -> String {
    let text = format!("{}; at most {} epochs", protocol.summary, protocol.epochs);
    row(protocol.name, &text)
}
