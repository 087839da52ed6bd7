//! What the run was made with: the configuration and the environment.

use super::Report;
use super::text::escape;

pub(super) fn section(report: &Report) -> String {
    format!(
        r#"<section id="settings" aria-labelledby="settings-title"><h2 id="settings-title">Settings</h2><div class="pair">{}{}</div></section>"#,
        list("Configuration", &report.config),
        list("Environment", &report.environment)
    )
}

fn list(title: &str, pairs: &[(String, String)]) -> String {
    let rows: Vec<String> = pairs
        .iter()
        .map(|(name, value)| {
            let (name, value) = (escape(name), escape(value));
            format!(r#"<tr><th scope="row">{name}</th><td>{value}</td></tr>"#)
        })
        .collect();
    let inner = if rows.is_empty() {
        "<p>Nothing was recorded.</p>".to_owned()
    } else {
        format!(
            r#"<table class="settings"><caption class="unseen">{title}</caption><tbody>{}</tbody></table>"#,
            rows.concat()
        )
    };
    format!("<div><h3>{title}</h3>{inner}</div>")
}
