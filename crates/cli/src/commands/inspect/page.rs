//! The inspection as a person reads it.

use super::classes;
use super::facts::{Bin, Degrees, Features, Graph, Homophily, Inspection, Level};
use super::facts::{Split, Training, Warning};
use super::layout::{INDENT, Layout, NAME, WIDTH, bar, left, right, wrap};
use crate::quantity::{count, counted, duration, percent, percent_to, size};
use crate::style::{ACCENT, DIM, HEADING, WARNING, paint};

/// Columns of the widest bar.
const BAR: usize = 32;

/// Columns with missing values that are named.
const MOST_MISSING: usize = 8;

/// What is known without training.
pub(super) fn data(known: &Inspection) -> String {
    let mut page = Layout::default();
    graph(&mut page, &known.graph);
    degrees(&mut page, &known.degrees);
    features(&mut page, &known.features, known.graph.nodes);
    classes::labels(&mut page, &known.labels);
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
    page.row("listed", &listed(graph));
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

/// What the files list, and whether all of it is still there.
fn listed(graph: &Graph) -> String {
    let listed = &graph.listed;
    let some = |n: usize, noun: &str| match n {
        0 => format!("no {noun}s"),
        _ => counted(n, noun),
    };
    let left_out = if listed.self_loops + listed.duplicates > 0 && graph.self_loops == 0 {
        ", which are left out"
    } else {
        ""
    };
    format!(
        "{}, with {} and {}{left_out}",
        count(listed.edges),
        some(listed.self_loops, "self loop"),
        some(listed.duplicates, "duplicate")
    )
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
    let range = |bin: &Bin| {
        if bin.lower == bin.upper {
            count(bin.lower)
        } else {
            format!("{}–{}", count(bin.lower), count(bin.upper))
        }
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
            if drawn.is_empty() {
                drawn
            } else {
                paint(ACCENT, drawn)
            }
        ));
    }
}

fn features(page: &mut Layout, features: &Features, nodes: usize) {
    page.heading("Features");
    page.row("number", &count(features.count));
    if features.identity {
        page.row("", "one of its own for each node (the identity)");
        return;
    }
    if let Some(density) = features.density {
        let nonzero = count(features.nonzero);
        page.row(
            "not 0",
            &format!("{nonzero}, {} of all", percent_to(density, 2)),
        );
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
    for (i, missing) in features.missing.iter().take(MOST_MISSING).enumerate() {
        let share = percent(missing.values as f64 / nodes as f64);
        page.row(
            if i == 0 { "missing" } else { "" },
            &format!("{} of {} ({share})", count(missing.values), missing.column),
        );
    }
    if let Some(others @ 1..) = features.missing.len().checked_sub(MOST_MISSING) {
        page.row("", &format!("and in {}", counted(others, "other column")));
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
        Some(Level::Low) => "Neighbours hardly share classes beyond chance: a GNN may gain little.",
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
    let shown = || {
        parts
            .iter()
            .filter(|(name, part)| *part > 0 || *name != "unused")
    };
    let widest = shown().map(|(_, part)| count(*part).len()).max();
    for &(name, part) in shown() {
        let share = percent(part as f64 / nodes.max(1) as f64);
        let part = right(&count(part), widest.unwrap_or(0));
        page.line(&format!("{}{part} {}", left(name, NAME), right(&share, 8)));
    }
    let leaks = &split.leaks;
    let (val, test) = (leaks.val_like_train, leaks.test_like_train);
    if val + test > 0 {
        let (val, test) = (count(val), count(test));
        let found =
            format!("{val} validation and {test} test nodes have a training node's features");
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
        for line in wrap(&warning.finding, WIDTH - INDENT - 2) {
            page.line(&format!("{mark} {line}"));
            " ".clone_into(&mut mark);
        }
        for line in warning
            .remedy
            .iter()
            .flat_map(|text| wrap(text, WIDTH - INDENT - 2))
        {
            page.line(&format!("  {}", paint(DIM, line)));
        }
    }
}
