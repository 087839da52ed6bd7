//! Trees: structure, names, mapping.

use std::collections::BTreeMap;

use graxe_core::{Array, Tree, array, grad, scalar, tree};

#[derive(Tree, Clone)]
enum Activation {
    Identity,
    Scaled(Array),
    Named { slope: Array },
}

#[derive(Tree, Clone)]
struct Model {
    layers: Vec<(Array, Option<Array>)>,
    extra: BTreeMap<String, Array>,
    activation: Activation,
}

fn model(activation: Activation) -> Model {
    let layers = vec![(scalar(1.0), None), (scalar(2.0), Some(scalar(3.0)))];
    Model {
        layers,
        extra: BTreeMap::from([("bias".to_owned(), scalar(4.0))]),
        activation,
    }
}

#[test]
fn leaves_have_names() {
    let names = |m: &Model| -> Vec<String> {
        tree::named_leaves(m)
            .iter()
            .map(|(path, _)| path.to_string())
            .collect()
    };
    let common = ["layers[0][0]", "layers[1][0]", "layers[1][1]", "extra.bias"];
    assert_eq!(names(&model(Activation::Identity)), common);
    let named = names(&model(Activation::Named { slope: scalar(0.1) }));
    assert_eq!(named.last().map(String::as_str), Some("activation.slope"));
    let scaled = names(&model(Activation::Scaled(scalar(0.1))));
    assert_eq!(scaled.last().map(String::as_str), Some("activation[0]"));
}

#[test]
fn mapping_keeps_the_structure() {
    let doubled = tree::map(&model(Activation::Scaled(scalar(5.0))), |a| a * 2);
    assert_eq!(doubled.extra["bias"].item::<f32>(), 8.0);
    assert!(matches!(doubled.activation, Activation::Scaled(a) if a.item::<f32>() == 10.0));
    let total = |m: &Model| {
        tree::arrays(m)
            .iter()
            .fold(scalar(0.0), |s, a| s + a.square())
    };
    let g = grad(total)(&model(Activation::Identity));
    assert_eq!(g.layers[1].1.as_ref().map(Array::item::<f32>), Some(6.0));
}

#[test]
#[should_panic(expected = "different structures")]
fn different_variants_do_not_mix() {
    let (a, b) = (
        model(Activation::Identity),
        model(Activation::Scaled(array([1.0]))),
    );
    tree::map2(&a, &b, |x, y| x + y);
}
