//! The one entry for developers: `cargo xtask ci`, `cargo xtask golden`, `cargo xtask bench`.

mod bench;
mod ci;
mod golden;
mod project;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The one entry for developers.
#[derive(Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Checks everything a change must keep: format, lints, documentation, tests, examples, licences.
    Ci,
    /// Compares with the golden values and lists what differs and what cannot be run yet.
    Golden {
        /// The folder of golden values [default: `GRAXE_GOLDEN`, then the committed copy].
        dir: Option<PathBuf>,
    },
    /// Measures against others in one run.
    #[command(subcommand)]
    Bench(bench::Bench),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Ci => Ok(ci::run()),
        Command::Golden { dir } => golden::run(dir),
        Command::Bench(bench) => bench::run(&bench),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}
