//! The map of the embeddings: two principal components, a mark a node.

use std::fmt::Write as _;

use super::svg::{Anchor, Svg, px};
use super::text::{breakable, count, percent};
use super::{Point, Report};

/// The map's width in pixels.
const WIDTH: f64 = 640.0;

/// The room around the marks.
const MARGIN: f64 = 24.0;

pub(super) fn section(report: &Report) -> String {
    let title = r#"<section id="map-section" aria-labelledby="map-title"><h2 id="map-title">Map of the embeddings</h2>"#;
    if report.points.is_empty() {
        return format!("{title}<p>No embeddings were kept.</p></section>");
    }
    let shown = report.points.iter().filter(|p| p.is_placed()).count();
    let which = if shown < report.nodes {
        format!(
            "{} of {} nodes are shown.",
            count(shown as u64),
            count(report.nodes as u64)
        )
    } else {
        match shown as u64 {
            1 => "The one node is shown.".to_owned(),
            n => format!("All {} nodes are shown.", count(n)),
        }
    };
    format!(
        r#"{title}<p class="lead">Nodes that the model sees alike lie close together. The axes are the first two principal components of the directions that nodes have in the last hidden layer, on one scale. {which} <span id="map-help" class="needs-script" hidden>Point at a node for its name; choose it to see its neighbours. With the keyboard, arrow keys move and Enter chooses.</span></p>{CONTROLS}{}</section>"#,
        plot(report)
    )
}

/// What only works with the script is hidden until it runs.
const CONTROLS: &str = r#"<form class="controls" id="map-controls" hidden><label>Colour <select id="map-colour"><option value="label">by class</option><option value="predicted">by prediction</option></select></label><label>Show <select id="map-part"><option value="">all nodes</option><option value="0">training</option><option value="1">validation</option><option value="2">test</option></select></label><label><input type="checkbox" id="map-wrong"> only mistakes</label></form>"#;

/// Where each point lies in the map, `None` where it has no place, and the map's height.
pub(super) fn places(points: &[Point]) -> (Vec<Option<(f64, f64)>>, f64) {
    let range = |value: fn(&Point) -> f64| {
        let values = points.iter().filter(|p| p.is_placed()).map(value);
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
            (low.min(v), high.max(v))
        })
    };
    let ((x0, x1), (y0, y1)) = (range(|p| p.x), range(|p| p.y));
    let inner = WIDTH - 2.0 * MARGIN;
    let ratio = ((y1 - y0) / (x1 - x0)).clamp(0.45, 0.9);
    let ratio = if ratio.is_finite() { ratio } else { 0.6 };
    let height = (inner * ratio).round();
    // One scale for both axes, so that distances mean the same in every direction.
    let fit = (inner / (x1 - x0)).min(height / (y1 - y0));
    let fit = if fit.is_finite() { fit } else { 0.0 };
    let (x_middle, y_middle) = (f64::midpoint(x0, x1), f64::midpoint(y0, y1));
    let place = |p: &Point| {
        let x = WIDTH / 2.0 + (p.x - x_middle) * fit;
        let y = MARGIN + height / 2.0 - (p.y - y_middle) * fit;
        (x, y)
    };
    let places = points
        .iter()
        .map(|p| p.is_placed().then(|| place(p)))
        .collect();
    (places, height + 2.0 * MARGIN + 18.0)
}

fn plot(report: &Report) -> String {
    let (places, height) = places(&report.points);
    let wrong = report.points.iter().filter(|p| p.is_wrong()).count() as u64;
    let label = format!(
        "Map of {} nodes in {} classes, {} predicted wrong",
        count(report.points.len() as u64),
        count(report.classes.len() as u64),
        count(wrong)
    );
    let mut svg = Svg::new("map", WIDTH, height, label);
    svg.rect((0.5, 0.5), (WIDTH - 1.0, height - 1.0), "map-frame");
    let of = |share: f64| {
        if share.is_finite() {
            format!(", {} of the variance", percent(share))
        } else {
            String::new()
        }
    };
    let [first, second] = report.explained.map(of);
    let (first, second) = (
        format!("first component{first} →"),
        format!("↑ second component{second}"),
    );
    svg.text(
        (WIDTH - 10.0, height - 9.0),
        Anchor::End,
        "axis-name",
        &first,
    );
    svg.text((10.0, 18.0), Anchor::Start, "axis-name", &second);
    let radius = radius(report.points.len());
    svg.raw(r#"<g id="map-points">"#);
    for (point, place) in report.points.iter().zip(&places) {
        let mark = place.map_or_else(|| "<path/>".to_owned(), |at| mark(point, at, radius));
        svg.raw(&mark);
    }
    svg.raw(r#"</g><g id="map-edges"></g>"#);
    svg.figure("Embeddings", "wide", &legend(report))
}

/// The radius of a mark, so that few are seen well and many leave room.
pub(super) fn radius(points: usize) -> f64 {
    (160.0 / (points as f64).sqrt()).clamp(2.5, 6.0)
}

/// A dot for a right prediction, a cross for a wrong one, a ring where there is no label.
fn mark(point: &Point, (x, y): (f64, f64), radius: f64) -> String {
    let class = point.class();
    if point.is_wrong() {
        let (x, y, arm) = (px(x - radius), px(y - radius), px(2.0 * radius));
        return format!(
            r#"<path class="x k{class}" d="M{x} {y}l{arm} {arm}m0-{arm}l-{arm} {arm}"/>"#
        );
    }
    let shape = if point.label.is_some() { "o" } else { "u" };
    let (x, y, radius) = (px(x), px(y), px(radius));
    format!(r#"<circle class="{shape} k{class}" cx="{x}" cy="{y}" r="{radius}"/>"#)
}

fn legend(report: &Report) -> String {
    let mut out = String::from(
        r#"<p class="status" id="map-status" hidden></p><div class="legend" role="group" aria-label="Classes in the map"><p class="shapes"><span><svg viewBox="0 0 12 12" aria-hidden="true"><circle class="o" cx="6" cy="6" r="3.5"/></svg>right</span><span><svg viewBox="0 0 12 12" aria-hidden="true"><path class="x" d="M2.5 2.5l7 7m0-7l-7 7"/></svg>wrong</span><span><svg viewBox="0 0 12 12" aria-hidden="true"><circle class="u" cx="6" cy="6" r="3.5"/></svg>no label, coloured by prediction</span></p><p class="toggles" id="map-all" hidden><button type="button" class="quiet" data-all="true">All classes</button><button type="button" class="quiet" data-all="false">None</button></p><ul>"#,
    );
    for (class, name) in report.classes.iter().enumerate() {
        let of = |p: &&Point| p.class() as usize == class;
        let many = report.points.iter().filter(of).count() as u64;
        let _ = write!(
            out,
            r#"<li><button type="button" class="key" data-class="{class}" aria-pressed="true" disabled><i class="swatch k{class}"></i><span class="name">{}</span><span class="many">{}</span></button></li>"#,
            breakable(name),
            count(many)
        );
    }
    out.push_str("</ul></div>");
    out
}
