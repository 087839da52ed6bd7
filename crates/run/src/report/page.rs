//! The page around the sections: head, security policy, heading, contents, script.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::text::escape;
use super::{
    Report, calibration, classes, confusion, curves, degrees, map, neighbourhood, palette, payload,
    settings, summary,
};

const STYLE: &str = include_str!("report.css");

/// One module of three files that share their names.
const SCRIPT: [&str; 3] = [
    include_str!("report.js"),
    include_str!("map.js"),
    include_str!("neighbourhood.js"),
];

/// A small graph, so that no browser asks for an icon.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath d='M4 11L8 4l5 6' stroke='%230072b2' fill='none'/%3E%3Cg fill='%230072b2'%3E%3Ccircle cx='4' cy='11' r='2.5'/%3E%3Ccircle cx='8' cy='4' r='2.5'/%3E%3Ccircle cx='13' cy='10' r='2.5'/%3E%3C/g%3E%3C/svg%3E";

/// A section's place, its name in the contents, and what writes it.
type Section = (&'static str, &'static str, fn(&Report) -> String);

const SECTIONS: [Section; 9] = [
    ("summary", "Summary", summary::section),
    ("curves", "Curves", curves::section),
    ("confusion-section", "Confusion", confusion::section),
    ("classes", "Classes", classes::section),
    ("calibration-section", "Calibration", calibration::section),
    ("map-section", "Map", map::section),
    ("neighbours-section", "Neighbours", neighbourhood::section),
    ("degrees-section", "Degrees", degrees::section),
    ("settings", "Settings", settings::section),
];

pub(super) fn page(report: &Report) -> String {
    // Browsers hash a script after they have made every line end a `\n`.
    let script = SCRIPT.concat().replace("\r\n", "\n");
    let hash = STANDARD.encode(Sha256::digest(script.as_bytes()));
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{hash}'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    );
    let mut contents = String::new();
    let mut sections = String::new();
    for (id, name, write) in SECTIONS {
        let section = write(report);
        if !section.is_empty() {
            let _ = write!(contents, r##"<li><a href="#{id}">{name}</a></li>"##);
            sections.push_str(&section);
        }
    }
    let title = escape(&report.title);
    let colours = palette::rules(report.classes.len());
    format!(
        r##"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="graxe">
<title>{title}</title>
<link rel="icon" href="{ICON}">
<style>
{STYLE}{colours}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the report</a>
<header class="column">
<div class="top"><h1>{title}</h1><button type="button" class="quiet" id="theme" hidden>Dark</button></div>
<p class="made">Node classification · {created}</p>
{warnings}<nav aria-label="Contents"><ul>{contents}</ul></nav>
</header>
<main id="main" class="column" tabindex="-1">
{sections}
</main>
<footer class="column"><p>Made by graxe. This file holds everything it shows and loads nothing.</p></footer>
<div id="tip" role="presentation" hidden></div>
<script type="application/json" id="payload">{payload}</script>
<script type="module">{script}</script>
</body>
</html>
"##,
        created = created(&report.created),
        warnings = warnings(&report.warnings),
        payload = payload::json(report),
    )
}

/// The time of the run, for people and for machines.
fn created(rfc3339: &str) -> String {
    let machine = escape(rfc3339);
    let date = rfc3339.get(..10).unwrap_or(rfc3339);
    let time = rfc3339.get(11..16).unwrap_or("");
    let zone = rfc3339.get(19..).unwrap_or("");
    let zone = zone.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let zone = if zone == "Z" { " UTC" } else { zone };
    let person = escape(&format!("{date} {time}{zone}"));
    format!(r#"<time datetime="{machine}">{person}</time>"#)
}

fn warnings(warnings: &[String]) -> String {
    if warnings.is_empty() {
        return String::new();
    }
    let items: Vec<String> = warnings
        .iter()
        .map(|warning| format!("<li>{}</li>", escape(warning)))
        .collect();
    format!(
        r#"<aside class="warnings" aria-labelledby="warnings-title"><h2 id="warnings-title">Please note</h2><ul>{}</ul></aside>
"#,
        items.concat()
    )
}
