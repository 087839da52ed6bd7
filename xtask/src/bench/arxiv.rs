//! `cargo xtask bench arxiv`: three wide convolutions on a graph of the size of ogbn-arxiv.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use clap::Args;
use serde_json::Value;

use super::peers::Peer;
use super::side::{Side, print_table};
use super::{example, machine};
use crate::project::{output, succeed, target};

/// What to run for `bench arxiv`.
#[derive(Args)]
pub(crate) struct Arxiv {
    /// How many steps a run trains for.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..))]
    steps: u64,
    /// How often each side is run, in turn.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    repetitions: u64,
    /// How many threads graxe is asked to use: a list, each a side of its own.
    #[arg(long, default_value = "1,2", value_delimiter = ',', value_parser = clap::value_parser!(u64).range(1..))]
    threads: Vec<u64>,
    /// How many nodes the graph has; its edges are in proportion.
    #[arg(long, default_value_t = NODES, value_parser = clap::value_parser!(u64).range(100..))]
    nodes: u64,
    /// A Python with numpy and scipy, which writes the graph [default: that of the peers, then python3].
    #[arg(long)]
    python: Option<PathBuf>,
    /// A Python with torch, `torch_geometric`, numpy and scipy: PyG is run too.
    #[arg(long, value_name = "PYTHON")]
    peers: Option<PathBuf>,
}

/// The nodes and edges of ogbn-arxiv.
const NODES: u64 = 169_343;
const EDGES: u64 = 1_166_243;
/// Features between the layers.
const HIDDEN: &str = "256";

const DUMP: &str = include_str!("dump_arxiv.py");

impl Arxiv {
    /// Trains with both sides in turn, and compares their steps and memory.
    pub(super) fn run(&self) -> Result<()> {
        let program = example("gcn_arxiv")?;
        let python = self.python.as_ref().or(self.peers.as_ref());
        let python = python.map_or(Path::new("python3"), PathBuf::as_path);
        let folder = self.graph(python)?;
        machine::print();
        if let Some(python) = &self.peers {
            machine::print_packages(python);
        }
        let steps = self.steps.to_string();
        let fields = ["step_min_s", "step_median_s"];
        let side = |n: &u64| Side::new(format!("graxe, {n} threads asked"), fields);
        let mut ours: Vec<Side> = self.threads.iter().map(side).collect();
        let mut pyg = Side::new("PyG, CSR", fields);
        for repetition in 0..self.repetitions {
            for (side, threads) in ours.iter_mut().zip(&self.threads) {
                let mut command = Command::new(&program);
                command.env("GRAXE_THREADS", threads.to_string());
                command.arg("--data").arg(&folder);
                command.args(["--hidden", HIDDEN, "--steps", &steps]);
                command.args(["--seed", &repetition.to_string()]);
                let line = side.add(&output(&mut command)?)?;
                side.add_memory(line.get("peak_resident_bytes").and_then(Value::as_f64));
                println!("graxe: {line}");
            }
            if let Some(python) = &self.peers {
                let graph = folder.join("graph.npz");
                let arguments: [&dyn AsRef<Path>; 5] = [&"gcn", &"csr", &graph, &steps, &HIDDEN];
                let peer = Peer::new("pyg_big.py", &arguments)?;
                let line = pyg.add(&peer.run(python)?)?;
                let gigabytes = line.get("maxrss_gb").and_then(Value::as_f64);
                pyg.add_memory(gigabytes.map(|gigabytes| gigabytes * 1e9));
                println!("PyG: {line}");
            }
        }
        println!();
        let title = "GCN, 3 layers, 256 hidden: a training step in s, resident memory at its peak";
        print_table(title, &ours, &[pyg]);
        Ok(())
    }

    /// The folder of the graph; it is written once and kept.
    fn graph(&self, python: &Path) -> Result<PathBuf> {
        let folder = target().join(format!("xtask/arxiv-{}", self.nodes));
        if folder.is_dir() {
            return Ok(folder);
        }
        // Under another name until it is whole.
        let partial = folder.with_extension("partial");
        fs::create_dir_all(&partial).with_context(|| format!("{}", partial.display()))?;
        let npz = partial.join("graph.npz");
        let edges = (self.nodes * EDGES / NODES).to_string();
        let synth = Peer::new("synth.py", &[&npz, &self.nodes.to_string(), &edges])?;
        synth
            .run(python)
            .context("making the graph (--python names a Python with numpy and scipy)")?;
        let mut dump = Command::new(python);
        succeed(dump.args(["-c", DUMP]).arg(&npz).arg(&partial))?;
        fs::rename(&partial, &folder)?;
        Ok(folder)
    }
}
