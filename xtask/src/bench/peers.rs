//! The peers of `../shared/bench/peers`, run as their users run them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use super::model::Model;
use super::side::Side;
use crate::project::{output, shared};

/// A script of the peers' folder with its arguments.
pub(super) struct Peer {
    script: PathBuf,
    arguments: Vec<OsString>,
}

impl Peer {
    /// A script with arguments.
    ///
    /// # Errors
    /// If the script is not there.
    pub(super) fn new(script: &str, arguments: &[&dyn AsRef<Path>]) -> Result<Self> {
        let path = shared().join("bench/peers").join(script);
        ensure!(path.is_file(), "{} is not there", path.display());
        Ok(Self {
            script: path,
            arguments: arguments.iter().map(|a| a.as_ref().into()).collect(),
        })
    }

    /// Runs the script and gives what it printed.
    pub(super) fn run(&self, python: &Path) -> Result<String> {
        let mut command = Command::new(python);
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        command.env("PYTHONWARNINGS", "ignore");
        output(command.arg(&self.script).args(&self.arguments))
    }
}

/// How the peers train on Cora.
pub(super) struct OnCora<'a> {
    pub(super) data: &'a Path,
    pub(super) model: Model,
    pub(super) epochs: u64,
    /// Whether JAX multiplies with a dense adjacency too.
    pub(super) dense: bool,
}

impl OnCora<'_> {
    /// Cora by everyone else: the sides, and how each is run with a seed.
    ///
    /// What takes a number of threads is run on one and on as many as it takes by itself.
    pub(super) fn peers(&self, seed: u64) -> Result<Vec<(Side, Peer)>> {
        let (data, model) = (self.data, self.model.name());
        let (epochs, seed) = (&self.epochs.to_string(), &seed.to_string());
        let torch = |threads: &[&dyn AsRef<Path>]| {
            let arguments: [&dyn AsRef<Path>; 4] = [&data, &"cora", epochs, seed];
            Peer::new("torch_sparse_node.py", &[&arguments, threads].concat())
        };
        let pyg = |threads: &[&dyn AsRef<Path>]| {
            let arguments: [&dyn AsRef<Path>; 5] = [&model, &data, &"Cora", epochs, seed];
            Peer::new("pyg_node.py", &[&arguments, threads].concat())
        };
        let jax = |form: &str| {
            let arguments: [&dyn AsRef<Path>; 6] = [&model, &form, &data, &"cora", epochs, seed];
            Peer::new("jax_node.py", &arguments)
        };
        let side = |name: &str| Side::new(name, ["step_min_ms", "step_median_ms"]);
        let mut peers = Vec::new();
        // The expert wrote a GCN only.
        if self.model == Model::Gcn {
            peers.push((side("PyTorch, sparse features"), torch(&[&"1"])?));
            peers.push((side("PyTorch, sparse features"), torch(&[])?));
        }
        peers.push((side("PyG"), pyg(&[&"1"])?));
        peers.push((side("PyG"), pyg(&[])?));
        peers.push((side("JAX, edge list"), jax("sparse")?));
        if self.dense {
            peers.push((side("JAX, dense adjacency"), jax("dense")?));
        }
        Ok(peers)
    }
}
