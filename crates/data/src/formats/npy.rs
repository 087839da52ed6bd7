//! Numpy's arrays as `.npy` files hold them: a header in Python's notation, then the elements.

use crate::error::{Error, ErrorKind, quoted};

/// What the elements are, all little-endian.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Dtype {
    /// Integers of so many bytes; a boolean is one of one byte.
    Signed(usize),
    Unsigned(usize),
    Float(usize),
    /// Text of so many characters of four bytes, padded with zeros.
    Unicode(usize),
    /// Text of so many bytes, padded with zeros.
    Bytes(usize),
    /// Pickled Python objects, which are not read.
    Object,
}

impl Dtype {
    fn from_descr(descr: &str) -> Result<Self, Error> {
        let unsupported = || {
            let message = format!("elements of type {} are not read", quoted(descr.as_bytes()));
            Error::new(ErrorKind::Unsupported, message)
        };
        let code = descr.strip_prefix(['<', '|']).ok_or_else(unsupported)?;
        let mut letters = code.chars();
        let letter = letters.next();
        let size = letters.as_str().parse::<u16>().map(usize::from);
        Ok(match (letter, size) {
            (Some('i'), Ok(size @ (1 | 2 | 4 | 8))) => Self::Signed(size),
            (Some('u'), Ok(size @ (1 | 2 | 4 | 8))) => Self::Unsigned(size),
            (Some('b'), Ok(1)) => Self::Unsigned(1),
            (Some('f'), Ok(size @ (4 | 8))) => Self::Float(size),
            (Some('U'), Ok(size @ 1..)) => Self::Unicode(size),
            (Some('S'), Ok(size @ 1..)) => Self::Bytes(size),
            (Some('O'), _) => Self::Object,
            _ => return Err(unsupported()),
        })
    }

    fn size(self) -> usize {
        match self {
            Self::Signed(size) | Self::Unsigned(size) | Self::Float(size) | Self::Bytes(size) => {
                size
            }
            Self::Unicode(length) => 4 * length,
            Self::Object => 0,
        }
    }
}

/// An array whose bytes are as many as its shape and type ask for, unless its elements are objects.
pub(super) struct Npy {
    pub(super) shape: Vec<usize>,
    dtype: Dtype,
    /// Whether the first index runs fastest.
    fortran: bool,
    data: Vec<u8>,
}

impl Npy {
    /// # Errors
    /// A header that is none, types that are not read, too few or too many bytes.
    pub(super) fn parse(mut bytes: Vec<u8>) -> Result<Self, Error> {
        let odd = || Error::malformed("expected the header of a numpy array");
        let rest = bytes.strip_prefix(b"\x93NUMPY").ok_or_else(odd)?;
        let (length, rest) = match rest {
            [1, _, a, b, rest @ ..] => (usize::from(u16::from_le_bytes([*a, *b])), rest),
            [2 | 3, _, a, b, c, d, rest @ ..] => {
                (u32::from_le_bytes([*a, *b, *c, *d]) as usize, rest)
            }
            _ => return Err(odd()),
        };
        let header = rest.get(..length).ok_or_else(odd)?;
        let start = bytes.len() - rest.len() + length;
        let header = std::str::from_utf8(header).map_err(|_| odd())?;
        let descr = Dtype::from_descr(after(header, "descr").and_then(string).ok_or_else(odd)?)?;
        let fortran = after(header, "fortran_order")
            .ok_or_else(odd)?
            .starts_with("True");
        let shape = after(header, "shape").and_then(tuple).ok_or_else(odd)?;
        let data = bytes.split_off(start);
        let size = shape
            .iter()
            .try_fold(descr.size(), |size, &extent| size.checked_mul(extent));
        if descr != Dtype::Object && size != Some(data.len()) {
            return Err(Error::malformed(format!(
                "an array of shape {shape:?} with elements of {} bytes does not fill {} bytes",
                descr.size(),
                data.len()
            )));
        }
        Ok(Self {
            shape,
            dtype: descr,
            fortran,
            data,
        })
    }

    /// Whether the elements are Python objects.
    pub(super) fn is_pickled(&self) -> bool {
        self.dtype == Dtype::Object
    }

    /// The numbers in the order of memory.
    pub(super) fn to_f64(&self) -> Result<Vec<f64>, Error> {
        Ok(match self.dtype {
            Dtype::Float(4) => self.map(|chunk| f64::from(f32::from_le_bytes(chunk))),
            Dtype::Float(_) => self.map(f64::from_le_bytes),
            Dtype::Unsigned(8) => self.map(|chunk| u64::from_le_bytes(chunk) as f64),
            _ => self.to_i64()?.into_iter().map(|int| int as f64).collect(),
        })
    }

    /// The integers in the order of memory; those beyond the range of the type wrap to negative ones.
    pub(super) fn to_i64(&self) -> Result<Vec<i64>, Error> {
        Ok(match self.dtype {
            Dtype::Signed(1) => self.map(|chunk| i64::from(i8::from_le_bytes(chunk))),
            Dtype::Signed(2) => self.map(|chunk| i64::from(i16::from_le_bytes(chunk))),
            Dtype::Signed(4) => self.map(|chunk| i64::from(i32::from_le_bytes(chunk))),
            Dtype::Signed(_) | Dtype::Unsigned(8) => self.map(i64::from_le_bytes),
            Dtype::Unsigned(1) => self.map(|chunk| i64::from(u8::from_le_bytes(chunk))),
            Dtype::Unsigned(2) => self.map(|chunk| i64::from(u16::from_le_bytes(chunk))),
            Dtype::Unsigned(_) => self.map(|chunk| i64::from(u32::from_le_bytes(chunk))),
            other => {
                let message = format!("expected integers, found elements of type {other:?}");
                return Err(Error::malformed(message));
            }
        })
    }

    /// The integers as indices.
    pub(super) fn to_u32(&self) -> Result<Vec<u32>, Error> {
        let index = |int: i64| {
            u32::try_from(int).map_err(|_| Error::malformed(format!("index {int} is out of range")))
        };
        self.to_i64()?.into_iter().map(index).collect()
    }

    /// The elements as text, or numbers as they are written.
    pub(super) fn to_strings(&self) -> Result<Vec<String>, Error> {
        match self.dtype {
            Dtype::Unicode(length) => {
                let points: Vec<u32> = self.map(u32::from_le_bytes);
                let text = points.chunks(length).map(|points| {
                    let end = points.iter().rposition(|&point| point != 0);
                    let points = &points[..end.map_or(0, |end| end + 1)];
                    points.iter().map(|&point| char::from_u32(point)).collect()
                });
                text.collect::<Option<_>>()
                    .ok_or_else(|| Error::malformed("a string holds what is no character"))
            }
            Dtype::Bytes(length) => {
                let text = self.data.chunks(length).map(|bytes| {
                    let end = bytes.iter().rposition(|&byte| byte != 0);
                    let bytes = &bytes[..end.map_or(0, |end| end + 1)];
                    std::str::from_utf8(bytes).map(str::to_owned)
                });
                text.collect::<Result<_, _>>()
                    .map_err(|_| Error::malformed("a string is not UTF-8"))
            }
            _ => Ok(self.to_i64()?.iter().map(i64::to_string).collect()),
        }
    }

    /// The steps between elements of a matrix, from row to row and from column to column.
    pub(super) fn steps(&self, rows: usize, columns: usize) -> (usize, usize) {
        if self.fortran {
            (1, rows)
        } else {
            (columns, 1)
        }
    }

    fn map<const N: usize, T>(&self, read: impl Fn([u8; N]) -> T) -> Vec<T> {
        let chunks = self.data.as_chunks::<N>().0.iter();
        chunks.map(|&chunk| read(chunk)).collect()
    }
}

/// What follows the key in the header's dictionary.
fn after<'a>(header: &'a str, key: &str) -> Option<&'a str> {
    let (_, rest) = header.split_once(&format!("'{key}':"))?;
    Some(rest.trim_start())
}

/// The text in single quotes at the start.
fn string(text: &str) -> Option<&str> {
    Some(text.strip_prefix('\'')?.split_once('\'')?.0)
}

/// The extents in parentheses at the start, at most two.
fn tuple(text: &str) -> Option<Vec<usize>> {
    let (inside, _) = text.strip_prefix('(')?.split_once(')')?;
    let inside = inside.trim().trim_end_matches(',');
    if inside.is_empty() {
        return Some(Vec::new());
    }
    let extents = inside.split(',').map(|extent| extent.trim().parse().ok());
    let extents: Vec<usize> = extents.take(3).collect::<Option<_>>()?;
    (extents.len() <= 2).then_some(extents)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn npy(header: &str, data: &[u8]) -> Result<Npy, Error> {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(data);
        Npy::parse(bytes)
    }

    fn of(descr: &str, shape: &str, data: &[u8]) -> Result<Npy, Error> {
        let header =
            format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
        npy(&header, data)
    }

    #[test]
    fn every_type_is_read() {
        for (descr, data) in [
            ("|i1", &[255, 2][..]),
            ("<i2", &[255, 255, 2, 0]),
            ("<i4", &[255, 255, 255, 255, 2, 0, 0, 0]),
        ] {
            let array = of(descr, "(2,)", data).unwrap();
            assert_eq!(array.to_i64().unwrap(), [-1, 2]);
            assert_eq!(array.to_f64().unwrap(), [-1.0, 2.0]);
            assert_eq!(
                array.to_u32().unwrap_err().to_string(),
                "index -1 is out of range"
            );
        }
        assert_eq!(
            of("|b1", "(2,)", &[0, 1]).unwrap().to_u32().unwrap(),
            [0, 1]
        );
        assert_eq!(of("<u2", "(1,)", &[0, 1]).unwrap().to_u32().unwrap(), [256]);
        assert_eq!(
            of("<u4", "()", &[9, 0, 0, 0]).unwrap().to_u32().unwrap(),
            [9]
        );
        let huge = of("<u8", "(1,)", &[255; 8]).unwrap();
        assert!(huge.to_u32().is_err() && huge.to_f64().unwrap()[0] > 1e19);
        let float = of("<f8", "(1, 1)", &1.5f64.to_le_bytes()).unwrap();
        assert_eq!(float.to_f64().unwrap(), [1.5]);
        assert!(float.to_u32().is_err());
        let text = of("<U2", "(2,)", b"a\0\0\0b\0\0\0\xe9\0\0\0\0\0\0\0").unwrap();
        assert_eq!(text.to_strings().unwrap(), ["ab", "é"]);
        assert_eq!(
            of("|S2", "(2,)", b"ab\0\0").unwrap().to_strings().unwrap(),
            ["ab", ""]
        );
        assert!(of("|O", "(9,)", b"anything").unwrap().is_pickled());
    }

    #[test]
    fn odd_headers_are_refused() {
        let message = |result: Result<Npy, Error>| result.err().unwrap().to_string();
        let odd = "expected the header of a numpy array";
        assert_eq!(message(Npy::parse(b"PK".to_vec())), odd);
        assert_eq!(message(npy("{}", b"")), odd);
        assert_eq!(message(of("<i4", "(1, 1, 1)", &[0; 4])), odd);
        assert_eq!(message(of("<i4", "(-1,)", &[0; 4])), odd);
        for descr in [">i4", "<i3", "<c8", "<U0", "|S0", "<U99999"] {
            let expected = format!("elements of type `{descr}` are not read");
            assert_eq!(message(of(descr, "(1,)", &[0; 4])), expected);
        }
        assert_eq!(
            message(of("<i4", "(4611686018427387904, 4)", b"")),
            "an array of shape [4611686018427387904, 4] with elements of 4 bytes does not fill 0 bytes"
        );
    }
}
