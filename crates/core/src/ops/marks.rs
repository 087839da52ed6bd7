//! Marks: which of several operands or results something is said of.

use super::Tangent;
use crate::ir::Value;

/// The items whose mark is `wanted`.
pub(crate) fn marked<T: Clone>(items: &[T], marks: &[bool], wanted: bool) -> Vec<T> {
    let chosen = items.iter().zip(marks).filter(|(_, mark)| **mark == wanted);
    chosen.map(|(item, _)| item.clone()).collect()
}

/// What either marks; marks that one lacks are not set.
fn unite(a: &[bool], b: &[bool]) -> Vec<bool> {
    let at = |marks: &[bool], i: usize| marks.get(i) == Some(&true);
    (0..a.len().max(b.len()))
        .map(|i| at(a, i) || at(b, i))
        .collect()
}

/// What one list of marks or another marks; all are equally long.
pub(crate) fn any_of(lists: &[Vec<bool>]) -> Vec<bool> {
    lists
        .iter()
        .fold(Vec::new(), |all, marks| unite(&all, marks))
}

/// The marks that grow from `start` until `make`, which says for marks which others they bring,
/// brings no more, and what it makes of those.
pub(crate) fn settled<T>(
    start: &[bool],
    make: impl Fn(&[bool]) -> (T, Vec<bool>),
) -> (T, Vec<bool>) {
    let mut marks = start.to_vec();
    loop {
        let (made, brought) = make(&marks);
        let all = unite(&marks, &brought);
        if all == marks {
            return (made, marks);
        }
        marks = all;
    }
}

/// Tangents in the places that `marks` sets, taken in order from `given`.
pub(crate) fn spread(marks: &[bool], given: impl IntoIterator<Item = Value>) -> Vec<Tangent> {
    let mut given = given.into_iter();
    let place = |&mark: &bool| mark.then(|| given.next()).flatten();
    marks
        .iter()
        .map(place)
        .map(|v| v.map(Value::into_array))
        .collect()
}
