//! The confusion matrix, as counts and as shares of the rows.

use super::Report;
use super::svg::{Anchor, Svg, px};
use super::table::{folded, table};
use super::text::{count, percent, shorten};

/// The most pairs of classes that are listed.
const MOST_PAIRS: usize = 8;

/// The most characters of a class's name beside the matrix.
const LONGEST: usize = 20;

/// The most classes whose matrix is drawn.
const MOST_CLASSES: usize = 100;

/// Whether there are few enough classes for a matrix.
pub(super) fn shows_matrix(report: &Report) -> bool {
    report.classes.len() <= MOST_CLASSES
}

pub(super) fn section(report: &Report) -> String {
    let inner = if report.tested() == 0 {
        "<p>No test node has a label, so there is nothing to compare.</p>".to_owned()
    } else if !shows_matrix(report) {
        format!(
            r#"<p class="lead">A matrix of {} classes could not be read and is left out.</p>{}"#,
            count(report.classes.len() as u64),
            pairs(report)
        )
    } else {
        format!(
            r#"<p class="lead">Rows are true classes, columns are predictions. A cell’s colour is its share of the row: blue on the diagonal is right, orange is wrong.</p><div class="beside">{}{}</div>"#,
            matrix(report),
            pairs(report)
        )
    };
    format!(
        r#"<section id="confusion-section" aria-labelledby="confusion-title"><h2 id="confusion-title">Confusion matrix</h2>{inner}</section>"#
    )
}

/// The measures of a matrix, in pixels.
struct Measures {
    cell: f64,
    left: f64,
    top: f64,
    right: f64,
    /// Whether the columns' names are upright rather than slanted.
    upright: bool,
}

impl Measures {
    fn of(names: &[String]) -> Self {
        let cell = match names.len() {
            0..=8 => 54.0,
            9..=14 => 40.0,
            15..=24 => 28.0,
            _ => 14.0,
        };
        let upright = cell < 30.0;
        let longest = names.iter().map(|n| n.chars().count()).max().unwrap_or(0) as f64;
        let length = longest * if cell < 20.0 { 6.0 } else { 7.2 } + 12.0;
        let slanted = length * 0.71 + 8.0;
        Self {
            cell,
            left: length.max(40.0),
            top: if upright { length } else { slanted } + 18.0,
            right: if upright { 4.0 } else { slanted - cell / 2.0 }.max(4.0),
            upright,
        }
    }
}

fn matrix(report: &Report) -> String {
    let names: Vec<String> = report.classes.iter().map(|n| shorten(n, LONGEST)).collect();
    let n = names.len();
    let m = Measures::of(&names);
    let side = m.cell * n as f64;
    let total = report.tested();
    let right: u64 = (0..n).map(|i| at(report, i, i)).sum();
    let label = format!(
        "Confusion matrix of {n} classes: {} of {} test nodes lie on the diagonal",
        count(right),
        count(total)
    );
    let mut svg = Svg::new(
        "confusion",
        m.left + side + m.right,
        m.top + side + 4.0,
        label,
    );
    svg.text((m.left, 12.0), Anchor::Start, "axis-name", "predicted →");
    svg.text(
        (m.left - 8.0, m.top - 8.0),
        Anchor::End,
        "axis-name",
        "true ↓",
    );
    svg.rect((m.left, m.top), (side, side), "track");
    let small = if m.cell < 20.0 { "tick small" } else { "tick" };
    for (i, name) in names.iter().enumerate() {
        let middle = (i as f64 + 0.5) * m.cell;
        let row = (m.left - 8.0, m.top + middle + 4.0);
        svg.text(row, Anchor::End, small, name);
        let (shift, degrees) = if m.upright {
            (3.5, -90.0)
        } else {
            (0.0, -45.0)
        };
        let column = (m.left + middle + shift, m.top - 8.0);
        svg.turned_text(column, degrees, Anchor::Start, small, name);
    }
    for row in 0..n {
        let of: u64 = (0..n).map(|column| at(report, row, column)).sum();
        for column in 0..n {
            let here = at(report, row, column);
            if here > 0 {
                cell(&mut svg, &m, (row, column), here, here as f64 / of as f64);
            }
        }
    }
    // What the script needs to say which cell the pointer is over.
    svg.raw(&format!(
        r#"<g id="cells" data-left="{}" data-top="{}" data-cell="{}"></g>"#,
        px(m.left),
        px(m.top),
        px(m.cell)
    ));
    let rows: Vec<_> = (0..n).map(|i| row(report, i)).collect();
    let mut head = vec!["True \\ predicted"];
    head.extend(report.classes.iter().map(String::as_str));
    let numbers = folded("Confusion matrix", &head, &rows);
    svg.figure("Test nodes by class", "natural", &numbers)
}

fn at(report: &Report, row: usize, column: usize) -> u64 {
    let row = report.confusion.get(row);
    row.and_then(|row| row.get(column)).copied().unwrap_or(0)
}

fn row(report: &Report, row: usize) -> Vec<String> {
    let counts = (0..report.classes.len()).map(|column| count(at(report, row, column)));
    let mut cells = vec![report.classes[row].clone()];
    cells.extend(counts);
    cells
}

fn cell(svg: &mut Svg, m: &Measures, (row, column): (usize, usize), here: u64, share: f64) {
    let x = m.left + column as f64 * m.cell;
    let y = m.top + row as f64 * m.cell;
    let class = if row == column {
        "cell right"
    } else {
        "cell wrong"
    };
    // The faintest colour must still be seen.
    let opacity = 0.06 + 0.94 * share;
    let more = format!(r#" fill-opacity="{opacity:.2}""#);
    svg.rect_with(
        (x + 0.5, y + 0.5),
        (m.cell - 1.0, m.cell - 1.0),
        class,
        &more,
    );
    let ink = if share > 0.55 { "on" } else { "" };
    let middle = x + m.cell / 2.0;
    if m.cell >= 40.0 {
        let text = format!("cell-count {ink}");
        svg.text(
            (middle, y + m.cell / 2.0 - 1.0),
            Anchor::Middle,
            &text,
            &count(here),
        );
        let text = format!("cell-share {ink}");
        let said = format!("{:.0}\u{a0}%", share * 100.0);
        svg.text(
            (middle, y + m.cell / 2.0 + 13.0),
            Anchor::Middle,
            &text,
            &said,
        );
    } else if m.cell >= 28.0 {
        let text = format!("cell-share {ink}");
        svg.text(
            (middle, y + m.cell / 2.0 + 4.0),
            Anchor::Middle,
            &text,
            &here.to_string(),
        );
    }
}

/// The classes that are taken for one another most often.
fn pairs(report: &Report) -> String {
    let n = report.classes.len();
    let mut pairs: Vec<(u64, usize, usize)> = (0..n)
        .flat_map(|row| (0..n).map(move |column| (row, column)))
        .filter(|(row, column)| row != column)
        .map(|(row, column)| (at(report, row, column), row, column))
        .filter(|(here, ..)| *here > 0)
        .collect();
    if pairs.is_empty() {
        return r#"<div class="aside"><p>Every test node is predicted right.</p></div>"#.to_owned();
    }
    pairs.sort_by_key(|&(here, row, column)| (std::cmp::Reverse(here), row, column));
    let rows: Vec<_> = pairs
        .iter()
        .take(MOST_PAIRS)
        .map(|&(here, row, column)| {
            let of: u64 = (0..n).map(|column| at(report, row, column)).sum();
            vec![
                report.classes[row].clone(),
                report.classes[column].clone(),
                count(here),
                percent(here as f64 / of as f64),
            ]
        })
        .collect();
    let head = ["True", "Taken for", "Nodes", "Of the class"];
    format!(
        r#"<div class="aside"><h3>Most frequent mistakes</h3>{}</div>"#,
        table("Most frequent mistakes", &head, &rows)
    )
}
