//! What kind of values a column holds, found by looking at all of them once.

use std::collections::BTreeSet;

use super::value::{is_missing, number, truth};
use crate::error::{Error, ErrorKind, quoted};

/// A column of words has a feature for each, up to so many.
const MOST_CATEGORIES: usize = 50;

/// Longer values are text, and are not to be remembered by the million.
const LONGEST_CATEGORY: usize = 256;

/// What has been seen of one column.
pub(super) struct Survey {
    zeros: usize,
    ones: usize,
    missing: usize,
    /// Values other than `0` and `1`, which tables of words have millions of.
    others: usize,
    numbers: usize,
    least: f64,
    most: f64,
    all_bits: bool,
    all_truths: bool,
    /// The first value that is no number, and the first that is no finite one.
    odd: Option<(usize, String)>,
    infinite: Option<(usize, String)>,
    seen: BTreeSet<String>,
    text: bool,
}

/// What a column's values become.
#[derive(Debug, PartialEq)]
pub(super) enum Kind {
    /// One value or none: there is nothing to learn from it.
    Constant,
    /// 0 or missing in every row, as a word of a vocabulary that no node has.
    Absent,
    /// 0 or 1, or missing.
    Word,
    /// Yes or no.
    Boolean,
    /// A quantity.
    Number,
    /// One of these.
    Category(Vec<String>),
}

impl Survey {
    /// Of a column before its first value.
    pub(super) fn new() -> Self {
        Self {
            zeros: 0,
            ones: 0,
            missing: 0,
            others: 0,
            numbers: 0,
            least: f64::INFINITY,
            most: f64::NEG_INFINITY,
            all_bits: true,
            all_truths: true,
            odd: None,
            infinite: None,
            seen: BTreeSet::new(),
            text: false,
        }
    }

    /// Looks at the next value.
    pub(super) fn add(&mut self, field: &str, line: usize) {
        match field.trim() {
            "0" => self.zeros += 1,
            "1" => self.ones += 1,
            value if is_missing(value) => self.missing += 1,
            value => self.other(value, line),
        }
    }

    fn other(&mut self, value: &str, line: usize) {
        self.others += 1;
        let place = || Some((line, quoted(value.as_bytes())));
        match number(value) {
            Some(number) if number.is_finite() => {
                self.numbers += 1;
                self.least = self.least.min(number);
                self.most = self.most.max(number);
                self.all_bits &= number == 0.0 || number == 1.0;
            }
            Some(_) => self.infinite = self.infinite.take().or_else(place),
            None => self.odd = self.odd.take().or_else(place),
        }
        self.all_truths &= truth(value).is_some();
        // A number may turn out to be a category's name further down.
        self.text |= value.len() > LONGEST_CATEGORY;
        if !self.text && !self.seen.contains(value) {
            self.seen.insert(value.to_owned());
            self.text = self.seen.len() > MOST_CATEGORIES;
        }
    }

    /// How many values were missing.
    pub(super) fn num_missing(&self) -> usize {
        self.missing
    }

    /// Whether a value was missing.
    pub(super) fn any_missing(&self) -> bool {
        self.missing > 0
    }

    /// The kind of the column, of whose values none is yet to come.
    ///
    /// # Errors
    /// Text, and numbers that are not finite.
    pub(super) fn kind(mut self) -> Result<Kind, Error> {
        let known = self.zeros + self.ones + self.others;
        if known == 0 {
            return Ok(Kind::Constant);
        }
        for (count, value) in [(self.zeros, 0.0), (self.ones, 1.0)] {
            if count > 0 {
                self.least = self.least.min(value);
                self.most = self.most.max(value);
            }
        }
        let Some((line, odd)) = self.odd.take() else {
            if let Some((line, value)) = self.infinite {
                return Err(
                    Error::malformed(format!("expected a finite number, found {value}"))
                        .at_line(line)
                        .with_remedy("leave the field empty where the value is not known"),
                );
            }
            return Ok(if self.all_bits && self.most == 0.0 {
                Kind::Absent
            } else if self.least == self.most && self.missing == 0 {
                Kind::Constant
            } else if self.all_bits {
                Kind::Word
            } else {
                Kind::Number
            });
        };
        if is_decimal_comma(&odd) {
            return Err(Error::malformed(format!(
                "expected a number with a decimal point, found {odd}"
            ))
            .at_line(line)
            .with_remedy("write 21.5 for 21,5"));
        }
        if self.all_truths && self.zeros + self.ones == 0 {
            let truths: BTreeSet<_> = self.seen.iter().map(|value| truth(value)).collect();
            let varies = truths.len() > 1 || self.missing > 0;
            return Ok(if varies {
                Kind::Boolean
            } else {
                Kind::Constant
            });
        }
        for (count, value) in [(self.zeros, "0"), (self.ones, "1")] {
            if count > 0 {
                self.seen.insert(value.to_owned());
            }
        }
        let numbers = self.zeros + self.ones + self.numbers;
        if numbers * 20 >= known * 19 {
            return Err(slip(&odd).at_line(line));
        }
        let num_nodes = known + self.missing;
        let num_values = self.seen.len();
        if self.text || num_values > MOST_CATEGORIES || num_values * 2 > num_nodes {
            let count = if self.text || num_values > MOST_CATEGORIES {
                format!("more than {MOST_CATEGORIES}")
            } else {
                num_values.to_string()
            };
            return Err(if numbers * 2 > known {
                slip(&odd).at_line(line)
            } else {
                text(&count, num_nodes, &odd).at_line(line)
            });
        }
        Ok(if num_values == 1 && self.missing == 0 {
            Kind::Constant
        } else {
            Kind::Category(self.seen.into_iter().collect())
        })
    }
}

/// Whether a value, in quotes, is a number with a comma where the point belongs.
fn is_decimal_comma(value: &str) -> bool {
    let value = value.trim_matches('`');
    value.matches(',').count() == 1 && number(&value.replace(',', ".")).is_some()
}

/// The error of a word in a column that is of numbers otherwise.
fn slip(word: &str) -> Error {
    Error::malformed(format!("expected a number as in most lines, found {word}"))
        .with_remedy("leave the field empty where the value is not known")
}

fn text(count: &str, num_nodes: usize, example: &str) -> Error {
    let message = format!(
        "free text is not read: {count} different values for {num_nodes} nodes, such as {example}"
    );
    Error::new(ErrorKind::Unsupported, message).with_remedy(
        "leave it out by --exclude, or turn it into columns of words (0 or 1) or of an embedding",
    )
}
