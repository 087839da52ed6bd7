//! `cargo xtask bench`: both sides in the same minutes, minima and medians, and their ratios.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde_json::Value;

use crate::project::{cargo, output, scratch, shared, succeed, target};

/// What to run for `bench cora`.
#[derive(Args)]
pub(crate) struct Cora {
    /// How often both sides are run, in turn.
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u64).range(1..))]
    repetitions: u64,
    /// How many epochs the limit trains for.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..))]
    epochs: u64,
    /// A Python with numpy and scipy, which writes Cora for the limit.
    #[arg(long, default_value = "python3")]
    python: PathBuf,
}

/// The times of one side's step in milliseconds, one of each a repetition.
#[derive(Default)]
struct Side {
    minima: Vec<f64>,
    medians: Vec<f64>,
}

impl Side {
    /// Adds what one run printed.
    fn add(&mut self, printed: &str, minimum: &str, median: &str) -> Result<()> {
        let line = printed.lines().last().unwrap_or_default();
        let object: Value =
            serde_json::from_str(line).with_context(|| format!("not JSON: {line}"))?;
        let field = |name: &str| {
            let number = object.get(name).and_then(Value::as_f64);
            number
                .filter(|ms| *ms > 0.0)
                .with_context(|| format!("no {name} in {line}"))
        };
        self.minima.push(field(minimum)?);
        self.medians.push(field(median)?);
        Ok(())
    }

    fn minimum(&self) -> f64 {
        self.minima.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// The median of the runs' medians.
    fn median(&self) -> f64 {
        let mut sorted = self.medians.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        if sorted.len().is_multiple_of(2) {
            f64::midpoint(sorted[middle - 1], sorted[middle])
        } else {
            sorted[middle]
        }
    }
}

/// Trains on Cora with graxe and with the hand-fused limit in turn, and compares their steps.
pub(crate) fn run(cora: &Cora) -> Result<ExitCode> {
    let data = shared().join("data/planetoid");
    if !data.is_dir() {
        bail!("Cora is looked for in ../shared/data/planetoid, which is not there");
    }
    succeed(&mut cargo("build --release --package graxe-cli"))?;
    let graxe = executable("release/graxe");
    let limit = Limit::prepare(cora, &data)?;
    let (mut ours, mut theirs) = (Side::default(), Side::default());
    for seed in 0..cora.repetitions {
        if let Some(limit) = &limit {
            let printed = limit.step(cora.epochs, seed)?;
            theirs.add(&printed, "step_min_ms", "step_median_ms")?;
        }
        let mut command = Command::new(&graxe);
        command.args(["train", "cora", "--json", "--seed", &seed.to_string()]);
        let printed = output(command.arg("--data").arg(&data))?;
        ours.add(&printed, "step_ms_min", "step_ms_median")?;
    }
    println!(
        "GCN on Cora, a training step in ms, {} runs each",
        cora.repetitions
    );
    println!("{:8}{:>10}{:>10}", "", "minimum", "median");
    let row = |name, minimum, median| println!("{name:8}{minimum:10.3}{median:10.3}");
    row("graxe", ours.minimum(), ours.median());
    if limit.is_some() {
        let (minimum, median) = (theirs.minimum(), theirs.median());
        row("limit", minimum, median);
        row("ratio", ours.minimum() / minimum, ours.median() / median);
    }
    Ok(ExitCode::SUCCESS)
}

/// The hand-fused training step, built, with Cora written as it reads it.
struct Limit {
    program: PathBuf,
    cora: PathBuf,
}

impl Limit {
    /// Builds the limit under the target folder; nothing is written beside its source.
    fn prepare(cora: &Cora, data: &Path) -> Result<Option<Limit>> {
        let source = shared().join("bench/limit");
        if !source.is_dir() {
            println!("../shared/bench/limit is not there: graxe is measured alone");
            return Ok(None);
        }
        let folder = scratch("limit")?;
        // Its own workspace, as it lies inside ours here.
        let manifest = fs::read_to_string(source.join("Cargo.toml")).context("limit/Cargo.toml")?;
        fs::write(folder.join("Cargo.toml"), manifest + "\n[workspace]\n")?;
        fs::create_dir(folder.join("src"))?;
        for entry in fs::read_dir(source.join("src"))? {
            let entry = entry?;
            fs::write(
                folder.join("src").join(entry.file_name()),
                fs::read(entry.path())?,
            )?;
        }
        let build = target().join("limit");
        succeed(
            cargo("build --release --quiet")
                .current_dir(&folder)
                .env("CARGO_TARGET_DIR", build)
                .env("RUSTFLAGS", "-C target-cpu=native"),
        )?;
        let dumped = folder.join("cora.bin");
        succeed(
            Command::new(&cora.python)
                .arg(source.join("dump.py"))
                .arg(data)
                .arg("cora")
                .arg(&dumped)
                .env("PYTHONDONTWRITEBYTECODE", "1"),
        )
        .context("writing Cora for the limit (--python names a Python with numpy and scipy)")?;
        Ok(Some(Limit {
            program: executable("limit/release/limit"),
            cora: dumped,
        }))
    }

    fn step(&self, epochs: u64, seed: u64) -> Result<String> {
        let mut command = Command::new(&self.program);
        command.arg("gcn").arg(&self.cora);
        output(command.args([epochs.to_string(), seed.to_string()]))
    }
}

/// A program under the target folder.
fn executable(path: &str) -> PathBuf {
    let mut program = target().join(path);
    program.set_extension(std::env::consts::EXE_EXTENSION);
    program
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_keeps_its_least_and_its_middle() {
        let mut side = Side::default();
        for (minimum, median) in [(2.0, 5.0), (1.5, 9.0), (3.0, 4.0)] {
            let printed = format!("first\n{{\"a\":{minimum},\"b\":{median}}}\n");
            side.add(&printed, "a", "b").unwrap();
        }
        assert_eq!((side.minimum(), side.median()), (1.5, 5.0));
        side.add("{\"a\":1,\"b\":6}", "a", "b").unwrap();
        assert_eq!((side.minimum(), side.median()), (1.0, 5.5));
    }

    #[test]
    fn a_run_without_times_is_an_error() {
        let mut side = Side::default();
        assert!(side.add("", "a", "b").is_err());
        assert!(side.add("{\"a\":1}", "a", "b").is_err());
        assert!(side.add("{\"a\":1,\"b\":0}", "a", "b").is_err());
        assert!(side.add("{\"a\":1,\"b\":null}", "a", "b").is_err());
    }
}
