//! Edits of graphs against plain lists of edges, and derivatives of weights through them.

use graxe_core::{Array, array, grad, jit};
use graxe_graph::{Graph, GraphErrorKind};

/// `(src, dst, weight)` in the order of rows.
fn listed(graph: &Graph) -> Vec<(u32, u32, f32)> {
    let ends = graph.pattern().col().iter().zip(graph.pattern().row());
    let weights = graph.adjacency.values.to_vec::<f32>();
    let edges = ends.zip(weights);
    edges.map(|((&src, dst), w)| (src, dst, w)).collect()
}

/// Edges with a repeat (1 → 0), loops (two on node 2) and an isolated node (3).
const SRC: [u32; 6] = [2, 1, 0, 2, 1, 2];
const DST: [u32; 6] = [2, 0, 2, 2, 0, 1];

fn weights() -> Array {
    array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
}

fn weighted(weights: &Array) -> Graph {
    Graph::from_weighted_edges(4, &SRC, &DST, weights).unwrap()
}

#[test]
fn weights_follow_their_edges_into_the_order_of_rows() {
    let graph = weighted(&weights());
    assert_eq!((graph.num_nodes(), graph.num_edges()), (4, 6));
    assert_eq!(
        listed(&graph),
        [
            (1, 0, 2.0),
            (1, 0, 5.0),
            (2, 1, 6.0),
            (0, 2, 3.0),
            (2, 2, 1.0),
            (2, 2, 4.0)
        ]
    );
    assert_eq!(graph.in_degrees().to_vec::<i32>(), [2, 1, 3, 0]);
    // Node 0 gathers from its source, node 1, over both edges.
    let x = array([10.0, 100.0, 1000.0, 10000.0]);
    let gathered = graph.adjacency.matmul(&x).to_vec::<f32>();
    assert_eq!(gathered, [700.0, 6000.0, 5030.0, 0.0]);
}

#[test]
fn edits_change_edges_as_they_say() {
    let graph = weighted(&weights());
    assert_eq!(
        listed(&graph.without_self_loops()),
        [(1, 0, 2.0), (1, 0, 5.0), (2, 1, 6.0), (0, 2, 3.0)]
    );
    assert_eq!(
        listed(&graph.without_duplicates()),
        [(1, 0, 2.0), (2, 1, 6.0), (0, 2, 3.0), (2, 2, 1.0)]
    );
    assert_eq!(
        listed(&graph.with_self_loops().without_duplicates()),
        [
            (0, 0, 1.0),
            (1, 0, 2.0),
            (1, 1, 1.0),
            (2, 1, 6.0),
            (0, 2, 3.0),
            (2, 2, 1.0),
            (3, 3, 1.0),
        ]
    );
    assert_eq!(graph.with_self_loops().num_edges(), 10);
    assert_eq!(
        listed(&graph.with_remaining_self_loops(0.5)),
        [
            (0, 0, 0.5),
            (1, 0, 2.0),
            (1, 0, 5.0),
            (1, 1, 0.5),
            (2, 1, 6.0),
            (0, 2, 3.0),
            (2, 2, 4.0),
            (3, 3, 0.5),
        ]
    );
    let both = graph.undirected();
    assert_eq!(
        listed(&both),
        [
            (1, 0, 1.0),
            (2, 0, 1.0),
            (0, 1, 1.0),
            (2, 1, 1.0),
            (0, 2, 1.0),
            (1, 2, 1.0),
            (2, 2, 1.0),
        ]
    );
    assert!(both.is_symmetric() && !graph.is_symmetric());
}

#[test]
fn heads_stay_together() {
    let heads = array([[1.0, -1.0], [2.0, -2.0]]);
    let graph = Graph::from_weighted_edges(2, &[1, 0], &[1, 0], &heads).unwrap();
    assert_eq!(
        graph.adjacency.values.to_vec::<f32>(),
        [2.0, -2.0, 1.0, -1.0]
    );
    let looped = graph.with_self_loops().adjacency.values;
    assert_eq!(&looped.shape()[..], [4, 2]);
    assert_eq!(
        looped.to_vec::<f32>(),
        [2.0, -2.0, 1.0, 1.0, 1.0, -1.0, 1.0, 1.0]
    );
}

#[test]
fn weights_carry_derivatives_through_every_edit() {
    // d/dw of a sum of squares is 2w where the edge is left, and 0 where it was dropped.
    let through = |edit: fn(&Graph) -> Graph| {
        let loss = move |w: &Array| edit(&weighted(w)).adjacency.values.square().sum(..);
        let eager = grad(loss)(&weights()).to_vec::<f32>();
        assert_eq!(jit(grad(loss))(&weights()).to_vec::<f32>(), eager);
        eager
    };
    assert_eq!(through(Graph::clone), [2.0, 4.0, 6.0, 8.0, 10.0, 12.0]);
    assert_eq!(
        through(Graph::without_self_loops),
        [0.0, 4.0, 6.0, 0.0, 10.0, 12.0]
    );
    assert_eq!(
        through(Graph::without_duplicates),
        [2.0, 4.0, 6.0, 0.0, 0.0, 12.0]
    );
    assert_eq!(
        through(Graph::with_self_loops),
        [2.0, 4.0, 6.0, 8.0, 10.0, 12.0]
    );
    assert_eq!(
        through(|graph| graph.with_remaining_self_loops(1.0)),
        [0.0, 4.0, 6.0, 8.0, 10.0, 12.0]
    );
    assert_eq!(through(Graph::undirected), [0.0; 6]);
}

#[test]
fn graphs_without_edges_or_nodes_are_graphs() {
    for num_nodes in [0, 3] {
        let graph = Graph::from_edges(num_nodes, &[], &[]).unwrap();
        let edits = [
            graph.undirected(),
            graph.without_self_loops(),
            graph.without_duplicates(),
        ];
        for edited in edits {
            assert_eq!((edited.num_nodes(), edited.num_edges()), (num_nodes, 0));
        }
        assert_eq!(graph.with_self_loops().num_edges(), num_nodes);
        assert_eq!(graph.with_remaining_self_loops(2.0).num_edges(), num_nodes);
        assert_eq!(graph.in_degrees().to_vec::<i32>(), vec![0; num_nodes]);
        assert!(graph.is_symmetric());
    }
}

#[test]
fn wrong_lists_are_told_in_one_line() {
    let refused = |result: Result<Graph, graxe_graph::GraphError>| {
        let error = result.unwrap_err();
        (error.kind(), error.to_string())
    };
    assert_eq!(
        refused(Graph::from_edges(3, &[0, 1], &[2, 3])),
        (
            GraphErrorKind::OutOfRange,
            "graph: edge 1 runs from node 1 to node 3, but there are 3 nodes".to_owned()
        )
    );
    assert_eq!(
        refused(Graph::from_edges(0, &[u32::MAX], &[0])).0,
        GraphErrorKind::OutOfRange
    );
    assert_eq!(
        refused(Graph::from_edges(3, &[0, 1], &[2])),
        (
            GraphErrorKind::Lengths,
            "graph: 2 sources but 1 destinations".to_owned()
        )
    );
    for weights in [array(1.0), array([1.0, 2.0])] {
        assert_eq!(
            refused(Graph::from_weighted_edges(2, &[0], &[1], &weights)).0,
            GraphErrorKind::Lengths
        );
    }
    assert_eq!(
        refused(Graph::from_edges(usize::MAX, &[], &[])).0,
        GraphErrorKind::TooLarge
    );
}

#[test]
fn loops_carry_the_mean_of_what_arrives() {
    // Into node 1 come 2 and 4, beside a loop that does not count; into node 2 nothing.
    let values = Array::from_vec(vec![2.0f32, 9.0, 4.0, 7.0], [4, 1]);
    let graph = Graph::from_weighted_edges(3, &[0, 1, 2, 1], &[1, 1, 1, 0], &values).unwrap();
    let looped = graph.with_mean_self_loops();
    assert_eq!(looped.pattern().row(), [0, 0, 1, 1, 1, 2]);
    assert_eq!(looped.pattern().col(), [0, 1, 0, 1, 2, 2]);
    assert_eq!(looped.adjacency.values.shape()[..], [6, 1]);
    let values = looped.adjacency.values.to_vec::<f32>();
    assert_eq!(values, [7.0, 7.0, 2.0, 3.0, 4.0, 0.0]);
    let nothing = Graph::from_edges(0, &[], &[]).unwrap();
    assert_eq!(nothing.with_mean_self_loops().num_edges(), 0);
}
