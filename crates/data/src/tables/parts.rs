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
    of_node: Vec<Part>,
    odd: Option<(usize, String)>,
    num_words: usize,
    num_odd: usize,
}

impl Parts {
    /// Adds the part of the next node.
    pub(super) fn push(&mut self, field: &str, line: usize) {
        let word = field.trim();
        let Some(part) = part_of(word) else {
            self.num_odd += 1;
            self.odd
                .get_or_insert_with(|| (line, quoted(word.as_bytes())));
            return;
        };
        self.num_words += usize::from(part != Part::None);
        if self.odd.is_none() {
            self.of_node.push(part);
        }
    }

    /// Whether most values so far were known words: then the others are slips.
    pub(super) fn are_words(&self) -> bool {
        self.num_words > self.num_odd
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
        for (node, (part, label)) in (0..).zip(self.of_node.into_iter().zip(labels)) {
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
