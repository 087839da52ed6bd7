//! Layers over dense adjacencies, `dense_*`.

use graxe_core::Array;
use graxe_nn::{
    Context, GatLayer, GatLayerParams, GcnLayer, Inputs, Layer as _, Linear, Stateless as _,
};

use super::{Case, Forward, Named, convolve};

/// The layer of that name.
pub(super) fn forward(op: &str) -> Option<Forward> {
    Some(match op {
        "dense_gcn_mean" => mean,
        "dense_gcn_sym" => |_, a| symmetric(&a["A"], a),
        "dense_gcn_sym_loops" => |_, a| {
            let loops = Array::eye(a["A"].shape()[0], a["A"].dtype());
            symmetric(&(&a["A"] + loops), a)
        },
        "dense_gat" => |case, a| attention(case, a, GatLayer::new),
        "dense_gat_mean" => |case, a| {
            let averaged = |all, heads| GatLayer::averaged(all / heads, heads);
            attention(case, a, averaged)
        },
        _ => return None,
    })
}

/// Whether a gradient in single precision is another than the recorded one in double precision, and rightly so.
///
/// In the example a logit is `0.3 · 4 - 0.2 · 6`: in single precision 0, where the slope of the leaky relu is 1,
/// and in double precision -2.2e-16, where it is 0.2.
pub(super) fn meets_a_kink(case: &Case) -> bool {
    case.name == "dense_gat_example"
}

fn inputs(a: &Named) -> Inputs {
    Inputs::new(a["x"].clone()).with_adjacency(a["A"].clone())
}

fn linear(a: &Named) -> Linear {
    Linear {
        weight: a["W"].clone(),
        bias: a.get("b").cloned(),
    }
}

fn mean(_: &Case, a: &Named) -> Array {
    let layer = GcnLayer::new(a["W"].shape()[1]);
    let (out, ()) = layer.apply(&linear(a), &(), &inputs(a), &Context::eval());
    out.dense().clone()
}

fn symmetric(adjacency: &Array, a: &Named) -> Array {
    let scale = adjacency.sum(-1).pow(-0.5);
    let adjacency = scale.expand_dims(-1) * adjacency * scale.expand_dims(-2);
    convolve(&linear(a), &inputs(a).with_adjacency(adjacency))
}

/// The layer that `layer` makes of the number of features of all heads together, and that of heads.
fn attention(case: &Case, a: &Named, layer: fn(usize, usize) -> GatLayer) -> Array {
    let number = |name: &str| case.params.get(name).and_then(serde_json::Value::as_f64);
    let heads = number("heads").unwrap_or(1.0) as usize;
    let layer = layer(a["W"].shape()[1], heads).with_slope(number("slope").unwrap_or(0.2));
    let params = GatLayerParams {
        projection: linear(a),
        a: a["a"].clone(),
    };
    let out = layer.forward(&params, &inputs(a), &Context::eval());
    out.dense().clone()
}
