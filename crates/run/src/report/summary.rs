//! The summary: how often the model is right, and what that is worth beside the baselines.

use super::svg::{Anchor, Svg};
use super::table::folded;
use super::text::{count, escape, percent, shorten};
use super::{Report, Score, ScoreKind};

/// The width of a full bar.
const FULL: f64 = 300.0;

/// The height that a score takes.
const ROW: f64 = 58.0;

pub(super) fn section(report: &Report) -> String {
    let Some(model) = report.scores.first() else {
        return r#"<section id="summary" aria-labelledby="summary-title"><h2 id="summary-title">Summary</h2><p>No scores were kept.</p></section>"#.to_owned();
    };
    let figure = if model.test_accuracy.is_finite() {
        ("of the test nodes are predicted right", model.test_accuracy)
    } else if model.val_accuracy.is_finite() {
        (
            "of the validation nodes are predicted right",
            model.val_accuracy,
        )
    } else {
        ("no test or validation node has a label", f64::NAN)
    };
    format!(
        r#"<section id="summary" aria-labelledby="summary-title"><h2 id="summary-title">Summary</h2><div class="pair"><div class="headline"><p class="big">{}</p><p class="of">{}</p><p>{}</p><dl class="facts">{}</dl></div>{}</div></section>"#,
        percent(figure.1),
        figure.0,
        escape(&verdict(report)),
        facts(report),
        bars(&report.scores)
    )
}

/// Whether the graph helps, compared with the model that does not see it.
fn verdict(report: &Report) -> String {
    let model = &report.scores[0];
    let Some(blind) = report.scores.iter().find(|s| s.kind == ScoreKind::Features) else {
        return "Nothing was trained without the graph, so what the edges add is not known."
            .to_owned();
    };
    let test = (model.test_accuracy, blind.test_accuracy, report.tested());
    let val = (model.val_accuracy, blind.val_accuracy, 0);
    let usable = |(a, b, _): &(f64, f64, u64)| a.is_finite() && b.is_finite();
    let Some((with, without, n)) = [test, val].into_iter().find(usable) else {
        return "There are no nodes to compare on, so what the edges add is not known.".to_owned();
    };
    let gain = with - without;
    let points = format!("{:.1} percentage points", gain.abs() * 100.0);
    let opening = format!(
        "{}, which sees no edge, is right on {}.",
        blind.name,
        percent(without)
    );
    // Two standard errors of a difference of shares; pairs are not known, so this errs on the wide side.
    let variance = with * (1.0 - with) + without * (1.0 - without);
    let noise = 2.0 * (variance / n.max(1) as f64).sqrt();
    let close = n > 0 && gain.abs() <= noise;
    let finding = match gain {
        0.0 => "The graph makes no difference.".to_owned(),
        _ if close => format!(
            "The difference of {points} is within what chance explains on {} test nodes.",
            count(n)
        ),
        gain if gain > 0.0 => format!("The graph helps: {points} more."),
        _ => format!("The graph does not help here: {points} less."),
    };
    format!("{opening} {finding}")
}

fn facts(report: &Report) -> String {
    let edges = report.edges.len() as u64;
    let mut facts = vec![
        ("Nodes", count(report.nodes as u64)),
        ("Classes", count(report.classes.len() as u64)),
        ("Test nodes", count(report.tested())),
    ];
    if report.points.len() == report.nodes {
        facts.insert(1, ("Edges", count(edges)));
    }
    if !report.curves.is_empty() {
        facts.push(("Kept epoch", count(report.kept_epoch as u64)));
    }
    let facts: Vec<String> = facts
        .iter()
        .map(|(name, value)| format!("<div><dt>{name}</dt><dd>{value}</dd></div>"))
        .collect();
    facts.concat()
}

/// Two bars a score: test above, validation below.
fn bars(scores: &[Score]) -> String {
    let told: Vec<String> = scores
        .iter()
        .map(|s| format!("{} {}", s.name, percent(s.test_accuracy)))
        .collect();
    let height = 24.0 + ROW * scores.len() as f64;
    let label = format!("Accuracy on the test nodes: {}", told.join(", "));
    let mut svg = Svg::new("scores", 400.0, height, label);
    svg.rect((0.0, 3.0), (10.0, 10.0), "bar model");
    svg.text((16.0, 12.0), Anchor::Start, "tick", "test");
    svg.rect((56.0, 5.0), (10.0, 6.0), "bar val");
    svg.text((72.0, 12.0), Anchor::Start, "tick", "validation");
    for (place, score) in scores.iter().enumerate() {
        let top = 24.0 + ROW * place as f64;
        let model = score.kind == ScoreKind::Model;
        let name = shorten(&score.name, 48);
        let weight = if model { "name strong" } else { "name" };
        svg.text((0.0, top + 13.0), Anchor::Start, weight, &name);
        let fill = if model { "bar model" } else { "bar" };
        bar(
            &mut svg,
            top + 20.0,
            12.0,
            score.test_accuracy,
            fill,
            "value",
        );
        bar(
            &mut svg,
            top + 36.0,
            6.0,
            score.val_accuracy,
            "bar val",
            "tick",
        );
    }
    let rows: Vec<_> = scores
        .iter()
        .map(|s| {
            vec![
                s.name.clone(),
                percent(s.val_accuracy),
                percent(s.test_accuracy),
            ]
        })
        .collect();
    let numbers = folded("Accuracies", &["", "Validation", "Test"], &rows);
    svg.figure("Accuracy", "", &numbers)
}

fn bar(svg: &mut Svg, top: f64, height: f64, share: f64, class: &str, text: &str) {
    let length = if share.is_finite() {
        share.clamp(0.0, 1.0) * FULL
    } else {
        0.0
    };
    svg.rect((0.0, top), (FULL, height), "track");
    svg.rect((0.0, top), (length, height), class);
    let said = percent(share);
    svg.text(
        (FULL + 10.0, top + height / 2.0 + 4.0),
        Anchor::Start,
        text,
        &said,
    );
}
