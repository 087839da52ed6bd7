//! The formats that data sets come in: one file each, listed here.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind};
use crate::raw::RawDataset;

mod csr_matrix;
pub(crate) mod linqs;
mod npy;
pub(crate) mod npz;
pub(crate) mod pickle;
pub(crate) mod planetoid;

/// Every format, the one tried first at the front.
pub(crate) const FORMATS: &[Format] = &[planetoid::FORMAT, linqs::FORMAT, npz::FORMAT];

/// How the data sets of one format are recognised and read.
pub(crate) struct Format {
    /// Folder of this format in the layout of `GRAXE_DATA`.
    pub(crate) subfolder: &'static str,
    /// The file or folder that holds the data set of this name in a folder, by the names of files alone.
    pub(crate) find: fn(folder: &Path, name: &str) -> Option<PathBuf>,
    /// Names of all data sets of this format in a file or folder; none when it is of another format.
    pub(crate) names: fn(path: &Path) -> Result<Vec<String>, Error>,
    /// Reads the data set of this name out of a file or folder.
    pub(crate) read: fn(path: &Path, name: &str) -> Result<RawDataset, Error>,
}

/// No file of a data set, unpacked, may be longer: row pointers are 32 bits wide.
pub(crate) const LONGEST_FILE: u64 = 1 << 30;

/// Reads a whole file without trusting the length that it claims.
pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>, Error> {
    let file = File::open(path).map_err(|error| Error::io(path, error))?;
    read_bounded(file, path)
}

/// Reads to the end, or fails at [`LONGEST_FILE`].
pub(crate) fn read_bounded(reader: impl Read, path: &Path) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    reader
        .take(LONGEST_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Error::io(path, error))?;
    if bytes.len() as u64 > LONGEST_FILE {
        return Err(Error::new(
            ErrorKind::TooLarge,
            format!("more than {} MiB of data", LONGEST_FILE >> 20),
        )
        .in_file(path));
    }
    Ok(bytes)
}
