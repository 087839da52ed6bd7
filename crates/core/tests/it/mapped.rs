//! Something for each array of a tree.

use std::collections::BTreeMap;

use graxe_core::{Array, Csr, Mapped, Pattern, jit, tree, vmap};

use super::messages::message;
use super::numbers::{bits, doubles};

type Model = BTreeMap<String, (Array, Vec<Array>)>;

fn model() -> Model {
    let part = |salt| {
        (
            doubles([2], salt),
            vec![doubles([], salt), doubles([3], salt)],
        )
    };
    BTreeMap::from([("b".to_owned(), part(0)), ("a".to_owned(), part(1))])
}

#[test]
fn leaves_stand_at_the_places_of_the_arrays() {
    let ranks = Mapped::new(&model(), |_, leaf| leaf.rank());
    assert_eq!(ranks.leaves(), [1, 0, 1, 1, 0, 1]);
    let paths: Vec<String> = ranks.iter().map(|(path, _)| path.to_string()).collect();
    assert_eq!(
        paths,
        ["a[0]", "a[1][0]", "a[1][1]", "b[0]", "b[1][0]", "b[1][1]"]
    );
    assert_eq!(ranks.get("b[1][1]"), Some(&1));
    assert_eq!(ranks.get("b[1]"), None);
    let named = Mapped::new(&model(), |path, _| path.to_string());
    assert!(named.iter().all(|(path, name)| path.to_string() == *name));
    let doubled = ranks.map(|r| r * 2);
    assert_eq!(doubled.leaves(), [2, 0, 2, 2, 0, 2]);
    assert_eq!(doubled.get("a[0]"), Some(&2));
    assert_eq!(
        Mapped::new(&doubles([2], 0), |_, x| x.size()).get(""),
        Some(&2)
    );
}

#[test]
fn arrays_become_the_tree_again() {
    let model = model();
    let halves = Mapped::new(&model, |_, x| x * 0.5);
    let wanted = tree::map(&model, |x| x * 0.5);
    assert_eq!(bits(&halves.clone().into_tree(&model)), bits(&wanted));
    let given = Mapped::from_arrays(&model, halves.leaves().to_vec());
    assert_eq!(bits(&given.into_tree(&model)), bits(&wanted));
}

#[test]
fn patterns_have_no_leaf() {
    let pattern = Pattern::new(2, vec![0, 1, 2], vec![1, 0]).unwrap_or_else(|e| panic!("{e}"));
    let matrix = Csr::new(pattern, doubles([2], 0));
    let pair = (doubles([3], 1), matrix);
    let sizes = Mapped::new(&pair, |_, x| x.size());
    assert_eq!(sizes.leaves(), [3, 2]);
    let doubled = Mapped::new(&pair, |_, x| x * 2).into_tree(&pair);
    assert_eq!(doubled.1.pattern.nnz(), 2);
    assert_eq!(bits(&doubled.1.values), bits(&(doubles([2], 0) * 2)));
}

#[test]
fn other_counts_and_structures_are_refused() {
    let model = model();
    let text = message(|| drop(Mapped::from_arrays(&model, [1, 2, 3])));
    assert_eq!(text, "Mapped: 3 leaves for a tree of 6 arrays");
    let text = message(|| drop(Mapped::from_arrays(&model, [0; 7])));
    assert_eq!(text, "Mapped: 7 leaves for a tree of 6 arrays");
    let mut other = model.clone();
    other.remove("a");
    let halves = Mapped::new(&model, |_, x| x * 0.5);
    let text = message(|| drop(halves.into_tree(&other)));
    assert_eq!(
        text,
        "Mapped: into_tree was given a tree of another structure"
    );
}

#[test]
fn it_is_a_tree_itself() {
    let model = model();
    let squares = |model: &Model| Mapped::new(model, |_, x| x.square());
    let wanted = bits(&squares(&model));
    assert_eq!(bits(&jit(squares)(&model)), wanted);
    let batched = vmap(|x: &Array| Mapped::new(x, |_, x| x.square()));
    let x = doubles([4, 2], 0);
    assert_eq!(
        bits(batched(&x).leaves().first().unwrap_or(&x)),
        bits(&x.square())
    );
}
