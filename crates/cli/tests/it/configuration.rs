//! `docs/configuration.md` says what the code does.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const BEGIN: &str = "<!-- begin of the table -->\n";
const END: &str = "<!-- end of the table -->\n";

fn document() -> (PathBuf, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    (path, text)
}

#[test]
fn the_table_of_settings_is_that_of_the_code() {
    let (path, text) = document();
    let (before, rest) = text.split_once(BEGIN).expect("the begin is marked");
    let (table, after) = rest.split_once(END).expect("the end is marked");
    let reference = graxe_run::reference();
    if std::env::var_os("GRAXE_BLESS").is_some() {
        let text = format!("{before}{BEGIN}{reference}{END}{after}");
        fs::write(&path, text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        return;
    }
    assert!(
        table == reference,
        "GRAXE_BLESS=1 cargo test -p graxe-cli configuration writes the table anew:\n{reference}"
    );
}

#[test]
fn every_file_of_a_run_is_listed() {
    let (_, text) = document();
    let folder = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
    let output = Command::new(env!("CARGO_BIN_EXE_graxe"))
        .args(["train", "--epochs", "2", "--out", "run"])
        .current_dir(folder.path())
        .output()
        .unwrap_or_else(|e| panic!("{e}"));
    assert!(output.status.success(), "{}", crate::stderr(&output));
    let files = fs::read_dir(folder.path().join("run")).unwrap_or_else(|e| panic!("{e}"));
    let mut count = 0;
    for file in files {
        let name = file.unwrap_or_else(|e| panic!("{e}")).file_name();
        let name = name.to_string_lossy();
        assert!(text.contains(&format!("\n| `{name}` |")), "{name}");
        count += 1;
    }
    let listed = text.split_once("## The files").map_or("", |(_, rest)| rest);
    let listed = listed.split("\n## ").next().unwrap_or_default();
    assert_eq!(
        count,
        listed.matches("\n| `").count(),
        "files that are no more"
    );
}
