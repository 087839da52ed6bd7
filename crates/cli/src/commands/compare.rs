//! `graxe compare`: runs beside one another.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use graxe_run::{Summary, Trained};
use serde::Serialize;

use crate::output::{line, number, styled, warning};
use crate::style::{DIM, HEADING, paint};

/// Compare runs: their scores, and in what their settings differ.
///
/// Examples:
///   graxe compare runs/A runs/B          two runs
///   graxe compare runs/*                 all of them, the best first
///   graxe compare runs/* --json          the same for programs
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Compare {
    /// The folders of the runs
    #[arg(value_name = "RUN", required = true, num_args = 1..)]
    runs: Vec<PathBuf>,

    /// Print a JSON array with an object for each run, and nothing else on standard output
    #[arg(long)]
    json: bool,
}

/// A run with what it came to.
#[derive(Serialize)]
struct Row {
    run: String,
    #[serde(flatten)]
    summary: Summary,
    /// Settings that are not those of the first row: key, the first row's, this one's.
    differences: Vec<[String; 3]>,
}

impl Compare {
    /// Opens all runs and prints them by their validation accuracy, the best first.
    pub(crate) fn run(&self) -> Result<()> {
        let mut runs = Vec::with_capacity(self.runs.len());
        for path in &self.runs {
            let opened = Trained::open(path).and_then(|run| Ok((run.summary()?, run)));
            match opened {
                Ok(run) => runs.push(run),
                // A name that is wrong is a slip; a run without results may be one of many.
                Err(error) if self.runs.len() == 1 || !path.exists() => return Err(error.into()),
                Err(error) => warning(&format!("left out: {error}")),
            }
        }
        if runs.is_empty() {
            bail!("none of these runs has results to compare");
        }
        // Test accuracy must not choose.
        runs.sort_by(|(a, _), (b, _)| b.val_accuracy.total_cmp(&a.val_accuracy));
        let first = runs[0].1.settings().clone();
        if runs
            .iter()
            .any(|(_, run)| run.settings().data_digest != first.data_digest)
        {
            warning(
                "the runs were not trained on the same data and split, so that their scores do not compare",
            );
        }
        let row = |(summary, trained): (Summary, Trained)| Row {
            run: trained.path().display().to_string(),
            differences: (first.differences(trained.settings()).into_iter())
                .map(|(key, ours, theirs)| [key, ours, theirs])
                .collect(),
            summary,
        };
        let rows: Vec<Row> = runs.into_iter().map(row).collect();
        if self.json {
            line(&serde_json::to_string(&rows)?)?;
        } else {
            styled(&page(&rows))?;
        }
        Ok(())
    }
}

fn page(rows: &[Row]) -> String {
    let width = rows
        .iter()
        .map(|row| row.run.chars().count())
        .max()
        .unwrap_or(0)
        .max(3);
    let header = format!(
        "{:<width$}  {:<12}{:>8}{:>8}{:>8}",
        "run", "model", "val", "test", "epochs"
    );
    let mut lines = vec![paint(HEADING, header)];
    for row in rows {
        let summary = &row.summary;
        lines.push(format!(
            "{:<width$}  {:<12}{:>8}{:>8}{:>8}{}",
            row.run,
            summary.model,
            number(summary.val_accuracy, 4),
            number(summary.test_accuracy, 4),
            summary.epochs,
            if summary.interrupted {
                "  interrupted"
            } else {
                ""
            }
        ));
        let is_other_data = row.differences.iter().any(|[key, ..]| key == "data_digest");
        // The digest is told in a warning, the model stands above, and equal data are equal wherever they lie.
        let told = |key: &str| {
            ["data_digest", "model", "graxe"].contains(&key)
                || key.starts_with("data.") && !is_other_data
        };
        for [key, ours, theirs] in &row.differences {
            if !told(key) {
                lines.push(paint(
                    DIM,
                    format!("{:width$}  {key}: {theirs}, not {ours}", ""),
                ));
            }
        }
    }
    lines.join("\n")
}
