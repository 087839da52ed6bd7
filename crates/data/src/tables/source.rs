//! The bytes of a table, unpacked where they are packed, and what betrays that they are no table.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use crate::error::{Error, ErrorKind};

const GZIP: &[u8] = b"\x1f\x8b";
const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// How many bytes are read at once.
const CHUNK: usize = 1 << 18;

/// First bytes of what people take for tables, with what it is and what to do.
const STRANGERS: [(&[u8], &str, &str); 6] = [
    (b"\xff\xfe", "UTF-16 text", TO_UTF8),
    (b"\xfe\xff", "UTF-16 text", TO_UTF8),
    (b"PK\x03\x04", "a zip archive or a spreadsheet", TO_CSV),
    (b"PAR1", "a Parquet file", TO_CSV),
    (b"\x28\xb5\x2f\xfd", "packed by zstd", UNPACK),
    (b"BZh", "packed by bzip2", UNPACK),
];
const TO_UTF8: &str = "convert it: iconv -f UTF-16 -t UTF-8 OLD > NEW";
const TO_CSV: &str = "unpack it or export it as CSV";
const UNPACK: &str = "unpack it first, or pack it by gzip";

/// Text has no zeros, but UTF-16 without a mark has one at every letter of a header.
const ZEROS: (&str, &str) = ("zero bytes, as in UTF-16 text or a binary file", TO_UTF8);

/// How many bytes are looked at for zeros.
const SAMPLE: usize = 1 << 10;

/// A window on the unpacked bytes of a file.
pub(super) struct Source {
    path: PathBuf,
    reader: Box<dyn Read + Send>,
    packed: bool,
    buffer: Vec<u8>,
    start: usize,
}

impl Source {
    /// Opens a file, plain or packed by gzip whatever its name ends in, behind its byte order mark.
    ///
    /// # Errors
    /// A file that cannot be read, and what is known to be no table of UTF-8 text.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let io = |error| Error::io(path, error);
        if path.is_dir() {
            return Err(
                Error::new(ErrorKind::Io, "expected a table, found a folder")
                    .in_file(path)
                    .with_remedy("name a file in it"),
            );
        }
        if path.metadata().is_ok_and(|meta| !meta.is_file()) {
            let message =
                "expected a file, found a pipe or a device, and a table is read more than once";
            return Err(Error::new(ErrorKind::Io, message)
                .in_file(path)
                .with_remedy("write it to a file first"));
        }
        let mut file = File::open(path).map_err(io)?;
        let mut head = Vec::new();
        file.by_ref()
            .take(GZIP.len() as u64)
            .read_to_end(&mut head)
            .map_err(io)?;
        let packed = head == GZIP;
        let whole = Cursor::new(head).chain(file);
        let mut source = Self {
            path: path.to_owned(),
            reader: if packed {
                Box::new(MultiGzDecoder::new(whole))
            } else {
                Box::new(whole)
            },
            packed,
            buffer: Vec::with_capacity(CHUNK),
            start: 0,
        };
        source.fill()?;
        let bytes = &source.buffer;
        let stranger = STRANGERS.iter().find(|known| bytes.starts_with(known.0));
        let zeros = bytes.iter().take(SAMPLE).any(|&byte| byte == 0);
        let stranger = stranger.map(|&(_, what, remedy)| (what, remedy));
        if let Some((what, remedy)) = stranger.or(zeros.then_some(ZEROS)) {
            let message = format!("expected a table of UTF-8 text, found {what}");
            return Err(Error::new(ErrorKind::Unsupported, message)
                .in_file(path)
                .with_remedy(remedy));
        }
        if source.buffer.starts_with(UTF8_MARK) {
            source.start = UTF8_MARK.len();
        }
        Ok(source)
    }

    /// The bytes that lie ready; none only at the end of the file.
    pub(super) fn bytes(&mut self) -> Result<&[u8], Error> {
        if self.start == self.buffer.len() {
            self.fill()?;
        }
        Ok(&self.buffer[self.start..])
    }

    /// Passes over the first of the bytes that lie ready.
    pub(super) fn consume(&mut self, count: usize) {
        self.start += count;
    }

    /// Reads a whole chunk, or up to the end, so that a first look sees more than a pipe's first bytes.
    fn fill(&mut self) -> Result<(), Error> {
        self.buffer.clear();
        self.start = 0;
        let chunk = self.reader.by_ref().take(CHUNK as u64);
        let result = io::copy(&mut { chunk }, &mut self.buffer);
        result.map(drop).map_err(|error| {
            if self.packed {
                Error::malformed(format!("the gzip file is cut off or damaged: {error}"))
                    .with_remedy("fetch it or pack it again")
                    .in_file(&self.path)
            } else {
                Error::io(&self.path, error)
            }
        })
    }
}
