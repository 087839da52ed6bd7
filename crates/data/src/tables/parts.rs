//! The column that says which nodes train, validate and test.

use graxe_graph::Split;

use super::value::is_missing;
use crate::error::{Error, quoted};

/// The part of the split that a node is in.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    None,
    Train,
    Val,
    Test,
}

/// The parts of nodes in the order of lines, until a value is none of the known words.
#[derive(Default)]
pub(super) struct Parts {
    parts: Vec<Part>,
    odd: Option<(usize, String)>,
}

impl Parts {
    /// Adds the part of the next node.
    pub(super) fn push(&mut self, field: &str, line: usize) {
        if self.odd.is_some() {
            return;
        }
        let word = field.trim();
        match part_of(word) {
            Some(part) => self.parts.push(part),
            None => self.odd = Some((line, quoted(word.as_bytes()))),
        }
    }

    /// Whether every value so far was a known word, and not all of them empty.
    pub(super) fn are_words(&self) -> bool {
        self.odd.is_none() && self.parts.iter().any(|&part| part != Part::None)
    }

    /// The split of labelled nodes, and how many nodes of it have no label and were left out.
    ///
    /// # Errors
    /// A value that is none of the known words.
    pub(super) fn split(self, labels: &[Option<u32>]) -> Result<(Split, usize), Error> {
        if let Some((line, value)) = self.odd {
            return Err(
                Error::malformed(format!("expected train, val or test, found {value}"))
                    .at_line(line)
                    .with_remedy("leave the field empty where a node is in no part"),
            );
        }
        let mut split = Split::default();
        let mut unlabelled = 0;
        for (node, (part, label)) in (0..).zip(self.parts.into_iter().zip(labels)) {
            let nodes = match part {
                Part::None => continue,
                Part::Train => &mut split.train,
                Part::Val => &mut split.val,
                Part::Test => &mut split.test,
            };
            if label.is_some() {
                nodes.push(node);
            } else {
                unlabelled += 1;
            }
        }
        Ok((split, unlabelled))
    }
}

fn part_of(word: &str) -> Option<Part> {
    if is_missing(word) {
        return Some(Part::None);
    }
    Some(match word.to_ascii_lowercase().as_str() {
        "train" | "training" => Part::Train,
        "val" | "valid" | "validation" | "dev" => Part::Val,
        "test" | "testing" => Part::Test,
        _ => return None,
    })
}
