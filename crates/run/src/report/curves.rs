//! Learning curves: loss and accuracy over the epochs, with the kept epoch marked.

use super::svg::{Anchor, Frame, Svg, percent_ticks, polyline, round_up};
use super::table::folded;
use super::text::{count, decimal, percent};
use super::{Epoch, Report};

/// The most points a curve is drawn through, and the most rows its table has.
const MOST: usize = 500;

/// A curve's name, its class in the style sheet, and its value at an epoch.
type Series = (&'static str, &'static str, fn(&Epoch) -> f64);

const LOSS: [Series; 2] = [
    ("training", "curve first", |e| e.train_loss),
    ("validation", "curve second", |e| e.val_loss),
];

const ACCURACY: [Series; 2] = [
    ("validation", "curve second", |e| e.val_accuracy),
    ("test", "curve third", |e| e.test_accuracy),
];

pub(super) fn section(report: &Report) -> String {
    let kept = report.kept_epoch;
    let curves = thinned(&report.curves, kept);
    let inner = if curves.is_empty() {
        "<p>No epochs were kept.</p>".to_owned()
    } else {
        let values = LOSS.iter().flat_map(|s| curves.iter().map(s.2));
        let largest = values.filter(|v| v.is_finite()).fold(0.0, f64::max);
        let loss = (0.0, round_up(largest, 4));
        let loss = plot("loss", "Loss", &LOSS, &curves, kept, loss);
        let accuracy = plot("accuracy", "Accuracy", &ACCURACY, &curves, kept, (0.0, 1.0));
        format!(
            r#"<p class="lead">{}</p><div class="pair">{loss}{accuracy}</div>{}"#,
            lead(report),
            numbers(&curves)
        )
    };
    format!(
        r#"<section id="curves" aria-labelledby="curves-title"><h2 id="curves-title">Learning curves</h2>{inner}</section>"#
    )
}

fn lead(report: &Report) -> String {
    let run = match report.curves.len() as u64 {
        1 => "One epoch was run.".to_owned(),
        n => format!("{} epochs were run.", count(n)),
    };
    let kept = report.kept_epoch;
    if report.curves.iter().any(|e| e.number == kept) {
        format!(
            "{run} The dotted line marks the kept epoch, {}.",
            count(kept as u64)
        )
    } else {
        run
    }
}

/// At most [`MOST`] epochs, evenly spread; the first, the kept and the last are among them.
fn thinned(curves: &[Epoch], kept: usize) -> Vec<Epoch> {
    let every = curves.len().div_ceil(MOST).max(1);
    let last = curves.len().saturating_sub(1);
    let chosen =
        |(i, e): &(usize, &Epoch)| i.is_multiple_of(every) || *i == last || e.number == kept;
    let chosen = curves.iter().enumerate().filter(chosen);
    chosen.map(|(_, epoch)| *epoch).collect()
}

fn plot(
    id: &'static str,
    caption: &str,
    series: &[Series],
    curves: &[Epoch],
    kept: usize,
    y: (f64, f64),
) -> String {
    let share = id == "accuracy";
    let shown = |x: f64| if share { percent(x) } else { decimal(x, 3) };
    let at_kept = curves.iter().find(|e| e.number == kept);
    let told: Vec<String> = at_kept.map_or_else(Vec::new, |epoch| {
        let told = series
            .iter()
            .map(|s| format!("{} {}", s.0, shown(s.2(epoch))));
        told.collect()
    });
    let label = match told.join(", ") {
        told if told.is_empty() => format!("{caption} over the epochs"),
        told => format!("{caption} over the epochs. At the kept epoch, {kept}: {told}"),
    };
    let mut svg = Svg::new(id, 400.0, 270.0, label);
    let (first, last) = (
        curves[0].number as f64,
        curves[curves.len() - 1].number as f64,
    );
    let frame = Frame::new([48.0, 392.0], [42.0, 226.0], (first, last), y);
    let ticks = if share {
        percent_ticks()
    } else {
        frame.y.ticks(4)
    };
    frame.draw_y(&mut svg, &ticks, "");
    let mut ticks = frame.x.ticks(5);
    ticks.retain(|(value, _)| value.fract() == 0.0);
    frame.draw_x(&mut svg, &ticks, "epoch");
    let mut x = frame.left;
    for (name, class, _) in series {
        svg.path(&format!("M{x} 14h22"), class);
        svg.text((x + 28.0, 18.0), Anchor::Start, "tick", name);
        x += 46.0 + 7.0 * name.len() as f64;
    }
    if at_kept.is_some() {
        let at = frame.x.at(kept as f64);
        svg.line((at, frame.top - 4.0), (at, frame.bottom), "kept");
    }
    for (_, class, value) in series {
        let points = curves.iter().map(|e| frame.at(e.number as f64, value(e)));
        svg.path(&polyline(points), class);
        if let Some((x, y)) = at_kept.and_then(|e| frame.at(e.number as f64, value(e))) {
            svg.circle((x, y), 3.5, &format!("{class} mark"));
        }
    }
    svg.figure(caption, "curves", "")
}

fn numbers(curves: &[Epoch]) -> String {
    let row = |e: &Epoch| {
        vec![
            e.number.to_string(),
            decimal(e.train_loss, 4),
            decimal(e.val_loss, 4),
            percent(e.val_accuracy),
            percent(e.test_accuracy),
        ]
    };
    let rows: Vec<_> = curves.iter().map(row).collect();
    let head = [
        "Epoch",
        "Training loss",
        "Validation loss",
        "Validation accuracy",
        "Test accuracy",
    ];
    folded("Learning curves", &head, &rows)
}
