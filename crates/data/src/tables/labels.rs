//! Labels as a table spells them, and the classes that they are.

use super::header::listed;
use super::ids::Ids;
use super::value::{is_missing, number};
use crate::dataset::MOST_CLASSES;
use crate::error::{Error, ErrorKind, quoted};

/// The code of a node without a label.
const NONE: u32 = u32::MAX;

/// Of so few labelled nodes, each may be of a class of its own.
const FEW_LABELLED: usize = 10;

/// So many numbers with fractions may be classes; more are a quantity.
const MOST_FRACTIONS: usize = 20;

/// The labels of nodes in the order of lines.
#[derive(Default)]
pub(super) struct Labels {
    values: Ids,
    codes: Vec<u32>,
    num_missing: usize,
}

/// Labels as numbers of classes.
pub(super) struct Classes {
    /// The class of each node that has one.
    pub(super) of_node: Vec<Option<u32>>,
    /// The name of each class.
    pub(super) names: Vec<String>,
    /// How many nodes have none.
    pub(super) num_missing: usize,
}

impl Labels {
    /// Adds the label of the next node; a missing value is none.
    pub(super) fn push(&mut self, field: &str) -> Result<(), Error> {
        let label = field.trim();
        let code = if is_missing(label) {
            self.num_missing += 1;
            NONE
        } else if let Some(code) = self.values.get(label) {
            code
        } else if self.values.len() == MOST_CLASSES {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!(
                    "expected classes, found more than {MOST_CLASSES} different values, {} the last, which look like ids or a quantity",
                    quoted(label.as_bytes())
                ),
            )
            .with_remedy("name the column of classes by --label"));
        } else {
            let code = self.values.len() as u32;
            // The look-up before has shown that the value is new.
            let _ = self.values.insert(label);
            code
        };
        self.codes.push(code);
        Ok(())
    }

    /// The classes in sorted order: by number where all are numbers, by the alphabet otherwise.
    ///
    /// # Errors
    /// Values that are no classes: more than half as many as labelled nodes, or numbers with fractions.
    pub(super) fn classes(self) -> Result<Classes, Error> {
        let mut names = self.values.to_names();
        let num_labelled = self.codes.len() - self.num_missing;
        let numbers: Option<Vec<f64>> = names.iter().map(|name| number(name)).collect();
        let fractions = numbers
            .as_ref()
            .is_some_and(|numbers| numbers.iter().any(|number| number.fract() != 0.0));
        if fractions && names.len() > MOST_FRACTIONS {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!(
                    "expected classes, found {} different numbers such as {}",
                    names.len(),
                    quoted(names[0].as_bytes())
                ),
            )
            .with_remedy("regression is not supported; cut the numbers into classes"));
        }
        if num_labelled >= FEW_LABELLED && names.len() * 2 > num_labelled {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!(
                    "{} classes for {num_labelled} labelled nodes are a quantity or ids, not classes: {}",
                    names.len(),
                    listed(names.iter().map(String::as_str))
                ),
            )
            .with_remedy("name another column by --label"));
        }
        let mut order: Vec<usize> = (0..names.len()).collect();
        order.sort_by(|&a, &b| {
            let by_number = numbers.as_ref().map(|n| n[a].total_cmp(&n[b]));
            by_number
                .unwrap_or(std::cmp::Ordering::Equal)
                .then_with(|| names[a].cmp(&names[b]))
        });
        let mut class_of_code = vec![0; names.len()];
        for (class, &code) in (0..).zip(&order) {
            class_of_code[code] = class;
        }
        let classes = self.codes.iter();
        Ok(Classes {
            of_node: classes
                .map(|&code| class_of_code.get(code as usize).copied())
                .collect(),
            names: order
                .iter()
                .map(|&code| std::mem::take(&mut names[code]))
                .collect(),
            num_missing: self.num_missing,
        })
    }
}
