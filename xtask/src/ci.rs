//! `cargo xtask ci`: everything that a change must keep.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::ops::AddAssign;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};

use crate::project::{call, cargo, root, scratch, shared, succeed, target};

/// How many tests passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    passed: u64,
    failed: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// Runs the steps up to the first that fails; the last line gives the counts of the tests in any case.
///
/// Everything goes to standard output, so that a log keeps its order.
pub(crate) fn run() -> ExitCode {
    let mut counts = Counts::default();
    let outcome = steps(&mut counts);
    if let Err(error) = &outcome {
        println!("ci failed: {error:#}");
    }
    println!("{} passed, {} failed", counts.passed, counts.failed);
    if outcome.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn steps(counts: &mut Counts) -> Result<()> {
    step("format", || succeed(&mut cargo("fmt --all --check")))?;
    step("clippy", || {
        succeed(&mut cargo(
            "clippy --workspace --all-targets -- -D warnings",
        ))
    })?;
    step("documentation", || {
        succeed(cargo("doc --workspace --no-deps").env("RUSTDOCFLAGS", "-D warnings"))
    })?;
    step("programs that tests drive", programs)?;
    step("tests", || tests(counts))?;
    step("the command", command)?;
    step("examples", examples)?;
    step("licences, bans and sources", licences)
}

fn step(name: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    println!("== {name}");
    let start = Instant::now();
    let outcome = work().with_context(|| name.to_owned());
    let verdict = if outcome.is_ok() { "ok" } else { "FAILED" };
    println!(
        "== {name}: {verdict}, {:.1} s",
        start.elapsed().as_secs_f64()
    );
    outcome
}

/// The programs that tests drive, and Debian's packages that hold them: a browser for the report, a terminal for the
/// progress bar.
const PROGRAMS: [(&str, &str); 3] = [
    ("chromium", "chromium"),
    ("chromedriver", "chromium-driver"),
    ("tmux", "tmux"),
];

/// Installs what is missing of [`PROGRAMS`].
fn programs() -> Result<()> {
    let missing = PROGRAMS.iter().filter(|(program, _)| {
        let found = Command::new(program)
            .arg(if *program == "tmux" {
                "-V"
            } else {
                "--version"
            })
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        !found.is_ok_and(|status| status.success())
    });
    let packages: Vec<&str> = missing.map(|(_, package)| *package).collect();
    if packages.is_empty() {
        return Ok(());
    }
    let apt = || {
        let mut apt = Command::new("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive");
        apt
    };
    succeed(apt().args(["--quiet", "update"]))?;
    let install = ["--quiet", "--yes", "--no-install-recommends", "install"];
    succeed(apt().args(install).args(packages))
}

/// Runs the README's test command to its end, past failures, and adds up what its binaries count.
///
/// `CI` makes the tests that read data fail where the data are missing, instead of skipping.
fn tests(counts: &mut Counts) -> Result<()> {
    let readme = root().join("README.md");
    let text = std::fs::read_to_string(&readme).context("README.md")?;
    let command = test_command(&text).context("README.md: no fenced `cargo test`")?;
    let mut command = cargo(&command.replacen("cargo test", "test --no-fail-fast", 1));
    let mut child = command
        .env("CI", "1")
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| call(&command))?;
    let stdout = child.stdout.take().expect("standard output is piped");
    for line in BufReader::new(stdout).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        if let Some(result) = test_result(&line) {
            *counts += result;
        }
    }
    let status = child.wait()?;
    ensure!(status.success(), "{}: {status}", call(&command));
    ensure!(counts.failed == 0, "{} tests failed", counts.failed);
    ensure!(counts.passed > 0, "{}: no test was run", call(&command));
    Ok(())
}

/// The fenced command of the README that starts with `cargo test`, without its remark.
fn test_command(readme: &str) -> Option<&str> {
    let mut fenced = false;
    for line in readme.lines().map(str::trim) {
        if line.starts_with("```") {
            fenced = !fenced;
        } else if fenced && line.starts_with("cargo test") {
            return line.split('#').next().map(str::trim_end);
        }
    }
    None
}

/// The counts in the last line of a test binary or of a crate's doctests.
fn test_result(line: &str) -> Option<Counts> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let count = |word: &str| {
        let part = counts.split("; ").find(|part| part.ends_with(word))?;
        part.split(' ').next()?.parse().ok()
    };
    Some(Counts {
        passed: count(" passed")?,
        failed: count(" failed")?,
    })
}

/// Runs cargo-deny, and installs it first where it is missing.
fn licences() -> Result<()> {
    let known = cargo("deny --version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if !known.is_ok_and(|status| status.success()) {
        let build = target().join("tools");
        succeed(cargo("install cargo-deny --locked").env("CARGO_TARGET_DIR", build))?;
    }
    succeed(&mut cargo("deny check licenses bans sources"))
}

/// The most bytes of the command as it is given away.
const LARGEST_COMMAND: u64 = 25_000_000;

/// Builds the command as the README does, trains with it in an empty folder, and weighs it.
fn command() -> Result<()> {
    let mut build = cargo("build --quiet --release --package graxe-cli");
    // As for the examples.
    succeed(build.env("CARGO_PROFILE_RELEASE_LTO", "false"))?;
    let program = target().join("release").join("graxe");
    let mut train = Command::new(&program);
    succeed(train.arg("train").current_dir(scratch("command")?))?;
    let size = std::fs::metadata(&program)?.len();
    println!("{size} bytes");
    ensure!(
        size < LARGEST_COMMAND,
        "the command is larger than {LARGEST_COMMAND} bytes"
    );
    Ok(())
}

/// Runs every example of the facade, each in an empty folder.
fn examples() -> Result<()> {
    let folder = root().join("crates/graxe/examples");
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&folder).context("crates/graxe/examples")? {
        let path = entry?.path();
        // A file, or a folder of one.
        if path.extension() == Some(OsStr::new("rs")) || path.join("main.rs").is_file() {
            let name = path.file_stem().context("an example without a name")?;
            names.push(name.to_string_lossy().into_owned());
        }
    }
    names.sort();
    for name in names {
        println!("-- {name}");
        succeed(&mut example(&name)?)?;
    }
    Ok(())
}

fn example(name: &str) -> Result<Command> {
    let mut command = cargo("run --quiet --release --package graxe --manifest-path");
    command.arg(root().join("Cargo.toml"));
    command.args(["--example", name]);
    // Each would be linked anew for a minute, and runs for a second.
    command.env("CARGO_PROFILE_RELEASE_LTO", "false");
    command.current_dir(scratch(&format!("examples/{name}"))?);
    let data = shared().join("data");
    if std::env::var_os("GRAXE_DATA").is_none() && data.exists() {
        command.env("GRAXE_DATA", data);
    }
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_command_is_the_fenced_one() {
        let readme = "Try `cargo test`.\ncargo test --no\n```sh\n$ ls\n```\n\n    cargo test --no\n\
                      ```\ncargo run\ncargo test --workspace   # all of it\n```\n";
        assert_eq!(test_command(readme), Some("cargo test --workspace"));
        assert_eq!(test_command("cargo test\n```\ncargo run\n```\n"), None);
    }

    #[test]
    fn results_are_counted_and_nothing_else() {
        let (passed, failed) = (12, 3);
        let ok = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s";
        let counts = Counts { passed, failed: 0 };
        assert_eq!(test_result(ok), Some(counts));
        let bad = "test result: FAILED. 12 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out";
        let mut sum = Counts::default();
        sum += test_result(bad).unwrap();
        sum += test_result(ok).unwrap();
        let passed = 2 * passed;
        assert_eq!(sum, Counts { passed, failed });
        assert_eq!(test_result("test a::b ... ok"), None);
        assert_eq!(test_result("running 3 tests"), None);
    }
}
