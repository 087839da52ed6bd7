//! Tuples of graphs, models over them and reductions over segments, `jraph_*`.

use graxe_core::{
    Array, concatenate, jit, leaky_relu, segment_max_or_constant, segment_mean, segment_normalize,
    segment_softmax, segment_variance,
};
use graxe_graph::{GraphError, GraphsTuple};
use graxe_nn::graph_network::{Gat, GraphConvolution, GraphNetwork};

use super::super::outputs::leaves;
use super::{Case, Named, Outcome, Outputs, gradients, settle};

pub(super) fn run(case: &Case) -> Outcome {
    let compute: fn(&Case, &Named) -> Outputs = match case.op.as_deref().unwrap_or_default() {
        "jraph_batch" => |_, a| {
            let graphs = [graphs("g1", a), graphs("g2", a)];
            parts(&GraphsTuple::batch(&graphs)).into_iter().collect()
        },
        "jraph_pad_with_graphs" => pad,
        "jraph_unpad_with_graphs" => |_, a| {
            let real = settled(graphs("g", a).unpad_with_graphs());
            parts(&real).into_iter().collect()
        },
        "jraph_GraphNetwork" => network,
        "jraph_GraphConvolution" => convolution,
        "jraph_GAT" => |_, a| {
            let gat = Gat::new(
                |x: &Array| x.matmul(&a["Wq"]),
                |sent: &Array, received: &Array, _: &Array| {
                    leaky_relu(&concatenate(&[sent, received], 1).matmul(&a["a"]), 0.01)
                },
            );
            let gat = gat.with_update(Array::clone);
            Outputs::default().with("nodes", gat.apply(&graphs("g", a)).nodes)
        },
        "jraph_segments" => segments,
        op => return Outcome::Skipped(format!("{op}: later")),
    };
    settle(case, |a| compute(case, a))
}

/// The tuple of graphs whose parts are the inputs `name.*`.
fn graphs(name: &str, a: &Named) -> GraphsTuple {
    let part = |part: &str| a[&format!("{name}.{part}")].clone();
    GraphsTuple {
        nodes: part("nodes"),
        edges: part("edges"),
        globals: part("globals"),
        senders: part("senders"),
        receivers: part("receivers"),
        n_node: part("n_node"),
        n_edge: part("n_edge"),
    }
}

/// The parts of a tuple by the names of outputs.
fn parts(graphs: &GraphsTuple) -> Named {
    leaves("out", graphs)
}

fn settled(graphs: Result<GraphsTuple, GraphError>) -> GraphsTuple {
    graphs.unwrap_or_else(|error| panic!("{error}"))
}

fn number(case: &Case, name: &str) -> usize {
    let number = case.params.get(name).and_then(serde_json::Value::as_u64);
    number.unwrap_or_else(|| panic!("{} has no number {name}", case.name)) as usize
}

fn pad(case: &Case, a: &Named) -> Outputs {
    let [n_node, n_edge, n_graph] = ["n_node", "n_edge", "n_graph"].map(|n| number(case, n));
    let padded = settled(graphs("g", a).pad_with_graphs(n_node, n_edge, n_graph));
    let outputs: Outputs = parts(&padded).into_iter().collect();
    outputs
        .with("node_mask", padded.node_padding_mask())
        .with("edge_mask", padded.edge_padding_mask())
        .with("graph_mask", padded.graph_padding_mask())
}

/// A network of one matrix a step, and the gradients of its globals' product with the cotangent.
fn network(case: &Case, a: &Named) -> Outputs {
    let apply = |a: &Named| {
        let network = GraphNetwork::new()
            .update_edge(|e: &Array, sent: &Array, received: &Array, u: &Array| {
                let all = concatenate(&[e, sent, received, u], 1);
                all.matmul(&a["We"]).tanh()
            })
            .update_node(|n: &Array, sent: &Array, received: &Array, u: &Array| {
                let all = concatenate(&[n, sent, received, u], 1);
                all.matmul(&a["Wn"]).tanh()
            })
            .update_global(|nodes: &Array, edges: &Array, u: &Array| {
                concatenate(&[nodes, edges, u], 1).matmul(&a["Wg"])
            });
        network.apply(&graphs("g", a))
    };
    let loss = |a: &Named| {
        let out = apply(a).globals;
        ((&out * &a["cotangent"]).sum(..), out)
    };
    let (globals, grads) = gradients(case, a, loss);
    let compiled = jit(apply)(a);
    let outputs: Outputs = grads.into_iter().collect();
    outputs
        .with("globals", globals)
        .with("nodes", compiled.nodes)
        .with("edges", compiled.edges)
}

fn convolution(case: &Case, a: &Named) -> Outputs {
    let flag = |name: &str| case.params.get(name).and_then(serde_json::Value::as_bool);
    let mut layer = GraphConvolution::new(|x: &Array| x.matmul(&a["W"]));
    if flag("add_self_edges") == Some(true) {
        layer = layer.with_self_edges();
    }
    if flag("symmetric_normalization") == Some(false) {
        layer = layer.without_normalization();
    }
    Outputs::default().with("nodes", layer.apply(&graphs("g", a)).nodes)
}

fn segments(case: &Case, a: &Named) -> Outputs {
    let (x, ids, segments) = (&a["x"], &a["ids"], number(case, "num_segments"));
    Outputs::default()
        .with("softmax", segment_softmax(x, ids, segments))
        .with("mean", segment_mean(x, ids, segments))
        .with("variance", segment_variance(x, ids, segments))
        .with("normalize", segment_normalize(x, ids, segments, 1e-5))
        .with(
            "max_or_constant",
            segment_max_or_constant(x, ids, segments, 0.0),
        )
}
