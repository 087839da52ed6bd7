//! What will hurt when a model is trained on these data, and what to do about it.

mod graph;
mod split;

use graxe_nn::ConfigError;

use super::facts::{Inspection, Warning};

/// What each finds in the data, the gravest first; a new one is a line here.
const CHECKS: [fn(&Inspection) -> Option<Warning>; 14] = [
    split::nodes_in_two_parts,
    split::leaking_rows,
    split::absent_classes,
    split::few_labels,
    split::majority,
    split::few_to_validate,
    split::few_to_test,
    graph::no_edges,
    graph::low_homophily,
    graph::no_features,
    graph::empty_nodes,
    graph::isolated,
    graph::in_pieces,
    graph::hubs,
];

/// All warnings: why training is refused, what the checks find, and what was told when the data were read.
pub(super) fn advice(
    known: &Inspection,
    told: &[String],
    refusal: Option<&ConfigError>,
) -> Vec<Warning> {
    let refused =
        refusal.map(|error| passed_on("refused", &format!("training is refused: {error}")));
    let found = CHECKS.iter().filter_map(|check| check(known));
    let told = told.iter().map(|line| passed_on("reading", line));
    refused.into_iter().chain(found).chain(told).collect()
}

/// A warning that says what to do in its own words. It may name things as the files do.
fn passed_on(kind: &'static str, text: &str) -> Warning {
    Warning {
        kind,
        finding: text.replace(char::is_control, "?"),
        remedy: None,
    }
}

fn warning(kind: &'static str, finding: String, remedy: &str) -> Warning {
    Warning {
        kind,
        finding,
        remedy: Some(remedy.to_owned()),
    }
}

/// A share, 0 of nothing.
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}
