//! What will hurt when a model is trained on these data, and what to do about it.

use graxe_nn::ConfigError;

use super::facts::{Class, Inspection, Level, Warning};
use crate::quantity::{count, counted, percent};

/// Fewer training nodes of a class are few; Planetoid's splits have 20.
const FEW_LABELS: usize = 10;

/// A larger share of one class hides that nothing is learned.
const MAJORITY: f64 = 0.8;

/// A larger share of nodes is many of them.
const MANY: f64 = 0.1;

/// A smaller share of the nodes in the largest component leaves a graph in pieces.
const WHOLE: f64 = 0.8;

/// A larger share of nodes with the features of a training node is a leak, and not chance.
const LEAK: f64 = 0.01;

/// A node with more than so many times the mean number of edges is a hub.
const HUB: f64 = 100.0;

/// By fewer nodes nothing can be told apart: one more right is 2 % or more.
const FEW_TO_MEASURE: usize = 50;

/// How many names a warning lists.
const NAMED: usize = 4;

/// All warnings, those that make training impossible or worthless first.
pub(super) fn advice(
    known: &Inspection,
    told: &[String],
    refusal: Option<&ConfigError>,
) -> Vec<Warning> {
    let refused = refusal.map(|error| Warning {
        kind: "refused",
        finding: format!("training is refused: {error}"),
        remedy: None,
    });
    let told = told.iter().map(|line| Warning {
        kind: "reading",
        finding: line.clone(),
        remedy: None,
    });
    let checks: [fn(&Inspection) -> Option<Warning>; 14] = [
        nodes_in_two_parts,
        leaking_rows,
        absent_classes,
        few_labels,
        majority,
        few_to_validate,
        few_to_test,
        low_homophily,
        no_features,
        empty_nodes,
        isolated,
        in_pieces,
        hubs,
        no_edges,
    ];
    let found = checks.into_iter().filter_map(|check| check(known));
    refused.into_iter().chain(found).chain(told).collect()
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

/// The first names of classes, in quotes.
fn names(classes: &[&Class]) -> String {
    let shown: Vec<String> = (classes.iter().take(NAMED))
        .map(|class| format!("'{}'", class.name))
        .collect();
    let shown = shown.join(", ");
    match classes.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {} more", count(more)),
    }
}

fn nodes_in_two_parts(known: &Inspection) -> Option<Warning> {
    let nodes = known.split.leaks.in_two_parts;
    (nodes > 0).then(|| {
        let are = if nodes == 1 { "is" } else { "are" };
        warning(
            "nodes-in-two-parts",
            format!(
                "{} {are} in two parts of the split, so that accuracies are too good",
                counted(nodes, "node")
            ),
            "keep each node in one part",
        )
    })
}

fn leaking_rows(known: &Inspection) -> Option<Warning> {
    let (split, leaks) = (&known.split, &known.split.leaks);
    let much = share(leaks.val_like_train, split.val) > LEAK
        || share(leaks.test_like_train, split.test) > LEAK;
    much.then(|| {
        warning(
            "leaking-rows",
            format!(
                "{} of the nodes to validate on and {} of those to test on have exactly the \
                 features of a training node",
                percent(share(leaks.val_like_train, split.val)),
                percent(share(leaks.test_like_train, split.test)),
            ),
            "if they are copies of one another, keep copies in one part of the split",
        )
    })
}

fn absent_classes(known: &Inspection) -> Option<Warning> {
    let classes = known.labels.classes.iter();
    let absent: Vec<&Class> = classes.filter(|class| class.train == 0).collect();
    (!absent.is_empty()).then(|| {
        warning(
            "absent-class",
            format!(
                "no node of {} is trained on, so that none will be found",
                names(&absent)
            ),
            "give the training part nodes of every class",
        )
    })
}

fn few_labels(known: &Inspection) -> Option<Warning> {
    let classes = known.labels.classes.iter();
    let few: Vec<&Class> = (classes.clone())
        .filter(|class| (1..FEW_LABELS).contains(&class.train))
        .collect();
    let least = few.iter().map(|class| class.train).min()?;
    let of = if few.len() == classes.len() {
        "every class".to_owned()
    } else {
        names(&few)
    };
    Some(warning(
        "few-labels",
        format!(
            "fewer than {FEW_LABELS} nodes of {of} are trained on, {} at least",
            count(least)
        ),
        "label more nodes, or train several seeds (--runs 10) and look at the deviation",
    ))
}

fn majority(known: &Inspection) -> Option<Warning> {
    let class = known.labels.classes.iter().max_by_key(|class| class.all)?;
    let share = share(class.all, known.labels.labelled);
    (share > MAJORITY).then(|| {
        warning(
            "majority-class",
            format!(
                "{} of the labelled nodes are '{}', so that always saying so is as accurate",
                percent(share),
                class.name
            ),
            "compare accuracies with this share, and look at the other classes by themselves",
        )
    })
}

fn few_to_validate(known: &Inspection) -> Option<Warning> {
    let nodes = known.split.val;
    (nodes < FEW_TO_MEASURE).then(|| {
        warning(
            "few-to-validate",
            format!(
                "{} to validate on, so that chance says when to stop",
                only(nodes)
            ),
            "validate on more nodes, or take --protocol cucurull, which stops for nothing",
        )
    })
}

fn few_to_test(known: &Inspection) -> Option<Warning> {
    let nodes = known.split.test;
    (nodes < FEW_TO_MEASURE).then(|| {
        warning(
            "few-to-test",
            format!(
                "{} to test on: one more that is right moves the accuracy by {}",
                only(nodes),
                percent(1.0 / nodes.max(1) as f64)
            ),
            "test on more nodes, or compare means over several seeds (--runs 10)",
        )
    })
}

/// So few nodes.
fn only(nodes: usize) -> String {
    match nodes {
        0 => "there are no nodes".to_owned(),
        1 => "there is only 1 node".to_owned(),
        _ => format!("there are only {nodes} nodes"),
    }
}

fn low_homophily(known: &Inspection) -> Option<Warning> {
    (known.homophily.level == Some(Level::Low)).then(|| {
        warning(
            "low-homophily",
            "neighbours share a class hardly more often than by chance".to_owned(),
            "compare with --model mlp, which sees no edges, before trusting a GNN",
        )
    })
}

fn no_features(known: &Inspection) -> Option<Warning> {
    let features = &known.features;
    (features.identity || features.nonzero == 0).then(|| {
        warning(
            "no-features",
            "the features say nothing of a node but which one it is".to_owned(),
            "give features if there are any; a model learns from the edges alone, and knows no \
             node that it was not trained with",
        )
    })
}

fn empty_nodes(known: &Inspection) -> Option<Warning> {
    let (empty, nodes) = (known.features.empty_nodes, known.graph.nodes);
    (share(empty, nodes) > MANY && known.features.nonzero > 0).then(|| {
        warning(
            "nodes-without-features",
            format!(
                "{} of the nodes have no feature other than 0",
                percent(share(empty, nodes))
            ),
            "see whether their features were lost; what is known of them is their neighbours",
        )
    })
}

fn isolated(known: &Inspection) -> Option<Warning> {
    let (isolated, nodes) = (known.graph.isolated, known.graph.nodes);
    (share(isolated, nodes) > MANY && isolated < nodes).then(|| {
        warning(
            "isolated-nodes",
            format!(
                "{} of the nodes have no edge to another",
                percent(share(isolated, nodes))
            ),
            "see whether their edges were lost; a GNN treats them by their features alone",
        )
    })
}

fn in_pieces(known: &Inspection) -> Option<Warning> {
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
            "see that training nodes are in each; nothing spreads from one piece to another",
        )
    })
}

fn hubs(known: &Inspection) -> Option<Warning> {
    let degrees = &known.degrees;
    (degrees.max as f64 > HUB * degrees.mean.max(1.0)).then(|| {
        warning(
            "skewed-degrees",
            format!(
                "a node has {} edges where the mean is {:.1}",
                count(degrees.max),
                degrees.mean
            ),
            "see whether hubs mean anything; compare with --model gat, which weighs neighbours",
        )
    })
}

fn no_edges(known: &Inspection) -> Option<Warning> {
    let graph = &known.graph;
    (graph.messages == graph.self_loops).then(|| {
        warning(
            "no-edges",
            "no edge joins two nodes".to_owned(),
            "give edges, or train --model mlp, which sees none",
        )
    })
}
