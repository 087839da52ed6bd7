//! Why a run cannot be made or read: one line that says where, what and what to do.

use std::fmt;
use std::io;
use std::path::Path;

use graxe_nn::ConfigError;
use graxe_nn::checkpoint::CheckpointError;

/// What is wrong with data, settings or a run folder.
///
/// [`Display`](fmt::Display) gives one line: the file, what is wrong, and the remedy.
#[derive(Debug)]
pub struct Error {
    line: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(line: impl Into<String>) -> Self {
        Self {
            line: line.into(),
            source: None,
        }
    }

    /// Whether the data are sound, but nothing can be learned from them.
    pub fn is_empty_data(&self) -> bool {
        let source = self.source.as_deref();
        let error = source.and_then(|source| source.downcast_ref::<graxe_data::Error>());
        error.is_some_and(|error| error.kind() == graxe_data::ErrorKind::Empty)
    }

    /// A problem of a file or folder, with what to do about it.
    pub(crate) fn of(path: &Path, problem: impl fmt::Display, remedy: &str) -> Self {
        Self::new(format!("{}: {problem}; {remedy}", path.display()))
    }

    pub(crate) fn unwritable(path: &Path, error: io::Error) -> Self {
        use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        let remedy = match error.kind() {
            StorageFull | QuotaExceeded | FileTooLarge => {
                "make room on the disk and resume the run: what was written before is whole"
            }
            _ => "name a folder that can be written",
        };
        let mut line = Self::of(path, format_args!("cannot be written: {error}"), remedy);
        line.source = Some(Box::new(error));
        line
    }

    pub(crate) fn unreadable(path: &Path, error: io::Error) -> Self {
        let mut line = Self::of(
            path,
            format_args!("cannot be read: {error}"),
            "name the folder of a run",
        );
        line.source = Some(Box::new(error));
        line
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A path may hold anything, even a line end; the error is one line all the same.
        f.write_str(&self.line.replace(char::is_control, "?"))
    }
}

// The line says all that its source would: whoever prints a chain of errors is not told twice.
impl std::error::Error for Error {}

fn said(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error {
        line: error.to_string(),
        source: Some(Box::new(error)),
    }
}

impl From<graxe_data::Error> for Error {
    fn from(error: graxe_data::Error) -> Self {
        said(error)
    }
}

impl From<ConfigError> for Error {
    fn from(error: ConfigError) -> Self {
        said(error)
    }
}

impl From<CheckpointError> for Error {
    fn from(error: CheckpointError) -> Self {
        said(error)
    }
}
