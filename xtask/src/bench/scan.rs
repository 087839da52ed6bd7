//! `cargo xtask bench scan`: what a loop costs beside its steps.

use std::process::Command;

use anyhow::Result;
use clap::Args;

use super::{example, machine};
use crate::project::succeed;

/// What to run for `bench scan`.
#[derive(Args)]
pub(crate) struct Scan {
    /// How often each side runs its 1,000 steps, in turns.
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u64).range(1..))]
    repetitions: u64,
    /// Threads of both sides.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=256))]
    threads: u64,
}

impl Scan {
    /// Measures and prints a table.
    pub(super) fn run(&self) -> Result<()> {
        let ours = example("scan_costs")?;
        machine::print();
        let mut run = Command::new(ours);
        run.env("GRAXE_THREADS", self.threads.to_string());
        succeed(run.arg(self.repetitions.to_string()))?;
        Ok(())
    }
}
