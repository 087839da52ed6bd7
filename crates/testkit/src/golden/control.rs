//! `control.json`: loops, branches and prefixes; how often functions are traced; trees; calls that are refused.

mod branches;
mod loops;
mod refused;
mod scans;
mod traces;
mod trees;

use super::modes::in_every_way;
use super::outputs::Outputs;
use super::settle::settle;
use super::{Case, Outcome};

pub(crate) fn run(case: &Case) -> Outcome {
    if case.error.is_some() {
        return refused::run(case);
    }
    if case.facts.is_some() {
        return trees::run(case);
    }
    settle(case, |inputs| {
        let compute = |a: &_| {
            let concepts = [scans::outputs, loops::outputs, branches::outputs];
            concepts.iter().find_map(|outputs| outputs(&case.name, a))
        };
        traces::outputs(case, inputs)
            .or_else(|| in_every_way(inputs, compute))
            .unwrap_or_else(|| Outputs::later(format!("{}: later", case.name)))
    })
}
