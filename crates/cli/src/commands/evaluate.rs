//! `graxe evaluate`: how good a trained model is.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use graxe_run::{Evaluation, PartScore, Trained};

use crate::output::{line, number, styled};
use crate::style::{HEADING, paint};

/// Measure the model of a run on the data that it was trained on.
///
/// Examples:
///   graxe evaluate runs/NAME             accuracy by part, and every class
///   graxe evaluate runs/NAME --json      the same for programs
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Evaluate {
    /// The folder of the run
    #[arg(value_name = "RUN")]
    run: PathBuf,

    /// Print one JSON object on standard output and nothing else there
    #[arg(long)]
    json: bool,
}

impl Evaluate {
    /// Loads model and data, predicts and counts.
    pub(crate) fn run(&self) -> Result<()> {
        super::set_up()?;
        let trained = Trained::open(&self.run)?;
        let evaluation = trained.evaluate()?;
        if self.json {
            line(&serde_json::to_string(&evaluation)?)?;
        } else {
            let title = format!("{} with {}", self.run.display(), trained.settings().model);
            styled(&page(&title, &evaluation))?;
        }
        Ok(())
    }
}

/// The widest name of a class that is shown whole.
const WIDEST: usize = 32;

fn page(title: &str, evaluation: &Evaluation) -> String {
    let mut text = format!("{}\n\n", paint(HEADING, title));
    let part = |name: &str, score: &PartScore| {
        format!(
            "  {name:<8}{:>9}{:>12}{:>12}\n",
            score.nodes,
            number(score.accuracy, 4),
            number(score.log_loss, 4)
        )
    };
    // Writing to a string does not fail.
    let _ = writeln!(
        text,
        "  {:<8}{:>9}{:>12}{:>12}",
        "part", "nodes", "accuracy", "log loss"
    );
    text += &part("train", &evaluation.train);
    text += &part("val", &evaluation.val);
    text += &part("test", &evaluation.test);
    let names = evaluation
        .classes
        .iter()
        .map(|class| class.class.chars().count());
    let width = names.max().unwrap_or(0).clamp(5, WIDEST);
    let _ = writeln!(
        text,
        "\n  {:<width$}{:>11}{:>9}{:>9}{:>9}",
        "class", "precision", "recall", "F1", "nodes"
    );
    for class in &evaluation.classes {
        let name: String = class.class.chars().take(width).collect();
        let _ = writeln!(
            text,
            "  {name:<width$}{:>11}{:>9}{:>9}{:>9}",
            number(class.precision, 3),
            number(class.recall, 3),
            number(class.f1, 3),
            class.support
        );
    }
    let _ = write!(
        text,
        "\n  on test: macro F1 {}, balanced accuracy {}, calibration error {}",
        number(evaluation.macro_f1, 3),
        number(evaluation.balanced_accuracy, 3),
        number(evaluation.calibration_error, 3)
    );
    text
}
