//! A training loop of one's own: a graph convolutional network on Cora.

use graxe::graph::{citation, normalise};
use graxe::nn::{Context, Inputs, Layer, accuracy, cross_entropy, gcn, optim, sum_of_squares};
use graxe::prelude::*;
use optim::GradientTransformation;

fn indices(nodes: &[u32]) -> Array {
    Array::from_vec(nodes.iter().map(|&n| n as i32).collect(), nodes.len())
}

fn main() {
    let data = graxe::data::load("cora", None).unwrap_or_else(|error| {
        println!("{error}\ntraining on a synthetic citation graph instead");
        citation(2708, 7, 1433, &Key::new(0))
    });
    let features = normalise::rows(&data.features);
    let inputs = Inputs::on_graph(features, &normalise::gcn(&data.graph));
    let labels = data.labels_array();
    let [train, val, test] =
        [&data.split.train, &data.split.val, &data.split.test].map(|nodes| indices(nodes));

    let network = gcn(16, data.num_classes(), 0.5);
    let [key, mut steps] = Key::new(0).split();
    let shape = [data.num_nodes(), data.num_features()];
    let (_, mut params, state) = network.init(&key, &shape);
    let optimiser = optim::adam(0.01);
    let mut moments = optimiser.init(&params);

    let step = jit(|(params, moments), inputs: &Inputs, key: &Key| {
        let loss = |p: &_| {
            let (out, _) = network.apply(p, &state, inputs, &Context::train(key));
            cross_entropy(out.dense(), &labels, &train) + 2.5e-4 * sum_of_squares(p)
        };
        let (loss, gradient) = value_and_grad(loss)(&params);
        let (updates, moments) = optimiser.update(&gradient, &moments, &params);
        ((optim::apply_updates(&params, &updates), moments), loss)
    });
    let measure = jit(|params: &_, inputs: &Inputs, nodes: &Array| {
        let (out, _) = network.apply(params, &state, inputs, &Context::eval());
        accuracy(out.dense(), &labels, nodes)
    });

    for epoch in 1..=200 {
        let [next, key] = steps.split();
        steps = next;
        let loss;
        ((params, moments), loss) = step((params, moments), &inputs, &key);
        if epoch % 20 == 0 {
            let val = measure(&params, &inputs, &val).item::<f32>();
            println!(
                "epoch {epoch:>3}  loss {:.4}  val {val:.3}",
                loss.item::<f32>()
            );
        }
    }
    let test = measure(&params, &inputs, &test).item::<f32>();
    println!("test accuracy {test:.4}");
}
