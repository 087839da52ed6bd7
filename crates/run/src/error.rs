//! Why a run cannot be made or read: one line that says where, what and what to do.

use std::fmt;
use std::io;
use std::path::Path;

use graxe_data::ErrorKind;
use graxe_nn::ConfigError;
use graxe_nn::checkpoint::CheckpointError;

/// What is wrong with data, settings or a run folder.
///
/// [`Display`](fmt::Display) gives one line: the file, what is wrong, and the remedy. It says all that an inner error
/// says, so that there is no source beside it.
#[derive(Debug)]
pub struct Error {
    line: String,
    taken: bool,
}

impl Error {
    pub(crate) fn new(line: impl Into<String>) -> Self {
        Self {
            line: line.into(),
            taken: false,
        }
    }

    /// A problem of a file or folder, with what to do about it.
    pub(crate) fn of(path: &Path, problem: impl fmt::Display, remedy: &str) -> Self {
        Self::new(format!("{}: {problem}; {remedy}", path.display()))
    }

    /// A folder that is somebody else's already.
    pub(crate) fn taken(path: &Path, problem: &str, remedy: &str) -> Self {
        Self {
            taken: true,
            ..Self::of(path, problem, remedy)
        }
    }

    /// Whether a folder was to be made that is there already.
    pub(crate) fn is_taken(&self) -> bool {
        self.taken
    }

    pub(crate) fn unwritable(path: &Path, error: io::Error) -> Self {
        use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        let remedy = match error.kind() {
            StorageFull | QuotaExceeded | FileTooLarge => {
                "make room on the disk and resume the run, if it has begun: what was written before is whole"
            }
            _ => "name a folder that can be written",
        };
        Self::of(path, format_args!("cannot be written: {error}"), remedy)
    }

    /// A file that should be there, with what to do about it.
    pub(crate) fn unreadable(path: &Path, error: io::Error, remedy: &str) -> Self {
        Self::of(path, format_args!("cannot be read: {error}"), remedy)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A path may hold anything, even a line end; the error is one line all the same.
        f.write_str(&self.line.replace(char::is_control, "?"))
    }
}

impl std::error::Error for Error {}

impl From<graxe_data::Error> for Error {
    fn from(error: graxe_data::Error) -> Self {
        if error.kind() == ErrorKind::Empty && error.remedy().is_none() {
            return Self::new(format!(
                "{error}; give nodes, edges between them, and labels in every part of the split"
            ));
        }
        Self::new(error.to_string())
    }
}

impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Self {
        Self::new(error.to_string())
    }
}

impl From<CheckpointError> for Error {
    fn from(error: CheckpointError) -> Self {
        Self::new(error.to_string())
    }
}
