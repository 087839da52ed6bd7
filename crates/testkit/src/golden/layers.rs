//! `layers.json`: graph layers with the gradients of `Σ out · cotangent`, in double and in single precision.

use graxe_core::Array;
use graxe_graph::{Graph, normalise};
use graxe_nn::pyg::{self, Weights};
use graxe_nn::{Context, GraphConvolution, Inputs, Layer, Linear};

mod attention;
mod dense;
mod jraph;
mod neighbours;
mod propagation;

use super::gradients::gradients;
use super::outputs::{Named, Outputs};
use super::settle::settle;
use super::{Case, Outcome};

/// A layer's output from the inputs of a case.
type Forward = fn(&Case, &Named) -> Array;

pub(crate) fn run(case: &Case) -> Outcome {
    let op = case.op.as_deref().unwrap_or_default();
    let forward: Forward = match op {
        "GCNConv" => gcn_conv,
        _ if op.starts_with("jraph_") => return jraph::run(case),
        _ => {
            let families = [
                dense::forward,
                attention::forward,
                neighbours::forward,
                propagation::forward,
            ];
            match families.iter().find_map(|family| family(op)) {
                Some(forward) => forward,
                None => return Outcome::Skipped(format!("{op}: later")),
            }
        }
    };
    let judge = |case: &Case| settle(case, |inputs| outputs(case, inputs, forward));
    match judge(case) {
        Outcome::Passed if !dense::meets_a_kink(case) => judge(&in_float32(case)),
        other => other,
    }
}

/// The same case in single precision, with the tolerance for it.
fn in_float32(case: &Case) -> Case {
    let mut case = case.clone();
    for (_, tensor) in case.inputs.iter_mut().chain(&mut case.outputs) {
        *tensor = tensor.in_float32();
    }
    case.tol = case.tol_f32.unwrap_or(case.tol);
    case
}

/// The output, and the gradients of its product with the cotangent.
fn outputs(case: &Case, inputs: &Named, forward: Forward) -> Outputs {
    let loss = |all: &Named| {
        let out = forward(case, all);
        ((&out * &all["cotangent"]).sum(..), out)
    };
    let (out, grads) = gradients(case, inputs, loss);
    let all = grads.into_iter().collect::<Outputs>().with("out", out);
    if !case.outputs.iter().any(|(name, _)| name == "alpha") {
        return all;
    }
    let (edges, alpha) = attention::coefficients(case, inputs);
    all.with("edge_index_used", edges).with("alpha", alpha)
}

/// The convolution over a graph that is normalised as the case says.
fn gcn_conv(case: &Case, a: &Named) -> Array {
    let graph = graph(a);
    let graph = if flag(case, "normalize") == Some(false) {
        graph
    } else if flag(case, "add_self_loops") == Some(false) {
        Graph {
            adjacency: normalise::symmetric(&graph.adjacency),
        }
    } else if flag(case, "improved") == Some(true) {
        let doubled = graph.with_remaining_self_loops(2.0);
        Graph {
            adjacency: normalise::symmetric(&doubled.adjacency),
        }
    } else {
        normalise::gcn(&graph)
    };
    let features = a["cotangent"].shape()[1];
    let layer = GraphConvolution::new(features);
    let layer = match flag(case, "bias") {
        Some(false) => layer.without_bias(),
        _ => layer,
    };
    let params = settled(layer.from_pyg(&parameters(a), in_features(a)));
    apply(&layer, &params, &Inputs::on_graph(a["x"].clone(), &graph))
}

/// The recorded parameters by their names there.
fn parameters(a: &Named) -> Weights<'_> {
    Weights::new(a).under("param")
}

fn in_features(a: &Named) -> usize {
    a["x"].shape()[1]
}

fn settled<P>(params: Result<P, pyg::Error>) -> P {
    params.unwrap_or_else(|error| panic!("{error}"))
}

fn flag(case: &Case, name: &str) -> Option<bool> {
    case.params.get(name).and_then(serde_json::Value::as_bool)
}

fn number(case: &Case, name: &str) -> Option<f64> {
    case.params.get(name).and_then(serde_json::Value::as_f64)
}

fn text<'c>(case: &'c Case, name: &str) -> Option<&'c str> {
    case.params.get(name).and_then(serde_json::Value::as_str)
}

/// The graph of `edge_index`, whose rows are sources and destinations, with `edge_weight` or ones.
fn graph(a: &Named) -> Graph {
    let ones = || Array::ones(a["edge_index"].shape()[1], a["x"].dtype());
    let weights = a.get("edge_weight").cloned();
    graph_with(a, &weights.unwrap_or_else(ones))
}

/// The graph of `edge_index` with these values, one row an edge.
fn graph_with(a: &Named, values: &Array) -> Graph {
    let ends = a["edge_index"].to_vec::<i32>();
    let ends: Vec<u32> = ends.into_iter().map(|node| node as u32).collect();
    let (src, dst) = ends.split_at(ends.len() / 2);
    match Graph::from_weighted_edges(a["x"].shape()[0], src, dst, values) {
        Ok(graph) => graph,
        Err(error) => panic!("{error}"),
    }
}

/// The output of a layer without state.
fn apply<L: Layer<State = ()>>(layer: &L, params: &L::Params, inputs: &Inputs) -> Array {
    let (out, ()) = layer.apply(params, &(), inputs, &Context::eval());
    out.dense().clone()
}

fn convolve(params: &Linear, inputs: &Inputs) -> Array {
    apply(
        &GraphConvolution::new(params.weight.shape()[1]),
        params,
        inputs,
    )
}
