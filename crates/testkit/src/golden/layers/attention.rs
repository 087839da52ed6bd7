//! Attention along edges: `GATv2Conv`, `TransformerConv`.

use graxe_core::Array;
use graxe_graph::Graph;
use graxe_nn::{GatV2, Inputs, TransformerConv};

use super::{
    Case, Forward, Named, apply, flag, graph, graph_with, in_features, number, parameters, settled,
};

/// The layer of that name.
pub(super) fn forward(op: &str) -> Option<Forward> {
    Some(match op {
        "GATv2Conv" => gat_v2,
        "TransformerConv" => transformer,
        _ => return None,
    })
}

/// Features of all heads together, or of each, and heads.
fn extents(case: &Case, a: &Named) -> (usize, usize) {
    let heads = number(case, "heads").unwrap_or(1.0) as usize;
    (a["cotangent"].shape()[1], heads)
}

fn gat_v2(case: &Case, a: &Named) -> Array {
    let (features, heads) = extents(case, a);
    let averaged = flag(case, "concat") == Some(false);
    let make = if averaged {
        GatV2::averaged
    } else {
        GatV2::new
    };
    let mut layer = make(features, heads).with_slope(number(case, "negative_slope").unwrap_or(0.2));
    if flag(case, "share_weights") == Some(true) {
        layer = layer.with_shared_weights();
    }
    let inputs = match a.get("edge_attr") {
        None => on(&graph(a).with_remaining_self_loops(1.0), a),
        Some(features) => {
            layer = layer.with_edge_features(features.shape()[1]);
            with_features(&graph_with(a, features).with_mean_self_loops(), a)
        }
    };
    let params = settled(layer.from_pyg(&parameters(a), in_features(a)));
    apply(&layer, &params, &inputs)
}

fn transformer(case: &Case, a: &Named) -> Array {
    let (features, heads) = extents(case, a);
    let averaged = flag(case, "concat") == Some(false);
    let make = if averaged {
        TransformerConv::averaged
    } else {
        TransformerConv::new
    };
    let mut layer = make(features, heads);
    if flag(case, "beta") == Some(true) {
        layer = layer.with_gate();
    }
    let inputs = match a.get("edge_attr") {
        None => on(&graph(a), a),
        Some(features) => {
            layer = layer.with_edge_features(features.shape()[1]);
            with_features(&graph_with(a, features), a)
        }
    };
    let params = settled(layer.from_pyg(&parameters(a), in_features(a)));
    apply(&layer, &params, &inputs)
}

fn on(graph: &Graph, a: &Named) -> Inputs {
    Inputs::on_graph(a["x"].clone(), graph)
}

/// The inputs on a graph whose values are features.
fn with_features(graph: &Graph, a: &Named) -> Inputs {
    on(graph, a).with_edges(graph.adjacency.values.clone())
}
