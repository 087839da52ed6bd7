//! Tuples of graphs: batches and padding there and back, masks, what is refused.

use graxe_core::random::{Key, normal, randint};
use graxe_core::{Array, Csr, DType, Pattern, Tree, array, grad, jit, scalar, tree, vmap};
use graxe_graph::{Graph, GraphErrorKind, GraphsTuple};

/// Features of edges that are a tree of two arrays.
#[derive(Tree, Clone, Debug)]
struct Edges {
    weight: Array,
    kind: Option<Array>,
}

type Sample = GraphsTuple<Array, Edges, (Array,)>;

fn counts(n: usize) -> Array {
    Array::from_vec(vec![n as i32], 1)
}

/// One graph with random edges and features.
fn sample(seed: i64, nodes: usize, edges: usize) -> Sample {
    let keys = Key::new(seed).split_n(6);
    let ends = |key| randint(key, edges, 0, nodes.max(1) as i64, DType::I32);
    GraphsTuple {
        nodes: normal(&keys[0], [nodes, 2], DType::F32),
        edges: Edges {
            weight: normal(&keys[1], edges, DType::F32),
            kind: Some(randint(&keys[2], [edges, 1, 2], 0, 9, DType::I32)),
        },
        globals: (normal(&keys[3], [1, 3], DType::F64),),
        senders: ends(&keys[4]),
        receivers: ends(&keys[5]),
        n_node: counts(nodes),
        n_edge: counts(edges),
    }
}

fn samples() -> Vec<Sample> {
    let sizes = [(3, 4), (1, 0), (0, 0), (5, 7), (2, 1)];
    let numbered = (0..).zip(sizes);
    numbered
        .map(|(seed, (nodes, edges))| sample(seed, nodes, edges))
        .collect()
}

/// Equal in structure, shapes, dtypes and bits.
fn assert_same<T: Tree>(a: &T, b: &T) {
    tree::map2(a, b, |x, y| {
        assert_eq!((x.dtype(), x.shape()), (y.dtype(), y.shape()));
        let bits = |x: &Array| x.astype(DType::F64).to_vec::<f64>();
        assert_eq!(bits(x), bits(y));
        x.clone()
    });
}

#[test]
fn a_batch_numbers_nodes_through() {
    let graphs = samples();
    let all = GraphsTuple::batch(&graphs);
    assert_eq!(all.n_node.to_vec::<i32>(), [3, 1, 0, 5, 2]);
    assert_eq!(all.n_edge.to_vec::<i32>(), [4, 0, 0, 7, 1]);
    assert_eq!(
        (all.num_nodes(), all.num_edges(), all.num_graphs()),
        (11, 12, 5)
    );
    let mut senders = Vec::new();
    for (graph, before) in graphs.iter().zip([0, 3, 4, 4, 9]) {
        senders.extend(graph.senders.to_vec::<i32>().iter().map(|s| s + before));
    }
    assert_eq!(all.senders.to_vec::<i32>(), senders);
    assert_eq!(all.edges.kind.as_ref().unwrap().shape()[..], [12, 1, 2]);
    assert_eq!(
        all.node_graph().to_vec::<i32>(),
        [0, 0, 0, 1, 3, 3, 3, 3, 3, 4, 4]
    );
    assert_eq!(
        all.edge_graph().to_vec::<i32>(),
        [0, 0, 0, 0, 3, 3, 3, 3, 3, 3, 3, 4]
    );
    all.check().unwrap();
}

#[test]
fn unbatch_gives_the_graphs_back() {
    let graphs = samples();
    let back = GraphsTuple::batch(&graphs).unbatch().unwrap();
    assert_eq!(back.len(), graphs.len());
    for (a, b) in back.iter().zip(&graphs) {
        assert_same(a, b);
    }
}

#[test]
fn a_batch_may_be_traced() {
    let graphs = samples();
    let jitted = jit(|graphs: &Vec<Sample>| GraphsTuple::batch(graphs));
    assert_same(&jitted(&graphs), &GraphsTuple::batch(&graphs));
}

#[test]
fn padding_goes_as_it_came() {
    let all = GraphsTuple::batch(&samples());
    // With and without room for more edges, and for more graphs than one.
    for (n_node, n_edge, n_graph) in [(12, 12, 6), (20, 15, 9), (12, 40, 6)] {
        let padded = all.pad_with_graphs(n_node, n_edge, n_graph).unwrap();
        padded.check().unwrap();
        assert_eq!(padded.num_nodes(), n_node);
        assert_eq!(padded.num_edges(), n_edge);
        assert_eq!(padded.num_graphs(), n_graph);
        assert_eq!(padded.globals.0.shape()[..], [n_graph, 3]);
        assert_same(&padded.unpad_with_graphs().unwrap(), &all);
        let ends = padded.receivers.index(12..n_edge as isize).to_vec::<i32>();
        assert!(ends.iter().all(|&node| node == 11));
        for (mask, real) in [
            (padded.node_padding_mask(), 11),
            (padded.edge_padding_mask(), 12),
            (padded.graph_padding_mask(), 5),
        ] {
            let mask = mask.to_vec::<bool>();
            let want: Vec<bool> = (0..mask.len()).map(|k| k < real).collect();
            assert_eq!(mask, want);
        }
    }
}

#[test]
fn masks_are_the_same_in_traces_and_batches() {
    let masks = |graphs: &Sample| {
        (
            graphs.node_padding_mask(),
            graphs.edge_padding_mask(),
            graphs.graph_padding_mask(),
            graphs.node_graph(),
        )
    };
    let padded: Vec<Sample> = [sample(1, 4, 5), sample(2, 6, 3)]
        .iter()
        .map(|graph| graph.pad_with_graphs(9, 8, 3).unwrap())
        .collect();
    assert_same(&jit(masks)(&padded[0]), &masks(&padded[0]));
    let stacked = tree::map2(&padded[0], &padded[1], |a, b| graxe_core::stack(&[a, b], 0));
    let batched = vmap(masks)(&stacked);
    for (k, one) in padded.iter().enumerate() {
        assert_same(&tree::map(&batched, |a| a.index(k)), &masks(one));
    }
}

#[test]
fn features_come_and_go() {
    let graph = sample(3, 4, 5);
    let bare = graph.with_features((), None::<Array>, ());
    let padded = bare.pad_with_graphs(6, 9, 2).unwrap();
    assert_eq!(padded.num_nodes(), 6);
    assert_eq!(padded.n_node.to_vec::<i32>(), [4, 2]);
    assert_same(&padded.unpad_with_graphs().unwrap(), &bare);
    assert_eq!(bare.unbatch().unwrap().len(), 1);
    let doubled = graph.with_nodes(&graph.nodes * 2);
    assert_eq!(
        doubled.nodes.to_vec::<f32>()[3],
        2.0 * graph.nodes.to_vec::<f32>()[3]
    );
    let replaced = graph.with_edges(()).with_globals(array([[1.0]]));
    replaced.check().unwrap();
}

#[test]
fn a_graph_becomes_a_tuple() {
    let graph = Graph::from_edges(4, &[2, 0, 3], &[1, 1, 0]).unwrap();
    let tuple = GraphsTuple::from_graph(&graph, Array::eye(4, DType::F32));
    tuple.check().unwrap();
    assert_eq!(tuple.senders.to_vec::<i32>(), [3, 0, 2]);
    assert_eq!(tuple.receivers.to_vec::<i32>(), [0, 1, 1]);
    assert_eq!(tuple.n_node.to_vec::<i32>(), [4]);
    assert_eq!(tuple.edges.to_vec::<f32>(), [1.0; 3]);
}

#[test]
fn derivatives_pass_through_batches_and_padding() {
    let (a, b) = (sample(4, 3, 2), sample(5, 2, 4));
    let expected = |x: &Array| (x * 2).to_vec::<f32>();
    let of_batch = |nodes: &Array| {
        let all = GraphsTuple::batch(&[b.clone(), a.with_nodes(nodes.clone())]);
        all.nodes.square().sum(..)
    };
    let slope = grad(of_batch)(&a.nodes);
    assert_eq!(slope.to_vec::<f32>(), expected(&a.nodes));
    // What looks at numbers takes graphs from outside of the trace, with traced features.
    let both = GraphsTuple::batch(&[a.clone(), b.clone()]);
    let padded = both.pad_with_graphs(8, 8, 3).unwrap();
    let of_parts = |nodes: &Array| {
        let parts = both.with_nodes(nodes.clone()).unbatch();
        let squares = parts.expect("two graphs").into_iter();
        let squares = squares.map(|graph| graph.nodes.square().sum(..));
        squares.fold(scalar(0.0), |sum, square| sum + square)
    };
    let of_padded = |nodes: &Array| {
        let padded = both.with_nodes(nodes.clone()).pad_with_graphs(8, 8, 3);
        padded.expect("there is room").nodes.square().sum(..)
    };
    let of_real = |nodes: &Array| {
        let real = padded.with_nodes(nodes.clone()).unpad_with_graphs();
        real.expect("it was padded").nodes.square().sum(..)
    };
    for slope in [grad(of_parts)(&both.nodes), grad(of_padded)(&both.nodes)] {
        assert_eq!(slope.to_vec::<f32>(), expected(&both.nodes));
    }
    let slope = grad(of_real)(&(&padded.nodes + 1));
    let mut want = expected(&(&both.nodes + 1));
    want.resize(16, 0.0);
    assert_eq!(slope.to_vec::<f32>(), want);
}

#[test]
fn what_is_no_list_of_graphs_is_an_error() {
    use GraphErrorKind::{Indices, Lengths, OutOfRange};
    let good = sample(6, 3, 2);
    let refused = |change: &dyn Fn(&mut Sample), kind: GraphErrorKind, words: &str| {
        let mut graph = good.clone();
        change(&mut graph);
        let error = graph.check().unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!(graph.unbatch().unwrap_err(), error);
        assert_eq!(graph.pad_with_graphs(9, 9, 9).unwrap_err(), error);
        assert_eq!(graph.unpad_with_graphs().unwrap_err(), error);
    };
    refused(
        &|g| g.senders = array([0.0, 1.0]),
        Indices,
        "senders are f32[2]",
    );
    refused(
        &|g| g.n_node = Array::from_vec(vec![3], ()),
        Indices,
        "n_node",
    );
    refused(&|g| g.receivers = array([1]), Lengths, "receivers of shape");
    refused(&|g| g.edges.weight = array([1.0]), Lengths, "edges");
    refused(&|g| g.edges.kind = Some(array([1])), Lengths, "edges");
    refused(
        &|g| g.globals = (array([1.0, 2.0]),),
        Lengths,
        "globals of shape [2]",
    );
    refused(&|g| g.n_edge = array([2, 0]), Lengths, "n_edge");
    refused(&|g| g.n_edge = array([1]), Lengths, "the sum of n_edge");
    refused(&|g| g.n_node = array([4]), Lengths, "the sum of n_node");
    refused(&|g| g.n_node = array([-3]), OutOfRange, "a count of -3");
    refused(
        &|g| g.senders = array([0, 3]),
        OutOfRange,
        "edge 1 of graph 0 runs from node 3",
    );
    refused(&|g| g.senders = array([-1, 0]), OutOfRange, "node -1");
    // An edge that leaves its graph.
    let mut two = GraphsTuple::batch(&[good.clone(), good.clone()]);
    two.receivers = two.receivers.at(0).set(4);
    assert_eq!(two.check().unwrap_err().kind(), OutOfRange);
}

#[test]
fn padding_needs_room_and_unpadding_padding() {
    let graph = sample(7, 3, 2);
    for (n_node, n_edge, n_graph) in [(3, 2, 2), (4, 1, 2), (4, 2, 1)] {
        let error = graph.pad_with_graphs(n_node, n_edge, n_graph).unwrap_err();
        assert_eq!(error.kind(), GraphErrorKind::Padding);
        assert!(error.to_string().contains("3 nodes, 2 edges and 1 graphs"));
    }
    let error = sample(0, 0, 0).unpad_with_graphs().unwrap_err();
    assert_eq!(error.kind(), GraphErrorKind::Padding);
}

#[test]
#[should_panic(expected = "at least one graph")]
fn a_batch_of_nothing_is_misuse() {
    let _ = Sample::batch(&[]);
}

#[test]
#[should_panic(expected = "different structures")]
fn a_batch_of_unlike_features_is_misuse() {
    let graph = sample(8, 2, 2);
    let mut other = graph.clone();
    other.edges.kind = None;
    let _ = GraphsTuple::batch(&[graph, other]);
}

#[test]
#[should_panic(expected = "concatenate")]
fn a_batch_of_other_widths_is_misuse() {
    let graph = sample(9, 2, 2);
    let other = graph.with_nodes(Array::zeros([2, 3], DType::F32));
    let _ = GraphsTuple::batch(&[graph, other]);
}

#[test]
#[should_panic(expected = "nodes hold a sparse matrix of shape [3,3]")]
fn sparse_features_are_misuse() {
    let pattern = Pattern::new(3, vec![0, 1, 2, 3], vec![0, 1, 2]).unwrap();
    let nodes = Csr::new(pattern, Array::ones(3, DType::F32));
    let _ = sample(10, 3, 2).with_nodes(nodes).check();
}
