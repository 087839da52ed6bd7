//! The folder of a run: made at once, locked while it is written, its files whole at any moment.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use graxe_nn::checkpoint::write_whole;

use crate::error::Error;
use crate::staged::{self, Staged};

/// The settings of the run; they are there before anything else.
pub(crate) const CONFIG: &str = "config.toml";
/// What training goes on from.
pub(crate) const CHECKPOINT: &str = "checkpoint.safetensors";
/// A line an epoch.
pub(crate) const METRICS: &str = "metrics.jsonl";
/// The same for `TensorBoard`, which looks for this word.
pub(crate) const EVENTS: &str = "events.out.tfevents.graxe";
/// The trained model.
pub(crate) const MODEL: &str = "model.safetensors";
/// The classes of all nodes.
pub(crate) const PREDICTIONS: &str = "predictions.csv";
/// What a person reads.
pub(crate) const REPORT: &str = "report.html";
/// What a program reads.
pub(crate) const SUMMARY: &str = "summary.json";

const LOCK: &str = ".lock";

/// A run folder that this process alone writes to.
pub(crate) struct Folder {
    path: PathBuf,
    /// Locked until it is released or closed; a process that is killed gives it up.
    lock: File,
}

impl Folder {
    /// Makes the folder with its settings: whoever sees it sees them.
    pub(crate) fn create(path: &Path, config: &str) -> Result<Self, Error> {
        let holds_run = || {
            let remedy = "resume it with --resume, or name another folder";
            Error::taken(path, "holds a run already", remedy)
        };
        if path.join(CONFIG).exists() {
            return Err(holds_run());
        }
        let is_used = |mut entries: fs::ReadDir| entries.next().is_some();
        if path.exists() && !fs::read_dir(path).is_ok_and(|entries| !is_used(entries)) {
            let remedy = "name one that is not there yet";
            return Err(Error::taken(path, "is not an empty folder", remedy));
        }
        let (Some(name), parent) = (path.file_name(), path.parent()) else {
            return Err(Error::of(
                path,
                "is no name of a folder",
                "name one that is not there yet",
            ));
        };
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}.new", std::process::id()));
        let new = path.with_file_name(hidden);
        let remove = || {
            // What is not there need not go, and the first error is the one to tell.
            let _ = fs::remove_dir_all(&new);
        };
        let make = || {
            if let Some(parent) = parent {
                fs::create_dir_all(parent)?;
            }
            // An empty folder may be a mount point, over which no other can be moved.
            if path.is_dir() {
                return write_whole(&path.join(CONFIG), config.as_bytes());
            }
            // A killed process of this number may have left its own behind.
            remove();
            fs::create_dir(&new)?;
            write_whole(&new.join(CONFIG), config.as_bytes())?;
            fs::rename(&new, path)
        };
        make().map_err(|error| {
            remove();
            // Another process may have been a moment earlier.
            if path.join(CONFIG).exists() {
                holds_run()
            } else {
                Error::unwritable(path, error)
            }
        })?;
        Self::open(path)
    }

    /// Opens the folder of a run to go on with it.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        check(path)?;
        let file = path.join(LOCK);
        let lock = File::create(&file).map_err(|error| Error::unwritable(&file, error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::of(
                    path,
                    "another process is training this run",
                    "wait for it, or stop it",
                ));
            }
            Err(TryLockError::Error(error)) => return Err(Error::unwritable(&file, error)),
        }
        let folder = Self {
            path: path.to_owned(),
            lock,
        };
        staged::settle(path)?;
        folder.tidy();
        Ok(folder)
    }

    /// Removes halves of files that a killed process left behind.
    fn tidy(&self) {
        staged::forget(&self.path);
        for entry in fs::read_dir(&self.path).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with('.') && name.ends_with(".tmp") {
                // One that stays is in nobody's way.
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    /// Whether another process holds the run of this folder.
    pub(crate) fn is_busy(path: &Path) -> bool {
        let lock = File::open(path.join(LOCK));
        lock.is_ok_and(|lock| matches!(lock.try_lock(), Err(TryLockError::WouldBlock)))
    }

    /// Lets other processes write to it.
    pub(crate) fn release(&self) {
        // It is released when it is closed in any case.
        let _ = self.lock.unlock();
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// A place for files that replace their namesakes together.
    pub(crate) fn stage(&self) -> Result<Staged<'_>, Error> {
        Staged::new(&self.path)
    }

    /// Writes a file whole or not at all.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let file = self.file(name);
        write_whole(&file, bytes).map_err(|error| Error::unwritable(&file, error))
    }
}

/// Refuses what is no folder of a run.
pub(crate) fn check(path: &Path) -> Result<(), Error> {
    if path.join(CONFIG).is_file() {
        return Ok(());
    }
    let problem = if path.is_dir() {
        "holds no run: config.toml is missing"
    } else if path.exists() {
        "is a file, and a run is a folder"
    } else {
        "there is no such folder"
    };
    Err(Error::of(path, problem, "name the folder of a run"))
}
