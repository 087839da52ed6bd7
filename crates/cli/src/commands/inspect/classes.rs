//! The table of classes, the largest first, and how they are spread over the split.

use super::facts::{Class, Labels};
use super::layout::{Layout, cut, left, right};
use crate::quantity::{count, percent};
use crate::style::{DIM, paint};

/// Columns of the longest name of a class.
const NAME: usize = 26;

/// How many classes have a line of their own.
const CLASSES: usize = 12;

/// Writes the table.
pub(super) fn labels(page: &mut Layout, labels: &Labels) {
    page.heading("Labels");
    let classes = match labels.classes.len() {
        1 => "1 class".to_owned(),
        classes => format!("{} classes", count(classes)),
    };
    let heads = ["all", "", "train", "val", "test"];
    page.line(&paint(DIM, class_row(&classes, heads)));
    let mut sorted: Vec<&Class> = labels.classes.iter().collect();
    sorted.sort_by_key(|class| usize::MAX - class.all);
    // One more line says as much as the line that would stand in its place.
    let shown = if sorted.len() <= CLASSES + 1 {
        sorted.len()
    } else {
        CLASSES
    };
    let (own, folded) = sorted.split_at(shown);
    let mut class = |name: &str, class: &Class| {
        let share = percent(class.all as f64 / labels.labelled.max(1) as f64);
        let [all, train, val, test] = [class.all, class.train, class.val, class.test].map(count);
        page.line(&class_row(
            &cut(name, NAME),
            [&all, &share, &train, &val, &test],
        ));
    };
    for of in own {
        class(&of.name, of);
    }
    if !folded.is_empty() {
        let sum = |of: fn(&Class) -> usize| folded.iter().map(|class| of(class)).sum();
        let rest = Class {
            name: format!("and {} more", count(folded.len())),
            all: sum(|class| class.all),
            train: sum(|class| class.train),
            val: sum(|class| class.val),
            test: sum(|class| class.test),
        };
        class(&rest.name, &rest);
    }
    if labels.unlabelled > 0 {
        let unlabelled = count(labels.unlabelled);
        page.line(&class_row("without a label", [&unlabelled, "", "", "", ""]));
    }
}

/// The columns of a table of classes: all, their share, and the parts of the split.
fn class_row(name: &str, cells: [&str; 5]) -> String {
    let [all, share, train, val, test] = cells;
    format!(
        "{}{}{}{}{}{}",
        left(name, NAME),
        right(all, 11),
        right(share, 9),
        right(train, 10),
        right(val, 10),
        right(test, 10)
    )
}
