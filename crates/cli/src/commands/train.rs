//! `graxe train`: trains a node classifier and reports its accuracy.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use graxe_graph::Dataset;
use graxe_nn::checkpoint::{Notes, check_writable, load_notes};
use graxe_nn::{Architecture, Config, EpochReport, Fit, MODELS, PROTOCOLS, Protocol, Run, Trainer};

use super::flags::{count, not_negative, positive, share};
use super::models::{named, table};
use super::source::Source;
use crate::output::{Progress, Summary, warning};

/// Train a node classifier.
///
/// Examples:
///   graxe train                                  Zachary's karate club, built in
///   graxe train cora --data DIR                  the Planetoid files in DIR
///   graxe train cora --runs 20 --json            mean and deviation over 20 seeds
///   graxe train cora.tgz --model mlp             an archive in the LINQS layout
///   graxe train --checkpoint run.safetensors     keeps the run in a file
///   graxe train --resume run.safetensors         goes on from there
#[derive(Args)]
#[command(verbatim_doc_comment, after_help = table())]
pub(crate) struct Train {
    #[command(flatten)]
    source: Source,

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
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    seed: Option<i64>,

    /// How many runs with different seeds
    #[arg(long, default_value = "1", value_name = "N", allow_negative_numbers = true, value_parser = count(MOST_RUNS))]
    runs: usize,

    /// Write the run to this safetensors file at its end; it holds all that training goes on from
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,

    /// Write it after every so many epochs too
    #[arg(long, value_name = "N", requires = "checkpoint", allow_negative_numbers = true, value_parser = count(Config::MOST_EPOCHS))]
    checkpoint_every: Option<usize>,

    /// Go on with the run of such a file, to the same bits as without a stop; model, protocol
    /// and numbers are those of the file, and only `--epochs` may be others
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,

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

fn model_help() -> String {
    let first = MODELS[0].name;
    format!("The network, one of those below [default: {first}]")
}

/// What the summary needs of a run, without its parameters.
struct Outcome {
    epochs: usize,
    report: EpochReport,
    step_seconds: Vec<f64>,
    compile_seconds: f64,
}

impl From<Fit> for Outcome {
    fn from(fit: Fit) -> Self {
        Self {
            epochs: fit.epochs,
            report: fit.report,
            step_seconds: fit.step_seconds,
            compile_seconds: fit.compile_seconds,
        }
    }
}

/// What is trained and how: from the flags, the file to go on from and the tables.
struct Choice {
    architecture: &'static Architecture,
    protocol: &'static Protocol,
    config: Config,
    seed: i64,
}

/// A setting from its flag, else from the notes of a checkpoint, else from the tables. A note
/// that is not understood is left to the trainer, which refuses the file.
fn setting<T: std::str::FromStr>(flag: Option<T>, notes: &Notes, name: &str, table: T) -> T {
    let noted = || notes.get(name).and_then(|note| note.parse().ok());
    flag.or_else(noted).unwrap_or(table)
}

impl Train {
    /// Loads, trains and reports.
    pub(crate) fn run(&self) -> Result<()> {
        let start = Instant::now();
        let choice = self.choose()?;
        if let Some(path) = &self.checkpoint {
            check_writable(path)?;
        }
        let dataset = self.source.load()?;
        for line in &dataset.warnings {
            warning(line);
        }
        graxe_core::simd::from_environment().map_err(anyhow::Error::msg)?;
        match self.threads {
            Some(threads) => graxe_core::set_threads(threads),
            None => {
                graxe_core::threads_from_environment().map_err(anyhow::Error::msg)?;
            }
        }
        let trainer = Trainer::new(&dataset, choice.architecture, &choice.config)?;
        for line in trainer.warnings() {
            warning(line);
        }
        let mut outcomes = Vec::new();
        // What was trained is reported even where it cannot be kept.
        let kept = self.train(&trainer, &choice, &mut outcomes);
        if outcomes.len() < self.runs {
            return kept;
        }
        let summary = summarise(&dataset, &choice, &outcomes, start);
        self.look(&trainer, choice.seed)?;
        if self.json {
            summary.print_json()?;
        } else {
            summary.print()?;
        }
        kept
    }

    /// Puts the flags, the checkpoint's notes and the tables together.
    fn choose(&self) -> Result<Choice> {
        let notes = match &self.resume {
            Some(path) => load_notes(path)?,
            None => Notes::new(),
        };
        if self.runs > 1 && (self.checkpoint.is_some() || self.resume.is_some()) {
            bail!(
                "a checkpoint holds one run, and --runs asks for {}: leave one out",
                self.runs
            );
        }
        let name = setting(
            self.model.clone(),
            &notes,
            "model",
            MODELS[0].name.to_owned(),
        );
        let architecture = named(&name)?;
        let own = architecture.protocol().name.to_owned();
        let name = setting(self.protocol.clone(), &notes, "protocol", own);
        let Some(protocol) = Protocol::named(&name) else {
            let known: Vec<&str> = PROTOCOLS.iter().map(|p| p.name).collect();
            let known = known.join(", ");
            bail!("there is no protocol '{name}': the known ones are {known}");
        };
        let seed = setting(self.seed, &notes, "seed", 0);
        let ours = [
            ("model", architecture.name.to_owned()),
            ("protocol", protocol.name.to_owned()),
            ("seed", seed.to_string()),
        ];
        for (name, ours) in ours {
            if let (Some(path), Some(theirs)) = (&self.resume, notes.get(name))
                && *theirs != ours
            {
                bail!(
                    "{}: was trained with {name} {theirs}, not {ours}; leave out --{name}, or \
                     train from the start",
                    path.display()
                );
            }
        }
        let given = architecture.config(protocol);
        let config = Config {
            epochs: setting(self.epochs, &notes, "epochs", given.epochs),
            hidden: setting(self.hidden, &notes, "hidden", given.hidden),
            learning_rate: setting(self.lr, &notes, "learning rate", given.learning_rate),
            dropout: setting(self.dropout, &notes, "dropout", given.dropout),
            weight_decay: setting(
                self.weight_decay,
                &notes,
                "weight decay",
                given.weight_decay,
            ),
            ..given
        };
        Ok(Choice {
            architecture,
            protocol,
            config,
            seed,
        })
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
                println!("{explanation}\n");
            }
            if let Some(path) = &self.trace {
                write(path, &explanation.chrome_trace())?;
            }
        }
        Ok(())
    }

    /// Trains every run and gives each, when it is over, to `outcomes`.
    fn train(&self, trainer: &Trainer, choice: &Choice, outcomes: &mut Vec<Outcome>) -> Result<()> {
        let progress = Progress::new(self.runs, choice.config.epochs, self.json);
        for i in 0..self.runs {
            let mut run = match &self.resume {
                Some(path) => trainer.resume(path)?,
                None => trainer.start(choice.seed.wrapping_add(i as i64)),
            };
            while !trainer.is_over(&run) {
                run = trainer.advance(run);
                if let Some(report) = run.last() {
                    progress.epoch(i, report)?;
                }
                let now = |every: usize| run.epochs().is_multiple_of(every);
                if !trainer.is_over(&run)
                    && self.checkpoint_every.is_some_and(now)
                    && let Err(error) = self.save(trainer, &run, choice)
                {
                    // The run is worth more than the file, which may be writable again later.
                    warning(&format!("{error:#}"));
                }
            }
            let saved = self.save(trainer, &run, choice);
            outcomes.push(Outcome::from(run.finish()));
            saved?;
        }
        progress.finish();
        std::io::stdout().flush()?;
        Ok(())
    }

    /// Writes the checkpoint, if one is asked for.
    fn save(&self, trainer: &Trainer, run: &Run, choice: &Choice) -> Result<()> {
        let Some(path) = &self.checkpoint else {
            return Ok(());
        };
        let names = [
            ("model", choice.architecture.name),
            ("protocol", choice.protocol.name),
        ];
        let notes = names.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Ok(trainer.save(run, path, &Notes::from(notes))?)
    }
}

/// Means over the runs.
fn summarise(dataset: &Dataset, choice: &Choice, runs: &[Outcome], start: Instant) -> Summary {
    let mean = |of: &dyn Fn(&Outcome) -> f64| runs.iter().map(of).sum::<f64>() / runs.len() as f64;
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
        model: choice.architecture.name.to_owned(),
        protocol: choice.protocol.name.to_owned(),
        runs: runs.len(),
        epochs: mean(&|run| run.epochs as f64),
        test_accuracy,
        test_std: variance.sqrt(),
        val_accuracy: mean(&|run| run.report.val_accuracy),
        train_loss: mean(&|run| run.report.train_loss),
        // A run that was over when it was resumed has none.
        step_ms_median: steps.get(steps.len() / 2).copied().unwrap_or(f64::NAN),
        step_ms_min: steps.first().copied().unwrap_or(f64::NAN),
        compile_ms: runs.iter().map(|run| run.compile_seconds * 1e3).sum(),
        total_s: start.elapsed().as_secs_f64(),
        threads: graxe_core::threads(),
        peak_bytes: graxe_core::peak_bytes(),
    }
}
