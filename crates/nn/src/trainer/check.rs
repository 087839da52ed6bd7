//! What must be true of data before a model learns from them, and what is only strange.

use graxe_core::{Csr, DType};
use graxe_graph::Dataset;

use super::config::ConfigError;

/// How many names a message lists.
const NAMED: usize = 5;

/// Refuses data that nothing can be learned from.
pub(super) fn check(dataset: &Dataset) -> Result<(), ConfigError> {
    let name = &dataset.name;
    let refuse = |message: String| Err(ConfigError(format!("{name}: {message}")));
    let split = &dataset.split;
    if split.train.is_empty() {
        return refuse(
            "no node to train on: give labels, or a split whose training part names nodes".into(),
        );
    }
    for &node in split.train.iter().chain(&split.val).chain(&split.test) {
        if label(dataset, node).is_none() {
            return refuse(format!(
                "node {node} belongs to the split but has no label: give it one, or leave it out \
                 of the split"
            ));
        }
    }
    if let [only] = &dataset.class_names[..] {
        return refuse(format!(
            "'{only}' is the only class, so there is nothing to tell apart: give labels of two \
             classes or more"
        ));
    }
    if let Some((row, col, value)) = not_finite(&dataset.features) {
        return refuse(format!(
            "row {row}, column {col} of the features is {value}, both counted from 0: give a \
             finite number there"
        ));
    }
    Ok(())
}

/// What a model will learn less from than its user may think, a line each. `on_edges` says
/// whether the model sees edges.
pub(super) fn warnings(dataset: &Dataset, on_edges: bool) -> Vec<String> {
    let name = &dataset.name;
    let mut lines = Vec::new();
    let mut trained = vec![false; dataset.num_classes()];
    for &node in &dataset.split.train {
        if let Some(class) = label(dataset, node) {
            trained[class as usize] = true;
        }
    }
    let absent: Vec<String> = (dataset.class_names.iter().zip(trained))
        .filter(|&(_, trained)| !trained)
        .map(|(class, _)| format!("'{class}'"))
        .collect();
    if !absent.is_empty() {
        let mut list = absent[..absent.len().min(NAMED)].join(", ");
        if let Some(others @ 1..) = absent.len().checked_sub(NAMED) {
            list = format!("{list} and {others} more");
        }
        lines.push(format!(
            "{name}: no node of {list} is trained on, so that none will be found: give the \
             training part of the split nodes of every class"
        ));
    }
    if on_edges && dataset.graph.num_edges() == 0 {
        lines.push(format!(
            "{name}: the graph has no edges, so that every node is classified by its own \
             features alone: give edges, or use a model that sees none"
        ));
    }
    lines
}

fn label(dataset: &Dataset, node: u32) -> Option<u32> {
    dataset.labels.get(node as usize).copied().flatten()
}

/// The first entry, in the order of rows, that is NaN or infinite.
fn not_finite(features: &Csr) -> Option<(usize, usize, f64)> {
    let values: Vec<f64> = features.values.astype(DType::F64).to_vec();
    let entry = values.iter().position(|value| !value.is_finite())?;
    let row_ptr = features.pattern.row_ptr();
    let row = row_ptr.partition_point(|&start| start as usize <= entry) - 1;
    let col = features.pattern.col()[entry] as usize;
    Some((row, col, values[entry]))
}
