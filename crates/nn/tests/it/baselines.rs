//! Label propagation against `PyG` 2.8.1, and where labels do not reach.

use graxe_core::Array;
use graxe_graph::{Graph, karate_club};
use graxe_nn::{LabelPropagation, majority_class};

use crate::congruential::{congruential, near};

/// A directed multigraph of 40 nodes with 120 edges, and labels of 4 classes.
fn drawn(weights: Option<&[f32]>) -> (Graph, Vec<Option<u32>>) {
    let (src, dst) = (congruential(1, 120, 40), congruential(2, 120, 40));
    let graph = match weights {
        None => Graph::from_edges(40, &src, &dst),
        Some(w) => {
            Graph::from_weighted_edges(40, &src, &dst, &Array::from_vec(w.to_vec(), w.len()))
        }
    };
    let labels = congruential(3, 40, 4).into_iter().map(Some).collect();
    (graph.expect("edges in range"), labels)
}

fn numbers(x: &Array) -> Vec<f64> {
    x.to_vec::<f32>().into_iter().map(f64::from).collect()
}

/// Rows 0, 5, 20, 33 and 39, and the sum of all.
fn check(graph: &Graph, labels: &[Option<u32>], want: &[[f64; 4]; 5], sum: f64) {
    let train: Vec<u32> = (0..12).collect();
    let found = numbers(&LabelPropagation::default().spread(graph, labels, &train, 4));
    for (row, want) in [0, 5, 20, 33, 39].into_iter().zip(want) {
        near(&found[row * 4..][..4], want, 1e-6);
    }
    near(&[found.iter().sum()], &[sum], 1e-5);
}

#[test]
fn labels_spread_as_in_pyg() {
    let (graph, labels) = drawn(None);
    let want = [
        [0.086_989_053, 0.006_823_359, 0.030_890_055, 0.119_278_073],
        [0.162_747_413, 0.011_312_813, 0.032_630_365, 0.024_109_120],
        [0.114_785_910, 0.007_305_268, 0.032_790_780, 0.058_051_411],
        [0.0; 4],
        [0.117_813_922, 0.024_719_905, 0.083_087_094, 0.043_820_105],
    ];
    check(&graph, &labels, &want, 6.494_441_509);
}

#[test]
fn weighted_labels_spread_as_in_pyg() {
    let weights: Vec<f32> = congruential(4, 120, 9)
        .iter()
        .map(|&w| w as f32 / 4.0 + 0.25)
        .collect();
    let (graph, labels) = drawn(Some(&weights));
    let want = [
        [0.090_610_452, 0.005_396_763, 0.028_319_120, 0.114_566_535],
        [0.131_888_762, 0.004_786_292, 0.018_661_503, 0.008_757_346],
        [0.062_105_302, 0.002_986_721, 0.016_376_507, 0.042_271_089],
        [0.0; 4],
        [0.086_705_372, 0.016_585_803, 0.060_965_482, 0.026_744_403],
    ];
    check(&graph, &labels, &want, 5.290_612_221);
}

#[test]
fn rows_are_probabilities_and_what_is_not_reached_gets_the_prior() {
    let (graph, labels) = drawn(None);
    let train: Vec<u32> = (0..12).collect();
    let propagation = LabelPropagation::default();
    let (spread, found) = (
        numbers(&propagation.spread(&graph, &labels, &train, 4)),
        numbers(&propagation.predict(&graph, &labels, &train, 4)),
    );
    let share = |class| {
        let of_class = train.iter().filter(|&&n| labels[n as usize] == Some(class));
        of_class.count() as f64 / 12.0
    };
    let prior = [0, 1, 2, 3].map(share);
    for (spread, found) in spread.chunks(4).zip(found.chunks(4)) {
        let sum: f64 = spread.iter().sum();
        if sum == 0.0 {
            near(found, &prior, 1e-7);
        } else {
            let divided: Vec<f64> = spread.iter().map(|x| x / sum).collect();
            near(found, &divided, 1e-6);
        }
    }
}

#[test]
fn negative_weights_give_no_nan() {
    let (graph, labels) = drawn(Some(&[-1.0; 120]));
    let found = LabelPropagation::default().predict(&graph, &labels, &[0, 1, 2], 4);
    for row in numbers(&found).chunks(4) {
        near(&[row.iter().sum()], &[1.0], 1e-6);
    }
}

#[test]
fn without_edges_nodes_or_labels_there_is_the_prior() {
    let propagation = LabelPropagation::default();
    let lonely = Graph::from_edges(3, &[], &[]).expect("no edges");
    let labels = [Some(0), Some(1), Some(1)];
    let found = propagation.predict(&lonely, &labels, &[0, 1], 2);
    near(&numbers(&found), &[1.0, 0.0, 0.0, 1.0, 0.5, 0.5], 0.0);
    let untaught = propagation.predict(&lonely, &labels, &[], 2);
    near(&numbers(&untaught), &[0.5; 6], 0.0);
    let nobody = Graph::from_edges(0, &[], &[]).expect("no edges");
    let nothing = propagation.predict(&nobody, &[], &[], 2);
    assert_eq!(nothing.shape()[..], [0, 2]);
}

#[test]
fn the_two_heads_of_the_karate_club_tell_most_members_apart() {
    let club = karate_club();
    let found =
        LabelPropagation::default().predict(&club.graph, &club.labels, &club.split.train, 2);
    let right = numbers(&found);
    let right = right
        .chunks(2)
        .zip(&club.labels)
        .filter(|(p, label)| Some(u32::from(p[1] > p[0])) == **label);
    assert!(right.count() >= 30);
}

#[test]
fn the_majority_is_that_of_the_training_nodes() {
    let labels = [Some(2), None, Some(0), Some(2), Some(0), Some(1)];
    assert_eq!(majority_class(&labels, &[0, 1, 3, 5]), Some(2));
    assert_eq!(majority_class(&labels, &[0, 2, 3, 4]), Some(0));
    assert_eq!(majority_class(&labels, &[1]), None);
    assert_eq!(majority_class(&labels, &[]), None);
}
