//! `cargo xtask bench core`: what tracing, compiling and calling cost beside the numbers.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::Value;

use super::side::{last_line, median, minimum};
use super::{command, example, machine};
use crate::project::{output, scratch, shared};

/// What to run for `bench core`.
#[derive(Args)]
pub(crate) struct Core {
    /// How many batches of a thousand calls are measured.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..))]
    batches: u64,
    /// How often a program is traced and compiled.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..))]
    repetitions: u64,
    /// A Python with jax: JAX's costs stand beside ours.
    #[arg(long, value_name = "PYTHON")]
    peers: Option<PathBuf>,
}

/// The same programs in JAX, with the same line of JSON.
const JAX: &str = include_str!("jax_dispatch.py");

impl Core {
    /// Measures and prints a table.
    pub(super) fn run(&self) -> Result<()> {
        let ours = example("dispatch")?;
        let graxe = command()?;
        machine::print();
        let arguments = [self.batches.to_string(), self.repetitions.to_string()];
        let measured = last_line(&output(Command::new(ours).args(&arguments))?)?;
        print_table("graxe", &measured)?;
        if let Some(python) = &self.peers {
            let mut jax = Command::new(python);
            let jax = jax.args(["-c", JAX]).args(&arguments);
            print_table("JAX, same programs", &last_line(&output(jax)?)?)?;
        }
        self.print_training(&graxe)
    }

    /// Tracing and compiling the step and the evaluation of a GCN on Cora, as the command reports it.
    fn print_training(&self, graxe: &PathBuf) -> Result<()> {
        let data = shared().join("data/planetoid");
        if !data.is_dir() {
            println!("Cora is not in ../shared/data/planetoid: its step is not compiled");
            return Ok(());
        }
        let mut milliseconds = Vec::new();
        for _ in 0..self.repetitions {
            let mut train = Command::new(graxe);
            train.args(["train", "cora", "--json", "-q", "--epochs", "1"]);
            train.current_dir(scratch("bench/dispatch")?);
            let line = last_line(&output(train.arg("--data").arg(&data))?)?;
            let compile = line.get("compile_ms").and_then(Value::as_f64);
            milliseconds.push(compile.with_context(|| format!("no compile_ms in {line}"))?);
        }
        println!("a GCN's step and evaluation on Cora");
        print_row("  trace and compile, ms", &milliseconds, 1.0);
        Ok(())
    }
}

/// Prints what the example, or the peer, measured.
fn print_table(name: &str, measured: &Value) -> Result<()> {
    let seconds = |field: &str| -> Result<Vec<f64>> {
        let list = measured.get(field).and_then(Value::as_array);
        let list = list.with_context(|| format!("no {field} in {measured}"))?;
        Ok(list.iter().filter_map(Value::as_f64).collect())
    };
    let equations = measured.get("equations").and_then(Value::as_u64);
    let equations = equations.context("no number of equations")?;
    println!("{name:36}{:>11}{:>11}", "minimum", "median");
    println!("a program of {equations} equations");
    let (trace, lower) = (seconds("trace_s")?, seconds("lower_s")?);
    print_row("  trace, ms", &trace, 1e3);
    print_row("  trace and compile, ms", &lower, 1e3);
    print_row("  first call, ms", &seconds("first_call_s")?, 1e3);
    print_row("  later call, ms", &seconds("steady_call_s")?, 1e3);
    println!("16 numbers");
    print_row("  compiled x * 2 + 1, ns", &seconds("tiny_call_s")?, 1e9);
    print_row("  eager x + x, ns", &seconds("eager_s")?, 1e9);
    println!();
    Ok(())
}

fn print_row(name: &str, numbers: &[f64], unit: f64) {
    let [least, middle] = [minimum(numbers), median(numbers)].map(|number| number * unit);
    println!("{name:36}{least:11.3}{middle:11.3}");
}
