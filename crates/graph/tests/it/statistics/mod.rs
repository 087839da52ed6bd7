//! Statistics against brute force on random graphs.

mod classes;
mod features;

use std::collections::BTreeSet;

use graxe_core::random::{Key, randint};
use graxe_core::{Array, Csr, DType, Pattern};
use graxe_graph::statistics::{DegreeBin, Statistics};
use graxe_graph::{Dataset, Graph, ListedEdges, Scaling, Split, citation};

/// Whole numbers below `end`, drawn by `key`.
fn draw(key: &Key, count: usize, end: i64) -> Vec<u32> {
    let drawn = randint(key, count, 0, end, DType::I32).to_vec::<i32>();
    drawn.into_iter().map(|x| x as u32).collect()
}

/// A data set of dense features, where 0 is a stored 0 in every second column.
fn dataset(graph: Graph, rows: &[Vec<u32>], labels: Vec<Option<u32>>, split: Split) -> Dataset {
    let cols = rows.first().map_or(3, Vec::len);
    let (mut row_ptr, mut col, mut values) = (vec![0], Vec::new(), Vec::new());
    for row in rows {
        for (c, &value) in (0..).zip(row) {
            if value != 0 || c % 2 == 0 {
                col.push(c);
                values.push(value as f32);
            }
        }
        row_ptr.push(col.len() as u32);
    }
    let (nnz, pattern) = (col.len(), Pattern::new(cols, row_ptr, col).unwrap());
    Dataset {
        name: "random".to_owned(),
        graph,
        listed: ListedEdges::default(),
        features: Csr::new(pattern, Array::from_vec(values, nnz)),
        scaling: Scaling::Rows,
        labels,
        class_names: ["a", "b", "c"].map(str::to_owned).to_vec(),
        node_names: Vec::new(),
        split,
        warnings: Vec::new(),
    }
}

/// A directed multigraph with loops, few distinct rows, nodes without labels and a split whose parts overlap.
fn random(seed: i64, num_nodes: usize, num_edges: usize) -> (Dataset, Vec<Vec<u32>>) {
    let keys = Key::new(seed).split_n(7);
    let n = num_nodes as i64;
    let src = draw(&keys[0], num_edges, n);
    let dst = draw(&keys[1], num_edges, n);
    let graph = Graph::from_edges(num_nodes, &src, &dst).unwrap();
    let numbers = draw(&keys[2], num_nodes * 4, 2);
    let rows: Vec<Vec<u32>> = numbers.chunks(4).map(<[u32]>::to_vec).collect();
    let labels = draw(&keys[3], num_nodes, 4);
    let labels = labels.iter().map(|&l| (l < 3).then_some(l)).collect();
    let part = |key: &Key| {
        let nodes: BTreeSet<u32> = draw(key, num_nodes / 3, n).into_iter().collect();
        nodes.into_iter().collect()
    };
    let split = Split {
        train: part(&keys[4]),
        val: part(&keys[5]),
        test: part(&keys[6]),
    };
    (dataset(graph, &rows, labels, split), rows)
}

/// Edges as `(src, dst)`.
fn edges(graph: &Graph) -> Vec<(usize, usize)> {
    let ends = graph.pattern().row().into_iter().zip(graph.pattern().col());
    ends.map(|(dst, &src)| (src as usize, dst as usize))
        .collect()
}

#[test]
fn components_are_what_can_be_reached() {
    for seed in 0..20 {
        let (data, _) = random(seed, 30, 18);
        let edges = edges(&data.graph);
        let mut sizes = Vec::new();
        let mut seen = BTreeSet::new();
        for start in 0..30 {
            let mut reached = BTreeSet::from([start]);
            loop {
                let before = reached.len();
                for &(a, b) in &edges {
                    if reached.contains(&a) || reached.contains(&b) {
                        reached.extend([a, b]);
                    }
                }
                if reached.len() == before {
                    break;
                }
            }
            if seen.is_disjoint(&reached) {
                sizes.push(reached.len());
            }
            seen.extend(reached);
        }
        sizes.sort_by(|a, b| b.cmp(a));
        let components = Statistics::of(&data).components;
        assert_eq!(
            (components.count(), components.largest()),
            (sizes.len(), sizes[0])
        );
        assert_eq!(components.sizes, sizes);
    }
}

#[test]
fn degrees_are_those_of_the_list_of_edges() {
    for seed in 0..10 {
        let (data, _) = random(seed, 31, 100);
        let edges = edges(&data.graph);
        let into = |node| edges.iter().filter(|&&(_, dst)| dst == node).count();
        let mut degrees: Vec<usize> = (0..31).map(into).collect();
        degrees.sort_unstable();
        let statistics = Statistics::of(&data);
        let found = &statistics.degrees;
        assert_eq!((found.min, found.max), (degrees[0], degrees[30]));
        assert_eq!(found.median, degrees[15] as f64);
        assert_eq!(found.mean, 100.0 / 31.0);
        for bin in &found.histogram {
            let inside = |d: &&usize| (bin.lower..=bin.upper).contains(*d);
            assert_eq!(bin.count, degrees.iter().filter(inside).count());
        }
        assert_eq!(
            found.histogram.iter().map(|bin| bin.count).sum::<usize>(),
            31
        );
        let joined = |n| edges.iter().any(|&(a, b)| a != b && (a == n || b == n));
        assert_eq!(found.isolated, (0..31).filter(|&n| !joined(n)).count());
        let loops = edges.iter().filter(|(a, b)| a == b).count();
        assert_eq!((statistics.num_edges, statistics.num_loops), (100, loops));
    }
}

#[test]
fn the_median_of_an_even_count_is_between_two() {
    let star = Graph::from_edges(4, &[0, 1, 2, 0], &[3, 3, 3, 2]).unwrap();
    let data = dataset(star, &vec![vec![1]; 4], vec![None; 4], Split::default());
    let degrees = Statistics::of(&data).degrees;
    assert_eq!(degrees.median, 0.5);
    let counts: Vec<usize> = degrees.histogram.iter().map(|bin| bin.count).collect();
    assert_eq!(counts, [2, 1, 0, 1]);
    assert_eq!(
        degrees.histogram[3],
        DegreeBin {
            lower: 3,
            upper: 4,
            count: 1
        }
    );
}

#[test]
fn nothing_has_statistics_too() {
    let graph = Graph::from_edges(0, &[], &[]).unwrap();
    let statistics = Statistics::of(&dataset(graph, &[], Vec::new(), Split::default()));
    assert_eq!(
        (
            statistics.components.count(),
            statistics.components.largest()
        ),
        (0, 0)
    );
    assert_eq!(
        (statistics.degrees.max, statistics.degrees.histogram.len()),
        (0, 0)
    );
    assert_eq!(
        (statistics.degrees.mean, statistics.degrees.median),
        (0.0, 0.0)
    );
    let homophily = statistics.homophily;
    assert_eq!(
        (homophily.edge, homophily.node, homophily.class_insensitive),
        (None, None, None)
    );
    assert_eq!(
        (
            statistics.features.density,
            statistics.features.empty_columns
        ),
        (None, 3)
    );
    let lonely = Graph::from_edges(2, &[], &[]).unwrap();
    let statistics = Statistics::of(&dataset(
        lonely,
        &vec![vec![0, 0]; 2],
        vec![Some(0); 2],
        Split::default(),
    ));
    assert_eq!(
        (statistics.components.count(), statistics.degrees.isolated),
        (2, 2)
    );
    assert_eq!(statistics.homophily.edge, None);
    assert_eq!(statistics.identical.groups.len(), 0);
}

#[test]
fn a_citation_graph_is_homophilous_and_leaks_nothing() {
    let statistics = Statistics::of(&citation(300, 3, 60, &Key::new(1)));
    assert!(statistics.symmetric && statistics.homophily.edge > Some(0.5));
    assert!(statistics.leaks.in_two_parts.is_empty());
}
