//! Tables, and the tables that stand for plots.

use std::fmt::Write as _;

use super::text::{breakable, escape};

/// A table whose first column names its rows. Text is escaped here.
pub(super) fn table(caption: &str, head: &[&str], rows: &[Vec<String>]) -> String {
    let mut out = format!(
        r#"<div class="scroll" tabindex="0" role="region" aria-label="{0}"><table><caption class="unseen">{0}</caption><thead><tr>"#,
        escape(caption)
    );
    for name in head {
        let _ = write!(out, r#"<th scope="col">{}</th>"#, escape(name));
    }
    out.push_str("</tr></thead><tbody>");
    for row in rows {
        out.push_str("<tr>");
        for (place, cell) in row.iter().enumerate() {
            let cell = breakable(cell);
            let _ = match place {
                0 => write!(out, r#"<th scope="row">{cell}</th>"#),
                _ => write!(out, "<td>{cell}</td>"),
            };
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table></div>");
    out
}

/// A table that is folded away below the plot it stands for.
pub(super) fn folded(caption: &str, head: &[&str], rows: &[Vec<String>]) -> String {
    format!(
        r#"<details class="numbers"><summary>The numbers<span class="unseen">: {}</span></summary>{}</details>"#,
        escape(caption),
        table(caption, head, rows)
    )
}
