//! What is wrong with labels and with the nodes to train, validate and test on.

use super::super::facts::{Class, Inspection, Warning};
use super::{share, warning};
use crate::quantity::{count, counted, percent};

/// Fewer training nodes of a class are few; Planetoid's splits have 20.
const FEW_LABELS: usize = 10;

/// A larger share of one class hides that nothing is learned.
const MAJORITY: f64 = 0.8;

/// A larger share of nodes with the features of a training node is a leak, and not chance.
const LEAK: f64 = 0.01;

/// By fewer nodes nothing can be told apart: one more right is 2 % or more.
const FEW_TO_MEASURE: usize = 50;

/// How many names a warning lists.
const NAMED: usize = 4;

pub(super) fn nodes_in_two_parts(known: &Inspection) -> Option<Warning> {
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

pub(super) fn leaking_rows(known: &Inspection) -> Option<Warning> {
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
            "if they are copies, keep all copies of a node in one part of the split",
        )
    })
}

pub(super) fn absent_classes(known: &Inspection) -> Option<Warning> {
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

pub(super) fn few_labels(known: &Inspection) -> Option<Warning> {
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
        format!("fewer than {FEW_LABELS} training nodes for {of}, as few as {least}"),
        "label more nodes, or train several seeds (--runs 10) and mind the deviation",
    ))
}

pub(super) fn majority(known: &Inspection) -> Option<Warning> {
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
            "compare accuracies with this share, and look at the other classes apart",
        )
    })
}

pub(super) fn few_to_validate(known: &Inspection) -> Option<Warning> {
    let nodes = known.split.val;
    (nodes < FEW_TO_MEASURE).then(|| {
        warning(
            "few-to-validate",
            few("validate on", nodes, "so that chance says when to stop"),
            "validate on more, or use --protocol cucurull, which never stops early",
        )
    })
}

pub(super) fn few_to_test(known: &Inspection) -> Option<Warning> {
    let nodes = known.split.test;
    (nodes < FEW_TO_MEASURE).then(|| {
        let step = percent(share(1, nodes));
        warning(
            "few-to-test",
            few(
                "test on",
                nodes,
                &format!("each of which is {step} of the accuracy"),
            ),
            "test on more nodes, or compare means over several seeds (--runs 10)",
        )
    })
}

/// So few nodes for a purpose, and what comes of it if there are any.
fn few(purpose: &str, nodes: usize, consequence: &str) -> String {
    match nodes {
        0 => format!("there are no nodes to {purpose}"),
        1 => format!("there is only 1 node to {purpose}, {consequence}"),
        _ => format!("there are only {nodes} nodes to {purpose}, {consequence}"),
    }
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
