//! Wrong input gets one clear line and exit code 2.

use std::fs;
use std::process::Command;

use crate::{graxe, shared_data, stderr, stdout};

/// Runs and gives the only line on standard error.
fn refused(args: &[&str]) -> String {
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
        (["--seed", "x"], "invalid digit"),
    ] {
        let line = refused(&["train", args[0], args[1]]);
        assert!(line.contains(args[0]) && line.contains(expected), "{line}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_standard_error_that_is_full_changes_nothing() {
    let run = |args: &[&str]| {
        let full = fs::OpenOptions::new().write(true).open("/dev/full");
        let full = full.unwrap_or_else(|e| panic!("/dev/full: {e}"));
        let output = Command::new(env!("CARGO_BIN_EXE_graxe"))
            .args(args)
            .stderr(full)
            .output();
        output.unwrap_or_else(|e| panic!("{e}")).status.code()
    };
    assert_eq!(run(&["train", "--dropout", "2"]), Some(2));
    assert_eq!(run(&["train", "--model", "gat"]), Some(2));
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
        let output = Command::new(env!("CARGO_BIN_EXE_graxe"))
            .args(["train", "--epochs", "1"])
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

#[test]
fn unknown_names_list_the_known_ones() {
    assert!(refused(&["train", "--model", "gat"]).contains("gcn, mlp"));
    assert!(refused(&["train", "--protocol", "x"]).contains("kipf, best, cucurull"));
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
