//! What became of the cases of a run.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::{Case, files, read};

/// What became of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every output is within its tolerance.
    Passed,
    /// What differs.
    Failed(String),
    /// What this case needs that is not there yet.
    Skipped(String),
}

/// A case that did not pass, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The case's file.
    pub file: String,
    /// The case's name.
    pub name: String,
    /// What differs, or what is not there yet.
    pub why: String,
}

/// The outcomes of a run; prints the failed and the skipped cases by name, then the three counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How many cases passed.
    pub passed: usize,
    /// The cases that differ from the recorded values.
    pub failed: Vec<Verdict>,
    /// The cases that cannot be run yet.
    pub skipped: Vec<Verdict>,
}

impl Report {
    /// Judges every case of every file in `dir`; a panic while judging is a failure of that case.
    ///
    /// # Errors
    /// One line where the folder or one of its files cannot be read.
    pub fn of(dir: &Path, judge: impl Fn(&Case) -> Outcome) -> Result<Report, String> {
        let mut report = Report::default();
        for file in files(dir)? {
            for case in read(dir, &file)? {
                let outcome = catch_unwind(AssertUnwindSafe(|| judge(&case)));
                let outcome = outcome.unwrap_or_else(|e| Outcome::Failed(panicked(e.as_ref())));
                report.record(&case, outcome);
            }
        }
        Ok(report)
    }

    /// Adds the outcome of one case.
    pub fn record(&mut self, case: &Case, outcome: Outcome) {
        let verdict = |why| Verdict {
            file: case.file.clone(),
            name: case.name.clone(),
            why,
        };
        match outcome {
            Outcome::Passed => self.passed += 1,
            Outcome::Failed(why) => self.failed.push(verdict(why)),
            Outcome::Skipped(why) => self.skipped.push(verdict(why)),
        }
    }
}

/// The text of a panic.
pub(super) fn panicked(payload: &(dyn Any + Send)) -> String {
    let text = payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied());
    format!("panicked: {}", text.unwrap_or("without a message"))
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for (word, verdicts) in [("failed", &self.failed), ("skipped", &self.skipped)] {
            for Verdict { file, name, why } in verdicts {
                writeln!(f, "{word} {file} {name}: {why}")?;
            }
        }
        let (failed, skipped) = (self.failed.len(), self.skipped.len());
        write!(
            f,
            "{} passed, {failed} failed, {skipped} skipped",
            self.passed
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::committed;
    use super::*;

    #[test]
    fn failures_come_before_the_skipped_and_the_counts_last() {
        let judge = |case: &Case| match (case.file.as_str(), case.name.as_str()) {
            ("random.json", "split_seed0_n2_part1") => panic!("no {}", case.name),
            ("random.json", "PRNGKey_seeds_x64_0") => Outcome::Skipped("no keys".to_owned()),
            _ => Outcome::Passed,
        };
        let report = Report::of(&committed(), judge).unwrap();
        let passed = report.passed;
        assert!(passed > 0);
        assert_eq!(
            report.to_string(),
            format!(
                "failed random.json split_seed0_n2_part1: panicked: no split_seed0_n2_part1\n\
                 skipped random.json PRNGKey_seeds_x64_0: no keys\n\
                 {passed} passed, 1 failed, 1 skipped"
            )
        );
    }

    #[test]
    fn an_absent_folder_is_an_error() {
        let error = Report::of(Path::new("no-such-folder"), |_| Outcome::Passed).unwrap_err();
        assert!(error.starts_with("no-such-folder"), "{error}");
    }
}
