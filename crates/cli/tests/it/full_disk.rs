//! A disk that is full, and a file that may not grow: a clear line, and nothing lost that was written before.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::runs::{assert_same, bytes, tables, train, well};
use crate::{command, stderr};

/// What the run is to end with.
const MORE: &str = "--epochs=60";

/// A folder with tables, a run of few epochs, and what becomes of it with more.
fn prepared() -> TempDir {
    let dir = tables(60);
    train(dir.path(), &["--epochs=10", "--out=first"]);
    train(dir.path(), &[MORE, "--out=whole"]);
    dir
}

/// A copy of the run of few epochs.
fn copy(folder: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap_or_else(|e| panic!("{e}"));
    for entry in fs::read_dir(folder.join("first")).unwrap_or_else(|e| panic!("{e}")) {
        let entry = entry.unwrap_or_else(|e| panic!("{e}"));
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap_or_else(|e| panic!("{e}"));
    }
}

/// Whether it failed, as it must: naming a file of the run and what to do.
fn failed(output: &Output, run: &Path) -> bool {
    let text = stderr(output);
    if output.status.success() {
        return false;
    }
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(
        text.starts_with(&format!("error: {}/", run.display())),
        "{text}"
    );
    let told = [
        "cannot be written: ",
        " (os error ",
        "); make room on the disk",
    ];
    let once = |part: &str| text.matches(part).count() == 1;
    assert!(told.into_iter().all(once), "{text}");
    true
}

/// The run answers as before or as after, and goes on to the bits of one that was not disturbed.
fn assert_whole(folder: &Path, run: &Path, of: &str) {
    let name = run.display().to_string();
    let predicted = well(folder, &["predict", &name]).into_bytes();
    let runs = ["first", "whole"].map(|run| bytes(&folder.join(run), "predictions.csv"));
    assert!(runs.contains(&predicted), "{of}");
    well(folder, &["compare", &name, "first"]);
    well(folder, &["train", "--quiet", "--resume", &name, MORE]);
    assert_same(run, &folder.join("whole"), of);
    let text = String::from_utf8(bytes(run, "metrics.jsonl")).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(text.lines().count(), 60, "{of}");
    let left = fs::read_dir(run).unwrap_or_else(|e| panic!("{e}"));
    let mut left = left.filter_map(|entry| Some(entry.ok()?.path()));
    assert!(
        left.all(|file| file.extension().is_none_or(|ending| ending != "tmp")),
        "{of}"
    );
}

#[test]
fn files_that_may_not_grow_lose_nothing() {
    let dir = prepared();
    let path = dir.path();
    let mut failures = 0;
    // In blocks of 512 bytes, from less than a line to more than the report.
    for blocks in [0, 1, 3, 6, 12, 20, 40, 100, 100_000] {
        let out = path.join(format!("blocks{blocks}"));
        copy(path, &out);
        let mut shell = Command::new("sh");
        // The signal would end the process; without it, writing fails.
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
        let graxe = env!("CARGO_BIN_EXE_graxe");
        let name = out.display().to_string();
        let args = [
            &script, "sh", graxe, "train", "--quiet", "--resume", &name, MORE,
        ];
        let output = shell.arg("-c").args(args).current_dir(path).output();
        let output = output.unwrap_or_else(|e| panic!("{e}"));
        failures += usize::from(failed(&output, &out));
        assert_whole(path, &out, &format!("{blocks} blocks"));
    }
    assert!((5..9).contains(&failures), "{failures}");
}

/// A file system of its own in memory.
struct Disk(PathBuf);

impl Disk {
    /// Mounts it, where this user may; says so where not.
    fn mount(at: PathBuf, size: &str) -> Option<Self> {
        fs::create_dir(&at).unwrap_or_else(|e| panic!("{e}"));
        let size = format!("size={size}");
        let args = ["-t", "tmpfs", "-o", &size, "graxe"];
        let mounted = Command::new("mount").args(args).arg(&at).output();
        if mounted.is_ok_and(|output| output.status.success()) {
            return Some(Self(at));
        }
        eprintln!("skipped: no file system can be mounted here");
        None
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_loses_nothing() {
    let dir = prepared();
    let path = dir.path();
    let Some(disk) = Disk::mount(path.join("disk"), "4m") else {
        return;
    };
    let mut failures = 0;
    for pages in [0, 1, 2, 3, 5, 8, 16, 40, 400] {
        let out = disk.0.join("run");
        copy(path, &out);
        // All of the disk but so many pages of 4096 bytes is taken.
        let ballast = disk.0.join("ballast");
        let room = fs::File::create(disk.0.join("room"))
            .and_then(|mut room| std::io::Write::write_all(&mut room, &vec![1; pages * 4096]));
        room.unwrap_or_else(|e| panic!("{e}"));
        assert!(fs::write(&ballast, vec![1; 4 << 20]).is_err());
        fs::remove_file(disk.0.join("room")).unwrap_or_else(|e| panic!("{e}"));
        let name = out.display().to_string();
        let output = command(path, &["train", "--quiet", "--resume", &name, MORE]).output();
        failures += usize::from(failed(&output.unwrap_or_else(|e| panic!("{e}")), &out));
        fs::remove_file(&ballast).unwrap_or_else(|e| panic!("{e}"));
        assert_whole(path, &out, &format!("{pages} pages"));
        fs::remove_dir_all(&out).unwrap_or_else(|e| panic!("{e}"));
    }
    assert!((5..9).contains(&failures), "{failures}");
    // A run that cannot even begin leaves nothing.
    assert!(fs::write(disk.0.join("ballast"), vec![1; 5 << 20]).is_err());
    let new = disk.0.join("new");
    let flag = format!("--out={}", new.display());
    let args = [&crate::runs::TABLES[..], &[&flag]].concat();
    let output = command(path, &args)
        .output()
        .unwrap_or_else(|e| panic!("{e}"));
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("make room on the disk"), "{text}");
    let left = fs::read_dir(&disk.0).map_or(0, Iterator::count);
    assert_eq!(left, 1, "the ballast alone");
}
