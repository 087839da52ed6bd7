//! Classes of nodes and of neighbours against `PyG` and plain counts.

use graxe_graph::statistics::{Homophily, Statistics};
use graxe_graph::{Graph, Split, karate_club};

use super::{dataset, edges, random};

/// The numbers that C's `rand` of old would draw, so that another language can draw them too.
fn congruential(seed: u64, count: usize, end: u64) -> Vec<u32> {
    let mut x = seed;
    let next = |_| {
        x = (x * 1_103_515_245 + 12345) % (1 << 31);
        ((x >> 8) % end) as u32
    };
    (0..count).map(next).collect()
}

fn near(got: Option<f64>, want: f64) {
    let got = got.expect("there are edges");
    assert!((got - want).abs() < 1e-6, "{got} is not {want}");
}

#[test]
fn homophily_is_that_of_pyg() {
    // A directed multigraph; PyG computes in single precision.
    let (src, dst) = (congruential(1, 120, 40), congruential(2, 120, 40));
    let graph = Graph::from_edges(40, &src, &dst).unwrap();
    let labels: Vec<_> = congruential(3, 40, 4).into_iter().map(Some).collect();
    let found = Homophily::of(&graph, &labels, 4);
    near(found.edge, 0.233_333_334);
    near(found.node, 0.217_876_986);
    near(found.class_insensitive, 0.029_500_574);
    let club = Statistics::of(&karate_club()).homophily;
    near(club.edge, 0.858_974_338);
    near(club.node, 0.888_232_887);
    near(club.class_insensitive, 0.717_530_906);
}

#[test]
fn edges_of_nodes_without_labels_do_not_count() {
    for seed in 0..10 {
        let (data, _) = random(seed, 20, 60);
        let label = |node: usize| data.labels[node];
        let both = edges(&data.graph).into_iter();
        let both: Vec<_> = both
            .filter(|&(a, b)| label(a).is_some() && label(b).is_some())
            .collect();
        let same = both.iter().filter(|&&(a, b)| label(a) == label(b)).count();
        let found = Statistics::of(&data).homophily;
        assert_eq!(found.num_edges, both.len());
        near(found.edge, same as f64 / both.len() as f64);
    }
}

#[test]
fn labels_are_counted_in_every_part() {
    let (data, _) = random(4, 40, 10);
    let labels = Statistics::of(&data).labels;
    let count = |nodes: &[u32], class| {
        let of_class = |&&node: &&u32| data.labels[node as usize] == Some(class);
        nodes.iter().filter(of_class).count()
    };
    let all: Vec<u32> = (0..40).collect();
    let parts = [
        (&labels.all, &all),
        (&labels.train, &data.split.train),
        (&labels.val, &data.split.val),
        (&labels.test, &data.split.test),
    ];
    for (counts, nodes) in parts {
        assert_eq!(counts.counts, [0, 1, 2].map(|class| count(nodes, class)));
    }
    assert_eq!(labels.unlabelled + labels.all.total(), 40);
    let most = *labels.all.counts.iter().max().unwrap();
    let (class, share) = labels.all.majority().unwrap();
    assert_eq!(labels.all.counts[class], most);
    assert_eq!(share, most as f64 / labels.all.total() as f64);
}

#[test]
fn entropy_is_in_bits() {
    let club = Statistics::of(&karate_club()).labels;
    assert_eq!(club.all.counts, [17, 17]);
    assert_eq!(
        (club.all.entropy(), club.all.majority()),
        (1.0, Some((0, 0.5)))
    );
    let few = dataset(
        Graph::from_edges(2, &[], &[]).unwrap(),
        &vec![vec![1]; 2],
        vec![Some(1); 2],
        Split::default(),
    );
    let few = Statistics::of(&few).labels;
    assert_eq!(
        (few.all.entropy(), few.all.majority()),
        (0.0, Some((1, 1.0)))
    );
    assert_eq!((few.train.entropy(), few.train.majority()), (0.0, None));
}

#[test]
#[should_panic(expected = "homophily: there is a label 3, but only 3 classes")]
fn a_label_beyond_the_classes_is_refused() {
    let graph = Graph::from_edges(1, &[], &[]).unwrap();
    Homophily::of(&graph, &[Some(3)], 3);
}
