//! What the script reads: the shown nodes and their edges, as columns of JSON.

use serde::Serialize;

use super::confusion::shows_matrix;
use super::text::{clean, escape_json};
use super::{Part, Report, map};

/// Attention is written as whole parts of this, which is shorter than decimals.
const ATTENTION_UNIT: f32 = 10_000.0;

/// Columns of equal length, one entry a node; edges are kept by `dst`.
#[derive(Serialize)]
struct Payload {
    classes: Vec<String>,
    confusion: Vec<Vec<u64>>,
    ids: Vec<String>,
    x: Vec<Option<f64>>,
    y: Vec<Option<f64>>,
    /// Of a mark in the map.
    radius: f64,
    /// The class, or -1.
    label: Vec<i64>,
    predicted: Vec<u32>,
    /// In parts of a thousand; null where it is no number.
    probability: Vec<Option<u32>>,
    /// 0 train, 1 validation, 2 test, 3 none.
    part: Vec<u8>,
    degree: Vec<u32>,
    /// The edges into node `i` are those from `row_ptr[i]` up to `row_ptr[i + 1]`.
    row_ptr: Vec<u32>,
    src: Vec<u32>,
    /// In parts of [`ATTENTION_UNIT`], or -1; empty where the model has none.
    attention: Vec<i32>,
}

/// The payload, safe inside a `<script>`.
pub(super) fn json(report: &Report) -> String {
    let points = &report.points;
    let (places, _) = map::places(points);
    let rounded = |x: f64| (x * 10.0).round() / 10.0;
    let n = points.len();
    let known = |e: &&super::Edge| (e.src as usize) < n && (e.dst as usize) < n;
    let mut edges: Vec<super::Edge> = report.edges.iter().filter(known).copied().collect();
    edges.sort_by_key(|e| (e.dst, e.src));
    let mut row_ptr = vec![0; n + 1];
    for edge in &edges {
        row_ptr[edge.dst as usize + 1] += 1;
    }
    for i in 0..n {
        row_ptr[i + 1] += row_ptr[i];
    }
    let attention = if edges.iter().any(|e| e.attention.is_some()) {
        let parts = |a: f32| (a * ATTENTION_UNIT).round() as i32;
        let finite = |a: &f32| a.is_finite();
        let of = |e: &super::Edge| e.attention.filter(finite).map_or(-1, parts);
        edges.iter().map(of).collect()
    } else {
        Vec::new()
    };
    let part = |part: Part| match part {
        Part::Train => 0,
        Part::Val => 1,
        Part::Test => 2,
        Part::None => 3,
    };
    let thousandths = |p: f32| p.is_finite().then(|| (p * 1000.0).round() as u32);
    let payload = Payload {
        classes: report.classes.iter().map(|c| clean(c)).collect(),
        confusion: if shows_matrix(report) {
            report.confusion.clone()
        } else {
            Vec::new()
        },
        ids: points.iter().map(|p| clean(&p.id)).collect(),
        x: places.iter().map(|p| p.map(|(x, _)| rounded(x))).collect(),
        y: places.iter().map(|p| p.map(|(_, y)| rounded(y))).collect(),
        radius: map::radius(n),
        label: points
            .iter()
            .map(|p| p.label.map_or(-1, i64::from))
            .collect(),
        predicted: points.iter().map(|p| p.predicted).collect(),
        probability: points.iter().map(|p| thousandths(p.probability)).collect(),
        part: points.iter().map(|p| part(p.part)).collect(),
        degree: points.iter().map(|p| p.degree).collect(),
        row_ptr,
        src: edges.iter().map(|e| e.src).collect(),
        attention,
    };
    // Columns of numbers and strings always have a JSON form.
    let json = serde_json::to_string(&payload).unwrap_or_else(|_| "null".to_owned());
    escape_json(&json)
}
