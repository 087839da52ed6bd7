//! Predictions, and where they go.

use std::process::{Command, Stdio};

#[test]
fn a_closed_pipe_is_no_error() {
    let folder = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
    let graxe = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_graxe"));
        command.args(args).current_dir(folder.path());
        command
    };
    let trained = graxe(&["train", "--epochs", "1", "--out", "run", "-q"]).output();
    assert!(trained.is_ok_and(|output| output.status.success()));
    let (reader, writer) = std::io::pipe().unwrap_or_else(|e| panic!("{e}"));
    drop(reader);
    let mut predict = graxe(&["predict", "run"]);
    predict.stdout(writer).stderr(Stdio::piped());
    let output = predict.output().unwrap_or_else(|e| panic!("{e}"));
    assert!(output.status.success(), "{}", crate::stderr(&output));
    assert_eq!(crate::stderr(&output), "");
}
