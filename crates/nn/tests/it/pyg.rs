//! Parameters by PyG's names: transposed, under prefixes, and refused with what is wrong.

use std::collections::BTreeMap;

use graxe_core::{Array, DType, array};
use graxe_nn::pyg::{Error, ErrorKind, Weights};
use graxe_nn::{
    ChebConv, GatV2, Gcnii, GraphConv, GraphConvolution, GraphSage, Sgc, TransformerConv,
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
