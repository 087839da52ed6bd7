//! Runs in folders: where they are written, and that they are the same once more.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::{graxe_in, stderr, stdout, toy};

/// The flags of a run on the tables of a folder, quick because it has no baselines.
pub(crate) const TABLES: [&str; 7] = [
    "train",
    "--nodes=nodes.csv",
    "--edges=edges.csv",
    "--label=kind",
    "--no-baselines",
    "--protocol=best",
    "--threads=1",
];

/// A folder with two tables.
pub(crate) fn tables(nodes: usize) -> TempDir {
    let dir = TempDir::new().unwrap_or_else(|e| panic!("{e}"));
    toy::write(dir.path(), nodes);
    dir
}

/// Runs in a folder, which must go well; gives standard output.
pub(crate) fn well(folder: &Path, args: &[&str]) -> String {
    let output = graxe_in(folder, args);
    assert!(output.status.success(), "{args:?}: {}", stderr(&output));
    stdout(&output)
}

pub(crate) fn train(folder: &Path, more: &[&str]) -> String {
    well(folder, &[&TABLES, more].concat())
}

pub(crate) fn bytes(folder: &Path, name: &str) -> Vec<u8> {
    fs::read(folder.join(name)).unwrap_or_else(|e| panic!("{}/{name}: {e}", folder.display()))
}

/// Two folders hold the same weights and the same predictions.
pub(crate) fn assert_same(run: &Path, other: &Path, of: &str) {
    for name in ["model.safetensors", "predictions.csv"] {
        assert!(bytes(run, name) == bytes(other, name), "{of}: {name}");
    }
}

#[test]
fn three_flags_make_a_run() {
    let dir = tables(60);
    let flags = [
        "train",
        "--nodes",
        "nodes.csv",
        "--edges",
        "edges.csv",
        "--label",
        "kind",
    ];
    let output = graxe_in(dir.path(), &flags);
    let (text, notes) = (stdout(&output), stderr(&output));
    assert!(output.status.success(), "{notes}");
    assert!(notes.contains("id") && notes.contains("source"), "{notes}");
    assert!(text.contains("label propagation"), "{text}");
    // Data, model and time.
    let runs: Vec<_> = fs::read_dir(dir.path().join("runs"))
        .unwrap_or_else(|e| panic!("{e}"))
        .map(|entry| entry.unwrap_or_else(|e| panic!("{e}")).file_name())
        .collect();
    assert_eq!(runs.len(), 1);
    let name = runs[0].to_string_lossy().into_owned();
    let time = name.strip_prefix("nodes-gcn-").unwrap_or_default();
    let is_time = |(i, c): (usize, char)| if i == 8 { c == '-' } else { c.is_ascii_digit() };
    assert!(
        time.len() == 15 && time.chars().enumerate().all(is_time),
        "{name}"
    );
    assert!(
        text.contains(&format!("runs/{name} holds the model")),
        "{text}"
    );
    // Another one in the same second has another name.
    graxe_in(dir.path(), &flags);
    assert_eq!(
        fs::read_dir(dir.path().join("runs")).map_or(0, Iterator::count),
        2
    );
}

#[test]
fn a_file_of_settings_repeats_its_run() {
    let dir = tables(60);
    let path = dir.path();
    train(
        path,
        &["--epochs=9", "--seed=5", "--lr=0.03", "--out=first"],
    );
    well(
        path,
        &["train", "--config=first/config.toml", "--out=second"],
    );
    assert_same(&path.join("first"), &path.join("second"), "repeated");
    // Flags go before the file.
    train(
        path,
        &["--epochs=4", "--seed=5", "--lr=0.03", "--out=short"],
    );
    let less = [
        "train",
        "--config=first/config.toml",
        "--epochs=4",
        "--out=less",
    ];
    well(path, &less);
    assert_same(&path.join("short"), &path.join("less"), "with flags");
    let other = [
        "train",
        "--config=first/config.toml",
        "--model=mlp",
        "--out=other",
    ];
    well(path, &other);
    let config = String::from_utf8_lossy(&bytes(&path.join("other"), "config.toml")).into_owned();
    assert!(
        config.contains("model = \"mlp\"") && config.contains("seed = 5"),
        "{config}"
    );
    // From anywhere, for the paths in it are whole; but not on other data in silence.
    let elsewhere = TempDir::new().unwrap_or_else(|e| panic!("{e}"));
    let file = path.join("first/config.toml").display().to_string();
    well(
        elsewhere.path(),
        &["train", "--config", &file, "--out=third"],
    );
    assert_same(
        &path.join("first"),
        &elsewhere.path().join("third"),
        "elsewhere",
    );
    let nodes = fs::read_to_string(path.join("nodes.csv")).unwrap_or_else(|e| panic!("{e}"));
    fs::write(
        path.join("nodes.csv"),
        nodes.replacen("ash\n", "beech\n", 1),
    )
    .unwrap_or_else(|e| panic!("{e}"));
    let output = graxe_in(
        path,
        &["train", "--config=first/config.toml", "--out=fourth"],
    );
    assert!(output.status.success());
    let text = stderr(&output);
    assert!(
        text.contains("warning: the data have changed since the settings"),
        "{text}"
    );
}

#[test]
fn a_run_goes_on_to_the_same_bits() {
    let dir = tables(60);
    let path = dir.path();
    let json = |text: &str| -> Value { serde_json::from_str(text).unwrap_or_default() };
    let whole = json(&train(path, &["--epochs=30", "--out=whole", "--json"]));
    train(path, &["--epochs=12", "--out=parts"]);
    let resumed = json(&well(
        path,
        &["train", "--resume=parts", "--epochs=30", "--json"],
    ));
    assert_same(&path.join("whole"), &path.join("parts"), "resumed");
    for field in [
        "epochs",
        "train_loss",
        "val_accuracy",
        "test_accuracy",
        "model",
        "protocol",
    ] {
        assert_eq!(resumed[field], whole[field], "{field}");
    }
    assert_eq!(
        (&resumed["out"], &resumed["interrupted"]),
        (&"parts".into(), &false.into())
    );
    // It is over, and reported again.
    let over = json(&well(path, &["train", "--resume=parts", "--json"]));
    assert_eq!(over["test_accuracy"], whole["test_accuracy"]);
    assert!(over["step_ms_median"].is_null());
    assert_same(&path.join("whole"), &path.join("parts"), "over");
}

#[test]
fn several_runs_write_no_folder() {
    let dir = tables(60);
    train(dir.path(), &["--epochs=3", "--runs=2"]);
    let mut names: Vec<_> = fs::read_dir(dir.path())
        .unwrap_or_else(|e| panic!("{e}"))
        .map(|entry| entry.unwrap_or_else(|e| panic!("{e}")).file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["edges.csv", "nodes.csv"]);
}

#[test]
fn quiet_leaves_the_summary_alone() {
    let dir = tables(60);
    let args = [&TABLES[..], &["--epochs=20", "--out=out", "--quiet"]].concat();
    let output = graxe_in(dir.path(), &args);
    assert!(output.status.success());
    assert_eq!(stderr(&output), "");
    let text = stdout(&output);
    assert!(
        !text.contains("epoch   10") && text.contains("test accuracy"),
        "{text}"
    );
    let output = graxe_in(dir.path(), &["predict", "out", "--out=a.csv", "-q"]);
    assert_eq!(
        (stdout(&output), stderr(&output)),
        (String::new(), String::new())
    );
}
