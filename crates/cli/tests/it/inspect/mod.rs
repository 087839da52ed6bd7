//! What is told of data before anything is trained.

mod pages;

use expect_test::expect;
use serde_json::{Value, json as object};

use crate::train::json;
use crate::wrong_input::{linqs, refused};
use crate::{graxe, stderr, stdout};

/// The page without what the machine decides.
fn page(args: &[&str]) -> String {
    let output = graxe(args);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(stderr(&output), "");
    let text = stdout(&output);
    let measured = |line: &str| match line.trim_start().split_once("  ") {
        Some((name @ ("time" | "memory"), _)) => format!("  {name} ..."),
        _ => line.to_owned(),
    };
    let lines: Vec<String> = text.lines().map(measured).collect();
    lines.join("\n") + "\n"
}

/// The kinds of the warnings.
fn kinds(inspection: &Value) -> Vec<&str> {
    let warnings = inspection["warnings"].as_array();
    let kinds = warnings.into_iter().flatten().map(|w| w["kind"].as_str());
    kinds.flatten().collect()
}

#[test]
fn json_has_every_field() {
    let inspection = json(&["inspect", "--json"]);
    let names = |value: &Value| {
        let object = value.as_object();
        let names: Vec<String> = object
            .into_iter()
            .flatten()
            .map(|(n, _)| n.clone())
            .collect();
        names.join(" ")
    };
    expect!["data degrees features graph homophily labels split training warnings"]
        .assert_eq(&names(&inspection));
    for (part, expected) in [
        (
            "graph",
            "components edges isolated largest_component listed messages nodes self_loops undirected",
        ),
        ("degrees", "histogram max mean median min"),
        (
            "features",
            "constant_columns count density empty_columns empty_nodes identical_nodes identity missing nonzero",
        ),
        ("labels", "classes labelled unlabelled"),
        ("homophily", "class_insensitive edge level node"),
        ("split", "leaks test train unused val"),
        (
            "training",
            "epoch_seconds first_epoch_seconds may_stop_early model most_epochs peak_bytes protocol seconds threads",
        ),
    ] {
        assert_eq!(names(&inspection[part]), expected);
    }
    assert_eq!(
        inspection["labels"]["classes"][0],
        object!({"name": "Mr. Hi", "all": 17, "train": 1, "val": 8, "test": 8})
    );
    assert_eq!(inspection["degrees"]["histogram"][1]["nodes"], 1);
    let warning = names(&inspection["warnings"][0]);
    assert_eq!(warning, "finding kind remedy");
    let training = &inspection["training"];
    assert_eq!(training["most_epochs"], 200);
    let seconds = |name: &str| training[name].as_f64().unwrap_or(f64::NAN);
    let expected = seconds("first_epoch_seconds") + 199.0 * seconds("epoch_seconds");
    assert!((seconds("seconds") - expected).abs() < 1e-9, "{training}");
    assert!(training["peak_bytes"].as_u64() > Some(10_000), "{training}");
}

#[test]
fn data_that_will_hurt_are_warned_of() {
    // A star of class b around one node of class a, far from most nodes; all features alike.
    let row = |i: usize| format!("p{i}\t1\t0\t{}\n", if i < 14 { "a" } else { "b" });
    let content: String = (0..140).map(row).collect();
    let cites: Vec<String> = (14..60).map(|i| format!("p0\tp{i}\n")).collect();
    let (_kept, path) = linqs(&content, &cites.concat());
    let inspection = json(&["inspect", &path, "--json"]);
    assert_eq!(inspection["homophily"]["level"], "low");
    assert_eq!(
        kinds(&inspection),
        [
            "leaking-rows",
            "few-labels",
            "majority-class",
            "few-to-validate",
            "low-homophily",
            "isolated-nodes",
            "reading",
        ]
    );
}

#[test]
fn many_classes_are_folded_and_long_names_are_cut() {
    let name = |i: usize| match i % 30 {
        0 => "a class whose name is longer than its column".to_owned(),
        class => format!("class {class:02}"),
    };
    let row = |i: usize| format!("p{i}\t{}\t1\t{}\n", i % 2, name(i));
    let content: String = (0..600).map(row).collect();
    let (_kept, path) = linqs(&content, "p0\tp1\np2\tp3\n");
    let text = page(&["inspect", &path]);
    assert!(text.contains("  30 classes "), "{text}");
    assert!(text.contains("  a class whose name is lon…"), "{text}");
    let folded = text.lines().find(|line| line.contains("and 18 more"));
    assert!(
        folded.is_some_and(|line| line.contains("360   60.0 %")),
        "{text}"
    );
    let wide = text.lines().find(|line| line.chars().count() > 80);
    assert_eq!(wide, None);
}

#[test]
fn training_that_is_refused_is_a_warning() {
    let row = |i: usize| format!("p{i}\t1\t0.5\tonly\x1b[31m\n");
    let content: String = (0..6).map(row).collect();
    let (_kept, path) = linqs(&content, "p0\tp1\n");
    let text = page(&["inspect", &path]);
    assert!(
        text.contains("! training is refused: own: 'only?[31m' is"),
        "{text}"
    );
    assert!(
        !text.contains('\x1b') && !text.contains("\nTraining"),
        "{text}"
    );
    // The command that would train says so in one line, whatever the class is called.
    let output = graxe(&["train", &path, "--quiet"]);
    let error = stderr(&output);
    assert!(
        error.starts_with("error: own: 'only?[31m' is the only class")
            && error.lines().count() == 1,
        "{error}"
    );
    let inspection = json(&["inspect", &path, "--json"]);
    assert!(inspection["training"].is_null(), "{inspection}");
    assert_eq!(kinds(&inspection)[0], "refused");
}

#[test]
fn wrong_input_is_refused() {
    for (args, expected) in [
        (
            ["/nonexistent/graph.tgz", "--json"],
            "there is no such file",
        ),
        (["cora", "--data=/nonexistent"], "/nonexistent"),
        (
            ["--model", "x"],
            "there is no model 'x': the known ones are gcn",
        ),
        (["karate", "--epochs"], "--epochs"),
    ] {
        let line = refused(&["inspect", args[0], args[1]]);
        assert!(line.contains(expected), "{line}");
    }
}
