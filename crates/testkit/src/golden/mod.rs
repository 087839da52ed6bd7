//! Golden values: what the originals compute, read from JSON and compared within each case's tolerance.
//!
//! `crates/testkit/golden/` holds the committed copy of the reference values; the README there gives the
//! schema. [`run`] judges every case of a folder: a module a file computes what the case asks for with graxe,
//! and `settle` compares. [`folder`] finds the values, [`read`] gives a file's cases in order, [`compare`]
//! judges one tensor, and [`Report`] gathers the outcomes.

mod case;
mod compare;
mod control;
mod convert;
mod gradients;
mod grads;
mod jaxpr;
mod layers;
mod modes;
mod ops;
mod optax;
mod outputs;
mod planetoid;
mod random;
mod report;
mod round;
mod run;
mod settle;
mod structure;
mod tensor;
mod vmap;

use std::path::{Path, PathBuf};

pub use case::{Case, Refusal, read};
pub use compare::{Tolerance, compare};
pub use report::{Outcome, Report, Verdict};
pub use run::run;
pub use tensor::{Data, Tensor};

/// The folder of golden values: `GRAXE_GOLDEN` where it is set, otherwise the committed copy.
pub fn folder() -> PathBuf {
    std::env::var_os("GRAXE_GOLDEN").map_or_else(committed, PathBuf::from)
}

fn committed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")
}

/// The names of the JSON files in `dir`, sorted.
///
/// # Errors
/// One line naming the folder where it cannot be listed or holds no JSON file.
pub fn files(dir: &Path) -> Result<Vec<String>, String> {
    let unreadable = |error: std::io::Error| format!("{}: {error}", dir.display());
    let mut names = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name();
        if Path::new(&name).extension().is_some_and(|it| it == "json") {
            names.push(name.to_string_lossy().into_owned());
        }
    }
    if names.is_empty() {
        return Err(format!("{}: no golden values (*.json) here", dir.display()));
    }
    names.sort();
    Ok(names)
}
