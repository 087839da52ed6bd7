//! One run, in a folder.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::{Context as _, Result};
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
            progress.epoch(0, &report);
        }
    }
    progress.finish();
    let out = training.path().display().to_string();
    let compile_ms = training.compile_seconds() * 1e3;
    let result = training.finish()?;
    let hints = result.hints;
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
        out: Some(out.clone()),
    };
    flags.report(&summary, training.trainer(), training.settings().seed)?;
    for line in &hints {
        warning(line);
    }
    if summary.interrupted {
        note(&format!(
            "interrupted after epoch {}: go on with `graxe train --resume {}`",
            result.epochs, out
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
    let training = if let Some(out) = &flags.out {
        Training::create(data, settings, out)?
    } else {
        let names = default_names(&data.dataset.name, &settings.model);
        Training::create_at_first(data, settings, names)?
    };
    if !repeated.is_empty() && repeated != training.settings().data_digest {
        warning(
            "the data have changed since the settings were written: the run is not the same once more",
        );
    }
    Ok(training)
}

/// Folders under `runs` for data and a model at this moment, the one to try first in front.
fn default_names(data: &str, model: &str) -> impl Iterator<Item = PathBuf> + use<> {
    let plain = |c: char| {
        if c.is_alphanumeric() || "-_.".contains(c) {
            c
        } else {
            '-'
        }
    };
    let data: String = data.chars().map(plain).collect();
    let now = jiff::Zoned::now().strftime("%Y%m%d-%H%M%S");
    let name = format!("{}-{model}-{now}", data.trim_start_matches('.'));
    let runs = Path::new("runs");
    let others = (2..MOST_OF_A_SECOND).map({
        let name = name.clone();
        move |i| runs.join(format!("{name}-{i}"))
    });
    std::iter::once(runs.join(name)).chain(others)
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
