//! Every golden file and the module that judges its cases.

use std::path::Path;

use super::{
    Case, Outcome, Report, control, grads, jaxpr, layers, ops, optax, planetoid, random, vmap,
};

/// Judges every case of every golden file in `dir`.
///
/// # Errors
/// One line where the folder or one of its files cannot be read.
pub fn run(dir: &Path) -> Result<Report, String> {
    Report::of(dir, judge)
}

fn judge(case: &Case) -> Outcome {
    match case.file.as_str() {
        "random.json" => random::run(case),
        "ops.json" => ops::run(case),
        "grads.json" => grads::run(case),
        "vmap.json" => vmap::run(case),
        "control.json" => control::run(case),
        "jaxpr.json" => jaxpr::run(case),
        "layers.json" => layers::run(case),
        "planetoid.json" => planetoid::run(case),
        "optax.json" => optax::run(case),
        other => Outcome::Skipped(format!("{other}: a file of later")),
    }
}
