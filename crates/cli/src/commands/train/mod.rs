//! `graxe train`: trains a node classifier and reports its accuracy.

mod many;
mod one;

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result};
use clap::Args;
use graxe_nn::{Config, MODELS, Trainer};
use graxe_run::{Numbers, Settings};

use super::flags::{count, not_negative, positive, share, whole};
use super::models::table;
use super::source::Source;
use crate::output::{Summary, line};

/// Train a node classifier.
///
/// Examples:
///   graxe train                                      Zachary's karate club, built in
///   graxe train --nodes papers.csv --edges cites.csv --label topic
///                                                    your own graph
///   graxe train cora --data DIR                      the Planetoid files in DIR
///   graxe train cora.tgz --model gat                 an archive in the LINQS layout
///   graxe train cora --runs 20 --json                mean and deviation over 20 seeds
///   graxe train --resume runs/NAME                   goes on with a run that was interrupted
///   graxe train --config runs/NAME/config.toml       the same once more
///
/// A run is a folder with its settings, a line an epoch, the model, predictions.csv and report.html. Ctrl-C
/// ends it after the epoch with everything saved.
#[derive(Args)]
#[command(verbatim_doc_comment, after_help = table())]
pub(crate) struct Train {
    #[arg(long, value_name = "NAME", help = model_help())]
    model: Option<String>,

    /// How to train, one of those below [default: the model's]
    #[arg(long, value_name = "NAME")]
    protocol: Option<String>,

    /// The most epochs [default: the protocol's]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = count(Config::MOST_EPOCHS))]
    epochs: Option<usize>,

    /// Features between the layers [default: the model's]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = count(Config::MOST_HIDDEN))]
    hidden: Option<usize>,

    /// Adam's learning rate [default: the model's]
    #[arg(long, value_name = "X", allow_negative_numbers = true, value_parser = positive)]
    lr: Option<f64>,

    /// The rate of dropout, at least 0 and below 1 [default: the model's]
    #[arg(long, value_name = "P", allow_negative_numbers = true, value_parser = share)]
    dropout: Option<f64>,

    /// The strength of the penalty [default: the model's]
    #[arg(long, value_name = "X", allow_negative_numbers = true, value_parser = not_negative)]
    weight_decay: Option<f64>,

    /// The seed of the first run; the others count on from it [default: 0]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole)]
    seed: Option<i64>,

    /// The folder of the run [default: runs/ with data, model and time]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,

    /// Go on with the run in this folder, to the same bits as without a stop; only `--epochs` may be another
    #[arg(long, value_name = "DIR", conflicts_with_all = RESUMED)]
    resume: Option<PathBuf>,

    /// Begin from the settings of a run's config.toml; flags go before them
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Leave out the MLP and the label propagation that the model is held against
    #[arg(long)]
    no_baselines: bool,

    /// Only measure: train so many times with different seeds, and write no folder
    #[arg(long, default_value = "1", value_name = "N", allow_negative_numbers = true, value_parser = count(MOST_RUNS),
          conflicts_with_all = ["out", "resume"])]
    runs: usize,

    /// Threads to use; results are the same at any number [default: all]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = count(MOST_THREADS))]
    threads: Option<usize>,

    /// Print what the training step compiles to, and where its time goes
    #[arg(long, conflicts_with = "json")]
    explain: bool,

    /// Write a training step's kernels by thread as a trace for Chrome or Perfetto
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,

    /// Write the program of the training step as Graphviz
    #[arg(long, value_name = "FILE")]
    graphviz: Option<PathBuf>,

    /// Print one JSON object on standard output and nothing else there
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    source: Source,
}

/// What the folder of a run says, so that no flag may.
const RESUMED: [&str; 24] = [
    "data",
    "folder",
    "nodes",
    "edges",
    "label",
    "id",
    "source",
    "target",
    "split",
    "weight",
    "exclude",
    "directed",
    "fractions",
    "split_seed",
    "model",
    "protocol",
    "hidden",
    "lr",
    "dropout",
    "weight_decay",
    "seed",
    "out",
    "config",
    "no_baselines",
];

/// The most runs; more would not end.
const MOST_RUNS: usize = 1_000_000_000;

/// The most threads that a process may ask for.
const MOST_THREADS: usize = 256;

/// Steps that `--explain` and `--trace` time.
const TIMED_STEPS: usize = 20;

fn model_help() -> String {
    let first = MODELS[0].name;
    format!("The network, one of those below [default: {first}]")
}

impl Train {
    /// Loads, trains and reports.
    pub(crate) fn run(&self) -> Result<()> {
        let start = Instant::now();
        super::set_up()?;
        if let Some(threads) = self.threads {
            graxe_core::set_threads(threads);
        }
        if self.runs > 1 {
            many::train(self, start)
        } else {
            one::train(self, start)
        }
    }

    /// The settings of the file, if one is named, with what the flags say.
    fn settings(&self) -> Result<Settings> {
        let mut settings = if let Some(path) = &self.config {
            Settings::read(path)?
        } else {
            let model = self.model.as_deref().unwrap_or(MODELS[0].name);
            Settings::new(model, self.source.over(None)?)?
        };
        let data = self.source.over(Some(&settings.data))?;
        if data != settings.data {
            settings.data = data;
            settings.data_digest.clear();
        }
        if let Some(model) = &self.model
            && *model != settings.model
        {
            // The numbers in the file are those of another model.
            settings = Settings {
                seed: settings.seed,
                baselines: settings.baselines,
                data_digest: settings.data_digest,
                ..Settings::new(model, settings.data)?
            };
        }
        if let Some(protocol) = &self.protocol
            && *protocol != settings.protocol()?.name
        {
            // So are those of another protocol.
            settings.protocol.clone_from(protocol);
            settings.training = Numbers::default();
        }
        let numbers = &mut settings.training;
        numbers.epochs = self.epochs.or(numbers.epochs);
        numbers.hidden = self.hidden.or(numbers.hidden);
        numbers.learning_rate = self.lr.or(numbers.learning_rate);
        numbers.dropout = self.dropout.or(numbers.dropout);
        numbers.weight_decay = self.weight_decay.or(numbers.weight_decay);
        settings.seed = self.seed.unwrap_or(settings.seed);
        settings.baselines &= !self.no_baselines;
        settings.config()?;
        Ok(settings)
    }

    /// Prints a summary, and what is asked for about the training step.
    fn report(&self, summary: &Summary, trainer: &Trainer, seed: i64) -> Result<()> {
        self.look(trainer, seed)?;
        if self.json {
            summary.print_json()
        } else {
            summary.print()
        }
    }

    /// Shows and writes what is asked for about the training step.
    fn look(&self, trainer: &Trainer, seed: i64) -> Result<()> {
        let write = |path: &Path, text: &str| {
            std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
        };
        if let Some(path) = &self.graphviz {
            write(path, &trainer.program(seed).to_graphviz())?;
        }
        if self.explain || self.trace.is_some() {
            let explanation = trainer.explain(seed, TIMED_STEPS);
            if self.explain {
                line(&format!("{explanation}\n"))?;
            }
            if let Some(path) = &self.trace {
                write(path, &explanation.chrome_trace())?;
            }
        }
        Ok(())
    }
}

/// The median and the least of seconds, in milliseconds; NaN where there are none.
fn step_ms(seconds: &[f64]) -> (f64, f64) {
    let mut steps: Vec<f64> = seconds.iter().map(|s| s * 1e3).collect();
    steps.sort_by(f64::total_cmp);
    let at = |i: usize| steps.get(i).copied().unwrap_or(f64::NAN);
    (at(steps.len() / 2), at(0))
}
