//! `optax.json`: trajectories of optimisers, schedules, single transformations, losses.

mod losses;
mod optimisers;
mod schedules;
mod transforms;

use graxe_core::Array;
use graxe_nn::l2_norm;

use super::modes::in_every_way;
use super::outputs::{Named, Outputs};
use super::settle::settle;
use super::{Case, Outcome};

pub(crate) fn run(case: &Case) -> Outcome {
    settle(case, |inputs| {
        in_every_way(inputs, |a| outputs(case, a))
            .unwrap_or_else(|| Outputs::later(format!("{}: later", op(case))))
    })
}

fn outputs(case: &Case, inputs: &Named) -> Option<Named> {
    match op(case) {
        "losses" => Some(losses::outputs(inputs)),
        "global_norm" => {
            let norm = l2_norm(&part(inputs, "grads."));
            Some(Named::from([("out".to_owned(), norm)]))
        }
        op if op.starts_with("schedule_") => schedules::outputs(case, inputs),
        _ if case.params.contains_key("optimizer") => optimisers::outputs(case, inputs),
        _ => transforms::outputs(case, inputs),
    }
}

fn op(case: &Case) -> &str {
    case.op.as_deref().unwrap_or_default()
}

/// The inputs whose names begin with `prefix`, by the rest of their names: one tree.
fn part(inputs: &Named, prefix: &str) -> Named {
    let own = inputs.iter().filter_map(|(name, array)| {
        let rest = name.strip_prefix(prefix)?;
        Some((rest.to_owned(), array.clone()))
    });
    own.collect()
}

/// The arrays of a tree by their names behind `prefix`.
fn prefixed(prefix: &str, tree: Named) -> impl Iterator<Item = (String, Array)> {
    tree.into_iter()
        .map(move |(name, array)| (format!("{prefix}{name}"), array))
}

/// A number of the case's static arguments, if it is there.
fn number(case: &Case, name: &str) -> Option<f64> {
    case.params.get(name)?.as_f64()
}

/// A number that the case must have.
fn required(case: &Case, name: &str) -> f64 {
    number(case, name).unwrap_or_else(|| panic!("the case has no number {name}"))
}

/// A whole number that the case must have.
fn count(case: &Case, name: &str) -> i32 {
    required(case, name) as i32
}
