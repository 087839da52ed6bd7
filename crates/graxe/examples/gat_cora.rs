//! A training loop of one's own: a graph attention network on Cora, as its paper trains it.
//!
//! `gat_cora [EPOCHS] [explain]`; the second word prints what a step compiles to.

use std::time::Instant;

use graxe::graph::{citation, normalise};
use graxe::nn::{Context, Inputs, Layer, accuracy, cross_entropy, gat, optim, sum_of_squares};
use graxe::prelude::*;
use optim::GradientTransformation;

fn indices(nodes: &[u32]) -> Array {
    Array::from_vec(nodes.iter().map(|&n| n as i32).collect(), nodes.len())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut words = std::env::args().skip(1);
    let epochs: usize = words.next().map_or(Ok(200), |word| word.parse())?;
    let explains = words.next().is_some();
    let data = graxe::data::load("cora", None).unwrap_or_else(|error| {
        println!("{error}\ntraining on a synthetic citation graph instead");
        citation(2708, 7, 1433, &Key::new(0))
    });
    let features = normalise::rows(&data.features);
    let graph = data.graph.with_remaining_self_loops(1.0);
    let inputs = Inputs::on_graph(features, &graph);
    let labels = data.labels_array();
    let [train, val, test] =
        [&data.split.train, &data.split.val, &data.split.test].map(|nodes| indices(nodes));

    let network = gat(8, 8, data.num_classes(), 0.6);
    let [key, mut steps] = Key::new(0).split();
    let shape = [data.num_nodes(), data.num_features()];
    let (_, mut params, state) = network.init(&key, &shape);
    let optimiser = optim::adam(0.005);
    let mut moments = optimiser.init(&params);

    let step = jit(|(params, moments), key: &Key| {
        let loss = |p: &_| {
            let (out, _) = network.apply(p, &state, &inputs, &Context::train(key));
            cross_entropy(out.dense(), &labels, &train) + 2.5e-4 * sum_of_squares(p)
        };
        let (loss, gradient) = value_and_grad(loss)(&params);
        let (updates, moments) = optimiser.update(&gradient, &moments, &params);
        ((optim::apply_updates(&params, &updates), moments), loss)
    });
    let measure = jit(|params: &_, nodes: &Array| {
        let (out, _) = network.apply(params, &state, &inputs, &Context::eval());
        accuracy(out.dense(), &labels, nodes)
    });

    let mut seconds = Vec::new();
    for epoch in 1..=epochs {
        let [next, key] = steps.split();
        steps = next;
        let start = Instant::now();
        let loss;
        ((params, moments), loss) = step((params, moments), &key);
        seconds.push(start.elapsed().as_secs_f64());
        if epoch % 20 == 0 {
            let val = measure(&params, &val).item::<f32>();
            let loss = loss.item::<f32>();
            println!("epoch {epoch:>3}  loss {loss:.4}  val {val:.3}");
        }
    }
    if explains {
        let mut before = Some((params.clone(), moments.clone()));
        let explanation = step.explain(|f| {
            let _ = before.take().map(|before| f(before, &steps));
        });
        println!("{explanation}");
    }
    let test = measure(&params, &test).item::<f32>();
    let fastest = seconds.iter().copied().fold(f64::INFINITY, f64::min);
    println!(
        "test accuracy {test:.4}, fastest step {:.2} ms",
        1e3 * fastest
    );
    Ok(())
}
