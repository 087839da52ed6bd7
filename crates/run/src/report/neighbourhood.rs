//! The neighbourhood of a chosen node: where its drawing and its table go once the script runs.

use super::Report;
use super::svg::Svg;

/// The side of the drawing, in pixels.
const SIDE: f64 = 420.0;

pub(super) fn section(report: &Report) -> String {
    if report.points.is_empty() {
        return String::new();
    }
    let label = "A node and its neighbours".to_owned();
    let drawing = Svg::new("neighbourhood", SIDE, SIDE, label);
    let attention = report.edges.iter().any(|e| e.attention.is_some());
    let widths = if attention {
        " A line is the wider the more attention the node in the middle pays, as a mean over the heads."
    } else {
        ""
    };
    format!(
        r#"<section id="neighbours-section" aria-labelledby="neighbours-title"><h2 id="neighbours-title">A node and its neighbours</h2><noscript><p>Choosing a node needs JavaScript.</p></noscript><div class="needs-script" hidden><p class="lead">Choose a node in the map, in the drawing, or by its name.{widths}</p>{SEARCH}<p class="unseen" id="said" aria-live="polite"></p><div class="pair"><div>{}<label class="ring"><input type="checkbox" id="second-ring"> neighbours of neighbours</label><p class="hint" id="ring-hint"></p></div><div class="aside"><h3 id="chosen-id"></h3><dl class="facts stacked" id="chosen-facts"></dl></div></div><h3 class="over">Its neighbours</h3><div id="neighbours"></div></div></section>"#,
        drawing.figure("Neighbourhood", "", "")
    )
}

/// The search field follows the combobox pattern of ARIA.
const SEARCH: &str = r#"<div class="search"><label for="find">Find a node</label><input id="find" type="text" role="combobox" aria-expanded="false" aria-autocomplete="list" aria-controls="found" autocomplete="off" spellcheck="false" placeholder="Its id"><ul id="found" role="listbox" aria-label="Nodes" hidden></ul></div>"#;
