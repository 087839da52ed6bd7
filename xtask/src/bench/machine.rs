//! On what was measured.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::available_parallelism;

use crate::project::root;

/// Prints the processor, its cores, the load, the compiler and the commit, one line in all.
pub(super) fn print() {
    let unknown = || "unknown".to_owned();
    let cores = available_parallelism().map_or_else(|_| unknown(), |n| n.to_string());
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let rustc = first_line(Command::new(rustc).arg("--version")).unwrap_or_else(unknown);
    let mut git = Command::new("git");
    let commit = git
        .args(["describe", "--always", "--dirty"])
        .current_dir(root());
    println!(
        "{}, {cores} cores ({}), {rustc}, commit {}\n",
        field("/proc/cpuinfo", "model name").unwrap_or_else(unknown),
        load().unwrap_or_else(|| "load unknown".to_owned()),
        first_line(commit).unwrap_or_else(unknown),
    );
}

/// Prints the versions of a Python and of the peers' packages.
pub(super) fn print_packages(python: &Path) {
    let script = "import platform\nfrom importlib.metadata import version\nprint('Python', platform.python_version(), \
                  *(f'{p} {version(p)}' for p in ('numpy', 'scipy', 'torch', 'torch_geometric', 'jax')), sep=', ')";
    if let Some(line) = first_line(Command::new(python).args(["-c", script])) {
        println!("{line}\n");
    }
}

/// The load of the last minute and how many others run now, where Linux says so. Sides of several
/// threads suffer most from others.
fn load() -> Option<String> {
    let text = fs::read_to_string("/proc/loadavg").ok()?;
    let mut words = text.split(' ');
    let load = words.next()?;
    let running: u64 = words.nth(2)?.split_once('/')?.0.parse().ok()?;
    Some(format!(
        "load {load}, {} others running",
        running.saturating_sub(1)
    ))
}

/// The bytes of memory that are free, where Linux says so.
pub(super) fn available_memory() -> Option<u64> {
    let kilobytes = field("/proc/meminfo", "MemAvailable")?;
    let kilobytes: u64 = kilobytes.strip_suffix(" kB")?.parse().ok()?;
    Some(1024 * kilobytes)
}

/// The value behind `name` and a colon, where Linux has such a file.
fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(rest.trim_start().strip_prefix(':')?.trim().to_owned())
}

fn first_line(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let line = text.lines().next()?;
    output.status.success().then(|| line.to_owned())
}
