//! The inspection as a person reads it.

use super::facts::{Bin, Class, Degrees, Features, Graph, Homophily, Inspection, Labels, Level};
use super::facts::{Split, Training, Warning};
use super::layout::{Layout, WIDTH, bar, cut, left, right, wrap};
use crate::quantity::{count, counted, duration, percent, size};
use crate::style::{ACCENT, DIM, HEADING, WARNING, paint};

/// Columns of the widest bar.
const BAR: usize = 32;

/// Columns of the longest name of a class.
const NAME: usize = 26;

/// How many classes have a line of their own.
const CLASSES: usize = 12;

/// What is known without training.
pub(super) fn data(known: &Inspection) -> String {
    let mut page = Layout::default();
    graph(&mut page, &known.graph);
    degrees(&mut page, &known.degrees);
    features(&mut page, &known.features, known.graph.nodes);
    labels(&mut page, &known.labels);
    homophily(&mut page, &known.homophily);
    split(&mut page, &known.split, known.graph.nodes);
    format!("{}\n{}", paint(HEADING, &known.data), page.into_text())
}

/// What training will take, and what will hurt.
pub(super) fn outlook(known: &Inspection) -> String {
    let mut page = Layout::default();
    if let Some(cost) = &known.training {
        training(&mut page, cost);
    }
    if !known.warnings.is_empty() {
        warnings(&mut page, &known.warnings);
    }
    page.into_text()
}

fn graph(page: &mut Layout, graph: &Graph) {
    page.heading("Graph");
    page.row("nodes", &count(graph.nodes));
    let way = if graph.undirected {
        "undirected"
    } else {
        "directed"
    };
    page.row("edges", &format!("{}, {way}", count(graph.edges)));
    let listed = &graph.listed;
    page.row(
        "listed",
        &format!(
            "{}, with {} and {}",
            count(listed.edges),
            counted(listed.self_loops, "self loop"),
            counted(listed.duplicates, "duplicate")
        ),
    );
    page.row("isolated", &counted(graph.isolated, "node"));
    let components = count(graph.components);
    if graph.components > 1 {
        let share = graph.largest_component as f64 / graph.nodes as f64;
        let largest = count(graph.largest_component);
        let largest = format!(
            "{components}, the largest with {largest} nodes ({})",
            percent(share)
        );
        page.row("components", &largest);
    } else {
        page.row("components", &components);
    }
}

fn degrees(page: &mut Layout, degrees: &Degrees) {
    page.heading("Degrees");
    let Degrees {
        min,
        median,
        mean,
        max,
        ..
    } = degrees;
    let (min, max) = (count(*min), count(*max));
    page.line(&format!("{min} to {max}, median {median}, mean {mean:.2}"));
    let bins: Vec<&Bin> = (degrees.histogram.iter())
        .skip_while(|bin| bin.nodes == 0)
        .collect();
    let range = |bin: &Bin| match bin.lower == bin.upper {
        true => count(bin.lower),
        false => format!("{}–{}", count(bin.lower), count(bin.upper)),
    };
    let most = bins.iter().map(|bin| bin.nodes).max().unwrap_or(0).max(1);
    let wide = |of: &dyn Fn(&Bin) -> String| {
        let widths = bins.iter().map(|bin| of(bin).chars().count());
        widths.max().unwrap_or(0)
    };
    let (ranges, counts) = (wide(&range), wide(&|bin| count(bin.nodes)));
    for bin in &bins {
        let drawn = bar(bin.nodes as f64 / most as f64, BAR);
        page.line(&format!(
            "{}  {}  {}",
            right(&range(bin), ranges),
            right(&count(bin.nodes), counts),
            paint(ACCENT, drawn)
        ));
    }
}

fn features(page: &mut Layout, features: &Features, nodes: usize) {
    page.heading("Features");
    page.row("of a node", &count(features.count));
    if features.identity {
        page.row("", "one of its own for each node (the identity)");
        return;
    }
    if let Some(density) = features.density {
        let nonzero = count(features.nonzero);
        page.row("not 0", &format!("{nonzero}, {} of all", percent(density)));
    }
    for (name, columns) in [
        ("always 0", features.empty_columns),
        ("always the same", features.constant_columns),
    ] {
        if columns > 0 {
            page.row(name, &counted(columns, "feature"));
        }
    }
    for (name, some) in [
        ("nothing but 0", features.empty_nodes),
        ("as another", features.identical_nodes),
    ] {
        if some > 0 {
            let share = percent(some as f64 / nodes as f64);
            page.row(name, &format!("{} ({share})", counted(some, "node")));
        }
    }
}

/// The columns of a table of classes: all, their share, and the parts of the split.
fn class_row(name: &str, cells: [&str; 5]) -> String {
    let [all, share, train, val, test] = cells;
    format!(
        "{}{}{}{}{}{}",
        left(name, NAME),
        right(all, 11),
        right(share, 9),
        right(train, 10),
        right(val, 10),
        right(test, 10)
    )
}

fn labels(page: &mut Layout, labels: &Labels) {
    page.heading("Labels");
    let classes = match labels.classes.len() {
        1 => "1 class".to_owned(),
        classes => format!("{} classes", count(classes)),
    };
    let heads = ["all", "", "train", "val", "test"];
    page.line(&paint(DIM, class_row(&classes, heads)));
    let mut sorted: Vec<&Class> = labels.classes.iter().collect();
    sorted.sort_by_key(|class| usize::MAX - class.all);
    // One more line says as much as the line that would stand in its place.
    let shown = if sorted.len() <= CLASSES + 1 {
        sorted.len()
    } else {
        CLASSES
    };
    let (own, folded) = sorted.split_at(shown);
    let mut class = |name: &str, class: &Class| {
        let share = percent(class.all as f64 / labels.labelled.max(1) as f64);
        let [all, train, val, test] = [class.all, class.train, class.val, class.test].map(count);
        page.line(&class_row(
            &cut(name, NAME),
            [&all, &share, &train, &val, &test],
        ));
    };
    for of in own {
        class(&of.name, of);
    }
    if !folded.is_empty() {
        let sum = |of: fn(&Class) -> usize| folded.iter().map(|class| of(class)).sum();
        let rest = Class {
            name: format!("and {} more", count(folded.len())),
            all: sum(|class| class.all),
            train: sum(|class| class.train),
            val: sum(|class| class.val),
            test: sum(|class| class.test),
        };
        class(&rest.name, &rest);
    }
    if labels.unlabelled > 0 {
        let unlabelled = count(labels.unlabelled);
        page.line(&class_row("without a label", [&unlabelled, "", "", "", ""]).trim_end());
    }
}

fn homophily(page: &mut Layout, homophily: &Homophily) {
    page.heading("Homophily");
    for (name, what, share) in [
        (
            "edges",
            "of the edges join nodes of one class",
            homophily.edge,
        ),
        (
            "nodes",
            "of a node's neighbours are of its class",
            homophily.node,
        ),
    ] {
        if let Some(share) = share {
            page.row(name, &format!("{} {what}", percent(share)));
        }
    }
    if let Some(x) = homophily.class_insensitive {
        page.row("beyond chance", &format!("{x:.3}, from 0 (by chance) to 1"));
    }
    page.line(match homophily.level {
        Some(Level::High) => "Neighbours mostly share a class, which is what GNNs thrive on.",
        Some(Level::Middle) => {
            "Neighbours share a class more often than by chance: a GNN can learn from that."
        }
        Some(Level::Low) => {
            "Neighbours share a class hardly more often than by chance: a GNN may gain little."
        }
        None => "It is not defined without labelled neighbours of two classes.",
    });
}

fn split(page: &mut Layout, split: &Split, nodes: usize) {
    page.heading("Split");
    let parts = [
        ("train", split.train),
        ("validate", split.val),
        ("test", split.test),
        ("unused", split.unused),
    ];
    let widest = parts.map(|(_, part)| count(part).len()).into_iter().max();
    for (name, part) in parts {
        let share = percent(part as f64 / nodes.max(1) as f64);
        let part = right(&count(part), widest.unwrap_or(0));
        page.row(name, &format!("{part} {}", right(&share, 8)));
    }
    let leaks = &split.leaks;
    let (val, test) = (leaks.val_like_train, leaks.test_like_train);
    if val + test > 0 {
        let (val, test) = (count(val), count(test));
        let found = format!("{val} to validate and {test} to test have a training node's features");
        page.row("leaks", &found);
    }
    if leaks.in_two_parts > 0 {
        page.row("in two parts", &counted(leaks.in_two_parts, "node"));
    }
    if val + test + leaks.in_two_parts == 0 {
        page.row("leaks", "none");
    }
}

fn training(page: &mut Layout, cost: &Training) {
    page.heading(&format!("Training {} ({})", cost.model, cost.protocol));
    let stop = if cost.may_stop_early {
        "; it may stop sooner"
    } else {
        ""
    };
    let time = format!(
        "at most {} for {} of {}{stop}",
        duration(cost.seconds),
        counted(cost.most_epochs, "epoch"),
        duration(cost.epoch_seconds)
    );
    page.row("time", &time);
    page.row("memory", &format!("{} of arrays", size(cost.peak_bytes)));
}

fn warnings(page: &mut Layout, warnings: &[Warning]) {
    page.heading("Warnings");
    for warning in warnings {
        let mut mark = paint(WARNING, "!");
        for line in wrap(&warning.finding, WIDTH - 4) {
            page.line(&format!("{mark} {line}"));
            " ".clone_into(&mut mark);
        }
        for line in warning.remedy.iter().flat_map(|text| wrap(text, WIDTH - 4)) {
            page.line(&format!("  {}", paint(DIM, line)));
        }
    }
}
