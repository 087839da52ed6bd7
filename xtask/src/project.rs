//! Where the project's folders lie, and how its programs are called.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

/// The root of the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask lies in the workspace")
}

/// The folder of reference data and peers, which lies beside the project and need not be there.
pub(crate) fn shared() -> PathBuf {
    root().with_file_name("shared")
}

/// Where cargo builds.
pub(crate) fn target() -> PathBuf {
    let dir = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    root().join(dir)
}

/// An empty folder under the target folder.
pub(crate) fn scratch(name: &str) -> Result<PathBuf> {
    let dir = target().join("xtask").join(name);
    if dir.exists() {
        std::fs::remove_dir_all(&dir).with_context(|| format!("cannot empty {}", dir.display()))?;
    }
    std::fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
    Ok(dir)
}

/// Cargo at the root of the workspace, with these arguments separated by spaces.
pub(crate) fn cargo(arguments: &str) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .args(arguments.split_whitespace())
        .current_dir(root())
        .env("CARGO_TARGET_DIR", target());
    command
}

/// Runs a command to its end; an exit code other than zero is an error.
pub(crate) fn succeed(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| call(command))?;
    ensure!(status.success(), "{}: {status}", call(command));
    Ok(())
}

/// Runs a command to its end and gives what it wrote to its standard output.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| call(command))?;
    ensure!(
        output.status.success(),
        "{}: {}",
        call(command),
        output.status
    );
    String::from_utf8(output.stdout).with_context(|| call(command))
}

/// The command as one would type it.
pub(crate) fn call(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    std::iter::once(name)
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}
