//! What a person or a program sees: progress, lines, a summary, or one JSON object.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use anstream::AutoStream;
use graxe_nn::EpochReport;
use graxe_run::Score;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::quantity::{duration, size};
use crate::style::{ERROR, HEADING, WARNING, paint};

/// A line every so many epochs where there is no terminal.
const LINE_EVERY: usize = 10;

/// Whether a command failed only because its output is no longer read.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)
}

/// Whether only results and errors are wanted. It is set once, before a command runs.
static QUIET: AtomicBool = AtomicBool::new(false);

/// From here on, progress and warnings are left out.
pub(crate) fn be_quiet() {
    QUIET.store(true, Ordering::Relaxed);
}

fn is_quiet() -> bool {
    QUIET.load(Ordering::Relaxed)
}

/// Writes a line to standard output.
pub(crate) fn line(text: &str) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{text}")
}

/// Writes text that ends its own lines to standard output.
pub(crate) fn text(text: &str) -> io::Result<()> {
    io::stdout().lock().write_all(text.as_bytes())
}

/// Writes a line or several to standard output, with their styles where these are shown: on a
/// terminal that knows them, or where `CLICOLOR_FORCE` asks for them, unless `NO_COLOR` is set.
pub(crate) fn styled(text: &str) -> io::Result<()> {
    writeln!(AutoStream::auto(io::stdout()).lock(), "{text}")
}

/// Writes a line of an error to standard error.
pub(crate) fn error(text: &str) {
    report(paint(ERROR, "error:") + " ", text);
}

/// Writes a line to standard error, unless only results are wanted.
pub(crate) fn note(text: &str) {
    if !is_quiet() {
        report("", text);
    }
}

/// Writes a line of a warning to standard error, unless only results are wanted.
pub(crate) fn warning(text: &str) {
    if !is_quiet() {
        report(paint(WARNING, "warning:") + " ", text);
    }
}

/// One line, whatever the names in the text hold. Where it cannot be written nobody is left to tell.
fn report(label: impl Display, text: &str) {
    let text = text.replace(char::is_control, "?");
    let mut stderr = AutoStream::auto(io::stderr()).lock();
    let _ = writeln!(stderr, "{label}{text}");
}

/// Whether standard error is a terminal on which a line can be drawn again.
fn is_drawable() -> bool {
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    io::stderr().is_terminal() && !dumb
}

/// Progress over the epochs of several runs.
#[derive(Clone)]
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    lines: bool,
    epochs: usize,
    runs: usize,
}

impl Progress {
    /// A bar on a terminal, lines elsewhere; no lines where standard output is for something else.
    pub(crate) fn new(runs: usize, epochs: usize, no_lines: bool) -> Self {
        let drawable = is_drawable();
        let bar = (drawable && !is_quiet()).then(|| {
            let bar = ProgressBar::new(runs.saturating_mul(epochs) as u64);
            bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(15));
            let template = "{bar:32} {pos}/{len} epochs  {msg}  {elapsed}";
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar
        });
        Self {
            bar,
            lines: !drawable && !no_lines && !is_quiet(),
            epochs,
            runs,
        }
    }

    /// Shows an epoch of a run, counted from 0. Training goes on where this cannot be written any more.
    pub(crate) fn epoch(&self, run: usize, report: &EpochReport) {
        if let Some(bar) = &self.bar {
            let before = run.saturating_mul(self.epochs);
            bar.set_position(before.saturating_add(report.epoch) as u64);
            bar.set_message(format!(
                "val_loss {}  val_acc {}",
                number(report.val_loss, 4),
                number(report.val_accuracy, 3)
            ));
        }
        let shown = report.epoch == 1 || report.epoch.is_multiple_of(LINE_EVERY);
        if !self.lines || !shown {
            return;
        }
        let name = if self.runs > 1 {
            format!("run {}  ", run + 1)
        } else {
            String::new()
        };
        let _ = line(&format!(
            "{name}epoch {:>4}  {:>9}  val_loss {}  val_acc {}",
            report.epoch,
            duration(report.step_seconds),
            number(report.val_loss, 4),
            number(report.val_accuracy, 3)
        ));
    }

    /// As [`note`], above the bar where there is one.
    pub(crate) fn note(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| note(text)),
            None => note(text),
        }
    }

    /// Takes the bar away.
    pub(crate) fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

/// A number with so many decimals, or a dash where there is none.
pub(crate) fn number(x: f64, decimals: usize) -> String {
    if x.is_nan() {
        "-".to_owned()
    } else {
        format!("{x:.decimals$}")
    }
}

/// What `graxe train --json` prints. Means over the runs; NaN becomes null.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    pub(crate) data: String,
    pub(crate) model: String,
    pub(crate) protocol: String,
    pub(crate) runs: usize,
    /// The mean number of epochs.
    pub(crate) epochs: f64,
    pub(crate) test_accuracy: f64,
    /// The standard deviation over the runs (of the population, as NumPy's).
    pub(crate) test_std: f64,
    pub(crate) val_accuracy: f64,
    pub(crate) train_loss: f64,
    /// Forward, backward and update, without evaluation.
    pub(crate) step_ms_median: f64,
    pub(crate) step_ms_min: f64,
    pub(crate) compile_ms: f64,
    pub(crate) total_s: f64,
    pub(crate) threads: usize,
    /// Live array bytes at their highest.
    pub(crate) peak_bytes: usize,
    /// Whether training was interrupted before its last epoch.
    pub(crate) interrupted: bool,
    /// What a single run was held against.
    pub(crate) baselines: Vec<Score>,
    /// The folder of a single run.
    pub(crate) out: Option<String>,
}

impl Summary {
    /// One line of JSON.
    pub(crate) fn print_json(&self) -> anyhow::Result<()> {
        line(&serde_json::to_string(self)?)?;
        Ok(())
    }

    /// A few lines for a person.
    pub(crate) fn print(&self) -> anyhow::Result<()> {
        let spread = match self.runs {
            1 => String::new(),
            n => format!(" ± {} over {n} runs", number(self.test_std, 4)),
        };
        let title = format!("{} with {} ({})", self.data, self.model, self.protocol);
        styled(&format!("\n{}", paint(HEADING, title)))?;
        line(&format!(
            "  test accuracy  {}{spread}",
            number(self.test_accuracy, 4)
        ))?;
        line(&format!(
            "  val accuracy   {}",
            number(self.val_accuracy, 4)
        ))?;
        line(&format!(
            "  train loss     {}, with dropout and penalty",
            number(self.train_loss, 4)
        ))?;
        let each = if self.step_ms_median.is_nan() {
            // A finished run that was resumed.
            String::new()
        } else {
            format!(
                ", {} ms each (median), {} ms at best",
                number(self.step_ms_median, 3),
                number(self.step_ms_min, 3)
            )
        };
        line(&format!(
            "  epochs         {}{each}",
            number(self.epochs, usize::from(self.runs > 1))
        ))?;
        line(&format!(
            "  in all         {} s, tracing {} ms, at most {} of arrays",
            number(self.total_s, 2),
            number(self.compile_ms, 1),
            size(self.peak_bytes)
        ))?;
        if !self.baselines.is_empty() {
            line("\n  held against            test       val")?;
        }
        for score in &self.baselines {
            line(&format!(
                "  {:<20}  {:>6}    {:>6}",
                score.name,
                number(score.test_accuracy, 4),
                number(score.val_accuracy, 4)
            ))?;
        }
        if let Some(out) = &self.out {
            line(&format!(
                "\n  {out} holds the model, predictions.csv and report.html;\n  see `graxe evaluate {out}`"
            ))?;
        }
        Ok(())
    }
}
