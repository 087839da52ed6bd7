//! The report is looked at as text here, and in a browser where there is one.

mod browser;
mod pages;
mod sample;

use super::text::{clean, count, escape, escape_json, percent, shorten};
use super::{Report, html, payload};

fn samples() -> [(&'static str, Report); 5] {
    [
        ("cora", sample::cora()),
        ("karate", sample::karate()),
        ("large", sample::large()),
        ("lonely", sample::lonely()),
        ("empty", sample::empty()),
    ]
}

#[test]
fn pages_are_of_a_size_to_send() {
    for (name, report) in samples() {
        let bytes = html(&report).len();
        assert!(bytes < 3_000_000, "{name}: {bytes} bytes");
    }
}

#[test]
fn numbers_that_do_not_exist_are_dashes() {
    for (name, report) in samples() {
        let page = html(&report);
        let (page, _) = page
            .split_once(r#"<script type="application/json""#)
            .unwrap();
        // A table is sorted by what it holds, and there NaN is meant.
        let page = page.replace(r#"data-value="NaN""#, "");
        for word in ["NaN", "inf<", "inf ", "\"inf"] {
            assert!(!page.contains(word), "{name}: {word}");
        }
    }
}

#[test]
fn text_of_users_opens_no_element() {
    let page = html(&sample::lonely());
    assert!(!page.contains("<script>"));
    assert!(!page.contains("<img"));
    assert_eq!(page.matches("</script>").count(), 2);
    assert!(!page.contains(['\u{1}', '\u{202e}']));
    assert_eq!(
        escape("<a href=\"'&\">"),
        "&lt;a href=&quot;&#39;&amp;&quot;&gt;"
    );
}

#[test]
fn payload_stays_the_same_json() {
    let json = payload::json(&sample::lonely());
    assert!(!json.contains(['<', '>', '&', '\u{2028}', '\u{2029}']));
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["ids"][0], clean(sample::HOSTILE));
    assert_eq!(escape_json("\"</script>\""), r#""\u003c/script\u003e""#);
}

#[test]
fn payload_keeps_edges_by_their_destination() {
    let report = sample::karate();
    let value: serde_json::Value = serde_json::from_str(&payload::json(&report)).unwrap();
    let number = |column: &str, i: usize| value[column][i].as_u64().unwrap() as usize;
    for dst in 0..report.points.len() {
        let mut expected: Vec<usize> = report
            .edges
            .iter()
            .filter(|e| e.dst as usize == dst)
            .map(|e| e.src as usize)
            .collect();
        expected.sort_unstable();
        let row = number("row_ptr", dst)..number("row_ptr", dst + 1);
        let found: Vec<usize> = row.map(|k| number("src", k)).collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn the_verdict_weighs_the_graph_against_chance() {
    let mut report = sample::cora();
    assert!(html(&report).contains("The graph helps: 23.0 percentage points more."));
    report.scores[0].test_accuracy = report.scores[1].test_accuracy - 0.2;
    assert!(html(&report).contains("The graph does not help here: 20.0 percentage points less."));
    report.scores[0].test_accuracy = report.scores[1].test_accuracy + 0.01;
    assert!(html(&report).contains("within what chance explains"));
    report.scores.truncate(1);
    assert!(html(&report).contains("Nothing was trained without the graph"));
}

#[test]
fn numbers_read_as_people_write_them() {
    assert_eq!(count(0), "0");
    assert_eq!(count(999), "999");
    assert_eq!(count(1_234_567), "1,234,567");
    assert_eq!(percent(0.8149), "81.5\u{a0}%");
    assert_eq!(percent(f64::NAN), "–");
    assert_eq!(shorten("Reinforcement", 6), "Reinf…");
    assert_eq!(shorten("Théorie", 7), "Théorie");
}
