//! `cargo xtask bench arxiv`: three wide layers on a graph of the size of ogbn-arxiv.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use serde_json::Value;

use super::model::Model;
use super::peers::Peer;
use super::side::{Side, print_table, threads_name};
use super::{example, machine};
use crate::project::{output, succeed, target};

/// What to run for `bench arxiv`.
#[derive(Args)]
pub(crate) struct Arxiv {
    /// The network; GAT has 4 heads of 64 features, and one to the classes.
    #[arg(long, value_enum, default_value_t = Model::Gcn)]
    model: Model,
    /// How many steps a run trains for.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..))]
    steps: u64,
    /// How often each side is run, in turn.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    repetitions: u64,
    /// How many threads are used: a list, each a side of its own.
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

/// The most steps that PyG trains a GAT for, each of which takes it half a minute.
const PYG_GAT_STEPS: u64 = 2;
/// The bytes that PyG's GAT holds, with some to spare: of a node with its edges, and of any graph.
const PYG_GAT_NODE: u64 = 92_000;
const PYG_GAT_BASE: u64 = 1_000_000_000;

const DUMP: &str = include_str!("dump_arxiv.py");

impl Arxiv {
    /// Trains with both sides in turn, and compares their steps and memory.
    pub(super) fn run(&self) -> Result<()> {
        let program = example("arxiv")?;
        let python = self.python.as_ref().or(self.peers.as_ref());
        let python = python.map_or(Path::new("python3"), PathBuf::as_path);
        let folder = self.graph(python)?;
        machine::print();
        if let Some(python) = &self.peers {
            machine::print_packages(python);
            self.check_memory()?;
        }
        let form = self.form().0;
        let mut ours = self.sides("graxe");
        let mut theirs = self.sides(&format!("PyG, {form}"));
        for seed in 0..self.repetitions {
            for (at, &threads) in self.threads.iter().enumerate() {
                let line = ours[at].add(&self.train(&program, &folder, threads, seed)?)?;
                ours[at].add_memory(line.get("peak_resident_bytes").and_then(Value::as_f64));
                println!("graxe, {}: {line}", threads_name(threads));
                if let Some(python) = &self.peers {
                    let line = theirs[at].add(&self.train_pyg(python, &folder, threads)?)?;
                    let gigabytes = line.get("maxrss_gb").and_then(Value::as_f64);
                    theirs[at].add_memory(gigabytes.map(|gigabytes| gigabytes * 1e9));
                    println!("PyG, {}: {line}", threads_name(threads));
                }
            }
        }
        println!();
        let title = format!(
            "{}, 3 layers, {HIDDEN} hidden: a training step in s, resident memory at its peak",
            self.model.title()
        );
        print_table(&title, &ours, &theirs);
        Ok(())
    }

    /// The faster form of the adjacency in PyG, in words and as its script names it; its attention takes edges.
    fn form(&self) -> (&'static str, &'static str) {
        match self.model {
            Model::Gcn => ("CSR", "csr"),
            Model::Gat => ("edge list", "edge"),
        }
    }

    /// Refuses to start what would run out of memory after minutes.
    fn check_memory(&self) -> Result<()> {
        let need = match self.model {
            Model::Gcn => 0,
            Model::Gat => PYG_GAT_BASE + PYG_GAT_NODE * self.nodes,
        };
        let free = machine::available_memory().unwrap_or(u64::MAX);
        ensure!(
            free >= need,
            "PyG's GAT needs {:.1} GB of memory, and {:.1} are free",
            need as f64 / 1e9,
            free as f64 / 1e9
        );
        Ok(())
    }

    /// A side for each number of threads.
    fn sides(&self, name: &str) -> Vec<Side> {
        let side = |&threads: &u64| {
            let name = format!("{name}, {}", threads_name(threads));
            Side::new(name, ["step_min_s", "step_median_s"])
        };
        self.threads.iter().map(side).collect()
    }

    fn train(&self, program: &Path, folder: &Path, threads: u64, seed: u64) -> Result<String> {
        let mut command = Command::new(program);
        command.env("GRAXE_THREADS", threads.to_string());
        command.args(["--model", self.model.name(), "--data"]);
        command.arg(folder);
        command.args(["--hidden", HIDDEN, "--steps", &self.steps.to_string()]);
        output(command.args(["--seed", &seed.to_string()]))
    }

    fn train_pyg(&self, python: &Path, folder: &Path, threads: u64) -> Result<String> {
        let steps = match self.model {
            Model::Gcn => self.steps,
            Model::Gat => self.steps.min(PYG_GAT_STEPS),
        };
        let (graph, steps, threads) = (
            folder.join("graph.npz"),
            steps.to_string(),
            threads.to_string(),
        );
        let (model, form) = (self.model.name(), self.form().1);
        let arguments: [&dyn AsRef<Path>; 6] = [&model, &form, &graph, &steps, &HIDDEN, &threads];
        Peer::new("pyg_big.py", &arguments)?.run(python)
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
