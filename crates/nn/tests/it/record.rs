//! What passes inside networks is recorded, and what comes out does not change.

use graxe_core::random::{Key, normal};
use graxe_core::{Array, DType, Value, grad, jit, make_program, sparse, tree};
use graxe_graph::{Dataset, karate_club};
use graxe_nn::{
    Architecture, Context, Dense, Dropout, Gin, Inputs, Inspected, Layer, MODELS, Model,
    Parameters, Record, Sizes, gat, gcn, lambda, model, serial,
};

fn architecture(name: &str) -> &'static Architecture {
    model(name).expect("a row of the table")
}

/// A model of the table for the karate club, with 4 hidden features (of each head), and its inputs.
fn made(row: &Architecture, club: &Dataset) -> (Model, Inputs) {
    let sizes = Sizes {
        nodes: 34,
        features: 34,
        hidden: 4,
        classes: 2,
        dropout: 0.5,
    };
    ((row.build)(sizes), row.inputs(club))
}

fn bits(x: &Array) -> Vec<u32> {
    x.to_vec::<f32>().into_iter().map(f32::to_bits).collect()
}

/// Without recording, compiled as an inspection is.
fn plain(model: &Model, params: &Parameters, state: &Parameters, inputs: &Inputs) -> Array {
    let apply = |params: &Parameters| {
        let (out, _) = model.apply(params, state, inputs, &Context::eval());
        out.dense().clone()
    };
    jit(apply)(params)
}

#[test]
fn every_model_of_the_table_is_inspected_without_a_change_of_its_logits() {
    let club = karate_club();
    for row in MODELS {
        let (model, inputs) = made(row, &club);
        let (params, state) = model.init(&Key::new(3));
        let Inspected {
            logits,
            embedding,
            attention,
        } = model.inspect(&params, &state, &inputs);
        let want = plain(&model, &params, &state, &inputs);
        assert_eq!(bits(&logits), bits(&want), "{}", row.name);
        let width = match row.name {
            "gat" | "jax-gat" | "gatv2" | "transformer" => 32,
            "sgc" => 2,
            _ => 4,
        };
        assert_eq!(embedding.shape()[..], [34, width], "{}", row.name);
        let names: Vec<&str> = attention.iter().map(|(name, _)| &name[..]).collect();
        let wanted: &[&str] = match row.name {
            "gat" | "gatv2" | "transformer" => &["layers[1].attention", "layers[4].attention"],
            "jax-gat" => &[
                "layers[0].layers[1].attention",
                "layers[0].layers[4].attention",
            ],
            _ => &[],
        };
        assert_eq!(names, wanted, "{}", row.name);
        let Some(prepare) = row.prepare else { continue };
        let graph = prepare(&club.graph);
        for ((name, attention), heads) in attention.iter().zip([8, 1]) {
            assert_eq!(attention.shape()[..], [graph.num_edges(), heads], "{name}");
            let sums = sparse::sum_rows(graph.pattern(), attention).to_vec::<f32>();
            assert!(
                sums.iter().all(|sum| (sum - 1.0).abs() < 1e-5),
                "{name}: {sums:?}"
            );
        }
    }
}

#[test]
fn the_last_layer_makes_the_logits_of_the_embedding() {
    let club = karate_club();
    let (model, inputs) = made(architecture("gcn"), &club);
    let (params, state) = model.init(&Key::new(3));
    let seen = model.inspect(&params, &state, &inputs);
    let again = serial((graxe_nn::GraphConvolution::new(2).without_bias(),));
    let mut own = again.init(&Key::new(0), &[34, 4]).1;
    own.layers.0.weight = params["layers[4].weight"].clone();
    let hidden = inputs.with_nodes(seen.embedding.clone());
    let (out, _) = again.apply(
        &own,
        &graxe_nn::Layers { layers: ((),) },
        &hidden,
        &Context::eval(),
    );
    let pairs = out
        .dense()
        .to_vec::<f32>()
        .into_iter()
        .zip(seen.logits.to_vec::<f32>());
    assert!(seen.embedding.to_vec::<f32>().iter().any(|&x| x > 0.0));
    assert!(pairs.into_iter().all(|(a, b)| (a - b).abs() < 1e-5));
}

/// All that is recorded of a network for dense features on the club.
fn recorded<L: Layer>(network: &L, features: usize) -> Vec<(String, Vec<usize>)> {
    let graph = karate_club().graph.with_remaining_self_loops(1.0);
    let inputs = Inputs::on_graph(normal(&Key::new(1), [34, features], DType::F32), &graph);
    let (_, params, state) = network.init(&Key::new(2), &[34, features]);
    let record = Record::new();
    network.apply(
        &params,
        &state,
        &inputs,
        &Context::eval().recording(&record),
    );
    let shapes = record.take().into_iter();
    shapes.map(|(name, x)| (name, x.shape().to_vec())).collect()
}

#[test]
fn the_embedding_is_that_of_the_network_and_not_of_a_network_inside_a_layer() {
    let embedding = |width| vec![("embedding".to_owned(), vec![34, width])];
    // The last layer with parameters is a convolution with a network of 7 hidden features inside.
    let gin = serial((Dense::new(5), Gin::mlp(7, 2), Dropout::new(0.5)));
    assert_eq!(recorded(&gin, 3), embedding(5));
    // Here it stands in a network that is itself the last, or is not.
    let inner = || serial((Dense::new(6), lambda(|x| x.tanh()), Dense::new(4)));
    assert_eq!(
        recorded(&serial((inner(), lambda(|x| x.tanh()))), 3),
        embedding(6)
    );
    assert_eq!(recorded(&serial((inner(), Dense::new(2))), 3), embedding(4));
    assert_eq!(recorded(&Dense::new(2), 3), []);
    assert_eq!(recorded(&serial((lambda(|x| x.tanh()),)), 3), []);
}

#[test]
fn a_context_that_does_not_record_traces_the_same_program() {
    let club = karate_club();
    let graph = club.graph.with_remaining_self_loops(1.0);
    let inputs = Inputs::on_graph(club.features.clone(), &graph);
    let network = gat(2, 3, 2, 0.6);
    let (_, params, state) = network.init(&Key::new(0), &[34, 34]);
    let leaves: Vec<Array> = tree::arrays(&params);
    let program = |record: bool, context: Context| {
        let loss = |leaves: &Vec<Array>| {
            let params = tree::unflatten(&params, leaves.iter().map(Value::from).collect());
            let forgotten = Record::new();
            let context = if record {
                context.recording(&forgotten)
            } else {
                context.clone()
            };
            let (out, _) = network.apply(&params, &state, &inputs, &context);
            out.dense().square().sum(..)
        };
        make_program(grad(loss))(&leaves).to_string()
    };
    for context in [Context::eval(), Context::train(&Key::new(5))] {
        assert_eq!(program(true, context.clone()), program(false, context));
    }
}

#[test]
fn contexts_hand_on_what_records() {
    let network = gcn(4, 2, 0.5);
    let graph = karate_club().graph;
    let inputs = Inputs::on_graph(normal(&Key::new(1), [34, 3], DType::F32), &graph);
    let (_, params, state) = network.init(&Key::new(2), &[34, 3]);
    let context = Context::train(&Key::new(3));
    let record = Record::new();
    let (want, _) = network.apply(&params, &state, &inputs, &context);
    let (got, _) = network.apply(&params, &state, &inputs, &context.recording(&record));
    assert_eq!(bits(got.dense()), bits(want.dense()));
    assert_eq!(record.take()["embedding"].shape()[..], [34, 4]);
    assert!(!context.is_recording() && context.recording(&record).split(2)[1].is_recording());
}
