//! The records of a table: fields of text with the line that they start on, in memory for one record.

use std::path::{Path, PathBuf};

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::header::Header;
use super::source::Source;
use crate::error::{Error, ErrorKind};

/// What may stand between fields; of several that are equally frequent in the header the first is taken.
const DELIMITERS: [(u8, &str); 4] = [
    (b'\t', "tabs"),
    (b',', "commas"),
    (b';', "semicolons"),
    (b'|', "vertical bars"),
];

/// No record is longer, so that a quote that is never closed does not bring a whole file into memory.
const LONGEST_RECORD: usize = 16 << 20;

/// Columns have a few hundred bytes of bookkeeping each.
const MOST_COLUMNS: usize = 1 << 20;

/// There is room for so many fields from the start, so that a line with a few too many is told their number.
const FEW_FIELDS: usize = 64;

/// The records of a CSV or TSV file behind its header, with one buffer that all of them share.
///
/// The parser is that of the `csv` crate without its buffers, which grow with the longest record
/// however long, and cannot tell a quote that is left open.
pub(super) struct Records {
    path: PathBuf,
    source: Source,
    parser: Reader,
    delimiter: &'static str,
    num_columns: usize,
    text: Vec<u8>,
    ends: Vec<usize>,
}

/// One record, as many fields as the header has.
#[derive(Clone, Copy)]
pub(super) struct Record<'a> {
    text: &'a str,
    ends: &'a [usize],
    /// The line that the record starts on, counted from 1.
    pub(super) line: usize,
}

impl<'a> Record<'a> {
    /// The text of the field in this column.
    pub(super) fn field(&self, column: usize) -> &'a str {
        let start = column.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..self.ends[column]]
    }

    /// Whether every field is the name of its column, in whatever case.
    pub(super) fn repeats(&self, header: &Header) -> bool {
        let mut names = header.names().iter().enumerate();
        names.all(|(column, name)| self.field(column).trim().eq_ignore_ascii_case(name))
    }
}

impl Records {
    /// Opens a table and reads its header; the delimiter is the one that the header has most of.
    ///
    /// # Errors
    /// A file that cannot be read or is no table, and a header that is none.
    pub(super) fn open(path: &Path) -> Result<(Self, Header), Error> {
        let mut source = Source::open(path)?;
        let (delimiter, name) = delimiter_of(source.bytes()?);
        let mut records = Self {
            path: path.to_owned(),
            source,
            parser: ReaderBuilder::new().delimiter(delimiter).build(),
            delimiter: name,
            num_columns: 0,
            text: vec![0; 1 << 10],
            ends: vec![0; FEW_FIELDS],
        };
        let header = records.header().map_err(|error| error.in_file(path))?;
        Ok((records, header))
    }

    fn header(&mut self) -> Result<Header, Error> {
        let Some((line, num_fields)) = self.parse(MOST_COLUMNS)? else {
            return Err(
                Error::new(ErrorKind::Empty, "the file is empty, expected a table")
                    .with_remedy("its first line names the columns"),
            );
        };
        let record = self.record(line, num_fields)?;
        if num_fields == 1 {
            return Err(Error::malformed(format!(
                "the header is one column, {}",
                crate::error::quoted(record.text.as_bytes())
            ))
            .at_line(line)
            .with_remedy("separate columns by commas, tabs, semicolons or vertical bars"));
        }
        let fields = (0..num_fields).map(|column| record.field(column));
        let header = Header::new(fields, line, self.delimiter)?;
        self.num_columns = num_fields;
        Ok(header)
    }

    /// The file that is read.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The next record, or `None` behind the last one.
    ///
    /// # Errors
    /// Another number of fields than in the header, bytes that are not UTF-8, a quote that is left open.
    pub(super) fn next(&mut self) -> Result<Option<Record<'_>>, Error> {
        self.advance()
            .map_err(|error| error.in_file(&self.path))?
            .map(|line| self.record(line, self.num_columns))
            .transpose()
            .map_err(|error| error.in_file(&self.path))
    }

    fn advance(&mut self) -> Result<Option<usize>, Error> {
        while let Some((line, found)) = self.parse(self.num_columns)? {
            if found == self.num_columns {
                return Ok(Some(line));
            }
            if found > 1 || !self.text[..self.ends[0]].trim_ascii().is_empty() {
                return Err(self.ragged(&found.to_string()).at_line(line));
            }
        }
        Ok(None)
    }

    fn ragged(&self, found: &str) -> Error {
        Error::malformed(format!(
            "expected {} fields as in the header, found {found}",
            self.num_columns
        ))
        .with_remedy(format!(
            "fields are separated by {}; one that holds them stands in double quotes",
            self.delimiter
        ))
    }

    /// The error of a record of which more fields follow than may be.
    fn too_many_fields(&self, num_fields: usize) -> Error {
        let in_header = self.num_columns == 0;
        if in_header {
            let message = format!("more than {num_fields} columns are too many");
            return Error::new(ErrorKind::TooLarge, message);
        }
        self.ragged(&format!("more than {num_fields}"))
    }

    /// Parses the next record that is not blank into the buffers; its line and its number of fields, of which
    /// no more are kept than `most`, or than there is room for already.
    fn parse(&mut self, most: usize) -> Result<Option<(usize, usize)>, Error> {
        if !self.skip_blank_lines()? {
            return Ok(None);
        }
        let line = self.parser.line() as usize;
        let (mut num_bytes, mut num_fields) = (0, 0);
        loop {
            let input = self.source.bytes()?;
            // At the end of the file a line end closes the last record, unless a quote is still open.
            let at_end = input.is_empty();
            let input = if at_end { b"\n" } else { input };
            let (result, read, written, ended) = self.parser.read_record(
                input,
                &mut self.text[num_bytes..],
                &mut self.ends[num_fields..],
            );
            num_bytes += written;
            num_fields += ended;
            if !at_end {
                self.source.consume(read);
            }
            match result {
                ReadRecordResult::Record => return Ok(Some((line, num_fields))),
                // A field follows those that fill the buffer.
                ReadRecordResult::OutputEndsFull if num_fields >= most => {
                    return Err(self.too_many_fields(num_fields).at_line(line));
                }
                ReadRecordResult::OutputEndsFull => {
                    self.ends.resize((self.ends.len() * 2).min(most), 0);
                }
                ReadRecordResult::OutputFull if self.text.len() < LONGEST_RECORD => {
                    self.text.resize(self.text.len() * 2, 0);
                }
                ReadRecordResult::OutputFull => {
                    let message = format!(
                        "the record is longer than {} MiB, as when a quote is not closed",
                        LONGEST_RECORD >> 20
                    );
                    return Err(Error::malformed(message)
                        .at_line(line)
                        .with_remedy("double a quote that belongs to a field's text"));
                }
                ReadRecordResult::InputEmpty if at_end => {
                    return Err(Error::malformed("a quote is opened here and never closed")
                        .at_line(line)
                        .with_remedy("double a quote that belongs to a field's text"));
                }
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::End => return Ok(None),
            }
        }
    }

    /// Whether a record follows. The parser would skip the lines too, but not say where the record starts.
    fn skip_blank_lines(&mut self) -> Result<bool, Error> {
        loop {
            match self.source.bytes()?.first() {
                None => return Ok(false),
                Some(b'\n') => self.parser.set_line(self.parser.line() + 1),
                Some(b'\r') => {}
                Some(_) => return Ok(true),
            }
            self.source.consume(1);
        }
    }

    /// The record in the buffers, once its bytes are known to be text.
    fn record(&self, line: usize, num_fields: usize) -> Result<Record<'_>, Error> {
        let ends = &self.ends[..num_fields];
        let bytes = &self.text[..ends.last().copied().unwrap_or(0)];
        let text = std::str::from_utf8(bytes);
        // A character that is cut off in one field may seem to go on in the next.
        let whole =
            |text: &&str| text.is_ascii() || ends.iter().all(|&end| text.is_char_boundary(end));
        match text.ok().filter(whole) {
            Some(text) => Ok(Record { text, ends, line }),
            None => Err(Error::malformed(format!(
                "expected UTF-8 text, found {}",
                stray_byte(bytes)
            ))
            .at_line(line)
            .with_remedy("if it is Latin-1, convert it: iconv -f ISO-8859-1 -t UTF-8 OLD > NEW")),
        }
    }
}

fn stray_byte(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Err(error) => format!("byte 0x{:02x}", bytes[error.valid_up_to()]),
        Ok(_) => "a character across two fields".to_owned(),
    }
}

/// The delimiter that the first line has most of outside quotes; the comma where it has none.
fn delimiter_of(bytes: &[u8]) -> (u8, &'static str) {
    let mut counts = [0usize; DELIMITERS.len()];
    let mut quoted = false;
    let first = bytes.iter().skip_while(|byte| b"\r\n".contains(byte));
    for &byte in first {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            _ if quoted => {}
            _ => {
                if let Some(found) = DELIMITERS.iter().position(|known| known.0 == byte) {
                    counts[found] += 1;
                }
            }
        }
    }
    // A later one must be more frequent, and with none at all the comma stands for them.
    let mut best = usize::from(counts[0] == 0);
    for index in 1..counts.len() {
        if counts[index] > counts[best] {
            best = index;
        }
    }
    DELIMITERS[best]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_beyond_the_header_take_no_memory() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("wide.csv");
        let names: Vec<String> = (0..100).map(|column| format!("x{column}")).collect();
        for (header, kept) in [("a,b".to_owned(), FEW_FIELDS), (names.join(","), 128)] {
            std::fs::write(&path, format!("{header}\n{}", ",".repeat(1 << 20))).unwrap();
            let (mut records, _) = Records::open(&path).unwrap();
            let error = records.next().map(drop).unwrap_err().to_string();
            let found = format!("fields as in the header, found more than {kept}; fields are");
            assert!(error.contains(&found), "{error}");
            assert_eq!(records.ends.len(), kept);
        }
    }
}
