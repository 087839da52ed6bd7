//! `cargo xtask bench`: both sides in the same minutes, minima and medians, and their ratios.

mod arxiv;
mod cora;
mod dispatch;
mod limit;
mod machine;
mod model;
mod peers;
mod scan;
mod side;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Subcommand;

use crate::project::{cargo, succeed, target};

/// What can be measured.
#[derive(Subcommand)]
pub(crate) enum Bench {
    /// The training step of a GCN or GAT on Cora against the hand-fused limit, and against peers.
    Cora(cora::Cora),
    /// Tracing, compiling and calling: what the library costs beside the numbers.
    Core(dispatch::Core),
    /// A loop of 1,000 steps against one by hand over the compiled step, and the memory of its derivative.
    Scan(scan::Scan),
    /// The training step of a wide GCN or GAT on a graph of the size of ogbn-arxiv; takes minutes, and the peers
    /// 3 GB for GCN, 15 for GAT.
    Arxiv(arxiv::Arxiv),
}

/// Measures and prints.
pub(crate) fn run(bench: &Bench) -> Result<ExitCode> {
    match bench {
        Bench::Cora(cora) => cora.run()?,
        Bench::Core(core) => core.run()?,
        Bench::Scan(scan) => scan.run()?,
        Bench::Arxiv(arxiv) => arxiv.run()?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Builds the command `graxe` and gives its path.
fn command() -> Result<PathBuf> {
    succeed(&mut cargo("build --release --package graxe-cli"))?;
    Ok(executable("release/graxe"))
}

/// Builds an example of the facade and gives its path.
fn example(name: &str) -> Result<PathBuf> {
    let build = format!("build --release --package graxe --example {name}");
    succeed(&mut cargo(&build))?;
    Ok(executable(&format!("release/examples/{name}")))
}

/// A program under the target folder.
fn executable(path: &str) -> PathBuf {
    let mut program = target().join(path);
    program.set_extension(std::env::consts::EXE_EXTENSION);
    program
}
