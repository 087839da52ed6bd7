//! Accuracy against degree: whether nodes with few neighbours are harder.

use super::svg::{Anchor, Frame, Svg, percent_ticks};
use super::table::folded;
use super::text::{NONE, count, percent};
use super::{DegreeBin, Report};

/// The normal quantile of a 95 % interval.
const QUANTILE: f64 = 1.96;

pub(super) fn section(report: &Report) -> String {
    let any = report.degrees.iter().any(|b| b.count > 0);
    let inner = if any {
        format!(
            r#"<div class="pair">{}<div class="aside"><p>Each bar is the share of test nodes of such a degree that are right; the thin line is its 95&nbsp;% interval, and below stand the degree and how many nodes there are. The dashed line is the accuracy on all of them.</p></div></div>"#,
            plot(report)
        )
    } else {
        "<p>No test node has a label, so there is nothing to count.</p>".to_owned()
    };
    format!(
        r#"<section id="degrees-section" aria-labelledby="degrees-title"><h2 id="degrees-title">Degree and accuracy</h2>{inner}</section>"#
    )
}

fn plot(report: &Report) -> String {
    let bins = &report.degrees;
    let told: Vec<String> = bins
        .iter()
        .filter(|b| b.count > 0)
        .map(|b| format!("{} {}", name(b), percent(b.accuracy)))
        .collect();
    let label = format!("Accuracy by degree: {}", told.join(", "));
    let mut svg = Svg::new("degrees", 400.0, 268.0, label);
    let frame = Frame::new(
        [48.0, 392.0],
        [20.0, 226.0],
        (0.0, bins.len() as f64),
        (0.0, 1.0),
    );
    frame.draw_y(&mut svg, &percent_ticks(), "");
    let width = (frame.right - frame.left) / bins.len() as f64;
    let thickness = (width * 0.64).min(44.0);
    let small = if bins.len() > 7 { "tick small" } else { "tick" };
    for (place, bin) in bins.iter().enumerate() {
        let middle = frame.x.at(place as f64 + 0.5);
        if bin.count > 0 && bin.accuracy.is_finite() {
            let top = frame.y.at(bin.accuracy.clamp(0.0, 1.0));
            let corner = (middle - thickness / 2.0, top);
            svg.rect(corner, (thickness, frame.bottom - top), "bar model");
            let (low, high) = interval(bin.accuracy, bin.count);
            svg.line(
                (middle, frame.y.at(low)),
                (middle, frame.y.at(high)),
                "interval",
            );
        }
        svg.text(
            (middle, frame.bottom + 17.0),
            Anchor::Middle,
            small,
            &name(bin),
        );
        let nodes = format!("{small} faint");
        svg.text(
            (middle, frame.bottom + 33.0),
            Anchor::Middle,
            &nodes,
            &short(bin.count),
        );
    }
    let mean = mean(bins);
    if mean.is_finite() {
        let y = frame.y.at(mean);
        svg.line((frame.left, y), (frame.right, y), "ideal");
    }
    frame.draw_x(&mut svg, &[], "");
    svg.text(
        (40.0, frame.bottom + 17.0),
        Anchor::End,
        "axis-name",
        "degree",
    );
    svg.text(
        (40.0, frame.bottom + 33.0),
        Anchor::End,
        "axis-name",
        "nodes",
    );
    let row = |b: &DegreeBin| {
        let right = if b.count == 0 {
            NONE.to_owned()
        } else {
            percent(b.accuracy)
        };
        vec![name(b), count(b.count), right]
    };
    let rows: Vec<_> = bins.iter().map(row).collect();
    let head = ["Degree", "Test nodes", "Right"];
    svg.figure(
        "Accuracy by degree",
        "",
        &folded("Accuracy by degree", &head, &rows),
    )
}

/// The accuracy over all bins.
fn mean(bins: &[DegreeBin]) -> f64 {
    let filled = || bins.iter().filter(|b| b.count > 0);
    let nodes: u64 = filled().map(|b| b.count).sum();
    let right: f64 = filled().map(|b| b.accuracy * b.count as f64).sum();
    right / nodes as f64
}

/// Wilson's 95 % interval of a share.
///
/// # Reference
/// Wilson, "Probable inference, the law of succession, and statistical inference", 1927.
fn interval(share: f64, n: u64) -> (f64, f64) {
    let (n, z2) = (n as f64, QUANTILE * QUANTILE);
    let centre = (share + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let variance = share * (1.0 - share) / n + z2 / (4.0 * n * n);
    let half = QUANTILE * variance.max(0.0).sqrt() / (1.0 + z2 / n);
    ((centre - half).max(0.0), (centre + half).min(1.0))
}

fn name(bin: &DegreeBin) -> String {
    if bin.low == bin.high {
        short(bin.low.into())
    } else if bin.high == u32::MAX {
        format!("≥{}", short(bin.low.into()))
    } else {
        format!("{}–{}", short(bin.low.into()), short(bin.high.into()))
    }
}

/// A count in few characters.
fn short(n: u64) -> String {
    match n {
        0..1_000 => n.to_string(),
        1_000..10_000 => format!("{:.1}k", n as f64 / 1e3),
        10_000..1_000_000 => format!("{:.0}k", n as f64 / 1e3),
        _ => format!("{:.1}M", n as f64 / 1e6),
    }
}
