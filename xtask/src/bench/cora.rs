//! `cargo xtask bench cora`: a GCN or GAT on Cora by everyone, in turn.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Result, bail};
use clap::Args;

use super::limit::Limit;
use super::model::Model;
use super::peers::OnCora;
use super::side::{Side, median, minimum, print_table, threads_name};
use super::{command, machine};
use crate::project::{output, scratch, shared};

/// What to run for `bench cora`.
#[derive(Args)]
pub(crate) struct Cora {
    /// The network: that of Kipf and Welling, or that of Veličković et al. with 8 heads of 8 features.
    #[arg(long, value_enum, default_value_t = Model::Gcn)]
    model: Model,
    /// How often graxe and the limit are run, in turn.
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u64).range(1..))]
    repetitions: u64,
    /// How many epochs the limit trains for.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..))]
    epochs: u64,
    /// How many threads graxe is asked to use: a list, each a side of its own.
    #[arg(long, default_value = "1,2", value_delimiter = ',', value_parser = clap::value_parser!(u64).range(1..))]
    threads: Vec<u64>,
    /// A Python with numpy and scipy, which writes Cora for the limit [default: that of the peers, then python3].
    #[arg(long)]
    python: Option<PathBuf>,
    /// A Python with torch, `torch_geometric`, jax, optax, numpy and scipy: the peers are run too.
    #[arg(long, value_name = "PYTHON")]
    peers: Option<PathBuf>,
    /// How many epochs a peer trains for.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..))]
    peer_epochs: u64,
    /// How often a peer is run.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    peer_repetitions: u64,
    /// Run JAX with a dense adjacency for GAT too, which takes it seconds a step.
    #[arg(long)]
    dense: bool,
}

/// How often a whole process is timed.
const PROCESSES: u64 = 5;

impl Cora {
    /// Trains on Cora with all sides in turn, and compares their steps.
    pub(super) fn run(&self) -> Result<()> {
        let data = shared().join("data/planetoid");
        if !data.is_dir() {
            bail!("Cora is looked for in ../shared/data/planetoid, which is not there");
        }
        let graxe = Graxe {
            program: command()?,
            data: &data,
            model: self.model,
        };
        let python = self.python.as_ref().or(self.peers.as_ref());
        let python = python.map_or(Path::new("python3"), PathBuf::as_path);
        let limit = Limit::prepare(python, &data)?;
        machine::print();

        let mut ours: Vec<Side> = self.threads.iter().map(|&n| Graxe::side(n)).collect();
        let mut others = vec![Side::new("limit", ["step_min_ms", "step_median_ms"])];
        for seed in 0..self.repetitions {
            if let Some(limit) = &limit {
                others[0].add(&limit.train(self.model, self.epochs, seed)?)?;
            }
            for (side, &threads) in ours.iter_mut().zip(&self.threads) {
                side.add(&graxe.train(threads, &["--seed", &seed.to_string()])?)?;
            }
        }
        if let Some(python) = &self.peers {
            others.extend(self.run_peers(python, &data)?);
        }
        let title = format!("{} on Cora, a training step in ms", self.model.title());
        print_table(&title, &ours, &others);
        for (side, &threads) in ours.iter().zip(&self.threads) {
            if side.threads().is_some_and(|used| used != threads) {
                let asked = threads_name(threads);
                println!("graxe was asked for {asked} and says that it used another number");
            }
        }
        if limit.is_some() {
            print_ratios(&ours, &self.threads, &others[0]);
        }
        self.print_processes(&graxe)
    }

    /// Runs every peer and gives their sides.
    fn run_peers(&self, python: &Path, data: &Path) -> Result<Vec<Side>> {
        machine::print_packages(python);
        let on_cora = OnCora {
            data,
            model: self.model,
            epochs: self.peer_epochs,
            dense: self.dense || self.model == Model::Gcn,
        };
        let mut sides = Vec::new();
        for seed in 0..self.peer_repetitions {
            for (at, (side, peer)) in on_cora.peers(seed)?.into_iter().enumerate() {
                if seed == 0 {
                    sides.push(side);
                }
                sides[at].add(&peer.run(python)?)?;
            }
        }
        Ok(sides)
    }

    /// Times the command from its start to its end.
    fn print_processes(&self, graxe: &Graxe) -> Result<()> {
        let name = self.model.name();
        println!(
            "\ngraxe train cora --model {name}, 200 epochs, the whole process in s, {PROCESSES} runs each"
        );
        for &threads in &self.threads {
            let mut seconds = Vec::new();
            for _ in 0..PROCESSES {
                let start = Instant::now();
                graxe.train(threads, &[])?;
                seconds.push(start.elapsed().as_secs_f64());
            }
            let (minimum, median) = (minimum(&seconds), median(&seconds));
            println!(
                "{}: minimum {minimum:.3}, median {median:.3}",
                threads_name(threads)
            );
        }
        Ok(())
    }
}

/// Prints how many times the limit's step ours takes.
fn print_ratios(ours: &[Side], threads: &[u64], limit: &Side) {
    for (side, &threads) in ours.iter().zip(threads) {
        println!(
            "graxe, {}: {:.2} times the limit's minimum, {:.2} times its median",
            threads_name(threads),
            side.minimum() / limit.minimum(),
            side.median() / limit.median()
        );
    }
}

/// The command, built.
struct Graxe<'a> {
    program: PathBuf,
    data: &'a Path,
    model: Model,
}

impl Graxe<'_> {
    fn side(threads: u64) -> Side {
        let fields = ["step_ms_min", "step_ms_median"];
        Side::new(format!("graxe, {}", threads_name(threads)), fields)
    }

    /// Trains on Cora for up to 200 epochs and gives what was printed.
    ///
    /// GAT's own protocol stops after some hundreds of epochs, each seed's another number; the peers' has a fixed one
    /// and the same step.
    fn train(&self, threads: u64, arguments: &[&str]) -> Result<String> {
        let threads = threads.to_string();
        let mut command = Command::new(&self.program);
        let protocol = match self.model {
            Model::Gcn => "kipf",
            Model::Gat => "pyg",
        };
        command.args(["train", "cora", "--json", "-q", "--threads", &threads]);
        // The run's folder is none of the project's.
        command.current_dir(scratch("bench/cora")?);
        command.args(["--model", self.model.name(), "--protocol", protocol]);
        command.args(["--epochs", "200"]);
        command.env("GRAXE_THREADS", &threads);
        output(command.arg("--data").arg(self.data).args(arguments))
    }
}
