//! Plots as SVG: shapes, scales, ticks and the frame around a plot.

use std::fmt::Write as _;

use super::text::{decimal, escape};

/// A drawing, from its label to its elements.
pub(super) struct Svg {
    id: &'static str,
    label: String,
    width: f64,
    height: f64,
    body: String,
}

/// Where text stands in relation to its point.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Svg {
    /// An empty drawing; its size is in pixels where nothing scales it, its label is read aloud.
    pub(super) fn new(id: &'static str, width: f64, height: f64, label: String) -> Self {
        Self {
            id,
            label,
            width,
            height,
            body: String::new(),
        }
    }

    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), class: &str) {
        let ((x1, y1), (x2, y2)) = (from, to);
        let (x1, y1, x2, y2) = (px(x1), px(y1), px(x2), px(y2));
        self.raw(&format!(
            r#"<line class="{class}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>"#
        ));
    }

    /// A rectangle; one without area is left out.
    pub(super) fn rect(&mut self, corner: (f64, f64), size: (f64, f64), class: &str) {
        self.rect_with(corner, size, class, "");
    }

    /// A rectangle with further attributes.
    pub(super) fn rect_with(
        &mut self,
        (x, y): (f64, f64),
        (width, height): (f64, f64),
        class: &str,
        more: &str,
    ) {
        if width > 0.0 && height > 0.0 {
            let (x, y, width, height) = (px(x), px(y), px(width), px(height));
            self.raw(&format!(
                r#"<rect class="{class}" x="{x}" y="{y}" width="{width}" height="{height}"{more}/>"#
            ));
        }
    }

    pub(super) fn circle(&mut self, (x, y): (f64, f64), radius: f64, class: &str) {
        let (x, y, radius) = (px(x), px(y), px(radius));
        self.raw(&format!(
            r#"<circle class="{class}" cx="{x}" cy="{y}" r="{radius}"/>"#
        ));
    }

    pub(super) fn path(&mut self, d: &str, class: &str) {
        if !d.is_empty() {
            self.raw(&format!(r#"<path class="{class}" d="{d}"/>"#));
        }
    }

    pub(super) fn text(&mut self, at: (f64, f64), anchor: Anchor, class: &str, text: &str) {
        self.turned_text(at, 0.0, anchor, class, text);
    }

    /// Text turned clockwise about its point, in degrees.
    pub(super) fn turned_text(
        &mut self,
        (x, y): (f64, f64),
        degrees: f64,
        anchor: Anchor,
        class: &str,
        text: &str,
    ) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let (x, y, text) = (px(x), px(y), escape(text));
        let turn = match degrees {
            0.0 => String::new(),
            degrees => format!(r#" transform="rotate({degrees} {x} {y})""#),
        };
        self.raw(&format!(
            r#"<text class="{class}" x="{x}" y="{y}" text-anchor="{anchor}"{turn}>{text}</text>"#
        ));
    }

    /// Markup that is already escaped.
    pub(super) fn raw(&mut self, markup: &str) {
        self.body.push_str(markup);
    }

    /// The drawing as an element.
    pub(super) fn markup(&self) -> String {
        let (id, label) = (self.id, escape(&self.label));
        let (width, height) = (px(self.width), px(self.height));
        format!(
            r#"<svg id="{id}-plot" role="img" aria-label="{label}" viewBox="0 0 {width} {height}" width="{width}" height="{height}">{}</svg>"#,
            self.body
        )
    }

    /// The drawing as a figure with its caption, a button that saves it, and what follows it.
    pub(super) fn figure(&self, caption: &str, class: &str, after: &str) -> String {
        let (id, escaped) = (self.id, escape(caption));
        format!(
            r#"<figure id="{id}" class="plot {class}"><div class="plot-head"><figcaption>{escaped}</figcaption><button type="button" class="quiet" data-save="{id}" hidden aria-label="Save the plot “{escaped}” as SVG">Save SVG</button></div><div class="plot-body">{}</div>{after}</figure>"#,
            self.markup()
        )
    }
}

/// A coordinate with one decimal at most.
pub(super) fn px(x: f64) -> String {
    let mut out = format!("{x:.1}");
    if let Some(whole) = out.strip_suffix(".0") {
        out.truncate(whole.len());
    }
    if out == "-0" { "0".to_owned() } else { out }
}

/// A path through points, with a gap wherever a point is missing. A point that stands alone is a dot, for round caps.
pub(super) fn polyline(points: impl Iterator<Item = Option<(f64, f64)>>) -> String {
    let mut d = String::new();
    let mut before: Option<(f64, f64)> = None;
    let mut alone = false;
    for point in points.chain([None]) {
        match (before, point) {
            (None, Some((x, y))) => {
                let _ = write!(d, "M{} {}", px(x), px(y));
                alone = true;
            }
            (Some(_), Some((x, y))) => {
                let _ = write!(d, "L{} {}", px(x), px(y));
                alone = false;
            }
            (Some(_), None) if alone => d.push_str("h0"),
            (_, None) => {}
        }
        before = point;
    }
    d
}

/// A linear map from data to pixels.
#[derive(Clone, Copy)]
pub(super) struct Scale {
    data: (f64, f64),
    pixels: (f64, f64),
}

impl Scale {
    /// The map that takes the first pair to the second; data without extent land in the middle.
    pub(super) fn new(data: (f64, f64), pixels: (f64, f64)) -> Self {
        Self { data, pixels }
    }

    pub(super) fn at(self, x: f64) -> f64 {
        let extent = self.data.1 - self.data.0;
        let share = if extent > 0.0 {
            (x - self.data.0) / extent
        } else {
            0.5
        };
        self.pixels.0 + share * (self.pixels.1 - self.pixels.0)
    }

    /// Round numbers within the data, about `wanted` of them, each with its label.
    pub(super) fn ticks(self, wanted: usize) -> Vec<(f64, String)> {
        let (low, high) = self.data;
        let step = round_step((high - low) / wanted.max(1) as f64);
        if !step.is_finite() || step <= 0.0 {
            return vec![(low, tick_label(low, 1.0))];
        }
        let first = (low / step - 1e-9).ceil();
        let last = (high / step + 1e-9).floor();
        let many = (last - first).clamp(0.0, 100.0) as usize;
        let value = |i: usize| (first + i as f64) * step;
        (0..=many)
            .map(|i| (value(i), tick_label(value(i), step)))
            .collect()
    }
}

/// The first of about `wanted` ticks from zero that is no less than this; 1 where there is nothing to see.
pub(super) fn round_up(most: f64, wanted: usize) -> f64 {
    let step = round_step(most / wanted as f64);
    if step.is_finite() && step > 0.0 {
        (most / step - 1e-9).ceil() * step
    } else {
        1.0
    }
}

/// The smallest of 1, 2, 5 times a power of ten that is no less.
fn round_step(least: f64) -> f64 {
    let power = 10f64.powf(least.log10().floor());
    let factors = [1.0, 2.0, 5.0, 10.0];
    let factor = factors.iter().find(|f| **f * power >= least * (1.0 - 1e-9));
    factor.unwrap_or(&10.0) * power
}

/// A tick's number with the decimals that its step needs.
fn tick_label(x: f64, step: f64) -> String {
    let decimals = (-step.log10().floor()).clamp(0.0, 6.0) as usize;
    if x != 0.0 && !(1e-6..1e5).contains(&step) {
        return format!("{x:.0e}");
    }
    decimal(if x == 0.0 { 0.0 } else { x }, decimals)
}

/// The area of a plot with its two scales.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
    pub(super) x: Scale,
    pub(super) y: Scale,
}

impl Frame {
    /// An area `[left, right] x [top, bottom]` in pixels for these ranges of data.
    pub(super) fn new(
        [left, right]: [f64; 2],
        [top, bottom]: [f64; 2],
        x: (f64, f64),
        y: (f64, f64),
    ) -> Self {
        Self {
            left,
            right,
            top,
            bottom,
            x: Scale::new(x, (left, right)),
            y: Scale::new(y, (bottom, top)),
        }
    }

    /// Where a point of data lies; `None` where it is no number.
    pub(super) fn at(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        (x.is_finite() && y.is_finite()).then(|| (self.x.at(x), self.y.at(y)))
    }

    /// Pale lines at the vertical axis' ticks, their numbers, and the axis' name above.
    pub(super) fn draw_y(&self, svg: &mut Svg, ticks: &[(f64, String)], name: &str) {
        for (value, label) in ticks {
            let y = self.y.at(*value);
            svg.line((self.left, y), (self.right, y), "grid");
            svg.text((self.left - 8.0, y + 4.0), Anchor::End, "tick", label);
        }
        svg.text((0.0, self.top - 14.0), Anchor::Start, "axis-name", name);
    }

    /// The horizontal axis with its ticks, numbers, and name.
    pub(super) fn draw_x(&self, svg: &mut Svg, ticks: &[(f64, String)], name: &str) {
        svg.line((self.left, self.bottom), (self.right, self.bottom), "axis");
        for (value, label) in ticks {
            let x = self.x.at(*value);
            svg.line((x, self.bottom), (x, self.bottom + 4.0), "axis");
            svg.text((x, self.bottom + 18.0), Anchor::Middle, "tick", label);
        }
        let at = (self.right, self.bottom + 34.0);
        svg.text(at, Anchor::End, "axis-name", name);
    }
}

/// The ticks of a share, in per cent.
pub(super) fn percent_ticks() -> Vec<(f64, String)> {
    [0, 25, 50, 75, 100]
        .map(|p| (f64::from(p) / 100.0, format!("{p}\u{a0}%")))
        .to_vec()
}
