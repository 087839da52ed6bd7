//! The hand-fused training step of `../shared/bench/limit`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use super::executable;
use super::model::Model;
use crate::project::{cargo, output, scratch, shared, succeed, target};

/// The hand-fused training step, built, with Cora written as it reads it.
pub(super) struct Limit {
    program: PathBuf,
    cora: PathBuf,
}

impl Limit {
    /// Builds the limit under the target folder; nothing is written beside its source.
    pub(super) fn prepare(python: &Path, data: &Path) -> Result<Option<Limit>> {
        let source = shared().join("bench/limit");
        if !source.is_dir() {
            println!("../shared/bench/limit is not there: graxe is measured without it");
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
            Command::new(python)
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

    /// Trains and gives what was printed.
    pub(super) fn train(&self, model: Model, epochs: u64, seed: u64) -> Result<String> {
        let mut command = Command::new(&self.program);
        command.arg(model.name()).arg(&self.cora);
        output(command.args([epochs.to_string(), seed.to_string()]))
    }
}
