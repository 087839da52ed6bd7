//! Parameters by PyG's names: transposed, under prefixes, and refused with what is wrong.

use std::collections::BTreeMap;

use graxe_core::{Array, DType, array, elu};
use graxe_graph::{Graph, normalise};
use graxe_nn::checkpoint::load_arrays;
use graxe_nn::pyg::{Error, ErrorKind, Weights};
use graxe_nn::{
    ChebConv, Context, GatV2, Gcnii, GraphAttentionLayer, GraphConv, GraphConvolution, GraphSage,
    Inputs, Layer, Sgc, TransformerConv,
};

fn arrays(named: &[(&str, Array)]) -> BTreeMap<String, Array> {
    let named = named.iter();
    named.map(|(n, a)| ((*n).to_owned(), a.clone())).collect()
}

fn zeros<const N: usize>(shape: [usize; N]) -> Array {
    Array::zeros(shape, DType::F32)
}

fn refused<P>(params: Result<P, Error>, kind: ErrorKind, message: &str) {
    let Err(error) = params else {
        panic!("accepted, expected {message}")
    };
    assert_eq!(error.kind(), kind);
    assert_eq!(error.to_string(), message);
}

#[test]
fn a_linear_map_is_transposed() {
    let arrays = arrays(&[
        (
            "conv1.lin.weight",
            array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]),
        ),
        ("conv1.lin.bias", array([7.0, 8.0])),
    ]);
    let all = Weights::new(&arrays);
    let linear = all.under("conv1").linear("lin", [3, 2], true);
    let linear = linear.expect("there is one");
    let x = array([[1.0, 0.0, 1.0]]);
    let out = x.matmul(&linear.weight) + linear.bias.expect("it has a bias");
    assert_eq!(out.to_vec::<f32>(), [11.0, 18.0]);
    let names: Vec<&str> = all.under("conv1").under("lin").names().collect();
    assert_eq!(names, ["bias", "weight"]);
    assert!(all.get("conv1.lin.weight").is_some() && all.get("lin.weight").is_none());
}

#[test]
fn what_is_wrong_is_named_in_full() {
    let arrays = arrays(&[
        ("a.lin.weight", zeros([4, 3])),
        ("a.bias", zeros([4])),
        ("b.lin.weight", zeros([3, 4])),
        ("b.bias", Array::zeros(4, DType::I32)),
    ]);
    let all = Weights::new(&arrays);
    let layer = GraphConvolution::new(4);
    assert!(layer.from_pyg(&all.under("a"), 3).is_ok());
    refused(
        layer.from_pyg(&all.under("b"), 3),
        ErrorKind::Shape,
        "b.lin.weight has shape [3,4], expected [4,3]",
    );
    refused(
        layer.from_pyg(&all, 3),
        ErrorKind::Missing,
        "lin.weight is missing: there is only a.bias, a.lin.weight, b.bias, b.lin.weight",
    );
    refused(
        layer.from_pyg(&all.under("c"), 3),
        ErrorKind::Missing,
        "c.lin.weight is missing: under c there is nothing",
    );
    refused(
        layer.without_bias().from_pyg(&all.under("a"), 3),
        ErrorKind::Unexpected,
        "a.bias is there, but the layer is set up without it",
    );
    refused(
        all.array("b.bias", 4),
        ErrorKind::DType,
        "b.bias has dtype i32, expected a float",
    );
    refused(
        Sgc::new(4, 2).from_pyg(&all.under("a"), 3),
        ErrorKind::Missing,
        "a.lin.bias is missing: under a there is only bias, lin.weight",
    );
}

#[test]
fn every_layer_refuses_what_it_has_no_use_for_or_misses() {
    let arrays = arrays(&[
        ("s.lin_l.weight", zeros([4, 3])),
        ("s.lin_l.bias", zeros([4])),
        ("s.lin_r.weight", zeros([4, 3])),
        ("c.lins.0.weight", zeros([4, 3])),
        ("c.bias", zeros([4])),
        ("g.0.weight1", zeros([3, 3])),
        ("t.lin_query.weight", zeros([4, 3])),
    ]);
    let all = Weights::new(&arrays);
    let sage = GraphSage::new(4);
    assert!(sage.from_pyg(&all.under("s"), 3).is_ok());
    refused(
        sage.without_root().from_pyg(&all.under("s"), 3),
        ErrorKind::Unexpected,
        "s.lin_r.weight is there, but the layer is set up without it",
    );
    let missing = |error: Error, name: &str| {
        assert_eq!(error.kind(), ErrorKind::Missing);
        let message = error.to_string();
        assert!(
            message.starts_with(&format!("{name} is missing")),
            "{message}"
        );
    };
    let under = |name: &str| all.under(name);
    let cheb = ChebConv::new(4, 2).from_pyg(&under("c"), 3);
    missing(cheb.unwrap_err(), "c.lins.1.weight");
    let gcnii = Gcnii::new(2).from_pyg(&under("g"), 3);
    missing(gcnii.unwrap_err(), "g.1.weight1");
    let transformer = TransformerConv::new(4, 2).from_pyg(&under("t"), 3);
    missing(transformer.unwrap_err(), "t.lin_query.bias");
    missing(
        GatV2::new(4, 2).from_pyg(&under("s"), 3).unwrap_err(),
        "s.att",
    );
    let graph_conv = GraphConv::new(4).from_pyg(&under("s"), 3);
    missing(graph_conv.unwrap_err(), "s.lin_rel.weight");
}

/// A file that PyTorch has written gives the outputs that PyG gave.
#[test]
fn a_saved_network_gives_its_outputs() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/pyg.safetensors");
    let all = load_arrays(file).expect("it is there");
    let weights = Weights::new(&all);
    let ends = all["edge_index"].to_vec::<i32>();
    let ends: Vec<u32> = ends.into_iter().map(|node| node as u32).collect();
    let (src, dst) = ends.split_at(ends.len() / 2);
    let graph = Graph::from_edges(6, src, dst).expect("in range");
    let normal = Inputs::on_graph(all["x"].clone(), &normalise::gcn(&graph));
    let looped = Inputs::on_graph(all["x"].clone(), &graph.with_remaining_self_loops(1.0));

    let first = GraphConvolution::new(4);
    let second = GraphAttentionLayer::new(3).heads(2);
    let third = GraphAttentionLayer::new(2).heads(1).averaged();
    let params = (
        first.from_pyg(&weights.under("conv1"), 5).expect("conv1"),
        second.from_pyg(&weights.under("conv2"), 4).expect("conv2"),
        third.from_pyg(&weights.under("conv3"), 6).expect("conv3"),
    );
    let context = Context::eval();
    let (x, ()) = first.apply(&params.0, &(), &normal, &context);
    let x = looped.with_nodes(elu(x.dense(), 1.0));
    let (x, ()) = second.apply(&params.1, &(), &x, &context);
    let x = x.with_nodes(elu(x.dense(), 1.0));
    let (x, ()) = third.apply(&params.2, &(), &x, &context);
    let wanted = all["out"].to_vec::<f32>();
    for (got, want) in x.dense().to_vec::<f32>().into_iter().zip(wanted) {
        assert!((got - want).abs() < 1e-5, "{got} is not {want}");
    }
}

#[test]
fn what_a_layer_does_not_have_is_refused() {
    let arrays = arrays(&[("res.weight", zeros([6, 4]))]);
    let layer = GraphAttentionLayer::new(3).heads(2);
    refused(
        layer.from_pyg(&Weights::new(&arrays), 4),
        ErrorKind::Unexpected,
        "res.weight is there, but the layer is set up without it",
    );
}
