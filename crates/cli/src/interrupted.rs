//! The end of a command that did what it could: everything is saved, but not everything was done.

use std::fmt;

/// Why a command ends with exit code 1 without an error.
#[derive(Debug)]
pub(crate) struct Interrupted;

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("interrupted")
    }
}

impl std::error::Error for Interrupted {}
