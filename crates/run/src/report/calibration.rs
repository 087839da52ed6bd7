//! The reliability diagram: whether a probability of 0.8 is right 8 times in 10.

use super::svg::{Anchor, Frame, Scale, Svg, percent_ticks, polyline};
use super::table::folded;
use super::text::{NONE, count, decimal, percent};
use super::{Bin, Report};

pub(super) fn section(report: &Report) -> String {
    let filled: Vec<Bin> = report
        .calibration
        .iter()
        .filter(|b| b.count > 0)
        .copied()
        .collect();
    let inner = if filled.is_empty() {
        "<p>No test node has a label, so the probabilities cannot be checked.</p>".to_owned()
    } else {
        format!(
            r#"<div class="pair">{}<div class="aside"><p class="big">{}</p><p class="of">expected calibration error</p><p>{}</p></div></div>"#,
            plot(report, &filled),
            decimal(report.calibration_error, 3),
            reading(report, &filled)
        )
    };
    format!(
        r#"<section id="calibration-section" aria-labelledby="calibration-title"><h2 id="calibration-title">Calibration</h2>{inner}</section>"#
    )
}

/// What the diagram says, in words.
fn reading(report: &Report, filled: &[Bin]) -> String {
    let nodes: u64 = filled.iter().map(|b| b.count).sum();
    let mean = |value: fn(&Bin) -> f64| {
        let sum: f64 = filled.iter().map(|b| value(b) * b.count as f64).sum();
        sum / nodes as f64
    };
    let (confidence, accuracy) = (mean(|b| b.confidence), mean(|b| b.accuracy));
    let bias = confidence - accuracy;
    let finding = if !bias.is_finite() {
        ""
    } else if report.calibration_error <= 0.03 {
        "Its probabilities can be taken at their word."
    } else if bias.abs() < 0.01 {
        "It is too sure in some places and too unsure in others."
    } else if bias > 0.0 {
        "It is surer than it should be."
    } else {
        "It is less sure than it could be."
    };
    format!(
        "Over the test nodes the model’s mean probability is {}, and it is right on {}. {finding} Points below the diagonal are predictions that are too sure. The bars count the test nodes.",
        percent(confidence),
        percent(accuracy)
    )
}

fn plot(report: &Report, filled: &[Bin]) -> String {
    let label = format!(
        "Reliability diagram; the expected calibration error is {}",
        decimal(report.calibration_error, 3)
    );
    let mut svg = Svg::new("calibration", 400.0, 390.0, label);
    let frame = Frame::new([48.0, 388.0], [30.0, 270.0], (0.0, 1.0), (0.0, 1.0));
    frame.draw_y(&mut svg, &percent_ticks(), "share that is right");
    svg.line(
        (frame.left, frame.bottom),
        (frame.right, frame.top),
        "ideal",
    );
    let points = || {
        filled
            .iter()
            .filter_map(|b| frame.at(b.confidence, b.accuracy))
    };
    svg.path(&polyline(points().map(Some)), "curve first");
    for bin in filled {
        if let Some((x, y)) = frame.at(bin.confidence, bin.accuracy) {
            let ideal = frame.y.at(bin.confidence);
            svg.line((x, y), (x, ideal), "gap");
            svg.circle((x, y), 4.0, "dot");
        }
    }
    let most = filled.iter().map(|b| b.count).max().unwrap_or(1);
    let foot = Frame::new([48.0, 388.0], [288.0, 350.0], (0.0, 1.0), (0.0, 1.0));
    let heights = Scale::new((0.0, most as f64), (0.0, foot.bottom - foot.top));
    for bin in filled {
        let (left, right) = (foot.x.at(bin.lower), foot.x.at(bin.upper));
        let height = heights.at(bin.count as f64).max(1.0);
        let corner = (left + 1.0, foot.bottom - height);
        svg.rect(corner, (right - left - 2.0, height), "bar");
    }
    let most_at = (foot.left - 8.0, foot.top + 8.0);
    svg.text(most_at, Anchor::End, "tick", &count(most));
    svg.text((foot.left - 8.0, foot.bottom), Anchor::End, "tick", "0");
    foot.draw_x(&mut svg, &percent_ticks(), "probability of the prediction");
    let rows: Vec<_> = report.calibration.iter().map(row).collect();
    let head = ["Probability", "Test nodes", "Mean probability", "Right"];
    svg.figure("Reliability", "", &folded("Reliability", &head, &rows))
}

fn row(bin: &Bin) -> Vec<String> {
    let empty = bin.count == 0;
    let shown = |x: f64| if empty { NONE.to_owned() } else { percent(x) };
    vec![
        format!("{:.0}–{:.0}\u{a0}%", bin.lower * 100.0, bin.upper * 100.0),
        count(bin.count),
        shown(bin.confidence),
        shown(bin.accuracy),
    ]
}
