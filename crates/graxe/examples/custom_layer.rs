//! A graph layer of one's own, with its own message, trained on Zachary's karate club.

use graxe::graph::karate_club;
use graxe::nn::message::{Aggregation, Edges};
use graxe::nn::{
    Context, Dense, Inputs, Layer, Linear, Stateless, accuracy, cross_entropy, lambda, serial,
};
use graxe::prelude::*;
use graxe::sigmoid;

/// `out_i = Σ_j sigmoid(g_i + g_j) · v_j` beside the greatest of the same messages, with `g = X G` and `v = X V`.
struct Gated(Dense);

impl Stateless for Gated {
    /// `G` and `V`.
    type Params = [Linear; 2];

    fn parameters(&self, key: &Key, input_shape: &[usize]) -> (Vec<usize>, [Linear; 2]) {
        let [gate, value] = key.split().map(|key| self.0.parameters(&key, input_shape));
        (vec![gate.0[0], 2 * gate.0[1]], [gate.1, value.1])
    }

    fn forward(&self, params: &[Linear; 2], inputs: &Inputs, _: &Context) -> Inputs {
        let [g, v] = params
            .each_ref()
            .map(|map| inputs.nodes.matmul(&map.weight));
        inputs.with_nodes(Edges::of(inputs).propagate(
            |edges| sigmoid(&(edges.dst(&g) + edges.src(&g))) * edges.src(&v),
            [Aggregation::Sum, Aggregation::Max],
            |received| received,
        ))
    }
}

fn main() {
    let club = karate_club();
    let inputs = Inputs::on_graph(club.features.clone(), &club.graph.with_self_loops());
    let labels = club.labels_array();
    let train = club.split.train.iter().map(|&node| node as i32).collect();
    let train = Array::from_vec(train, club.split.train.len());

    let network = serial((
        Gated(Dense::new(8).without_bias()),
        lambda(|x: &Array| x.tanh()),
        Dense::new(club.num_classes()),
    ));
    let shape = [club.num_nodes(), club.num_features()];
    let (_, mut params, state) = network.init(&Key::new(0), &shape);

    let predict = |params: &_, inputs: &Inputs| {
        let (out, _) = network.apply(params, &state, inputs, &Context::eval());
        out.dense().clone()
    };
    let step = jit(|params: &_, inputs: &Inputs| {
        let loss = |p: &_| cross_entropy(&predict(p, inputs), &labels, &train);
        let (loss, slope) = value_and_grad(loss)(params);
        (tree::map2(params, &slope, |p, g| p - 0.5 * g), loss)
    });
    let mut losses = Vec::new();
    for _ in 0..40 {
        let loss;
        (params, loss) = step(&params, &inputs);
        losses.push(loss.item::<f32>());
    }
    let (first, last) = (losses[0], losses[losses.len() - 1]);
    let nodes: Vec<i32> = (0..club.num_nodes() as i32).collect();
    let nodes = Array::from_vec(nodes, club.num_nodes());
    let hits = accuracy(&predict(&params, &inputs), &labels, &nodes).item::<f32>();
    println!(
        "loss {first:.4} before, {last:.4} after {} steps; accuracy of all nodes {hits:.3}",
        losses.len()
    );
    assert!(last < 0.5 * first, "the loss did not fall: {losses:?}");
}
