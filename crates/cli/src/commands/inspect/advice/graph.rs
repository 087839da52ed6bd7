//! What is wrong with edges and features.

use super::super::facts::{Inspection, Level, Warning};
use super::{share, warning};
use crate::quantity::{count, percent};

/// A larger share of nodes is many of them.
const MANY: f64 = 0.1;

/// A smaller share of the nodes in the largest component leaves a graph in pieces.
const WHOLE: f64 = 0.8;

/// A node with more than so many times the mean number of edges is a hub.
const HUB: f64 = 100.0;

pub(super) fn low_homophily(known: &Inspection) -> Option<Warning> {
    (known.homophily.level == Some(Level::Low)).then(|| {
        warning(
            "low-homophily",
            "neighbours share a class hardly more often than by chance".to_owned(),
            "compare with --model mlp, which sees no edges, before trusting a GNN",
        )
    })
}

pub(super) fn no_features(known: &Inspection) -> Option<Warning> {
    let features = &known.features;
    (features.identity || features.nonzero == 0).then(|| {
        warning(
            "no-features",
            "the features say nothing of a node but which one it is".to_owned(),
            "give features if there are any: edges alone say nothing about new nodes",
        )
    })
}

pub(super) fn empty_nodes(known: &Inspection) -> Option<Warning> {
    let (empty, nodes) = (known.features.empty_nodes, known.graph.nodes);
    (share(empty, nodes) > MANY && known.features.nonzero > 0).then(|| {
        warning(
            "nodes-without-features",
            format!(
                "{} of the nodes have no feature other than 0",
                percent(share(empty, nodes))
            ),
            "see whether their features were lost; only their neighbours speak for them",
        )
    })
}

pub(super) fn isolated(known: &Inspection) -> Option<Warning> {
    let (isolated, nodes) = (known.graph.isolated, known.graph.nodes);
    (share(isolated, nodes) > MANY && isolated < nodes).then(|| {
        warning(
            "isolated-nodes",
            format!(
                "{} of the nodes have no edge to another",
                percent(share(isolated, nodes))
            ),
            "see whether their edges were lost; a GNN has only their features",
        )
    })
}

pub(super) fn in_pieces(known: &Inspection) -> Option<Warning> {
    let graph = &known.graph;
    let joined = graph.nodes - graph.isolated;
    (joined > 0 && share(graph.largest_component, joined) < WHOLE).then(|| {
        warning(
            "many-components",
            format!(
                "the graph is in {} pieces, the largest with {} of the nodes",
                count(graph.components),
                percent(share(graph.largest_component, graph.nodes))
            ),
            "see that each has training nodes; nothing spreads between them",
        )
    })
}

pub(super) fn hubs(known: &Inspection) -> Option<Warning> {
    let degrees = &known.degrees;
    (degrees.max as f64 > HUB * degrees.mean.max(1.0)).then(|| {
        warning(
            "skewed-degrees",
            format!(
                "a node has {} edges where the mean is {:.1}",
                count(degrees.max),
                degrees.mean
            ),
            "see whether hubs mean anything; compare with --model gat, which weighs them",
        )
    })
}

pub(super) fn no_edges(known: &Inspection) -> Option<Warning> {
    let graph = &known.graph;
    (graph.messages == graph.self_loops).then(|| {
        warning(
            "no-edges",
            "no edge joins two nodes".to_owned(),
            "give edges, or train --model mlp, which sees none",
        )
    })
}
