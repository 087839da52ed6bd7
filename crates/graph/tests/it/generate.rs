//! The built-in and the made-up data sets.

use graxe_core::random::Key;
use graxe_graph::{Dataset, citation, karate_club};

/// Share of edges whose ends are of one class.
fn homophily(dataset: &Dataset) -> f64 {
    let graph = &dataset.graph;
    let ends = graph.pattern().row().into_iter().zip(graph.pattern().col());
    let same =
        ends.filter(|&(dst, &src)| dataset.labels[dst as usize] == dataset.labels[src as usize]);
    same.count() as f64 / graph.num_edges() as f64
}

fn check(dataset: &Dataset) {
    let n = dataset.num_nodes();
    assert_eq!(dataset.graph.num_nodes(), n);
    assert_eq!(dataset.features.rows(), n);
    assert!(dataset.graph.is_symmetric());
    assert_eq!(
        dataset
            .graph
            .without_self_loops()
            .without_duplicates()
            .num_edges(),
        dataset.graph.num_edges()
    );
    let split = &dataset.split;
    for part in [&split.train, &split.val, &split.test] {
        assert!(
            part.iter()
                .all(|&node| dataset.labels[node as usize].is_some())
        );
    }
    let classes = dataset.num_classes() as i32;
    assert!(
        dataset
            .labels_array()
            .to_vec::<i32>()
            .iter()
            .all(|&class| class < classes)
    );
}

#[test]
fn the_karate_club_is_zacharys() {
    let club = karate_club();
    check(&club);
    assert_eq!((club.num_nodes(), club.graph.num_edges()), (34, 156));
    let degrees = club.graph.in_degrees().to_vec::<i32>();
    // The degrees of NetworkX's karate_club_graph.
    assert_eq!(
        degrees,
        [
            16, 9, 10, 6, 3, 4, 4, 4, 5, 2, 3, 1, 2, 5, 2, 2, 2, 2, 2, 3, 2, 2, 2, 5, 3, 3, 2, 4,
            3, 4, 4, 6, 12, 17
        ]
    );
    let labels = club.labels_array().to_vec::<i32>();
    assert_eq!(labels.iter().sum::<i32>(), 17);
    assert_eq!((labels[0], labels[8], labels[9], labels[33]), (0, 0, 1, 1));
    assert_eq!(club.class_names, ["Mr. Hi", "Officer"]);
    // Cut edges between the clubs: 11 of 78.
    assert!(
        (homophily(&club) - 67.0 / 78.0).abs() < 1e-12,
        "{}",
        homophily(&club)
    );
    let split = &club.split;
    assert_eq!(split.train, [0, 33]);
    assert_eq!((split.val.len(), split.test.len()), (16, 16));
    let officers = |nodes: &[u32]| nodes.iter().map(|&node| labels[node as usize]).sum::<i32>();
    assert_eq!((officers(&split.val), officers(&split.test)), (8, 8));
    let eye = club.features.to_dense().to_vec::<f32>();
    assert!((0..34 * 34).all(|k| eye[k] == f32::from(k / 34 == k % 34)));
}

#[test]
fn a_citation_graph_is_as_it_says() {
    let made = citation(3000, 5, 400, &Key::new(0));
    check(&made);
    assert_eq!((made.num_features(), made.num_classes()), (400, 5));
    assert_eq!(made.split.train.len(), 100);
    assert_eq!((made.split.val.len(), made.split.test.len()), (500, 1000));
    let mean = made.graph.num_edges() as f64 / 3000.0;
    assert!((3.5..4.0).contains(&mean), "{mean}");
    assert!(
        (0.78..0.88).contains(&homophily(&made)),
        "{}",
        homophily(&made)
    );
    let degrees = made.graph.in_degrees().to_vec::<i32>();
    assert!(
        degrees.iter().max() > Some(&40),
        "{:?}",
        degrees.iter().max()
    );
    let words = made.features.nnz() as f64 / 3000.0;
    assert!((15.0..18.0).contains(&words), "{words}");
    assert!(
        made.features
            .values
            .to_vec::<f32>()
            .iter()
            .all(|&value| value == 1.0)
    );
    let rows = made.features.pattern.row_ptr().windows(2);
    let cols = made.features.pattern.col();
    for ends in rows {
        let row = &cols[ends[0] as usize..ends[1] as usize];
        assert!(row.windows(2).all(|pair| pair[0] < pair[1]));
    }
    // A word of the class's own slice is about twice as likely as chance would have it.
    let own = made.features.pattern.row().into_iter().zip(cols);
    let own = own.filter(|&(node, &word)| Some(word / 80) == made.labels[node as usize]);
    let share = own.count() as f64 / made.features.nnz() as f64;
    assert!((0.35..0.45).contains(&share), "{share}");
}

#[test]
fn the_key_decides() {
    let text = |seed| {
        let made = citation(200, 3, 30, &Key::new(seed));
        let edges = made.graph.pattern().col().to_vec();
        (
            edges,
            made.features.pattern.col().to_vec(),
            made.labels,
            made.split,
        )
    };
    assert_eq!(text(1), text(1));
    assert_ne!(text(1), text(2));
}

#[test]
fn any_size_will_do() {
    for nodes in [0, 1, 2, 50] {
        for classes in [0, 1, 3, 100] {
            for features in [0, 1, 40] {
                let made = citation(nodes, classes, features, &Key::new(0));
                check(&made);
                let sizes = (made.num_nodes(), made.num_classes(), made.num_features());
                assert_eq!(sizes, (nodes, classes, features));
                assert_eq!(
                    made.labels.iter().all(Option::is_none),
                    nodes == 0 || classes == 0
                );
            }
        }
    }
}
