//! One run, in a folder.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::{Context as _, Result};
use graxe_nn::Trainer;
use graxe_run::Training;

use super::{Train, step_ms};
use crate::commands::source::load;
use crate::interrupted::Interrupted;
use crate::output::{Progress, Summary, note, warning};

/// The most runs of one second, of which each has a folder of its own.
const MOST_OF_A_SECOND: usize = 1000;

/// Set by Ctrl-C.
static STOP: AtomicBool = AtomicBool::new(false);

/// Trains a run to its end, or until Ctrl-C, and prints what came of it.
pub(super) fn train(flags: &Train, start: Instant) -> Result<()> {
    let mut training = match &flags.resume {
        Some(path) => Training::resume(path, flags.epochs)?,
        None => create(flags)?,
    };
    let lines = &training.data().dataset.warnings;
    lines
        .iter()
        .chain(training.trainer().warnings())
        .for_each(|line| warning(line));
    let epochs = training.settings().config()?.epochs;
    let progress = Progress::new(1, epochs, flags.json);
    listen(progress.clone())?;
    let mut steps = Vec::new();
    // However early Ctrl-C comes, there is a model to save.
    let stopped = |epochs: usize| epochs > 0 && STOP.load(Ordering::Relaxed);
    while !training.is_over() && !stopped(training.epochs()) {
        if let Some(report) = training.advance()? {
            steps.push(report.step_seconds);
            progress.epoch(0, &report)?;
        }
    }
    progress.finish();
    std::io::stdout().flush()?;
    let out = training.path().to_owned();
    let compile_ms = training.compile_seconds() * 1e3;
    let (settings, data) = (training.settings().clone(), training.data().clone());
    let result = training.finish()?;
    let (step_ms_median, step_ms_min) = step_ms(&steps);
    let summary = Summary {
        data: result.data,
        model: result.model,
        protocol: result.protocol,
        runs: 1,
        epochs: result.epochs as f64,
        test_accuracy: result.test_accuracy,
        test_std: 0.0,
        val_accuracy: result.val_accuracy,
        train_loss: result.train_loss,
        step_ms_median,
        step_ms_min,
        compile_ms,
        total_s: start.elapsed().as_secs_f64(),
        threads: graxe_core::threads(),
        peak_bytes: graxe_core::peak_bytes(),
        interrupted: result.interrupted,
        baselines: result.baselines,
        out: Some(out.display().to_string()),
    };
    let asked = flags.explain || flags.trace.is_some() || flags.graphviz.is_some();
    if asked {
        let (architecture, config) = (settings.architecture()?, settings.config()?);
        let trainer = Trainer::new(&data.dataset, architecture, &config)?;
        flags.look(&trainer, settings.seed)?;
    }
    if flags.json {
        summary.print_json()?;
    } else {
        summary.print()?;
    }
    if summary.interrupted {
        note(&format!(
            "interrupted after epoch {}: go on with `graxe train --resume {}`",
            result.epochs,
            out.display()
        ));
        return Err(Interrupted.into());
    }
    Ok(())
}

/// A new run from the flags.
fn create(flags: &Train) -> Result<Training> {
    let settings = flags.settings()?;
    let data = load(&settings.data)?;
    let repeated = settings.data_digest.clone();
    if let Some(out) = &flags.out {
        return Ok(known(repeated, Training::create(data, settings, out)?));
    }
    let name = default_name(&data.dataset.name, &settings.model);
    let training = Training::create(data, settings, free(&name))?;
    Ok(known(repeated, training))
}

/// Says if the data are not those that a file of settings was written for.
fn known(digest: String, training: Training) -> Training {
    if !digest.is_empty() && digest != training.settings().data_digest {
        warning(
            "the data have changed since the settings were written: the run is not the same once more",
        );
    }
    training
}

/// The name of the folder for data and a model, at this moment.
fn default_name(data: &str, model: &str) -> String {
    let plain = |c: char| {
        if c.is_alphanumeric() || "-_.".contains(c) {
            c
        } else {
            '-'
        }
    };
    let data: String = data.chars().map(plain).collect();
    let now = jiff::Zoned::now().strftime("%Y%m%d-%H%M%S");
    format!("{}-{model}-{now}", data.trim_start_matches('.'))
}

/// A folder of this name under `runs`, or of one counted on, that is not there yet.
fn free(name: &str) -> PathBuf {
    let runs = Path::new("runs");
    let others = (2..MOST_OF_A_SECOND).map(|i| runs.join(format!("{name}-{i}")));
    let mut all = std::iter::once(runs.join(name)).chain(others);
    all.find(|path| !path.exists())
        .unwrap_or_else(|| runs.join(name))
}

/// Lets Ctrl-C end the run after the epoch, and a second one at once.
fn listen(progress: Progress) -> Result<()> {
    ctrlc::set_handler(move || {
        if STOP.swap(true, Ordering::Relaxed) {
            // What the shell expects of a process that Ctrl-C has ended.
            std::process::exit(130);
        }
        progress.note("stopping after this epoch and saving; Ctrl-C again stops at once");
    })
    .context("Ctrl-C cannot be listened to")
}
