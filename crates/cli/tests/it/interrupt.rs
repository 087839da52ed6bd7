//! Ctrl-C ends a run after the epoch with everything saved.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};

use crate::command;
use crate::runs::{TABLES, assert_same, bytes, tables, train, well};

#[test]
fn an_interrupted_run_is_saved_and_goes_on() {
    let dir = tables(60);
    let path = dir.path();
    let args = [&TABLES[..], &["--epochs=1000000", "--out=out"]].concat();
    let mut child = command(path, &args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|e| panic!("{e}"));
    let mut shown = BufReader::new(child.stdout.take().unwrap_or_else(|| panic!("no output")));
    let mut line = String::new();
    while !line.starts_with("epoch   30") {
        line.clear();
        let length = shown.read_line(&mut line).unwrap_or_else(|e| panic!("{e}"));
        assert!(length > 0, "it ended before it was interrupted");
    }
    let interrupt = Command::new("kill")
        .arg("-INT")
        .arg(child.id().to_string())
        .status();
    assert!(interrupt.is_ok_and(|status| status.success()));
    let mut rest = String::new();
    shown
        .read_to_string(&mut rest)
        .unwrap_or_else(|e| panic!("{e}"));
    let output = child.wait_with_output().unwrap_or_else(|e| panic!("{e}"));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("stopping after this epoch and saving"),
        "{said}"
    );
    assert!(rest.contains("test accuracy"), "{rest}");

    let out = path.join("out");
    let summary: serde_json::Value =
        serde_json::from_slice(&bytes(&out, "summary.json")).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(summary["interrupted"], true);
    let epochs = summary["epochs"].as_u64().unwrap_or_default();
    let hint = format!("interrupted after epoch {epochs}: go on with `graxe train --resume out`");
    assert!(said.contains(&hint), "{said}");
    for name in [
        "model.safetensors",
        "checkpoint.safetensors",
        "report.html",
        "predictions.csv",
    ] {
        assert!(!bytes(&out, name).is_empty());
    }
    let lines = String::from_utf8_lossy(&bytes(&out, "metrics.jsonl"))
        .lines()
        .count();
    assert_eq!(lines as u64, epochs);
    assert!(well(path, &["compare", "out"]).contains("interrupted"));

    // As it is, it is a run of so many epochs; and it goes on.
    let more = format!("--epochs={}", epochs + 20);
    train(path, &[&more, "--out=whole"]);
    well(path, &["train", "--resume=out", &more]);
    assert_same(&out, &path.join("whole"), "after an interruption");
}
