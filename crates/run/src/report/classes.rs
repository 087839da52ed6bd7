//! Precision, recall and F1 of each class, as a table that can be sorted.

use std::fmt::Write as _;

use super::Report;
use super::text::{breakable, count, decimal};

const HEAD: [&str; 5] = ["Class", "Precision", "Recall", "F1", "Test nodes"];

pub(super) fn section(report: &Report) -> String {
    let mut out = String::from(
        r#"<section id="classes" aria-labelledby="classes-title"><h2 id="classes-title">Scores for each class</h2>"#,
    );
    if report.class_scores.is_empty() {
        out.push_str("<p>No scores were kept.</p></section>");
        return out;
    }
    out.push_str(
        r#"<p class="lead">Precision is the share of the predictions of a class that are right, recall the share of its nodes that are found, and F1 their harmonic mean.</p><div class="scroll" tabindex="0" role="region" aria-label="Scores for each class"><table class="sortable"><caption class="unseen">Scores for each class</caption><thead><tr>"#,
    );
    for name in HEAD {
        let _ = write!(out, r#"<th scope="col">{name}</th>"#);
    }
    out.push_str("</tr></thead><tbody>");
    for (class, score) in report.class_scores.iter().enumerate() {
        let name = breakable(&report.class_name(class as u32));
        let _ = write!(
            out,
            r#"<tr><th scope="row"><i class="swatch k{class}"></i>{name}</th>"#
        );
        for value in [score.precision, score.recall, score.f1] {
            let length = if value.is_finite() { value } else { 0.0 };
            let _ = write!(
                out,
                r#"<td class="share" data-value="{value}" style="--v:{length:.3}">{}</td>"#,
                decimal(value, 3)
            );
        }
        let _ = write!(
            out,
            r#"<td data-value="{}">{}</td></tr>"#,
            score.support,
            count(score.support)
        );
    }
    out.push_str("</tbody></table></div></section>");
    out
}
