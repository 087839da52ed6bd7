//! Metrics against scikit-learn 1.9.1 and NumPy, and where nothing is to be measured.

use graxe_graph::{Graph, karate_club};
use graxe_nn::{Confusion, Predictions};

use crate::congruential::{congruential, floats, near};

const NODES: usize = 60;
const CLASSES: usize = 4;

/// Probabilities in rows, squares of random numbers divided by their sum, and labels that half of all nodes have as
/// predicted; no node is of class 3.
fn drawn() -> (Vec<f64>, Vec<Option<u32>>) {
    let mut probabilities = Vec::new();
    for row in floats(1, NODES * CLASSES, 1000).chunks(CLASSES) {
        let squares: Vec<f64> = row.iter().map(|x| (x + 1.0) * (x + 1.0)).collect();
        let sum: f64 = squares.iter().sum();
        probabilities.extend(squares.iter().map(|x| x / sum));
    }
    let none = vec![None; NODES];
    let predicted = Predictions::new(&probabilities, CLASSES, &none).classes();
    let (other, chance) = (congruential(2, NODES, 4), congruential(3, NODES, 2));
    let label = |i: usize| {
        if chance[i] == 0 {
            predicted[i]
        } else {
            other[i]
        }
    };
    let labels = (0..NODES).map(|i| Some(label(i).min(2))).collect();
    (probabilities, labels)
}

fn all() -> Vec<u32> {
    (0..NODES as u32).collect()
}

#[test]
fn accuracy_is_that_of_the_matrix() {
    let (probabilities, mut labels) = drawn();
    labels[7] = None;
    let predictions = Predictions::new(&probabilities, CLASSES, &labels);
    let some = [3, 4, 7, 7, 20, 59, 3];
    for nodes in [&all()[..], &some, &[5]] {
        let matrix = predictions.confusion(nodes);
        assert_eq!(predictions.accuracy(nodes), matrix.accuracy());
    }
    let share = predictions.accuracy(&all());
    assert!(share > 0.0 && share < 1.0, "{share}");
    assert!(predictions.accuracy(&[]).is_nan());
    assert!(predictions.accuracy(&[7]).is_nan());
}

#[test]
fn scores_are_those_of_scikit_learn() {
    let (probabilities, labels) = drawn();
    let confusion = Predictions::new(&probabilities, CLASSES, &labels).confusion(&all());
    let want = [[11, 2, 2, 1], [1, 8, 3, 4], [2, 2, 12, 12], [0, 0, 0, 0]];
    assert_eq!(confusion.counts, want);
    let scores = confusion.scores();
    let of = |f: fn(&graxe_nn::ClassScore) -> f64| scores.iter().map(f).collect::<Vec<_>>();
    let third = 2.0 / 3.0;
    near(
        &of(|s| s.precision),
        &[0.785_714_285_714_285_7, third, 0.705_882_352_941_176_4, 0.0],
        1e-15,
    );
    near(
        &of(|s| s.recall),
        &[0.6875, 0.5, 0.428_571_428_571_428_55, 0.0],
        1e-15,
    );
    near(
        &of(|s| s.f1),
        &[
            0.733_333_333_333_333_3,
            0.571_428_571_428_571_4,
            0.533_333_333_333_333_3,
            0.0,
        ],
        1e-15,
    );
    near(&of(|s| s.support as f64), &[16.0, 16.0, 28.0, 0.0], 0.0);
    near(&of(|s| s.predicted as f64), &[14.0, 12.0, 17.0, 17.0], 0.0);
    let got = [
        confusion.macro_f1(),
        confusion.balanced_accuracy(),
        confusion.accuracy(),
    ];
    near(
        &got,
        &[
            0.459_523_809_523_809_45,
            0.538_690_476_190_476_2,
            0.516_666_666_666_666_7,
        ],
        1e-15,
    );
}

#[test]
fn the_logarithmic_loss_is_that_of_scikit_learn() {
    let (probabilities, labels) = drawn();
    let predictions = Predictions::new(&probabilities, CLASSES, &labels);
    near(
        &[predictions.log_loss(&all())],
        &[1.926_356_945_291_151_1],
        1e-14,
    );
    // What was held impossible is not infinitely wrong.
    let certain = Predictions::new(&[1.0, 0.0], 2, &[Some(1)]);
    near(&[certain.log_loss(&[0])], &[-f64::EPSILON.ln()], 0.0);
    assert!(
        Predictions::new(&[f64::NAN; 2], 2, &[Some(1)])
            .log_loss(&[0])
            .is_nan()
    );
}

#[test]
fn the_calibration_error_is_that_of_guo() {
    let (probabilities, labels) = drawn();
    let calibration = Predictions::new(&probabilities, CLASSES, &labels).calibration(&all(), 15);
    let got = [calibration.expected_error, calibration.maximum_error];
    near(
        &got,
        &[0.207_526_136_678_160_75, 0.687_593_468_841_643_6],
        1e-14,
    );
    let counts: Vec<usize> = calibration.bins.iter().map(|bin| bin.count).collect();
    assert_eq!(counts, [0, 0, 0, 0, 1, 9, 8, 16, 5, 9, 2, 3, 5, 0, 2]);
    let seventh = calibration.bins[7];
    near(
        &[seventh.lower, seventh.upper],
        &[7.0 / 15.0, 8.0 / 15.0],
        0.0,
    );
    near(
        &[seventh.confidence, seventh.accuracy],
        &[0.496_745_386_717_605, 0.375],
        1e-14,
    );
}

#[test]
fn a_confidence_on_a_bound_is_in_the_bin_below_it() {
    let probabilities = [0.0, 0.0, 0.5, 0.5, 1.0, 0.0];
    let predictions = Predictions::new(&probabilities, 2, &[Some(0), Some(1), Some(0)]);
    let bins = predictions.calibration(&[0, 1, 2], 2).bins;
    assert_eq!((bins[0].count, bins[1].count), (2, 1));
    assert_eq!(
        (bins[0].confidence, bins[0].accuracy, bins[1].accuracy),
        (0.25, 0.5, 1.0)
    );
}

#[test]
fn only_the_listed_nodes_with_labels_are_measured() {
    let (probabilities, mut labels) = drawn();
    let listed: Vec<u32> = (0..NODES as u32).step_by(3).collect();
    let own: Vec<f64> = probabilities
        .chunks(3 * CLASSES)
        .flat_map(|rows| rows[..CLASSES].to_vec())
        .collect();
    let own_labels: Vec<_> = labels.iter().copied().step_by(3).collect();
    let alone = Predictions::new(&own, CLASSES, &own_labels);
    let own_nodes: Vec<u32> = (0..20).collect();
    // Of the others nothing is known; one more is asked for.
    for (i, label) in labels.iter_mut().enumerate() {
        *label = label.filter(|_| i % 3 == 0);
    }
    let among = Predictions::new(&probabilities, CLASSES, &labels);
    let asked = [&listed[..], &[1]].concat();
    assert_eq!(among.confusion(&asked), alone.confusion(&own_nodes));
    assert_eq!(among.log_loss(&asked), alone.log_loss(&own_nodes));
    let (a, b) = (
        among.calibration(&asked, 10),
        alone.calibration(&own_nodes, 10),
    );
    assert_eq!(a.expected_error, b.expected_error);
}

#[test]
fn accuracy_falls_into_bins_of_in_degrees() {
    // In-degrees 0, 1, 3, 0; the last node has no label.
    let graph = Graph::from_edges(4, &[0, 0, 1, 3], &[1, 2, 2, 2]).expect("edges in range");
    let probabilities = [0.9, 0.1, 0.2, 0.8, 0.3, 0.7, 0.5, 0.5];
    let labels = [Some(0), Some(0), Some(1), None];
    let predictions = Predictions::new(&probabilities, 2, &labels);
    let bins = predictions.accuracy_by_degree(&[0, 1, 2, 3], &graph);
    let counts: Vec<_> = bins
        .iter()
        .map(|b| (b.bin.lower, b.bin.upper, b.bin.count))
        .collect();
    assert_eq!(counts, [(0, 0, 1), (1, 1, 1), (2, 2, 0), (3, 4, 1)]);
    assert_eq!(
        (bins[0].accuracy, bins[1].accuracy, bins[3].accuracy),
        (1.0, 0.0, 1.0)
    );
    assert!(bins[2].accuracy.is_nan());
    let club = karate_club();
    let certain: Vec<f64> = club
        .labels
        .iter()
        .flat_map(|&l| if l == Some(0) { [1.0, 0.0] } else { [0.0, 1.0] })
        .collect();
    let nodes: Vec<u32> = (0..34).collect();
    let bins = Predictions::new(&certain, 2, &club.labels).accuracy_by_degree(&nodes, &club.graph);
    assert_eq!(bins.iter().map(|b| b.bin.count).sum::<usize>(), 34);
    assert!(bins.iter().all(|b| b.bin.count == 0 || b.accuracy == 1.0));
}

#[test]
fn of_no_node_nothing_is_known() {
    let nothing = Predictions::new(&[], 3, &[]);
    assert!(nothing.log_loss(&[]).is_nan());
    let Confusion { counts } = nothing.confusion(&[]);
    assert_eq!(counts, [[0; 3]; 3]);
    let confusion = nothing.confusion(&[]);
    let shares = [
        confusion.accuracy(),
        confusion.macro_f1(),
        confusion.balanced_accuracy(),
    ];
    assert!(shares.iter().all(|share| share.is_nan()));
    let calibration = nothing.calibration(&[], 15);
    assert!(calibration.expected_error.is_nan() && calibration.maximum_error.is_nan());
    assert_eq!(calibration.bins.len(), 15);
    let graph = Graph::from_edges(0, &[], &[]).expect("no edges");
    assert_eq!(nothing.accuracy_by_degree(&[], &graph), []);
}

#[test]
#[should_panic(expected = "predictions: there is a label 3, but only 3 classes")]
fn a_label_beyond_the_classes_is_refused() {
    let _ = Predictions::new(&[0.0; 3], 3, &[Some(3)]);
}

#[test]
#[should_panic(expected = "predictions: there is no node 1 among 1")]
fn a_node_that_does_not_exist_is_refused() {
    let _ = Predictions::new(&[0.5; 2], 2, &[Some(0)]).confusion(&[1]);
}
