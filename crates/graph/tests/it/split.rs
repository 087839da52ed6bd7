//! Splits: disjoint, of the stated sizes, the same for the same key.

use graxe_core::random::Key;
use graxe_graph::{GraphErrorKind, Split};

/// Three classes of 600, 300 and 100 nodes in turns, and 50 nodes without a label at the end.
fn labels() -> Vec<Option<u32>> {
    let labelled = (0..1000).map(|i| Some([0, 0, 1, 0, 1, 0, 0, 1, 2, 0][i % 10]));
    labelled.chain([None; 50]).collect()
}

fn counts(nodes: &[u32], labels: &[Option<u32>]) -> [usize; 3] {
    let mut counts = [0; 3];
    for &node in nodes {
        counts[labels[node as usize].expect("only labelled nodes are split") as usize] += 1;
    }
    counts
}

fn check_disjoint_and_rising(split: &Split) {
    let parts = [&split.train, &split.val, &split.test];
    assert!(parts.iter().all(|part| part.is_sorted()));
    let mut all = parts.map(Vec::as_slice).concat();
    let len = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), len);
}

#[test]
fn a_random_split_has_every_class_in_proportion() {
    let labels = labels();
    let split = Split::random(&labels, [0.6, 0.2, 0.2], &Key::new(0)).unwrap();
    check_disjoint_and_rising(&split);
    assert_eq!(counts(&split.train, &labels), [360, 180, 60]);
    assert_eq!(counts(&split.val, &labels), [120, 60, 20]);
    assert_eq!(counts(&split.test, &labels), [120, 60, 20]);
    let part = Split::random(&labels, [0.001, 0.0, 0.1], &Key::new(0)).unwrap();
    assert_eq!(counts(&part.train, &labels), [1, 1, 1]);
    assert_eq!(
        (part.val.len(), counts(&part.test, &labels)),
        (0, [60, 29, 9])
    );
}

#[test]
fn a_planetoid_split_has_twenty_of_each_class() {
    // Two classes of 2000 nodes.
    let labels: Vec<_> = (0..4000).map(|node| Some(node % 2)).collect();
    let split = Split::planetoid(&labels, &Key::new(7));
    check_disjoint_and_rising(&split);
    assert_eq!(counts(&split.train, &labels), [20, 20, 0]);
    assert_eq!((split.val.len(), split.test.len()), (500, 1000));
}

#[test]
fn small_classes_share() {
    let labels = [
        Some(4),
        Some(9),
        None,
        Some(9),
        Some(9),
        Some(9),
        Some(9),
        Some(9),
    ];
    let split = Split::planetoid(&labels, &Key::new(0));
    check_disjoint_and_rising(&split);
    let sizes = [split.train.len(), split.val.len(), split.test.len()];
    assert_eq!(sizes, [3, 2, 2]);
    assert!(split.train.contains(&0));
}

#[test]
fn the_key_decides() {
    let labels = labels();
    let planetoid = |seed| Split::planetoid(&labels, &Key::new(seed));
    let random = |seed| Split::random(&labels, [0.5, 0.2, 0.3], &Key::new(seed)).unwrap();
    assert_eq!(planetoid(3), planetoid(3));
    assert_eq!(random(3), random(3));
    assert_ne!(planetoid(3), planetoid(4));
    assert_ne!(random(3), random(4));
    // Bits that change would change every user's results.
    assert_eq!(planetoid(0).train[..8], PLANETOID_HEAD);
}

const PLANETOID_HEAD: [u32; 8] = [9, 28, 38, 50, 64, 68, 83, 100];

#[test]
fn nobody_is_split_into_nothing() {
    for labels in [&[][..], &[None, None]] {
        assert_eq!(Split::planetoid(labels, &Key::new(0)), Split::default());
        let split = Split::random(labels, [0.6, 0.2, 0.2], &Key::new(0)).unwrap();
        assert_eq!(split, Split::default());
    }
}

#[test]
fn wrong_fractions_are_refused() {
    for fractions in [
        [0.6, 0.3, 0.2],
        [-0.1, 0.5, 0.5],
        [f64::NAN, 0.1, 0.1],
        [f64::INFINITY, 0.0, 0.0],
    ] {
        let error = Split::random(&labels(), fractions, &Key::new(0)).unwrap_err();
        assert_eq!(error.kind(), GraphErrorKind::Fractions);
        assert!(
            error.to_string().starts_with("split: the fractions ["),
            "{error}"
        );
    }
}
