//! `cargo xtask golden`: the comparison with the golden values, by testkit's own command.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};

use crate::project::{call, cargo};

/// Runs testkit's `golden` in release and passes its output and its verdict through.
pub(crate) fn run(dir: Option<PathBuf>) -> Result<ExitCode> {
    let mut command = cargo("run --quiet --release --package graxe-testkit --bin golden");
    if let Some(dir) = dir {
        let dir = std::path::absolute(&dir).with_context(|| dir.display().to_string())?;
        command.env("GRAXE_GOLDEN", dir);
    }
    let status = command.status().with_context(|| call(&command))?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
