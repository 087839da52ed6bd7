//! The name that somebody may have meant.

/// Names are compared up to this length; longer ones are not typed by hand.
const LONGEST: usize = 64;

/// So many letters are enough to tell what a name begins with.
const SHORTEST_BEGINNING: usize = 3;

/// The name that the fewest edits lead to, if they are few: a third of the letters, in whatever case.
/// What a name begins with is as good as one edit.
pub(crate) fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = letters(name)?;
    let most = wanted.len().div_ceil(3);
    let distance = |name: &[char]| {
        let begins = wanted.len() >= SHORTEST_BEGINNING && name.starts_with(&wanted);
        let edits = edits(&wanted, name);
        if begins { edits.min(1) } else { edits }
    };
    names
        .filter_map(|name| Some((distance(&letters(name)?), name)))
        .filter(|(edits, _)| *edits <= most)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, name)| name)
}

fn letters(name: &str) -> Option<Vec<char>> {
    (name.len() <= LONGEST).then(|| name.to_lowercase().chars().collect())
}

/// The Levenshtein distance.
fn edits(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_slips_and_no_strangers() {
        let names = ["label", "id", "Year"];
        let near = |name| nearest(name, names.into_iter());
        assert_eq!(near("lable"), Some("label"));
        assert_eq!(near("LABEL"), Some("label"));
        assert_eq!(near("yeer"), Some("Year"));
        assert_eq!(near("subject"), None);
        assert_eq!(near("lab"), Some("label"));
        assert_eq!(near("la"), None);
        assert_eq!(edits(&['a', 'b', 'c'], &['b', 'c', 'd']), 2);
    }
}
