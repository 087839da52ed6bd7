//! `graxe train`: trains a node classifier and reports its accuracy.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use graxe_data::DATASETS;
use graxe_graph::{Dataset, karate_club};
use graxe_nn::{Config, EpochReport, Fit, MODELS, PROTOCOLS, Protocol, Sizes, Trainer, model};

use crate::output::{Progress, Summary, note};

/// Train a node classifier.
///
/// Examples:
///   graxe train                                  Zachary's karate club, built in
///   graxe train cora --data DIR                  the Planetoid files in DIR
///   graxe train cora --runs 20 --json            mean and deviation over 20 seeds
///   graxe train cora.tgz --model mlp             an archive in the LINQS layout
#[derive(Args)]
#[command(verbatim_doc_comment, after_help = tables())]
pub(crate) struct Train {
    #[arg(help = data_help())]
    data: Option<String>,

    /// Where to look for named data first; then in `GRAXE_DATA`, then in the user's cache
    #[arg(long = "data", value_name = "DIR")]
    folder: Option<PathBuf>,

    /// The network, one of those below
    #[arg(long, default_value = MODELS[0].name, value_name = "NAME")]
    model: String,

    /// How to train, one of those below
    #[arg(long, default_value = PROTOCOLS[0].name, value_name = "NAME")]
    protocol: String,

    /// The most epochs [default: the protocol's]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = count(Config::MOST_EPOCHS))]
    epochs: Option<usize>,

    /// Features between the layers [default: the protocol's]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = count(Config::MOST_HIDDEN))]
    hidden: Option<usize>,

    /// Adam's learning rate [default: the protocol's]
    #[arg(long, value_name = "X", allow_negative_numbers = true, value_parser = positive)]
    lr: Option<f64>,

    /// The rate of dropout, at least 0 and below 1 [default: the protocol's]
    #[arg(long, value_name = "P", allow_negative_numbers = true, value_parser = share)]
    dropout: Option<f64>,

    /// The strength of the L2 penalty [default: the protocol's]
    #[arg(long, value_name = "X", allow_negative_numbers = true, value_parser = not_negative)]
    weight_decay: Option<f64>,

    /// The seed of the first run; the others count on from it
    #[arg(
        long,
        default_value_t = 0,
        value_name = "N",
        allow_negative_numbers = true
    )]
    seed: i64,

    /// How many runs with different seeds
    #[arg(long, default_value = "1", value_name = "N", allow_negative_numbers = true, value_parser = count(MOST_RUNS))]
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
}

/// The most runs; more would not end.
const MOST_RUNS: usize = 1_000_000_000;

/// The most threads that a process may ask for.
const MOST_THREADS: usize = 256;

/// Steps that `--explain` and `--trace` time.
const TIMED_STEPS: usize = 20;

/// What can be trained on.
fn data_help() -> String {
    format!(
        "{} (the default: {}), or a folder or archive of a known format",
        DATASETS.join(", "),
        DATASETS[0]
    )
}

/// The models, and the protocols with their numbers.
fn tables() -> String {
    let row = |name: &str, text: &str| format!("  {name:<10}{text}");
    let models = MODELS.iter().map(|model| row(model.name, model.summary));
    let protocols = PROTOCOLS.iter().map(|protocol| {
        let Config {
            epochs,
            hidden,
            learning_rate,
            dropout,
            weight_decay,
            ..
        } = protocol.config;
        let numbers = format!(
            "epochs {epochs}, hidden {hidden}, lr {learning_rate}, dropout {dropout}, \
             weight-decay {weight_decay}"
        );
        [row(protocol.name, protocol.summary), row("", &numbers)].join("\n")
    });
    let models: Vec<String> = models.collect();
    let protocols: Vec<String> = protocols.collect();
    format!(
        "Models:\n{}\n\nProtocols:\n{}",
        models.join("\n"),
        protocols.join("\n")
    )
}

/// A parser of whole numbers from 1 to `most`.
fn count(most: usize) -> impl Fn(&str) -> Result<usize, String> + Clone {
    let expected = match most {
        usize::MAX => "expected a whole number of at least 1".to_owned(),
        _ => format!("expected a whole number of at least 1 and at most {most}"),
    };
    move |text| match text.parse::<usize>() {
        Ok(n) if (1..=most).contains(&n) => Ok(n),
        _ => Err(expected.clone()),
    }
}

fn float(text: &str, fits: impl Fn(f64) -> bool, expected: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(x) if x.is_finite() && fits(x) => Ok(x),
        _ => Err(format!("expected {expected}")),
    }
}

fn positive(text: &str) -> Result<f64, String> {
    float(text, |x| x > 0.0, "a number above 0")
}

fn not_negative(text: &str) -> Result<f64, String> {
    float(text, |x| x >= 0.0, "a number of at least 0")
}

fn share(text: &str) -> Result<f64, String> {
    float(
        text,
        |x| (0.0..1.0).contains(&x),
        "a number of at least 0 and below 1",
    )
}

/// What the summary needs of a run, without its parameters.
struct Run {
    report: EpochReport,
    step_seconds: Vec<f64>,
    compile_seconds: f64,
}

impl From<Fit> for Run {
    fn from(fit: Fit) -> Self {
        Self {
            report: fit.report,
            step_seconds: fit.step_seconds,
            compile_seconds: fit.compile_seconds,
        }
    }
}

impl Train {
    /// Loads, trains and reports.
    pub(crate) fn run(&self) -> Result<()> {
        let start = Instant::now();
        let Some(architecture) = model(&self.model) else {
            let known: Vec<&str> = MODELS.iter().map(|m| m.name).collect();
            bail!(
                "there is no model '{}': the known ones are {}",
                self.model,
                known.join(", ")
            );
        };
        let Some(protocol) = Protocol::named(&self.protocol) else {
            let known: Vec<&str> = PROTOCOLS.iter().map(|p| p.name).collect();
            let known = known.join(", ");
            bail!(
                "there is no protocol '{}': the known ones are {known}",
                self.protocol
            );
        };
        let config = self.config(protocol);
        let dataset = self.dataset()?;
        for warning in &dataset.warnings {
            note(&format!("warning: {warning}"));
        }
        graxe_core::simd::from_environment().map_err(anyhow::Error::msg)?;
        match self.threads {
            Some(threads) => graxe_core::set_threads(threads),
            None => {
                graxe_core::threads_from_environment().map_err(anyhow::Error::msg)?;
            }
        }
        config.check_features(dataset.num_features())?;
        let network = (architecture.build)(Sizes {
            nodes: dataset.num_nodes(),
            features: dataset.num_features(),
            hidden: config.hidden,
            classes: dataset.num_classes(),
            dropout: config.dropout,
        });
        let trainer = Trainer::new(&dataset, &network, &config)?;
        let runs = self.fit(&trainer, &config)?;
        let summary = self.summary(&dataset, &runs, start);
        self.look(&trainer)?;
        if self.json {
            summary.print_json()
        } else {
            summary.print()
        }
    }

    /// Shows and writes what is asked for about the training step.
    fn look(&self, trainer: &Trainer) -> Result<()> {
        let write = |path: &Path, text: &str| {
            std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
        };
        if let Some(path) = &self.graphviz {
            write(path, &trainer.program(self.seed).to_graphviz())?;
        }
        if self.explain || self.trace.is_some() {
            let explanation = trainer.explain(self.seed, TIMED_STEPS);
            if self.explain {
                println!("{explanation}\n");
            }
            if let Some(path) = &self.trace {
                write(path, &explanation.chrome_trace())?;
            }
        }
        Ok(())
    }

    /// The protocol's numbers with the ones given put in.
    fn config(&self, protocol: &Protocol) -> Config {
        let given = protocol.config;
        Config {
            epochs: self.epochs.unwrap_or(given.epochs),
            hidden: self.hidden.unwrap_or(given.hidden),
            learning_rate: self.lr.unwrap_or(given.learning_rate),
            dropout: self.dropout.unwrap_or(given.dropout),
            weight_decay: self.weight_decay.unwrap_or(given.weight_decay),
            ..given
        }
    }

    fn dataset(&self) -> Result<Dataset> {
        match &self.data {
            None => Ok(karate_club()),
            Some(name) => Ok(graxe_data::load(name, self.folder.as_deref())?),
        }
    }

    fn fit(&self, trainer: &Trainer, config: &Config) -> Result<Vec<Run>> {
        let progress = Progress::new(self.runs, config.epochs, self.json);
        let mut runs = Vec::new();
        let mut shown = Ok(());
        for run in 0..self.runs {
            let seed = self.seed.wrapping_add(run as i64);
            let fit = trainer.fit(seed, |report| {
                if shown.is_ok() {
                    shown = progress.epoch(run, report);
                }
            });
            runs.push(Run::from(fit));
            std::mem::replace(&mut shown, Ok(()))?;
        }
        progress.finish();
        std::io::stdout().flush()?;
        Ok(runs)
    }

    fn summary(&self, dataset: &Dataset, runs: &[Run], start: Instant) -> Summary {
        let mean = |of: &dyn Fn(&Run) -> f64| runs.iter().map(of).sum::<f64>() / runs.len() as f64;
        let test_accuracy = mean(&|run| run.report.test_accuracy);
        let variance = mean(&|run| (run.report.test_accuracy - test_accuracy).powi(2));
        let mut steps: Vec<f64> = runs
            .iter()
            .flat_map(|run| &run.step_seconds)
            .map(|s| s * 1e3)
            .collect();
        steps.sort_by(f64::total_cmp);
        Summary {
            data: dataset.name.clone(),
            model: self.model.clone(),
            protocol: self.protocol.clone(),
            runs: runs.len(),
            epochs: mean(&|run| run.step_seconds.len() as f64),
            test_accuracy,
            test_std: variance.sqrt(),
            val_accuracy: mean(&|run| run.report.val_accuracy),
            train_loss: mean(&|run| run.report.train_loss),
            step_ms_median: steps[steps.len() / 2],
            step_ms_min: steps[0],
            compile_ms: runs.iter().map(|run| run.compile_seconds * 1e3).sum(),
            total_s: start.elapsed().as_secs_f64(),
            threads: graxe_core::threads(),
            peak_bytes: graxe_core::peak_bytes(),
        }
    }
}
