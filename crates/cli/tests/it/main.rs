//! The command as a person runs it.

mod answers;
mod binary;
mod completions;
mod configuration;
#[cfg(unix)]
mod full_disk;
mod inspect;
#[cfg(unix)]
mod interrupt;
mod kills;
mod models;
mod predict;
mod runs;
mod style;
#[cfg(unix)]
mod terminal;
#[path = "../../../run/tests/it/toy.rs"]
mod toy;
mod train;
mod tutorial;
mod wrong_input;
mod wrong_runs;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Runs `graxe` with these arguments, away from the machine's own data.
fn graxe(args: &[&str]) -> Output {
    // Where no folder is named, runs are written to the one at hand.
    let folder = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
    graxe_in(folder.path(), args)
}

/// The same in a folder that stays.
fn graxe_in(folder: &Path, args: &[&str]) -> Output {
    command(folder, args)
        .output()
        .unwrap_or_else(|e| panic!("the command does not start: {e}"))
}

fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_graxe"));
    command
        .args(args)
        .current_dir(folder)
        .env_remove("GRAXE_DATA")
        .env("XDG_CACHE_HOME", "/nonexistent");
    command
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The folder of test data beside the project, or `GRAXE_DATA`; CI demands it.
fn shared_data() -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = std::env::var_os("GRAXE_DATA").map_or(beside, PathBuf::from);
    if folder.join("planetoid").is_dir() {
        return Some(folder);
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "CI needs the data in {}",
        folder.display()
    );
    eprintln!("skipped: no data in {}", folder.display());
    None
}
