//! Two graph layers on four nodes, small enough to follow by hand: the mean over neighbours, and attention.
//!
//! The graph, its features and the parameters are those of the `UvA` deep learning tutorial on graph neural
//! networks (tutorial 7), so that every number can be compared.

use graxe::nn::{Context, GatLayer, GatLayerParams, GcnLayer, Inputs, Linear, Stateless};
use graxe::prelude::*;

/// Panics unless all elements agree to the digits that are printed.
fn assert_close(found: &Array, expected: &Array) {
    assert_eq!(found.shape(), expected.shape());
    let apart = (found - expected).abs().max(..).item::<f32>();
    assert!(apart < 2e-6, "apart by {apart}: {found}");
}

fn main() {
    // One graph in a batch. Node i hears node j where A(i, j) is 1; every node hears itself.
    let nodes = arange(8.0).reshape([1, 4, 2]);
    let adjacency = array([[
        [1.0, 1.0, 0.0, 0.0],
        [1.0, 1.0, 1.0, 1.0],
        [0.0, 1.0, 1.0, 1.0],
        [0.0, 1.0, 1.0, 1.0],
    ]]);
    println!("features\n{nodes}\nadjacency\n{adjacency}");
    let inputs = Inputs::new(nodes).with_adjacency(adjacency);

    // A projection that changes nothing, so that the layers show what they do beside it.
    let projection = Linear {
        weight: Array::eye(2, DType::F32),
        bias: Some(Array::zeros(2, DType::F32)),
    };

    let out = GcnLayer::new(2).forward(&projection, &inputs, &Context::eval());
    println!("mean over neighbours\n{}", out.dense());
    let expected = array([[[1.0, 2.0], [3.0, 4.0], [4.0, 5.0], [4.0, 5.0]]]);
    assert_close(out.dense(), &expected);

    // Nodes 2 and 3 hear the same nodes, and the mean cannot tell them apart. Attention can: what it looks
    // for depends on the node that hears, by one row of `a` a head.
    let params = GatLayerParams {
        projection,
        a: array([[-0.2, 0.3], [0.1, -0.1]]),
    };
    let layer = GatLayer::new(2, 2);
    let (out, attention) = layer.forward_with_attention(&params, &inputs);
    println!("attention by two heads\n{}", out.dense());
    let expected = array([[
        [1.2913126, 1.9800028],
        [4.23443, 3.7724729],
        [4.6797633, 4.8362055],
        [4.504281, 4.735096],
    ]]);
    assert_close(out.dense(), &expected);

    for (head, expected) in [
        [0.35434368, 0.6456563, 0.0, 0.0],
        [0.5099987, 0.49000138, 0.0, 0.0],
    ]
    .into_iter()
    .enumerate()
    {
        let weights = attention.index((0, .., .., head));
        println!("who hears whom, head {head}\n{weights}");
        assert_close(&weights.index(0), &array(expected));
        assert_close(&weights.sum(-1), &Array::ones(4, DType::F32));
    }

    // Parameters stand outside of the layer: their gradient has their type.
    let loss = |params: &GatLayerParams, inputs: &Inputs| {
        let out = layer.forward(params, inputs, &Context::eval());
        out.dense().square().sum(..)
    };
    let slope = jit(grad(loss))(&params, &inputs);
    println!("slope in a\n{}", slope.a);
    let stepped = tree::map2(&params, &slope, |p, g| p - 1e-3 * g);
    let (before, after) = (loss(&params, &inputs), loss(&stepped, &inputs));
    println!("sum of squares {before}, and {after} a step down the slope");
    assert!(after.item::<f32>() < before.item::<f32>());
}
