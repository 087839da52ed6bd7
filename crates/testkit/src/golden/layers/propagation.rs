//! Features propagated by a matrix: `APPNP`, `SGConv`, `ChebConv`, `GCN2Conv`.

use graxe_core::Array;
use graxe_graph::{Graph, normalise};
use graxe_nn::{Appnp, ChebConv, GcniiConv, Inputs, Sgc};

use super::{Case, Forward, Named, apply, flag, graph, in_features, number, parameters, settled};

/// The layer of that name.
pub(super) fn forward(op: &str) -> Option<Forward> {
    Some(match op {
        "APPNP" => appnp,
        "SGConv" => sgc,
        "ChebConv" => cheb,
        "GCN2Conv" => gcnii,
        _ => return None,
    })
}

fn on(graph: &Graph, a: &Named) -> Inputs {
    Inputs::on_graph(a["x"].clone(), graph)
}

fn required(case: &Case, name: &str) -> f64 {
    number(case, name).unwrap_or_else(|| panic!("{} has no number {name}", case.name))
}

fn appnp(case: &Case, a: &Named) -> Array {
    let layer = Appnp::new(required(case, "K") as usize, required(case, "alpha"));
    apply(&layer, &(), &on(&normalise::gcn(&graph(a)), a))
}

fn sgc(case: &Case, a: &Named) -> Array {
    let layer = Sgc::new(a["cotangent"].shape()[1], required(case, "K") as usize);
    let params = settled(layer.from_pyg(&parameters(a), in_features(a)));
    apply(&layer, &params, &on(&normalise::gcn(&graph(a)), a))
}

fn cheb(case: &Case, a: &Named) -> Array {
    let layer = ChebConv::new(a["cotangent"].shape()[1], required(case, "K") as usize);
    let params = settled(layer.from_pyg(&parameters(a), in_features(a)));
    let laplacian = normalise::scaled_laplacian(&graph(a), 2.0);
    apply(&layer, &params, &on(&laplacian, a))
}

fn gcnii(case: &Case, a: &Named) -> Array {
    let [alpha, theta, layer] = ["alpha", "theta", "layer"].map(|name| required(case, name));
    let layer = GcniiConv::new(alpha, theta, layer as usize);
    let layer = match flag(case, "shared_weights") {
        Some(false) => layer.with_initial_weights(),
        _ => layer,
    };
    let params = settled(layer.from_pyg(&parameters(a), in_features(a)));
    let inputs = on(&normalise::gcn(&graph(a)), a);
    layer.forward(&params, &inputs, &a["x_0"]).dense().clone()
}
