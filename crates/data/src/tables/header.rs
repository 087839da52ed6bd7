//! The first line of a table: the names of its columns, and whether it is one.

use std::collections::HashMap;
use std::path::Path;

use crate::error::{Error, ErrorKind, quoted};
use crate::nearest::nearest;

/// How many names an error lists.
const MOST_SHOWN: usize = 12;

/// The names of the columns of a table, all different.
pub(super) struct Header {
    names: Vec<String>,
    column_of: HashMap<String, usize>,
    /// What stands between fields.
    pub(super) delimiter: &'static str,
    /// The line that it stands on.
    pub(super) line: usize,
}

impl Header {
    /// The header with these fields; a column without a name is called by its number.
    ///
    /// # Errors
    /// Fields that look like data, and a name that stands twice.
    pub(super) fn new<'a>(
        fields: impl Iterator<Item = &'a str>,
        line: usize,
        delimiter: &'static str,
    ) -> Result<Self, Error> {
        let names: Vec<String> = (1..)
            .zip(fields)
            .map(|(number, name)| match name.trim() {
                "" => format!("column {number}"),
                name => name.to_owned(),
            })
            .collect();
        let mut column_of = HashMap::new();
        let mut twice = None;
        for (column, name) in names.iter().enumerate() {
            if let Some(first) = column_of.insert(name.clone(), column) {
                twice = twice.or(Some((name, first, column)));
            }
        }
        let has_digit = |name: &str| name.bytes().any(|byte| byte.is_ascii_digit());
        let number = |name: &&String| has_digit(name) && name.parse::<f64>().is_ok();
        // Whole numbers may name columns of words, each once.
        let fraction = |name: &&String| number(name) && name.parse::<u64>().is_err();
        let data = names.iter().find(fraction);
        let data = data.or_else(|| {
            names
                .first()
                .filter(|_| names.iter().all(|name| number(&name)))
        });
        let data = data.or_else(|| twice.map(|(name, ..)| name).filter(number));
        if let Some(value) = data {
            return Err(no_header(value).at_line(line));
        }
        if let Some((name, first, second)) = twice {
            return Err(Error::malformed(format!(
                "the header names {} twice, in fields {} and {}",
                quoted(name.as_bytes()),
                first + 1,
                second + 1
            ))
            .at_line(line)
            .with_remedy("give each column a name of its own"));
        }
        Ok(Self {
            names,
            column_of,
            delimiter,
            line,
        })
    }

    /// The names in the order of columns.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// The column of this name.
    pub(super) fn get(&self, name: &str) -> Option<usize> {
        self.column_of.get(name).copied()
    }

    /// The column of this name, which somebody gave.
    ///
    /// # Errors
    /// If there is none, with the names that there are and the nearest one.
    pub(super) fn column(&self, name: &str, path: &Path) -> Result<usize, Error> {
        self.get(name).ok_or_else(|| {
            let message = format!(
                "there is no column {}, there are {}",
                quoted(name.as_bytes()),
                self.listed()
            );
            let error = Error::new(ErrorKind::Column, message)
                .in_file(path)
                .at_line(self.line);
            match nearest(name, self.names.iter().map(String::as_str)) {
                Some(near) => {
                    error.with_remedy(format!("did you mean {}?", quoted(near.as_bytes())))
                }
                None => error,
            }
        })
    }

    /// The names as an error shows them.
    pub(super) fn listed(&self) -> String {
        listed(self.names.iter().map(String::as_str))
    }
}

/// The error of a first line that holds `value`.
pub(super) fn no_header(value: &str) -> Error {
    Error::malformed(format!(
        "expected names of columns, found data such as {}",
        quoted(value.as_bytes())
    ))
    .with_remedy("add a first line that names the columns")
}

/// Names for one line of text, the first few where they are many.
pub(super) fn listed<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = names.len().saturating_sub(MOST_SHOWN);
    let shown: Vec<String> = names
        .take(MOST_SHOWN)
        .map(|name| quoted(name.as_bytes()))
        .collect();
    let more = match more {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    shown.join(", ") + &more
}
