//! Gradients of each example of a batch, by `vmap(grad(..))`, and their norms clipped one by one.
//!
//! The mean of a batch's gradients says nothing of one example's. Differentially private training
//! needs each of them: it limits the norm of every example's gradient, so that no example alone
//! decides a step. Here that keeps one spoiled label from spoiling the fit.

use graxe::prelude::*;

#[derive(Tree, Clone)]
struct Network {
    hidden: Array,
    output: Array,
}

/// The squared error of one example: `x: [2]`, `y: []`.
fn loss(network: &Network, x: &Array, y: &Array) -> Array {
    (x.matmul(&network.hidden).tanh().matmul(&network.output) - y).square()
}

/// The norm of a gradient over all of its leaves.
fn norm(gradient: &Network) -> Array {
    let squares = tree::arrays(gradient)
        .into_iter()
        .map(|leaf| leaf.square().sum(..));
    squares.fold(scalar(0.0), |sum, square| sum + square).sqrt()
}

/// The gradient of one example, no longer than `limit`.
fn clipped(network: &Network, x: &Array, y: &Array, limit: f64) -> Network {
    let gradient = grad(loss)(network, x, y);
    let scale = (limit / norm(&gradient).maximum(1e-12)).minimum(1);
    tree::map(&gradient, |leaf| leaf * &scale)
}

fn main() {
    let [key, places] = Key::new(0).split();
    let [first, second] = key.split();
    let network = Network {
        hidden: random::normal(&first, [2, 8], DType::F32),
        output: random::normal(&second, 8, DType::F32) / 8f64.sqrt(),
    };
    let x = random::normal(&places, [64, 2], DType::F32);
    let truth = x.index((.., 0)) * x.index((.., 1));
    let y = truth.at(0).set(100); // one label is spoiled

    // The network is shared, examples lie along axis 0: an axis for each argument.
    let axes = || BatchAxes::inputs([None, Some(0), Some(0)]);
    let gradients = vmap_with(grad(loss), axes())(&network, &x, &y);
    assert_eq!(gradients.hidden.shape()[..], [64, 2, 8]);

    // The same as a loop, and their mean is the gradient of the mean.
    for i in [0, 17, 63] {
        let alone = grad(loss)(&network, &x.index(i), &y.index(i));
        close(&alone.hidden, &gradients.hidden.index(i), 1e-5);
        close(&alone.output, &gradients.output.index(i), 1e-5);
    }
    let mean_loss = |network: &Network| vmap_with(loss, axes())(network, &x, &y).mean(..);
    let together = grad(mean_loss)(&network);
    close(&together.hidden, &gradients.hidden.mean(0), 1e-5);

    let norms = vmap(norm)(&gradients);
    println!(
        "norm of the spoiled example: {:.1}",
        norms.index(0).item::<f32>()
    );
    println!(
        "median norm:                 {:.3}",
        norms.median(..).item::<f32>()
    );

    // Two descents, one along mean gradients, one along means of clipped ones.
    let plain = |network: &Network, x: &Array, y: &Array| grad(loss)(network, x, y);
    let limited = |network: &Network, x: &Array, y: &Array| clipped(network, x, y, 0.5);
    let plain = fit(&network, &x, &y, vmap_with(plain, axes()));
    let limited = fit(&network, &x, &y, vmap_with(limited, axes()));
    let error = |network: &Network| {
        let each = vmap_with(loss, axes())(network, &x, &truth);
        each.median(..).item::<f32>()
    };
    println!("median error with plain gradients:   {:.4}", error(&plain));
    println!(
        "median error with clipped gradients: {:.4}",
        error(&limited)
    );
    assert!(error(&limited) < 0.05);
    assert!(error(&limited) < error(&plain) / 2.0);
}

/// Steps along the mean over the batch of what `gradients` gives for each example.
fn fit(
    network: &Network,
    x: &Array,
    y: &Array,
    gradients: impl Fn(&Network, &Array, &Array) -> Network + Send + Sync,
) -> Network {
    let step = jit(|network: Network, x: &Array, y: &Array| {
        let mean = tree::map(&gradients(&network, x, y), |leaf| leaf.mean(0));
        tree::map2(&network, &mean, |p, g| p - 0.2 * g)
    });
    (0..2000).fold(network.clone(), |network, _| step(network, x, y))
}

fn close(a: &Array, b: &Array, tolerance: f32) {
    let apart = ((a - b).abs() / b.abs().maximum(1)).max(..).item::<f32>();
    assert!(apart <= tolerance, "apart by {apart}");
}
