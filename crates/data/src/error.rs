//! The one error of this crate: what is wrong, where in which file, and what to do about it.

use std::fmt;
use std::path::{Path, PathBuf};

/// Why a data set could not be read.
///
/// [`Display`](fmt::Display) gives one line: the file, the line or byte, what was expected, the remedy.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    file: Option<PathBuf>,
    place: Place,
    message: String,
    remedy: Option<String>,
    source: Option<std::io::Error>,
}

#[derive(Clone, Copy, Default)]
enum Place {
    #[default]
    Whole,
    Line(usize),
    Byte(usize),
}

/// The sorts of failure that a caller may want to tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No data set of this name or path was found.
    NotFound,
    /// A file of a data set that is there otherwise is missing.
    MissingFile,
    /// The operating system refused to read a file.
    Io,
    /// A file does not follow its format.
    Malformed,
    /// A file follows its format but uses a part of it that is not supported.
    Unsupported,
    /// Each file is sound but together they contradict one another.
    Inconsistent,
    /// A path holds several data sets and none was named.
    Ambiguous,
    /// There is nothing to learn from: no nodes, no edges, or no labelled nodes for a part of the split.
    Empty,
    /// A file is larger than any data set this crate can hold.
    TooLarge,
    /// A table lacks a column that was named or is needed.
    Column,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            file: None,
            place: Place::Whole,
            message: message.into(),
            remedy: None,
            source: None,
        }))
    }

    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Malformed, message)
    }

    pub(crate) fn inconsistent(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Inconsistent, message)
    }

    pub(crate) fn io(file: &Path, source: std::io::Error) -> Self {
        let mut error = Self::new(ErrorKind::Io, format!("cannot be read: {source}")).in_file(file);
        error.0.source = Some(source);
        error
    }

    /// Names the file, unless an inner call has named it already.
    pub(crate) fn in_file(mut self, file: &Path) -> Self {
        self.0.file.get_or_insert_with(|| file.to_owned());
        self
    }

    /// Puts the column of a table before the message.
    pub(crate) fn in_column(mut self, name: &str) -> Self {
        self.0.message = format!("column {}: {}", quoted(name.as_bytes()), self.0.message);
        self
    }

    /// `line` counts from 1.
    pub(crate) fn at_line(mut self, line: usize) -> Self {
        self.0.place = Place::Line(line);
        self
    }

    pub(crate) fn at_byte(mut self, byte: usize) -> Self {
        self.0.place = Place::Byte(byte);
        self
    }

    pub(crate) fn with_remedy(mut self, remedy: impl Into<String>) -> Self {
        self.0.remedy = Some(remedy.into());
        self
    }

    /// The sort of failure.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The file at fault, where there is one.
    pub fn file(&self) -> Option<&Path> {
        self.0.file.as_deref()
    }

    /// The line at fault in a text file, counted from 1.
    pub fn line(&self) -> Option<usize> {
        match self.0.place {
            Place::Line(line) => Some(line),
            _ => None,
        }
    }

    /// The offset of the byte at fault in a binary file, counted from 0.
    pub fn byte(&self) -> Option<usize> {
        match self.0.place {
            Place::Byte(byte) => Some(byte),
            _ => None,
        }
    }

    /// What to do about it, where there is something to do.
    pub fn remedy(&self) -> Option<&str> {
        self.0.remedy.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        let file = inner.file.as_ref().map(|file| file.display().to_string());
        let place = match inner.place {
            Place::Whole => String::new(),
            Place::Line(number) => format!(":{number}"),
            Place::Byte(offset) => format!(" at byte {offset}"),
        };
        let mut line = file.unwrap_or_default() + &place;
        if !line.is_empty() {
            line += ": ";
        }
        line += &inner.message;
        if let Some(remedy) = &inner.remedy {
            line += "; ";
            line += remedy;
        }
        // A path may hold anything, even a line end; the error is one line all the same.
        f.write_str(&line.replace(char::is_control, "?"))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({:?}: {self})", self.0.kind)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|source| source as _)
    }
}

/// Text out of a file, made fit for one line of an error: escaped, quoted and cut short.
pub(crate) fn quoted(bytes: &[u8]) -> String {
    const LONGEST: usize = 40;
    let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(LONGEST)]);
    let dots = if bytes.len() > LONGEST { "..." } else { "" };
    format!("`{}{dots}`", shown.escape_debug())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_is_one_line_with_place_and_remedy() {
        let error = Error::malformed(format!("expected a number, found {}", quoted(b"a\nb")))
            .at_line(3)
            .in_file(Path::new("odd\nname.content"))
            .with_remedy("mend it");
        assert_eq!(
            error.to_string(),
            "odd?name.content:3: expected a number, found `a\\nb`; mend it"
        );
        assert_eq!((error.line(), error.byte()), (Some(3), None));
    }

    #[test]
    fn the_innermost_file_wins() {
        let error = Error::malformed("x")
            .in_file(Path::new("inner"))
            .in_file(Path::new("outer"));
        assert_eq!(error.file(), Some(Path::new("inner")));
    }
}
