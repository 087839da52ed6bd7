//! Files that replace their namesakes in a folder together: all of them, or none.
//!
//! They are written into a folder of their own. That folder's change of name decides that they replace the others; from
//! then on whoever opens the run moves what is still in it.

use std::path::{Path, PathBuf};
use std::{fs, io};

use graxe_nn::checkpoint::write_whole;

use crate::error::Error;

/// Where the files lie before it is decided, and after.
const NEXT: &str = ".next";
const DECIDED: &str = ".decided";

/// Files that are to replace their namesakes.
pub(crate) struct Staged<'a> {
    folder: &'a Path,
    is_decided: bool,
}

impl<'a> Staged<'a> {
    pub(crate) fn new(folder: &'a Path) -> Result<Self, Error> {
        let next = folder.join(NEXT);
        let make = || {
            // What a killed process left behind was not decided.
            if next.exists() {
                fs::remove_dir_all(&next)?;
            }
            fs::create_dir(&next)
        };
        make().map_err(|error| Error::unwritable(&next, error))?;
        Ok(Self {
            folder,
            is_decided: false,
        })
    }

    /// Where a file of this name is to be written.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(NEXT).join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let written = write_whole(&self.file(name), bytes);
        written.map_err(|error| Error::unwritable(&self.folder.join(name), error))
    }

    /// Lets the files replace their namesakes.
    pub(crate) fn commit(mut self) -> Result<(), Error> {
        let decided = self.folder.join(DECIDED);
        let renamed = fs::rename(self.folder.join(NEXT), &decided);
        renamed.map_err(|error| Error::unwritable(&decided, error))?;
        self.is_decided = true;
        settle(self.folder)
    }
}

impl Drop for Staged<'_> {
    fn drop(&mut self) {
        if !self.is_decided {
            forget(self.folder);
        }
    }
}

/// Removes what was not decided, which may have filled the disk.
pub(crate) fn forget(folder: &Path) {
    // What stays is in nobody's way.
    let _ = fs::remove_dir_all(folder.join(NEXT));
}

/// Whether a replacement was decided, but is not carried out.
pub(crate) fn is_unsettled(folder: &Path) -> bool {
    folder.join(DECIDED).exists()
}

/// Carries out a replacement that was decided.
pub(crate) fn settle(folder: &Path) -> Result<(), Error> {
    let decided = folder.join(DECIDED);
    if !decided.exists() {
        return Ok(());
    }
    let replace = || {
        // Listed first: a folder that changes while it is read may be read wrongly.
        let entries: Vec<_> = fs::read_dir(&decided)?.collect::<io::Result<_>>()?;
        for entry in entries {
            fs::rename(entry.path(), folder.join(entry.file_name()))?;
        }
        fs::remove_dir(&decided)
    };
    replace().map_err(|error| Error::unwritable(&decided, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two files of a state, as they stand in a folder.
    fn state(folder: &Path) -> [String; 2] {
        ["a", "b"].map(|name| fs::read_to_string(folder.join(name)).unwrap_or_default())
    }

    #[test]
    fn a_replacement_is_carried_out_whole_wherever_it_stopped() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let folder = folder.path();
        let staged = |text: &str| {
            let staged = Staged::new(folder).expect("a folder that can be written");
            for name in ["a", "b"] {
                staged.write(name, text.as_bytes()).expect("room");
            }
            staged
        };
        staged("old").commit().expect("room");
        assert_eq!(state(folder), ["old", "old"]);
        // An error before it was decided, and a kill.
        drop(staged("lost"));
        assert!(!folder.join(NEXT).exists());
        std::mem::forget(staged("lost"));
        settle(folder).expect("nothing to do");
        assert_eq!(state(folder), ["old", "old"]);
        // Killed after it was decided, and after the first of the files.
        for moved in [None, Some("a"), Some("b")] {
            std::mem::forget(staged("new"));
            fs::rename(folder.join(NEXT), folder.join(DECIDED)).expect("room");
            if let Some(name) = moved {
                fs::rename(folder.join(DECIDED).join(name), folder.join(name)).expect("room");
            }
            assert!(is_unsettled(folder));
            settle(folder).expect("room");
            assert!(!is_unsettled(folder));
            assert_eq!(state(folder), ["new", "new"]);
            staged("old").commit().expect("room");
        }
    }
}
