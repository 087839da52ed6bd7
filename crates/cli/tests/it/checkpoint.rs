//! Runs that are kept in a file and go on from it.

use std::fs;

use serde_json::Value;

use crate::train::json;
use crate::wrong_input::refused;
use crate::{graxe, stderr, stdout};

/// What must be the same bits.
fn result(summary: &Value) -> [Value; 4] {
    ["epochs", "train_loss", "val_accuracy", "test_accuracy"].map(|name| summary[name].clone())
}

#[test]
fn a_resumed_run_ends_as_one_that_never_stopped() {
    let folder = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
    let path = folder.path().join("run.safetensors");
    let path = path.to_string_lossy();
    let flags = [
        "--seed",
        "5",
        "--lr",
        "0.03",
        "--protocol",
        "pyg",
        "--model",
        "gcn",
    ];
    let train = |more: &[&str]| json(&[&["train", "--json"], more].concat());
    let straight = train(&[&flags[..], &["--epochs", "40"]].concat());
    let every = [
        "--epochs",
        "25",
        "--checkpoint",
        &path,
        "--checkpoint-every",
        "10",
    ];
    train(&[&flags[..], &every].concat());
    // The file says all but where to stop.
    let resumed = train(&["--resume", &path, "--epochs", "40", "--checkpoint", &path]);
    assert_eq!(result(&resumed), result(&straight));
    assert_eq!(
        (&resumed["protocol"], &resumed["model"]),
        (&straight["protocol"], &straight["model"])
    );
    // It is over, and reported again from the file.
    let over = train(&["--resume", &path]);
    assert_eq!(result(&over), result(&straight));
    assert!(over["step_ms_median"].is_null());
    let output = graxe(&["train", "--resume", &path]);
    assert!(
        stdout(&output).contains("karate with gcn (pyg)"),
        "{}",
        stderr(&output)
    );
    assert_eq!(fs::read_dir(folder.path()).map_or(0, Iterator::count), 1);
}

#[test]
fn checkpoints_of_something_else_are_refused() {
    let folder = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
    let path = folder.path().join("run.safetensors");
    let name = path.to_string_lossy();
    json(&["train", "--json", "--epochs", "3", "--checkpoint", &name]);
    for (flags, expected) in [
        (["--model", "mlp"], "was trained with model gcn, not mlp"),
        (
            ["--protocol", "pyg"],
            "was trained with protocol kipf, not pyg",
        ),
        (["--seed", "1"], "was trained with seed 0, not 1"),
        (["--hidden", "8"], "was trained with hidden 16, not 8"),
        (["--lr", "1"], "was trained with learning rate 0.01, not 1"),
        (["--runs", "2"], "a checkpoint holds one run"),
    ] {
        let line = refused(&["train", "--resume", &name, flags[0], flags[1]]);
        assert!(line.contains(expected), "{line}");
    }
    let whole = fs::read(&path).unwrap_or_else(|e| panic!("{e}"));
    fs::write(&path, &whole[..whole.len() - 9]).unwrap_or_else(|e| panic!("{e}"));
    let line = refused(&["train", "--resume", &name]);
    assert!(
        line.contains("run.safetensors: is not a whole") && line.contains("name another"),
        "{line}"
    );
    let line = refused(&["train", "--resume", "/nonexistent/run"]);
    assert!(line.contains("/nonexistent/run: cannot be read"), "{line}");
}

#[test]
fn a_place_that_cannot_be_written_is_refused_before_training() {
    let folder = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
    let name = folder.path().to_string_lossy();
    for place in ["/nonexistent/run", &name] {
        let line = refused(&["train", "--checkpoint", place]);
        assert!(line.contains("cannot be written"), "{line}");
    }
    assert!(refused(&["train", "--checkpoint-every", "3"]).contains("--checkpoint"));
    assert!(refused(&["train", "--checkpoint", "x", "--runs", "2"]).contains("--runs asks for 2"));
}
