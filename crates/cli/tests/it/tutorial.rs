//! `docs/your-own-graph.md` as a reader follows it: its files are written, its commands run, and what it shows is printed.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::shared_data;

/// What a reader of the small example does not need: its files are downloaded.
const REAL: &str = "## A real graph";

/// A fenced block: what stands behind the fence, and its lines.
struct Block<'a> {
    info: &'a str,
    lines: Vec<&'a str>,
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut open: Option<Block<'_>> = None;
    for line in text.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(info), None) => {
                open = Some(Block {
                    info,
                    lines: Vec::new(),
                });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some(block)) => block.lines.push(line),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a fence is not closed");
    blocks
}

/// Runs the lines of a block by a shell that finds `graxe`; its exit code, and what it prints.
fn run(block: &Block<'_>, folder: &Path) -> (Option<i32>, String) {
    let own = Path::new(env!("CARGO_BIN_EXE_graxe"));
    let own = own.parent().expect("a file is in a folder").to_owned();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(own).chain(std::env::split_paths(&path)));
    let output = Command::new("sh")
        // Both outputs in the order of a terminal.
        .args([
            "-e",
            "-c",
            &format!("exec 2>&1\n{}", block.lines.join("\n")),
        ])
        .current_dir(folder)
        .env("PATH", path.unwrap_or_else(|e| panic!("{e}")))
        .env_remove("GRAXE_DATA")
        .output()
        .unwrap_or_else(|e| panic!("sh: {e}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.code(), text)
}

/// A line without what differs from machine to machine: times, sizes in memory, and the spaces before them.
fn steady(line: &str) -> String {
    const UNITS: [&str; 9] = ["µs", "ms", "s", "min", "h", "B", "kB", "MB", "GB"];
    let mut words: Vec<&str> = Vec::new();
    for word in line.split_whitespace() {
        let unit = word.trim_end_matches([',', ';']);
        let is_number = |word: &str| word.parse::<f64>().is_ok();
        if UNITS.contains(&unit) && words.last().is_some_and(|last| is_number(last)) {
            words.pop();
            words.push("#");
        } else {
            words.push(word);
        }
    }
    words.join(" ")
}

/// The first line that is shown and does not follow in what is printed.
fn missing<'a>(shown: &[&'a str], printed: &str) -> Option<&'a str> {
    let mut printed = printed.lines().map(steady);
    let mut shown = shown.iter().filter(|line| line.trim() != "...");
    shown
        .find(|line| !printed.any(|other| other == steady(line)))
        .copied()
}

#[test]
fn what_the_tutorial_shows_is_what_happens() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/your-own-graph.md");
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let (small, real) = text.split_once(REAL).expect("the second example is there");
    let folder = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
    follow(small, folder.path());
    let Some(data) = shared_data() else { return };
    let archive = data.join("linqs/cora.tgz");
    fs::copy(&archive, folder.path().join("cora.tgz"))
        .unwrap_or_else(|e| panic!("{}: {e}", archive.display()));
    follow(real, folder.path());
}

fn follow(text: &str, folder: &Path) {
    let mut printed = None;
    let mut commands = 0;
    for block in blocks(text) {
        let words: Vec<&str> = block.info.split_whitespace().collect();
        match words[..] {
            ["csv", name] => {
                let table = block.lines.join("\n") + "\n";
                fs::write(folder.join(name), table).unwrap_or_else(|e| panic!("{name}: {e}"));
            }
            ["sh"] | ["sh", "fails"] => {
                let (code, output) = run(&block, folder);
                let expected = if words.len() == 1 { 0 } else { 2 };
                let lines = block.lines.join("\n");
                assert_eq!(code, Some(expected), "{lines}\n{output}");
                printed = Some((lines, output));
                commands += 1;
            }
            ["text"] => {
                let (lines, output) = printed.take().expect("it follows a command");
                if let Some(line) = missing(&block.lines, &output) {
                    panic!("not printed in this place:\n{line}\nby\n{lines}\nbut\n{output}");
                }
            }
            _ => panic!("a block of {:?}", block.info),
        }
    }
    assert!(commands > 3, "the commands are no longer found");
}
