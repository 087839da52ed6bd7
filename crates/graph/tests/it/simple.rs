//! Graphs built by counting against the edits of plain lists that they stand for.

use std::collections::BTreeMap;

use graxe_core::random::{Key, randint};
use graxe_core::{Array, DType};
use graxe_graph::{EdgeList, Graph, GraphErrorKind};

/// `num_edges` random edges among `num_nodes` nodes, many of them loops and repeats, with small whole weights.
fn drawn(num_nodes: usize, num_edges: usize, seed: i64) -> EdgeList {
    let key = Key::new(seed);
    let draw = |stream, below: i32| -> Vec<i32> {
        randint(&key.fold_in(stream), num_edges, 0, below.into(), DType::I32).to_vec()
    };
    let ends = |stream| {
        let ends = draw(stream, num_nodes as i32).into_iter();
        ends.map(|node| node as u32).collect()
    };
    EdgeList {
        src: ends(0),
        dst: ends(1),
        weights: Some(draw(2, 9).into_iter().map(|w| w as f32).collect()),
    }
}

/// `(dst, src)` with its weight, in the order of rows.
fn listed(graph: &Graph) -> Vec<((u32, u32), f32)> {
    let rows = graph.pattern().row().into_iter();
    let ends = rows.zip(graph.pattern().col().to_vec());
    ends.zip(graph.adjacency.values.to_vec()).collect()
}

/// What the edges add up to, by a map from ends to weights.
fn summed(edges: &EdgeList, directed: bool) -> Vec<((u32, u32), f32)> {
    let mut sums = BTreeMap::new();
    for (edge, (&src, &dst)) in edges.src.iter().zip(&edges.dst).enumerate() {
        let weight = edges.weights.as_ref().map_or(1.0, |weights| weights[edge]);
        let mut add = |place| *sums.entry(place).or_insert(0.0) += weight;
        if src != dst {
            add((dst, src));
            if !directed {
                add((src, dst));
            }
        }
    }
    sums.into_iter().collect()
}

#[test]
fn counting_gives_what_edits_of_lists_give() {
    for (seed, num_nodes, num_edges) in
        [(0, 1, 5), (1, 7, 0), (2, 7, 40), (3, 50, 60), (4, 40, 999)]
    {
        let edges = drawn(num_nodes, num_edges, seed);
        let bare = EdgeList {
            weights: None,
            ..edges.clone()
        };
        let multigraph = Graph::from_edges(num_nodes, &edges.src, &edges.dst).unwrap();
        let without_loops = multigraph.without_self_loops();
        for directed in [false, true] {
            let (graph, counts) = Graph::simple(num_nodes, bare.clone(), directed).unwrap();
            let edited = without_loops.without_duplicates();
            assert_eq!(counts.count, num_edges);
            assert_eq!(counts.loops, num_edges - without_loops.num_edges());
            assert_eq!(
                counts.repeats,
                without_loops.num_edges() - edited.num_edges()
            );
            let edited = if directed {
                edited
            } else {
                edited.undirected()
            };
            assert_eq!(listed(&graph), listed(&edited), "{num_edges} edges");
            let (weighted, same) = Graph::simple(num_nodes, edges.clone(), directed).unwrap();
            assert_eq!(same, counts);
            assert_eq!(listed(&weighted), summed(&edges, directed));
        }
    }
}

#[test]
fn the_order_of_rows_is_that_of_a_stable_sort() {
    let edges = drawn(20, 300, 5);
    let numbers = Array::from_vec((0..300).map(|e| e as f32).collect(), 300);
    let stable = Graph::from_weighted_edges(20, &edges.src, &edges.dst, &numbers).unwrap();
    let counted = Graph::from_edges(20, &edges.src, &edges.dst).unwrap();
    assert_eq!(counted.pattern().row_ptr(), stable.pattern().row_ptr());
    assert_eq!(counted.pattern().col(), stable.pattern().col());
    assert_eq!(counted.adjacency.values.to_vec::<f32>(), [1.0; 300]);
}

#[test]
fn uniting_adds_what_both_have() {
    let [mut one, two] = [6, 7].map(|seed| drawn(12, 50, seed));
    let [a, b] = [&one, &two].map(|edges| Graph::simple(12, edges.clone(), true).unwrap().0);
    one.src.extend(two.src);
    one.dst.extend(two.dst);
    if let (Some(weights), Some(more)) = (&mut one.weights, two.weights) {
        weights.extend(more);
    }
    assert_eq!(listed(&a.united(&b, true).unwrap()), summed(&one, true));
    one.weights = None;
    let united = listed(&a.united(&b, false).unwrap());
    assert!(united.iter().all(|edge| edge.1 == 1.0));
    let places = summed(&one, true).into_iter().map(|edge| edge.0);
    assert!(united.into_iter().map(|edge| edge.0).eq(places));
    let small = Graph::from_edges(3, &[2, 2], &[2, 2]).unwrap();
    for grown in [
        a.united(&small, true).unwrap(),
        small.united(&a, true).unwrap(),
    ] {
        assert_eq!(grown.num_nodes(), 12);
        assert_eq!(grown.num_edges(), a.num_edges() + 1);
        assert!(listed(&grown).contains(&((2, 2), 2.0)));
    }
}

#[test]
fn lists_that_do_not_fit_are_refused() {
    let refused = |src: &[u32], weights: Option<Vec<f32>>| {
        let edges = EdgeList {
            src: src.to_vec(),
            dst: vec![0, 1],
            weights,
        };
        Graph::simple(2, edges, false).unwrap_err()
    };
    assert_eq!(refused(&[0, 2], None).kind(), GraphErrorKind::OutOfRange);
    assert_eq!(refused(&[0], None).kind(), GraphErrorKind::Lengths);
    let error = refused(&[0, 1], Some(vec![1.0]));
    assert_eq!(error.to_string(), "graph: 2 edges but 1 weights");
    let none = EdgeList::default();
    let error = Graph::simple(usize::MAX, none, true).unwrap_err();
    assert_eq!(error.kind(), GraphErrorKind::TooLarge);
}
