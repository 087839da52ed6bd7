//! Attention along edges: `GATConv`, `GATv2Conv`, `TransformerConv`.

use graxe_core::Array;
use graxe_graph::Graph;
use graxe_nn::{
    Context, GatV2, GraphAttention, GraphAttentionLayer, Inputs, MultiHeadLayer, TransformerConv,
};

use super::{
    Case, Forward, Named, apply, flag, graph, graph_with, in_features, number, parameters, settled,
};

/// The layer of that name.
pub(super) fn forward(op: &str) -> Option<Forward> {
    Some(match op {
        "GATConv" => gat,
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

fn gat(case: &Case, a: &Named) -> Array {
    let (layer, params, inputs) = gat_parts(case, a);
    apply(&layer, &params, &inputs)
}

/// The edges that attention is paid to, as they were recorded: those of the case that are no loops, then a loop
/// of each node; and what is paid to them, `[edges, heads]`.
pub(super) fn coefficients(case: &Case, a: &Named) -> (Array, Array) {
    let (layer, params, inputs) = gat_parts(case, a);
    let (_, alpha) = layer.forward_with_attention(&params, &inputs, &Context::eval());
    let ends = a["edge_index"].to_vec::<i32>();
    let (src, dst) = ends.split_at(ends.len() / 2);
    let given = src.iter().copied().zip(dst.iter().copied());
    let mut used: Vec<(i32, i32)> = given.filter(|(src, dst)| src != dst).collect();
    used.extend((0..a["x"].shape()[0] as i32).map(|node| (node, node)));
    // The layer's edges go by destinations, then by sources.
    let mut order: Vec<usize> = (0..used.len()).collect();
    order.sort_by_key(|&e| (used[e].1, used[e].0));
    let mut place = vec![0; used.len()];
    for (k, &e) in order.iter().enumerate() {
        place[e] = k as i32;
    }
    let place = Array::from_vec(place, used.len());
    let (src, dst): (Vec<i32>, Vec<i32>) = used.iter().copied().unzip();
    let edges = Array::from_vec([src, dst].concat(), [2, used.len()]);
    (edges, alpha.take(&place, 0))
}

fn gat_parts(case: &Case, a: &Named) -> (MultiHeadLayer, GraphAttention, Inputs) {
    let (features, heads) = extents(case, a);
    let averaged = flag(case, "concat") == Some(false);
    let own = if averaged { features } else { features / heads };
    let slope = number(case, "negative_slope").unwrap_or(0.2);
    let mut head = GraphAttentionLayer::new(own).with_slope(slope);
    let inputs = match a.get("edge_attr") {
        None if flag(case, "add_self_loops") == Some(false) => on(&graph(a), a),
        None => on(&graph(a).with_remaining_self_loops(1.0), a),
        Some(features) => {
            head = head.with_edge_features(features.shape()[1]);
            with_features(&graph_with(a, features).with_mean_self_loops(), a)
        }
    };
    let layer = head.heads(heads);
    let layer = if averaged { layer.averaged() } else { layer };
    let params = settled(layer.from_pyg(&parameters(a), in_features(a)));
    (layer, params, inputs)
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
