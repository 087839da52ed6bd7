//! Aggregated neighbours: `SAGEConv`, `GraphConv`, `GINConv`.

use graxe_core::{Array, relu};
use graxe_nn::message::Aggregation;
use graxe_nn::pyg::{Error, Weights};
use graxe_nn::{
    Context, Dense, Gin, GraphConv, GraphSage, Inputs, Layer as _, Layers, Linear, lambda, serial,
};

use super::{
    Case, Forward, Named, apply, flag, graph, in_features, number, parameters, settled, text,
};

/// The layer of that name.
pub(super) fn forward(op: &str) -> Option<Forward> {
    Some(match op {
        "SAGEConv" => sage,
        "GraphConv" => graph_conv,
        "GINConv" => gin,
        _ => return None,
    })
}

fn inputs(a: &Named) -> Inputs {
    Inputs::on_graph(a["x"].clone(), &graph(a))
}

fn features(a: &Named) -> usize {
    a["cotangent"].shape()[1]
}

fn aggregation(case: &Case) -> Aggregation {
    match text(case, "aggr") {
        Some("add" | "sum") => Aggregation::Sum,
        Some("mean") => Aggregation::Mean,
        Some("max") => Aggregation::Max,
        other => panic!("{}: aggregation {other:?}", case.name),
    }
}

fn sage(case: &Case, a: &Named) -> Array {
    let mut layer = GraphSage::new(features(a)).with_aggregation(aggregation(case));
    if flag(case, "normalize") == Some(true) {
        layer = layer.normalized();
    }
    if flag(case, "project") == Some(true) {
        layer = layer.projected();
    }
    if flag(case, "root_weight") == Some(false) {
        layer = layer.without_root();
    }
    let params = settled(layer.from_pyg(&parameters(a), in_features(a)));
    apply(&layer, &params, &inputs(a))
}

fn graph_conv(case: &Case, a: &Named) -> Array {
    let layer = GraphConv::new(features(a)).with_aggregation(aggregation(case));
    let params = settled(layer.from_pyg(&parameters(a), in_features(a)));
    apply(&layer, &params, &inputs(a))
}

fn gin(case: &Case, a: &Named) -> Array {
    let hidden = a["param.nn.0.bias"].shape()[0];
    let (wide, narrow) = ([in_features(a), hidden], [hidden, features(a)]);
    let perceptron = serial((Dense::new(hidden), lambda(relu), Dense::new(narrow[1])));
    let mut layer = Gin::new(perceptron).with_eps(number(case, "eps").unwrap_or(0.0));
    if flag(case, "train_eps") == Some(true) {
        layer = layer.with_trained_eps();
    }
    let inner = |nn: &Weights| -> Result<Layers<(Linear, (), Linear)>, Error> {
        let layers = (
            nn.linear("0", wide, true)?,
            (),
            nn.linear("2", narrow, true)?,
        );
        Ok(Layers { layers })
    };
    let params = settled(layer.from_pyg(&parameters(a), inner));
    let state = Layers {
        layers: ((), (), ()),
    };
    let (out, _) = layer.apply(&params, &state, &inputs(a), &Context::eval());
    out.dense().clone()
}
