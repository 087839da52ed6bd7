//! Layers along edges: the forms of their inputs, their formulas by hand, dropout, and what they refuse.

use graxe_core::random::Key;
use graxe_core::{Array, DType, relu};
use graxe_graph::Graph;
use graxe_nn::{
    Appnp, ChebConv, Context, GatV2, Gcnii, Gin, GraphConv, GraphSage, Inputs, Layer, Matrix, Sgc,
    Stateless, TransformerConv,
};

use crate::masks::sample;

/// The output of a layer without state whose parameters are drawn with one key, in evaluation.
fn output<L: Layer>(layer: &L, inputs: &Inputs) -> Array {
    let shape = inputs.nodes.shape();
    let (out_shape, params, state) = layer.init(&Key::new(9), &shape);
    let (out, _) = layer.apply(&params, &state, inputs, &Context::eval());
    assert_eq!(out.dense().shape()[..], out_shape[..]);
    out.dense().clone()
}

/// A graph of 7 nodes and its inputs in `f32`: dense, sparse features, dense adjacency.
fn forms() -> [Inputs; 3] {
    let graph = sample(3, 7, 15).graph;
    let graph = Graph {
        adjacency: graph
            .adjacency
            .with_values(graph.adjacency.values.astype(DType::F32)),
    };
    let features = sample(4, 7, 12).graph.adjacency;
    let features = features.with_values(features.values.astype(DType::F32));
    let dense = Inputs::on_graph(features.to_dense(), &graph);
    [
        dense.clone(),
        dense.with_nodes(features),
        dense.with_adjacency(graph.adjacency.to_dense()),
    ]
}

fn near(a: &Array, b: &Array) {
    assert_eq!(a.shape(), b.shape());
    for (x, y) in a.to_vec::<f32>().into_iter().zip(b.to_vec::<f32>()) {
        assert!((x - y).abs() < 1e-4 * (1.0 + y.abs()), "{x} is not {y}");
    }
}

#[test]
fn sparse_features_and_dense_adjacencies_give_the_same() {
    fn check<L: Layer>(layer: &L, sparse_features: bool, dense_adjacency: bool) {
        let [dense, sparse, whole] = forms();
        let want = output(layer, &dense);
        if sparse_features {
            near(&output(layer, &sparse), &want);
        }
        if dense_adjacency {
            near(&output(layer, &whole), &want);
        }
    }
    check(&GatV2::new(4, 2), true, false);
    check(&TransformerConv::new(4, 2), true, false);
    check(&GraphSage::new(9), true, false);
    check(&GraphConv::new(3), true, false);
    check(&GraphConv::new(9), true, false);
    check(&Sgc::new(3, 2), true, true);
    check(&ChebConv::new(3, 4), true, true);
    check(&Appnp::new(3, 0.2), false, true);
    check(&Gcnii::new(3), false, true);
}

#[test]
fn clenshaw_sums_the_polynomials() {
    let [inputs, ..] = forms();
    let laplacian = match &inputs.adjacency {
        Some(Matrix::Sparse(a)) => a.clone(),
        _ => panic!("the first form is sparse"),
    };
    let layer = ChebConv::new(3, 4);
    let (_, params) = layer.parameters(&Key::new(9), &[7, 7]);
    let x = inputs.dense();
    let mut terms = vec![x.clone(), laplacian.matmul(x)];
    for k in 2..4 {
        terms.push(2 * laplacian.matmul(&terms[k - 1]) - &terms[k - 2]);
    }
    let terms = terms.iter().zip(&params.weights);
    let want = terms.map(|(t, w)| t.matmul(w)).reduce(|a, b| a + b);
    near(&output(&layer, &inputs), &want.expect("terms"));
}

#[test]
fn gcnii_begins_as_its_formula_says() {
    let [inputs, ..] = forms();
    let layer = Gcnii::new(2).with_alpha(0.3).with_theta(0.7);
    let (_, params) = layer.parameters(&Key::new(9), &[7, 7]);
    let x0 = inputs.dense();
    let mut x = x0.clone();
    for (l, p) in (1..).zip(&params.layers) {
        let beta = (0.7 / f64::from(l) + 1.0).ln();
        let a = inputs.adjacency.as_ref().expect("a graph");
        let t = 0.7 * a.matmul(&x) + 0.3 * x0;
        x = relu(&((1.0 - beta) * &t + beta * t.matmul(&p.weight)));
    }
    near(&output(&layer, &inputs), &x);
}

#[test]
fn gin_weighs_a_node_itself() {
    let [inputs, ..] = forms();
    let layer = Gin::mlp(5, 2);
    let same = Gin::mlp(5, 2).with_eps(0.5);
    let trained = Gin::mlp(5, 2).with_eps(0.5).with_trained_eps();
    let (_, params, _) = trained.init(&Key::new(9), &[7, 7]);
    assert_eq!(params.eps.expect("trained").to_vec::<f32>(), [0.5]);
    assert!(layer.init(&Key::new(9), &[7, 7]).1.eps.is_none());
    let want = output(&same, &inputs);
    near(&output(&trained, &inputs), &want);
    let other = output(&layer, &inputs);
    assert!((other - want).abs().max(..).item::<f32>() > 1e-3);
}

#[test]
fn attention_and_propagation_drop_out_in_training_alone() {
    fn check<L: Layer>(thin: &L, whole: &L, inputs: &Inputs) {
        near(&output(thin, inputs), &output(whole, inputs));
        let (_, params, state) = thin.init(&Key::new(9), &inputs.nodes.shape());
        let context = Context::train(&Key::new(1));
        let (trained, _) = thin.apply(&params, &state, inputs, &context);
        let apart = trained.dense() - output(whole, inputs);
        assert!(apart.abs().max(..).item::<f32>() > 1e-3);
        assert!(
            trained
                .dense()
                .to_vec::<f32>()
                .iter()
                .all(|x| x.is_finite())
        );
    }
    let [inputs, ..] = forms();
    check(
        &GatV2::new(4, 2).with_dropout(0.5),
        &GatV2::new(4, 2),
        &inputs,
    );
    check(
        &TransformerConv::new(4, 2).with_dropout(0.5),
        &TransformerConv::new(4, 2),
        &inputs,
    );
    check(
        &Appnp::new(3, 0.1).with_dropout(0.5),
        &Appnp::new(3, 0.1),
        &inputs,
    );
    check(&Gcnii::new(2).with_dropout(0.5), &Gcnii::new(2), &inputs);
}

#[test]
#[should_panic(expected = "that of shape [7,7] is dense")]
fn attention_along_edges_refuses_a_dense_adjacency() {
    let [_, _, whole] = forms();
    let _ = output(&GatV2::new(4, 2), &whole);
}

#[test]
#[should_panic(expected = "gat v2: the edges carry nothing, but there is a map [2,4]")]
fn attention_made_for_edge_features_asks_for_them() {
    let [inputs, ..] = forms();
    let _ = output(&GatV2::new(4, 2).with_edge_features(2), &inputs);
}

#[test]
#[should_panic(expected = "transformer conv: 5 features cannot be shared by 2 heads")]
fn heads_share_features_evenly() {
    let _ = TransformerConv::new(5, 2);
}
