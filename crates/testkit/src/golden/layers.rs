//! `layers.json`: graph layers with the gradients of `Σ out · cotangent`, in double and in single precision.

use graxe_core::Array;
use graxe_graph::{Graph, normalise};
use graxe_nn::{Context, GraphConvolution, Inputs, Layer as _, Linear};

mod dense;
mod jraph;

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
        _ => match dense::forward(op) {
            Some(forward) => forward,
            None => return Outcome::Skipped(format!("{op}: later")),
        },
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
    grads.into_iter().collect::<Outputs>().with("out", out)
}

/// The convolution over a graph that is normalised as the case says.
fn gcn_conv(case: &Case, a: &Named) -> Array {
    let flag = |name: &str| case.params.get(name).and_then(serde_json::Value::as_bool);
    let graph = graph(a);
    let graph = if flag("normalize") == Some(false) {
        graph
    } else if flag("add_self_loops") == Some(false) {
        Graph {
            adjacency: normalise::symmetric(&graph.adjacency),
        }
    } else if flag("improved") == Some(true) {
        let doubled = graph.with_remaining_self_loops(2.0);
        Graph {
            adjacency: normalise::symmetric(&doubled.adjacency),
        }
    } else {
        normalise::gcn(&graph)
    };
    // Recorded weights stand as [out, in].
    let params = Linear {
        weight: a["param.lin.weight"].t(),
        bias: a.get("param.bias").cloned(),
    };
    convolve(&params, &Inputs::on_graph(a["x"].clone(), &graph))
}

/// The graph of `edge_index`, whose rows are sources and destinations.
fn graph(a: &Named) -> Graph {
    let ends = a["edge_index"].to_vec::<i32>();
    let ends: Vec<u32> = ends.into_iter().map(|node| node as u32).collect();
    let (src, dst) = ends.split_at(ends.len() / 2);
    let weights = match a.get("edge_weight") {
        Some(weights) => weights.clone(),
        None => Array::ones(src.len(), a["x"].dtype()),
    };
    let nodes = a["x"].shape()[0];
    match Graph::from_weighted_edges(nodes, src, dst, &weights) {
        Ok(graph) => graph,
        Err(error) => panic!("{error}"),
    }
}

fn convolve(params: &Linear, inputs: &Inputs) -> Array {
    let layer = GraphConvolution::new(params.weight.shape()[1]);
    let (out, ()) = layer.apply(params, &(), inputs, &Context::eval());
    out.dense().clone()
}
