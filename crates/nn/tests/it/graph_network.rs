//! jraph's models: against loops over edges, under every transformation, and on padded graphs.

use graxe_core::random::{Key, normal, randint};
use graxe_core::{
    Array, DType, Tree, array, concatenate, grad, jit, leaky_relu, segment_max_or_constant,
    segment_mean, segment_min_or_constant, stack, tree, vmap, with_x64,
};
use graxe_graph::GraphsTuple;
use graxe_nn::graph_network::{Gat, GraphConvolution, GraphNetwork};

/// One graph of random edges with two features a node, one an edge and one a graph, in `f64`.
fn sample(seed: i64, nodes: usize, edges: usize) -> GraphsTuple {
    let keys = Key::new(seed).split_n(5);
    let ends = |key| randint(key, edges, 0, nodes as i64, DType::I32);
    let count = |n: usize| Array::from_vec(vec![n as i32], 1);
    GraphsTuple {
        nodes: normal(&keys[0], [nodes, 2], DType::F64),
        edges: normal(&keys[1], [edges, 1], DType::F64),
        globals: normal(&keys[2], [1, 1], DType::F64),
        senders: ends(&keys[3]),
        receivers: ends(&keys[4]),
        n_node: count(nodes),
        n_edge: count(edges),
    }
}

/// Three graphs, one of them without edges.
fn three() -> GraphsTuple {
    GraphsTuple::batch(&[sample(1, 4, 6), sample(2, 2, 0), sample(3, 3, 5)])
}

#[derive(Tree, Clone)]
struct Params {
    edge: Array,
    node: Array,
    global: Array,
    logit: Array,
}

fn params() -> Params {
    let keys = Key::new(4).split_n(4);
    let matrix = |i: usize, rows: usize, cols: usize| normal(&keys[i], [rows, cols], DType::F64);
    Params {
        edge: matrix(0, 6, 3),
        node: matrix(1, 9, 2),
        global: matrix(2, 6, 1),
        logit: matrix(3, 8, 1),
    }
}

/// A block with matrices for updates.
fn block(p: &Params) -> GraphNetwork<'_> {
    GraphNetwork::new()
        .update_edge(|e: &Array, sent: &Array, received: &Array, u: &Array| {
            let all = concatenate(&[e, sent, received, u], 1);
            all.matmul(&p.edge).tanh()
        })
        .update_node(|n: &Array, sent: &Array, received: &Array, u: &Array| {
            let all = concatenate(&[n, sent, received, u], 1);
            all.matmul(&p.node).tanh()
        })
        .update_global(|nodes: &Array, edges: &Array, u: &Array| {
            concatenate(&[nodes, edges, u], 1).matmul(&p.global)
        })
}

/// A block with attention over what an edge has become.
fn attentive(p: &Params) -> GraphNetwork<'_> {
    block(p).attention(
        |e: &Array, sent: &Array, received: &Array, u: &Array| {
            concatenate(&[e, sent, received, u], 1).matmul(&p.logit)
        },
        |e: &Array, weights: &Array| e * weights,
    )
}

fn rows(x: &Array) -> Vec<Vec<f64>> {
    let width = x.shape()[1];
    let rows = x.to_vec::<f64>();
    rows.chunks(width.max(1)).map(<[f64]>::to_vec).collect()
}

/// A row of features by a matrix.
fn times(row: &[f64], matrix: &Array) -> Vec<f64> {
    let columns = matrix.shape()[1];
    let m = rows(matrix);
    (0..columns)
        .map(|c| row.iter().zip(&m).map(|(x, row)| x * row[c]).sum())
        .collect()
}

fn add(sum: &mut [f64], row: &[f64]) {
    sum.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
}

/// The block as the paper writes it, edge by edge and node by node.
fn naive(graph: &GraphsTuple, p: &Params) -> [Vec<Vec<f64>>; 3] {
    let (nodes, edges, globals) = (rows(&graph.nodes), rows(&graph.edges), rows(&graph.globals));
    let senders = graph.senders.to_vec::<i32>();
    let receivers = graph.receivers.to_vec::<i32>();
    let of = |counts: &Array| -> Vec<usize> {
        let counts = counts.to_vec::<i32>().into_iter().enumerate();
        counts.flat_map(|(k, n)| vec![k; n as usize]).collect()
    };
    let (node_graph, edge_graph) = (of(&graph.n_node), of(&graph.n_edge));
    let tanh = |row: Vec<f64>| row.into_iter().map(f64::tanh).collect::<Vec<_>>();
    let mut new_edges = Vec::new();
    for k in 0..edges.len() {
        let (s, r) = (senders[k] as usize, receivers[k] as usize);
        let all = [&edges[k][..], &nodes[s], &nodes[r], &globals[edge_graph[k]]].concat();
        new_edges.push(tanh(times(&all, &p.edge)));
    }
    let mut new_nodes = Vec::new();
    for i in 0..nodes.len() {
        let (mut sent, mut received) = (vec![0.0; 3], vec![0.0; 3]);
        for (k, edge) in new_edges.iter().enumerate() {
            if senders[k] as usize == i {
                add(&mut sent, edge);
            }
            if receivers[k] as usize == i {
                add(&mut received, edge);
            }
        }
        let all = [&nodes[i][..], &sent, &received, &globals[node_graph[i]]].concat();
        new_nodes.push(tanh(times(&all, &p.node)));
    }
    let mut new_globals = Vec::new();
    for (g, u) in globals.iter().enumerate() {
        let (mut of_nodes, mut of_edges) = (vec![0.0; 2], vec![0.0; 3]);
        let nodes = new_nodes.iter().zip(&node_graph);
        nodes
            .filter(|(_, of)| **of == g)
            .for_each(|(x, _)| add(&mut of_nodes, x));
        let edges = new_edges.iter().zip(&edge_graph);
        edges
            .filter(|(_, of)| **of == g)
            .for_each(|(x, _)| add(&mut of_edges, x));
        new_globals.push(times(&[&of_nodes[..], &of_edges, u].concat(), &p.global));
    }
    [new_nodes, new_edges, new_globals]
}

fn assert_close(a: &Array, b: &Array) {
    assert_eq!(a.shape(), b.shape());
    for (x, y) in a.to_vec::<f64>().into_iter().zip(b.to_vec::<f64>()) {
        assert!((x - y).abs() <= 1e-12 * (1.0 + y.abs()), "{x} is not {y}");
    }
}

fn assert_alike(a: &GraphsTuple, b: &GraphsTuple) {
    for (x, y) in [
        (&a.nodes, &b.nodes),
        (&a.edges, &b.edges),
        (&a.globals, &b.globals),
    ] {
        assert_close(x, y);
    }
}

#[test]
fn the_block_is_the_algorithm_edge_by_edge() {
    let (graph, p) = (three(), params());
    let out = block(&p).apply(&graph);
    let [nodes, edges, globals] = naive(&graph, &p);
    for (got, want) in [
        (&out.nodes, nodes),
        (&out.edges, edges),
        (&out.globals, globals),
    ] {
        let want = Array::from_vec(want.concat(), got.shape());
        assert_close(got, &want);
    }
}

#[test]
fn a_block_of_no_functions_changes_nothing() {
    let graph = three();
    assert_alike(&GraphNetwork::new().apply(&graph), &graph);
    // And features that there are not may stay away.
    let bare = graph.with_features(Some(graph.nodes.clone()), (), ());
    let doubled = GraphNetwork::new()
        .update_node(|n: &Option<Array>, (): &(), (): &(), (): &()| n.as_ref().map(|n| n * 2))
        .apply(&bare);
    assert_close(&doubled.nodes.expect("nodes"), &(&graph.nodes * 2));
}

#[test]
fn the_block_is_the_same_compiled_and_in_batches() {
    let (graph, p) = (three(), params());
    let apply = |p: &Params, graph: &GraphsTuple| attentive(p).apply(graph);
    assert_alike(&jit(apply)(&p, &graph), &apply(&p, &graph));
    let padded: Vec<GraphsTuple> = [sample(5, 3, 4), sample(6, 5, 2)]
        .iter()
        .map(|graph| graph.pad_with_graphs(7, 6, 2).expect("there is room"))
        .collect();
    let stacked = tree::map2(&padded[0], &padded[1], |a, b| stack(&[a, b], 0));
    let batched = vmap(|graph: &GraphsTuple| attentive(&p).apply(graph))(&stacked);
    for (k, graph) in padded.iter().enumerate() {
        let one = tree::map(&batched, |a| a.index(k));
        assert_alike(&one, &apply(&p, graph));
    }
}

#[test]
fn slopes_of_the_block_are_differences() {
    let (graph, p) = (three(), params());
    let loss = |p: &Params| {
        let out = attentive(p).apply(&graph);
        (out.globals.square().sum(..) + out.nodes.sum(..)) / 2
    };
    let slopes = tree::arrays(&jit(grad(loss))(&p));
    let arrays = tree::arrays(&p);
    for (i, array) in arrays.iter().enumerate() {
        for k in 0..array.size() {
            let moved = |by: f64| {
                let mut data = array.to_vec::<f64>();
                data[k] += by;
                let mut leaves = arrays.clone();
                leaves[i] = Array::from_vec(data, array.shape());
                let leaves = leaves.into_iter().map(Into::into).collect();
                loss(&tree::unflatten(&p, leaves)).item::<f64>()
            };
            let slope = (moved(1e-6) - moved(-1e-6)) / 2e-6;
            let got = slopes[i].as_slice::<f64>()[k];
            assert!((got - slope).abs() < 1e-6, "{got} is not {slope}");
        }
    }
}

#[test]
fn padding_leaves_real_graphs_alone() {
    let (graph, p) = (three(), params());
    let padded = graph.pad_with_graphs(20, 30, 6).expect("there is room");
    let convolution = |x: &Array| x.matmul(&p.node.index(..2));
    for networks in [block(&p), attentive(&p)] {
        let back = networks.apply(&padded).unpad_with_graphs();
        assert_alike(&back.expect("it was padded"), &networks.apply(&graph));
    }
    let means = block(&p)
        .aggregate_edges_for_nodes(segment_mean)
        .aggregate_nodes_for_globals(|x: &Array, ids: &Array, n| {
            segment_max_or_constant(x, ids, n, 0.0)
        })
        .aggregate_edges_for_globals(|x: &Array, ids: &Array, n| {
            segment_min_or_constant(x, ids, n, -1.0)
        });
    let back = means.apply(&padded).unpad_with_graphs();
    assert_alike(&back.expect("it was padded"), &means.apply(&graph));
    for layer in [
        GraphConvolution::new(convolution),
        GraphConvolution::new(convolution).with_self_edges(),
    ] {
        let back = layer.apply(&padded).unpad_with_graphs();
        assert_alike(&back.expect("it was padded"), &layer.apply(&graph));
    }
}

#[test]
fn aggregations_are_those_asked_for() {
    let graph = GraphsTuple {
        nodes: (),
        edges: array([[1.0, 5.0], [3.0, 4.0], [2.0, 9.0]]),
        globals: array([[0.0, 0.0], [0.0, 0.0]]),
        senders: array([0, 0, 1]),
        receivers: array([1, 1, 0]),
        n_node: array([2, 1]),
        n_edge: array([3, 0]),
    };
    let take = |(): &(), edges: &Array, _: &Array| edges.clone();
    let of = |network: GraphNetwork<'_, (), Array, Array>| {
        let out = network.update_global(take).apply(&graph);
        out.globals.to_vec::<f32>()
    };
    let new = GraphNetwork::new;
    assert_eq!(of(new()), [6.0, 18.0, 0.0, 0.0]);
    let mean = new().aggregate_edges_for_globals(segment_mean);
    assert_eq!(of(mean), [2.0, 6.0, 0.0, 0.0]);
    let most = |x: &Array, ids: &Array, n| segment_max_or_constant(x, ids, n, -7.0);
    let most = new().aggregate_edges_for_globals(most);
    assert_eq!(of(most), [3.0, 9.0, -7.0, -7.0]);
    let least = |x: &Array, ids: &Array, n| segment_min_or_constant(x, ids, n, 8);
    let least = new().aggregate_edges_for_globals(least);
    assert_eq!(of(least), [1.0, 4.0, 8.0, 8.0]);
}

/// How often each pair of nodes is joined, from columns to rows.
fn adjacency(graph: &GraphsTuple) -> Array {
    let n = graph.num_nodes();
    let ends = (&graph.receivers, &graph.senders);
    Array::zeros([n, n], DType::F64).at(ends).add(1)
}

#[test]
fn convolution_is_the_dense_formula() {
    let graph = three();
    let w = normal(&Key::new(7), [2, 3], DType::F64);
    let project = |x: &Array| x.matmul(&w);
    let n = graph.num_nodes();
    for loops in [false, true] {
        let mut a = adjacency(&graph);
        let mut layer = GraphConvolution::new(project);
        if loops {
            a = a + Array::eye(n, DType::F64);
            layer = layer.with_self_edges();
        }
        let factor = |axis: isize| a.sum(axis).maximum(1).rsqrt();
        let normal = factor(1).expand_dims(1) * &a * factor(0).expand_dims(0);
        let out = layer.apply(&graph);
        assert_close(&out.nodes, &normal.matmul(&project(&graph.nodes)));
        assert_close(&out.edges, &graph.edges);
        let out = layer.without_normalization().apply(&graph);
        assert_close(&out.nodes, &a.matmul(&project(&graph.nodes)));
    }
    let mean = GraphConvolution::new(project)
        .without_normalization()
        .with_aggregation(segment_mean);
    let a = adjacency(&graph);
    let want = a.matmul(&project(&graph.nodes)) / a.sum(1).maximum(1).expand_dims(1);
    assert_close(&mean.apply(&graph).nodes, &want);
    // A tree of features, one of more axes than two.
    let pair = graph.with_nodes((graph.nodes.clone(), graph.nodes.reshape([n as isize, 1, 2])));
    let out = GraphConvolution::new(Clone::clone).apply(&pair).nodes;
    assert_close(&out.0, &out.1.reshape([n as isize, 2]));
}

#[test]
fn attention_is_its_definition_by_heads() {
    // The slopes 0.2 and 0.01 in double precision.
    with_x64(definition_by_heads);
}

fn definition_by_heads() {
    let graph = three();
    let keys = Key::new(8).split_n(2);
    let w = normal(&keys[0], [2, 6], DType::F64);
    let a = normal(&keys[1], [2, 6], DType::F64);
    let n = graph.num_nodes();
    let query = |x: &Array| x.matmul(&w).reshape([-1, 2, 3]);
    let gat = Gat::new(query, |sent: &Array, received: &Array, _: &Array| {
        let both = concatenate(&[sent, received], -1);
        leaky_relu(&(both * &a).sum(-1).expand_dims(-1), 0.2)
    });
    let out = gat.apply(&graph);
    assert_eq!(out.nodes.shape()[..], [n, 6]);
    let (h, a) = (query(&graph.nodes).to_vec::<f64>(), a.to_vec::<f64>());
    let edges: Vec<(usize, usize)> = {
        let ends = graph.senders.to_vec::<i32>().into_iter();
        let ends = ends.zip(graph.receivers.to_vec::<i32>());
        ends.map(|(s, r)| (s as usize, r as usize)).collect()
    };
    let mut want = vec![0.0; n * 6];
    for i in 0..n {
        for head in 0..2 {
            let score = |s: usize| {
                let part = |node: usize, c: usize| h[(node * 2 + head) * 3 + c];
                let sent = (0..3).map(|c| a[head * 6 + c] * part(s, c));
                let received = (0..3).map(|c| a[head * 6 + 3 + c] * part(i, c));
                let e = sent.sum::<f64>() + received.sum::<f64>();
                if e < 0.0 { 0.2 * e } else { e }.exp()
            };
            let into: Vec<usize> = edges.iter().filter(|e| e.1 == i).map(|e| e.0).collect();
            let total: f64 = into.iter().map(|&s| score(s)).sum();
            for c in 0..3 {
                let sum = into
                    .iter()
                    .map(|&s| score(s) / total * h[(s * 2 + head) * 3 + c]);
                let sum: f64 = sum.sum();
                want[i * 6 + head * 3 + c] = if sum < 0.0 { 0.01 * sum } else { sum };
            }
        }
    }
    assert_close(&out.nodes, &Array::from_vec(want, [n, 6]));
    // Compiled alike, and differentiated without a NaN where a node receives nothing.
    let apply = |graph: &GraphsTuple| gat.apply(graph).nodes;
    assert_close(&jit(apply)(&graph), &out.nodes);
    let slope = grad(|x: &Array| apply(&graph.with_nodes(x.clone())).square().sum(..));
    assert!(
        slope(&graph.nodes)
            .to_vec::<f64>()
            .iter()
            .all(|s| s.is_finite())
    );
}

#[test]
#[should_panic(expected = "graph network: graphs tuple: edges of shape [1,1] must have 2 rows")]
fn a_tuple_that_does_not_fit_is_misuse() {
    let graph = sample(9, 3, 2).with_edges(array([[1.0]]));
    let _ = GraphNetwork::<'_, Array, Array, Array>::new().apply(&graph);
}

#[test]
#[should_panic(expected = "segment_max: ids i32[2] do not name a segment for each row of f64[1,1]")]
fn logits_of_other_edges_are_misuse() {
    let gat = Gat::new(Clone::clone, |sent: &Array, _: &Array, _: &Array| {
        sent.index(..1).index((.., ..1))
    });
    let _ = gat.apply(&sample(10, 3, 2));
}
