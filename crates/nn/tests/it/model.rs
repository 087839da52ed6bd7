//! Erased models do what their layers do.

use graxe_core::random::{Key, normal};
use graxe_core::{Array, DType};
use graxe_nn::{Context, Inputs, Layer, MODELS, Model, Sizes, gcn, model};

#[test]
fn an_erased_model_is_its_layer() {
    let layer = gcn(4, 3, 0.5);
    let erased = Model::new(layer.clone(), &[5, 6]);
    assert_eq!(erased.output_shape(), [5, 3]);
    assert_eq!(erased.names(), ["layers[1].weight", "layers[4].weight"]);
    assert_eq!(erased.first_layer(), ["layers[1].weight"]);
    let key = Key::new(1);
    let (_, params, state) = layer.init(&key, &[5, 6]);
    let (parameters, own) = erased.init(&key);
    let x = normal(&Key::new(2), [5, 6], DType::F32);
    let inputs = Inputs::new(x).with_adjacency(Array::eye(5, DType::F32));
    let context = Context::train(&Key::new(3));
    let (want, _) = layer.apply(&params, &state, &inputs, &context);
    let (got, _) = erased.apply(&parameters, &own, &inputs, &context);
    assert_eq!(got.dense().to_vec::<f32>(), want.dense().to_vec::<f32>());
}

#[test]
fn every_architecture_of_the_table_is_found_by_name() {
    let sizes = Sizes {
        nodes: 5,
        features: 6,
        hidden: 4,
        classes: 3,
        dropout: 0.5,
    };
    for architecture in MODELS {
        let found = model(architecture.name).expect("a row of the table");
        assert_eq!((found.build)(sizes).output_shape(), [5, 3]);
    }
    assert!(model("perceiver").is_none());
}

#[test]
#[should_panic(expected = "the parameter layers[1].weight is missing")]
fn a_missing_parameter_is_named() {
    let erased = Model::new(gcn(4, 3, 0.5), &[5, 6]);
    let (mut parameters, state) = erased.init(&Key::new(0));
    parameters.remove("layers[1].weight");
    let inputs = Inputs::new(Array::zeros([5, 6], DType::F32));
    let _ = erased.apply(&parameters, &state, &inputs, &Context::eval());
}
