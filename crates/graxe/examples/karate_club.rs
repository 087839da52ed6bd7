//! Zachary's karate club: which faction each member joined, learnt from two labels by graph convolution.

use graxe::graph::{karate_club, normalise};
use graxe::nn::{Context, Inputs, Layer, cross_entropy, gcn, optim};
use graxe::prelude::*;
use optim::GradientTransformation;

fn main() {
    let club = karate_club();
    let inputs = Inputs::on_graph(club.features.clone(), &normalise::gcn(&club.graph));
    let labels = club.labels_array();
    // The instructor and the officer: all that training sees.
    let heads = [club.split.train[0], club.split.train[1]].map(|node| node as i32);
    let train = Array::from_vec(heads.to_vec(), heads.len());

    let network = gcn(16, club.num_classes(), 0.5);
    let [key, steps] = Key::new(0).split();
    let shape = [club.num_nodes(), club.num_features()];
    let (_, mut params, state) = network.init(&key, &shape);
    let optimiser = optim::adamw(0.01, 5e-3);
    let mut moments = optimiser.init(&params);

    let step = jit(|(params, moments), key: &Key| {
        let loss = |p: &_| {
            let (out, _) = network.apply(p, &state, &inputs, &Context::train(key));
            cross_entropy(out.dense(), &labels, &train)
        };
        let (loss, gradient) = value_and_grad(loss)(&params);
        let (updates, moments) = optimiser.update(&gradient, &moments, &params);
        ((optim::apply_updates(&params, &updates), moments), loss)
    });
    for number in 1..=200 {
        let loss;
        ((params, moments), loss) = step((params, moments), &steps.fold_in(number));
        if number % 50 == 0 {
            println!("step {number:>3}  loss {:.4}", loss.item::<f32>());
        }
    }

    let (out, _) = network.apply(&params, &state, &inputs, &Context::eval());
    let predicted = out.dense().argmax(1).to_vec::<i32>();
    let actual = labels.to_vec::<i32>();
    println!("\nmember  joined   predicted");
    for (member, (&actual, &predicted)) in actual.iter().zip(&predicted).enumerate() {
        let [joined, guess] = [actual, predicted].map(|class| &club.class_names[class as usize]);
        let remark = if heads.contains(&(member as i32)) {
            "its label was given"
        } else if actual == predicted {
            ""
        } else {
            "wrong"
        };
        // The paper counts from 1.
        println!("{:>6}  {joined:<8} {guess:<8} {remark}", member + 1);
    }
    let hits = actual.iter().zip(&predicted).filter(|(a, p)| a == p);
    let hits = hits.count();
    println!("{hits} of {} members", actual.len());
    assert!(hits >= 32, "{hits} members were found");
}
