//! Wrong input gets one clear line and exit code 2.

use std::fs;
use std::path::Path;

use crate::{command, graxe, shared_data, stderr, stdout};

/// Runs and gives the only line on standard error.
pub(crate) fn refused(args: &[&str]) -> String {
    let output = graxe(args);
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{args:?}: {text}");
    assert_eq!(text.lines().count(), 1, "{args:?}: {text}");
    assert!(text.starts_with("error: "), "{args:?}: {text}");
    assert_eq!(stdout(&output), "", "{args:?}");
    text
}

#[test]
fn numbers_out_of_range() {
    for (args, expected) in [
        (["--dropout", "1.5"], "at least 0 and below 1"),
        (["--dropout", "1"], "at least 0 and below 1"),
        (["--dropout", "-0.1"], "at least 0 and below 1"),
        (["--epochs", "-3"], "at least 1"),
        (["--epochs", "0"], "at least 1"),
        (["--epochs", "many"], "at least 1"),
        (["--lr", "nan"], "above 0"),
        (["--lr", "inf"], "above 0"),
        (["--lr", "0"], "above 0"),
        (["--hidden", "0"], "at least 1"),
        (["--weight-decay", "-1"], "at least 0"),
        (["--runs", "0"], "at least 1"),
        (["--runs", "18446744073709551615"], "at most 1000000000"),
        (["--epochs", "18446744073709551615"], "at most 1000000000"),
        (["--hidden", "1000000000000"], "at most 1048576"),
        (["--threads", "0"], "at least 1"),
        (["--seed", "x"], "expected a whole number"),
    ] {
        let line = refused(&["train", args[0], args[1]]);
        assert!(line.contains(args[0]) && line.contains(expected), "{line}");
    }
}

#[test]
fn paths_that_are_meant_otherwise_name_the_flag() {
    let folder = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (table, run) = (path("nodes.csv"), path("run"));
    fs::write(&table, "id,kind\na,x\n").unwrap_or_else(|e| panic!("{e}"));
    assert!(refused(&["train", &table]).contains("--nodes"));
    let trained = graxe(&["train", "--epochs", "1", "--out", &run]);
    assert!(trained.status.success(), "{}", stderr(&trained));
    assert!(refused(&["inspect", &run]).contains("graxe evaluate"));
}

#[test]
fn an_error_is_said_once() {
    let folder = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (nodes, edges) = (path("nodes.csv"), path("edges.csv"));
    fs::write(&nodes, "id,kind\na,x\nb,y\n").unwrap_or_else(|e| panic!("{e}"));
    let absent = refused(&["train", "--nodes", &nodes, "--edges", &edges]);
    assert_eq!(absent.matches("os error").count(), 1, "{absent}");
    fs::write(&edges, "from,to\na,b\n").unwrap_or_else(|e| panic!("{e}"));
    let line = refused(&["train", "--nodes", &nodes, "--edges", &edges]);
    assert_eq!(line.matches("nodes.csv").count(), 1, "{line}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_standard_error_that_is_full_changes_nothing() {
    let folder = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
    let run = |args: &[&str]| {
        let full = fs::OpenOptions::new().write(true).open("/dev/full");
        let full = full.unwrap_or_else(|e| panic!("/dev/full: {e}"));
        let output = command(folder.path(), args).stderr(full).output();
        output.unwrap_or_else(|e| panic!("{e}")).status.code()
    };
    assert_eq!(run(&["train", "--dropout", "2"]), Some(2));
    assert_eq!(run(&["train", "--model", "x"]), Some(2));
    let noted = ["train", "--epochs", "1"];
    assert_eq!(run(&noted), Some(0));
}

#[test]
fn wrong_environment_variables_are_refused() {
    for (name, value, expected) in [
        (
            "GRAXE_THREADS",
            "many",
            "expected a number of threads from 1 to 256",
        ),
        (
            "GRAXE_THREADS",
            "0",
            "expected a number of threads from 1 to 256",
        ),
        ("GRAXE_SIMD", "sse", "expected baseline, avx2 or avx512"),
    ] {
        let folder = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
        let output = command(folder.path(), &["train", "--epochs", "1"])
            .env(name, value)
            .output();
        let output = output.unwrap_or_else(|e| panic!("{e}"));
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(
            text.contains(expected) && text.lines().count() == 1,
            "{text}"
        );
    }
}

#[test]
fn a_first_layer_too_large_is_refused_before_it_is_made() {
    let folder = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
    let zeros = "0\t".repeat(2047);
    let lines: Vec<String> = (0..600)
        .map(|i| format!("p{i}\t1\t{zeros}c{}\n", i % 2))
        .collect();
    let write = |name: &str, text: &str| {
        let written = fs::write(folder.path().join(name), text);
        written.unwrap_or_else(|e| panic!("{name}: {e}"));
    };
    write("wide.content", &lines.concat());
    write("wide.cites", "p0\tp1\np2\tp3\n");
    let path = folder.path().to_string_lossy().into_owned();
    let output = graxe(&["train", &path, "--hidden", "1048576"]);
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("2^31"), "{text}");
}

/// A folder in the LINQS layout: features and a class of each node, and citations.
pub(crate) fn linqs(content: &str, cites: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
    for (name, text) in [("own.content", content), ("own.cites", cites)] {
        let written = fs::write(folder.path().join(name), text);
        written.unwrap_or_else(|e| panic!("{name}: {e}"));
    }
    let path = folder.path().to_string_lossy().into_owned();
    (folder, path)
}

#[test]
fn data_that_nothing_can_be_learned_from_are_refused() {
    let row = |i: usize, class: &str| format!("p{i}\t1\t0.5\t{class}\n");
    let alike: String = (0..6).map(|i| row(i, "only")).collect();
    let (_kept, path) = linqs(&alike, "p0\tp1\n");
    // The split is drawn, of which a line of its own warns.
    let output = graxe(&["train", &path]);
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(
        text.contains("error: own: 'only' is the only class"),
        "{text}"
    );
    assert!(
        text.ends_with("give labels of two classes or more\n"),
        "{text}"
    );
    let (_kept, path) = linqs("p0\t1\tinf\ta\np1\t1\t0\tb\n", "p0\tp1\n");
    let line = refused(&["train", &path]);
    assert!(
        line.contains("own.content:1: feature 1") && line.contains("inf"),
        "{line}"
    );
}

#[test]
fn files_without_edges_are_refused() {
    let row = |i: usize| format!("p{i}\t{}\t1\tc{}\n", i % 2, i % 2);
    let content: String = (0..12).map(row).collect();
    let (_kept, path) = linqs(&content, "");
    let line = refused(&["train", &path]);
    assert!(
        line.contains("no edges between different nodes; give nodes, edges"),
        "{line}"
    );
}

#[test]
fn files_without_training_nodes_are_refused() {
    let Some(folder) = shared_data() else { return };
    let copy = cora_with(&folder, &["y", "ally"], |row| row.fill(0));
    let path = copy.path().to_string_lossy().into_owned();
    let line = refused(&["train", "cora", "--data", &path]);
    assert!(
        line.contains("no labelled nodes to train on; give nodes"),
        "{line}"
    );
}

#[test]
fn a_class_without_training_nodes_is_named_in_a_warning() {
    let Some(folder) = shared_data() else { return };
    // Class 0 in place of class 6.
    let copy = cora_with(&folder, &["y", "ally"], |row| {
        if row[24] == 1 {
            row.swap(0, 24);
        }
    });
    let path = copy.path().to_string_lossy().into_owned();
    let output = graxe(&["train", "cora", "--data", &path, "--epochs", "1"]);
    let text = stderr(&output);
    assert!(output.status.success(), "{text}");
    assert!(
        text.contains("warning: cora: no node of '6' is trained on"),
        "{text}"
    );
}

/// A copy of Cora's files in which the rows of some label matrices, `i32[rows, 7]` as bytes, are changed.
fn cora_with(folder: &Path, parts: &[&str], change: impl Fn(&mut [u8])) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
    for part in ["x", "y", "tx", "ty", "allx", "ally", "graph", "test.index"] {
        let name = format!("ind.cora.{part}");
        let data = fs::read(folder.join("planetoid").join(&name));
        let mut data = data.unwrap_or_else(|e| panic!("{name}: {e}"));
        if parts.contains(&part) {
            let size = if part == "y" { 140 } else { 1708 } * 28;
            let start = (0..=data.len() - size)
                .find(|&s| data[s..s + size].chunks(28).all(is_one_hot))
                .unwrap_or_else(|| panic!("no matrix in {name}"));
            data[start..start + size].chunks_mut(28).for_each(&change);
        }
        fs::write(copy.path().join(&name), data).unwrap_or_else(|e| panic!("{name}: {e}"));
    }
    copy
}

fn is_one_hot(row: &[u8]) -> bool {
    let (numbers, _) = row.as_chunks::<4>();
    let numbers = numbers.iter().map(|&n| u32::from_le_bytes(n));
    numbers.clone().all(|n| n <= 1) && numbers.sum::<u32>() == 1
}

#[test]
fn unknown_names_list_the_known_ones() {
    assert!(refused(&["train", "--model", "x"]).contains("gcn, gat"));
    assert!(
        refused(&["train", "--protocol", "x"]).contains("kipf, best, cucurull, velickovic, pyg")
    );
    assert!(refused(&["tain"]).contains("train"));
    assert!(refused(&["train", "--epoch", "3"]).contains("--epochs"));
}

#[test]
fn missing_data_says_where_it_looked_and_how_to_get_it() {
    let line = refused(&["train", "citeseer"]);
    assert!(
        line.contains("citeseer") && line.contains("planetoid"),
        "{line}"
    );
    let line = refused(&["train", "cora", "--data", "/nonexistent"]);
    assert!(line.contains("/nonexistent"), "{line}");
    let line = refused(&["train", "/nonexistent/graph.tgz"]);
    assert!(line.contains("/nonexistent/graph.tgz"), "{line}");
}

#[test]
fn broken_files_are_named() {
    let Some(folder) = shared_data() else { return };
    let copy = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
    let reset = |broken: &str, bytes: &dyn Fn(Vec<u8>) -> Vec<u8>| {
        for part in ["x", "y", "tx", "ty", "allx", "ally", "graph", "test.index"] {
            let name = format!("ind.cora.{part}");
            let data = fs::read(folder.join("planetoid").join(&name));
            let data = data.unwrap_or_else(|e| panic!("{name}: {e}"));
            let data = if part == broken { bytes(data) } else { data };
            fs::write(copy.path().join(&name), data).unwrap_or_else(|e| panic!("{name}: {e}"));
        }
        let path = copy.path().to_string_lossy().into_owned();
        refused(&["train", "cora", "--data", &path])
    };
    let half = |data: Vec<u8>| data[..data.len() / 2].to_vec();
    for part in ["x", "allx", "ally", "graph"] {
        let line = reset(part, &half);
        assert!(line.contains(&format!("ind.cora.{part}")), "{line}");
    }
    let line = reset("graph", &|_| Vec::new());
    assert!(line.contains("ind.cora.graph"), "{line}");
    let line = reset("test.index", &|_| b"99999999\n".to_vec());
    assert!(line.contains("ind.cora"), "{line}");
    let line = reset("y", &|_| b"cos\nsystem\n(S'true'\ntR.".to_vec());
    assert!(line.contains("ind.cora.y"), "{line}");
}
