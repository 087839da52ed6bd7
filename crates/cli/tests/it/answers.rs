//! What a trained run answers: predictions, measures, and comparisons.

use std::fs;
use std::io::Read as _;
use std::process::Stdio;

use serde_json::Value;

use crate::runs::{bytes, tables, train, well};
use crate::{command, graxe_in, stderr, stdout};

fn json(text: &str) -> Value {
    assert_eq!(
        text.lines().count(),
        1,
        "one object and nothing else: {text}"
    );
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

#[test]
fn predictions_are_those_of_the_run() {
    let dir = tables(60);
    let path = dir.path();
    train(path, &["--epochs=20", "--out=out"]);
    let own = bytes(&path.join("out"), "predictions.csv");
    let table = String::from_utf8_lossy(&own).into_owned();
    assert!(
        table.starts_with("id,class,p(ash),p(beech),p(cedar)\nn0,"),
        "{table}"
    );
    assert_eq!(table.lines().count(), 61);
    assert_eq!(well(path, &["predict", "out"]), table);
    let output = graxe_in(path, &["predict", "out", "--out", "own.csv"]);
    assert_eq!(
        (stdout(&output), stderr(&output)),
        (String::new(), "60 nodes in own.csv\n".into())
    );
    assert!(bytes(path, "own.csv") == own);

    let write = |name: &str, text: &str| {
        fs::write(path.join(name), text).unwrap_or_else(|e| panic!("{name}: {e}"));
    };
    write(
        "new.csv",
        "wet,id,soil,weight,height\nno,q1,sand,1.5,3\nyes,q2,clay,,1\n",
    );
    write("links.csv", "source,target\nq1,q2\n");
    let alone = well(path, &["predict", "out", "--nodes=new.csv"]);
    let graph = well(
        path,
        &["predict", "out", "--nodes=new.csv", "--edges=links.csv"],
    );
    write("links.csv", "source,target\nq1,n4\nn7,q1\n");
    let attached = well(
        path,
        &["predict", "out", "--nodes=new.csv", "--edges=links.csv"],
    );
    for answer in [&alone, &graph, &attached] {
        let ids: Vec<&str> = answer
            .lines()
            .filter_map(|line| line.split(',').next())
            .collect();
        assert_eq!(ids, ["id", "q1", "q2"]);
    }
    assert!(alone != graph && graph != attached && attached != alone);
}

#[test]
fn whoever_stops_reading_is_no_error() {
    let dir = tables(6000);
    train(dir.path(), &["--epochs=1", "--out=out"]);
    let mut child = command(dir.path(), &["predict", "out"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|e| panic!("{e}"));
    let mut first = [0; 2];
    let mut read = child.stdout.take().unwrap_or_else(|| panic!("no output"));
    read.read_exact(&mut first)
        .unwrap_or_else(|e| panic!("{e}"));
    // The rest fills more than a pipe holds.
    drop(read);
    let output = child.wait_with_output().unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(stderr(&output), "");
    assert!(output.status.success());
}

#[test]
fn measures_are_those_of_training() {
    let dir = tables(90);
    let summary = json(&train(dir.path(), &["--epochs=20", "--out=out", "--json"]));
    let measured = json(&well(dir.path(), &["evaluate", "out", "--json"]));
    assert_eq!(measured["test"]["accuracy"], summary["test_accuracy"]);
    assert_eq!(measured["val"]["accuracy"], summary["val_accuracy"]);
    let counts = measured["confusion"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let sum = |rows: &[Value]| -> u64 {
        let rows = rows.iter().filter_map(Value::as_array).flatten();
        rows.filter_map(Value::as_u64).sum()
    };
    assert_eq!(Some(sum(counts)), measured["test"]["nodes"].as_u64());
    let classes: Vec<&str> = (measured["classes"].as_array().into_iter().flatten())
        .filter_map(|class| class["class"].as_str())
        .collect();
    assert_eq!(classes, ["ash", "beech", "cedar"]);
    let page = well(dir.path(), &["evaluate", "out"]);
    for word in ["out with gcn", "accuracy", "log loss", "beech", "macro F1"] {
        assert!(page.contains(word), "{word}: {page}");
    }
}

#[test]
fn runs_are_compared_by_their_validation() {
    let dir = tables(90);
    let path = dir.path();
    // One step from a tiny rate is as good as none.
    train(path, &["--epochs=1", "--lr=1e-9", "--out=poor"]);
    train(path, &["--epochs=60", "--lr=0.05", "--out=good"]);
    let rows = json(&well(path, &["compare", "poor", "good", "--json"]));
    assert_eq!(
        (&rows[0]["run"], &rows[1]["run"]),
        (&"good".into(), &"poor".into())
    );
    assert_eq!(rows[0]["differences"], Value::Array(Vec::new()));
    let expected = serde_json::json!([
        ["training.epochs", "60", "1"],
        ["training.learning_rate", "0.05", "1e-9"],
    ]);
    let found = rows[1]["differences"]
        .to_string()
        .replace("0.000000001", "1e-9");
    assert_eq!(found, expected.to_string());
    let output = graxe_in(path, &["compare", "poor", "good"]);
    let page = stdout(&output);
    let lines: Vec<&str> = page.lines().collect();
    assert!(
        lines[1].starts_with("good") && lines[2].starts_with("poor"),
        "{page}"
    );
    assert!(lines[3].contains("training.epochs: 1, not 60"), "{page}");
    assert_eq!(stderr(&output), "");

    let karate = ["train", "--epochs=1", "--out=karate", "--no-baselines"];
    well(path, &karate);
    let output = graxe_in(path, &["compare", "poor", "karate"]);
    assert!(output.status.success());
    let text = stderr(&output);
    assert!(
        text.starts_with("warning: the runs were not trained on the same data"),
        "{text}"
    );
}
