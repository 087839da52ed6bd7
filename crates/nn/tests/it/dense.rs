//! Layers over dense adjacencies: the tutorial's numbers, batches, nodes alone, slopes.

use graxe_core::random::{Key, bernoulli, normal};
use graxe_core::{
    Array, BatchAxes, Csr, DType, Pattern, Tree, arange, array, grad, jit, relu, tree,
    value_and_grad, vmap_with, with_x64,
};
use graxe_nn::{
    Context, GatLayer, GatLayerParams, GcnLayer, Inputs, Layer, Linear, Stateless, lambda, serial,
};

/// Four nodes with the features 0 to 7, each a neighbour of itself.
fn tutorial() -> Inputs {
    let adjacency = array([
        [1.0, 1.0, 0.0, 0.0],
        [1.0, 1.0, 1.0, 1.0],
        [0.0, 1.0, 1.0, 1.0],
        [0.0, 1.0, 1.0, 1.0],
    ]);
    Inputs::new(arange(8.0).reshape([1, 4, 2])).with_adjacency(adjacency.expand_dims(0))
}

fn identity() -> Linear {
    Linear {
        weight: Array::eye(2, DType::F32),
        bias: Some(Array::zeros(2, DType::F32)),
    }
}

/// A batch of random graphs of `f64` features, about half of all pairs of nodes joined.
fn sample(seed: i64, batch: usize, nodes: usize, features: usize) -> Inputs {
    let [x, a] = Key::new(seed).split();
    let x = normal(&x, [batch, nodes, features], DType::F64);
    let a = bernoulli(&a, 0.5, [batch, nodes, nodes]).astype(DType::F64);
    Inputs::new(x).with_adjacency(a)
}

/// Both as arrays.
fn parts(inputs: &Inputs) -> (Array, Array) {
    let adjacency = inputs.adjacency.as_ref().expect("there is an adjacency");
    (inputs.dense().clone(), adjacency.dense().clone())
}

fn assert_close(a: &Array, b: &Array, tolerance: f64) {
    assert_eq!(a.shape(), b.shape());
    let wide = |x: &Array| x.astype(DType::F64).to_vec::<f64>();
    for (x, y) in wide(a).into_iter().zip(wide(b)) {
        assert!(
            (x - y).abs() <= tolerance * (1.0 + y.abs()),
            "{x} is not {y}"
        );
    }
}

fn in_f64<P: Tree>(params: &P) -> P {
    tree::map(params, |x| x.astype(DType::F64))
}

/// The largest distance of a gradient from central differences, in `f64`.
fn off_slope<P: Tree>(params: &P, f: impl Fn(&P) -> Array + Send + Sync) -> f64 {
    let gradients = tree::arrays(&grad(|p: &P| f(p))(params));
    let arrays = tree::arrays(params);
    let mut off = 0.0f64;
    for (i, array) in arrays.iter().enumerate() {
        for k in 0..array.size() {
            let moved = |by: f64| {
                let mut data = array.to_vec::<f64>();
                data[k] += by;
                let mut leaves = arrays.clone();
                leaves[i] = Array::from_vec(data, array.shape());
                let leaves = leaves.into_iter().map(Into::into).collect();
                f(&tree::unflatten(params, leaves)).item::<f64>()
            };
            let slope = (moved(1e-6) - moved(-1e-6)) / 2e-6;
            off = off.max((gradients[i].as_slice::<f64>()[k] - slope).abs());
        }
    }
    off
}

#[test]
fn the_mean_has_the_tutorial_numbers() {
    let out = GcnLayer::new(2).forward(&identity(), &tutorial(), &Context::eval());
    let want = array([[[1.0, 2.0], [3.0, 4.0], [4.0, 5.0], [4.0, 5.0]]]);
    assert_eq!(out.dense().to_vec::<f32>(), want.to_vec::<f32>());
}

#[test]
fn attention_has_the_tutorial_numbers() {
    let params = GatLayerParams {
        projection: identity(),
        a: array([[-0.2, 0.3], [0.1, -0.1]]),
    };
    let layer = GatLayer::new(2, 2);
    let (out, attention) = layer.forward_with_attention(&params, &tutorial());
    let want = array([[
        [1.2913126, 1.9800028],
        [4.23443, 3.7724729],
        [4.6797633, 4.8362055],
        [4.504281, 4.735096],
    ]]);
    assert_close(out.dense(), &want, 2e-7);
    let same = layer.forward(&params, &tutorial(), &Context::eval());
    assert_eq!(same.dense().to_vec::<f32>(), out.dense().to_vec::<f32>());
    assert_eq!(attention.shape()[..], [1, 4, 4, 2]);
    let first = attention.index((0, 0, .., 0));
    assert_close(&first, &array([0.35434368, 0.6456563, 0.0, 0.0]), 1e-7);
    let second = attention.index((0, 0, .., 1));
    assert_close(&second, &array([0.5099987, 0.49000138, 0.0, 0.0]), 1e-7);
    assert_close(&attention.sum(2), &Array::ones([1, 4, 2], DType::F32), 1e-6);
}

/// The definition, pair by pair.
fn naive(inputs: &Inputs, params: &GatLayerParams, heads: usize) -> Vec<f64> {
    let (x, a) = parts(inputs);
    let [batch, nodes, _] = x.shape()[..] else {
        panic!("a batch of node features")
    };
    let h = params.projection.weight.clone();
    let h = x.matmul(&h) + params.projection.bias.as_ref().expect("there is a bias");
    let width = h.shape()[2] / heads;
    let (h, a, w) = (
        h.to_vec::<f64>(),
        a.to_vec::<f64>(),
        params.a.to_vec::<f64>(),
    );
    let feature =
        |b: usize, i: usize, k: usize, c: usize| h[((b * nodes + i) * heads + k) * width + c];
    let mut out = Vec::new();
    for b in 0..batch {
        for i in 0..nodes {
            for k in 0..heads {
                let score = |j: usize| {
                    let own = (0..width).map(|c| w[2 * width * k + c] * feature(b, i, k, c));
                    let other =
                        (0..width).map(|c| w[2 * width * k + width + c] * feature(b, j, k, c));
                    let e = own.sum::<f64>() + other.sum::<f64>();
                    if e < 0.0 { 0.2 * e } else { e }.exp()
                };
                let near: Vec<usize> = (0..nodes)
                    .filter(|j| a[(b * nodes + i) * nodes + j] != 0.0)
                    .collect();
                let total: f64 = near.iter().map(|&j| score(j)).sum();
                for c in 0..width {
                    let sum = near
                        .iter()
                        .map(|&j| score(j) * feature(b, j, k, c))
                        .sum::<f64>();
                    out.push(if near.is_empty() { 0.0 } else { sum / total });
                }
            }
        }
    }
    out
}

#[test]
fn attention_is_its_definition() {
    // The slope 0.2 in double precision.
    with_x64(definition);
}

fn definition() {
    for (seed, heads) in [(1, 1), (2, 3)] {
        let inputs = sample(seed, 3, 5, 4);
        let (x, a) = parts(&inputs);
        // One node hears nothing.
        let inputs = Inputs::new(x).with_adjacency(a.at((1, 2)).set(0));
        let layer = GatLayer::new(2 * heads, heads);
        let (shape, params) = layer.parameters(&Key::new(seed), &[3, 5, 4]);
        assert_eq!(shape, [3, 5, 2 * heads]);
        let mut params = in_f64(&params);
        params.projection.bias = params.projection.bias.map(|b| b + 0.3);
        let out = layer.forward(&params, &inputs, &Context::eval());
        let want = Array::from_vec(naive(&inputs, &params, heads), [3, 5, 2 * heads]);
        assert_close(out.dense(), &want, 1e-12);
        // The mean of the heads that stand side by side.
        let averaged = GatLayer::averaged(2, heads);
        let (shape, same) = averaged.parameters(&Key::new(seed), &[3, 5, 4]);
        assert_eq!(shape, [3, 5, 2]);
        assert_eq!(same.a.shape(), params.a.shape());
        let out = averaged.forward(&params, &inputs, &Context::eval());
        let want = want.reshape([3, 5, heads as isize, 2]).mean(2);
        assert_close(out.dense(), &want, 1e-12);
    }
}

#[test]
fn graphs_of_a_batch_do_not_meet() {
    let inputs = sample(3, 4, 5, 3);
    let (x, a) = parts(&inputs);
    let gat = GatLayer::new(4, 2);
    let gcn = GcnLayer::new(4);
    let gat_params = in_f64(&gat.parameters(&Key::new(0), &[4, 5, 3]).1);
    let gcn_params = in_f64(&gcn.parameters(&Key::new(1), &[4, 5, 3]).1);
    let of = |inputs: &Inputs| {
        let attended = gat.forward(&gat_params, inputs, &Context::eval());
        let mean = gcn.forward(&gcn_params, inputs, &Context::eval());
        (attended.dense().clone(), mean.dense().clone())
    };
    let whole = of(&inputs);
    let alone = |x: &Array, a: &Array| of(&Inputs::new(x.clone()).with_adjacency(a.clone()));
    let mapped = vmap_with(alone, BatchAxes::inputs([Some(0), Some(0)]))(&x, &a);
    let compiled = jit(alone)(&x, &a);
    for (got, want) in [
        (&mapped.0, &whole.0),
        (&mapped.1, &whole.1),
        (&compiled.0, &whole.0),
        (&compiled.1, &whole.1),
    ] {
        assert_close(got, want, 1e-13);
    }
    for b in 0..4 {
        let one = alone(&x.index(b), &a.index(b));
        assert_close(&one.0, &whole.0.index(b), 1e-13);
        assert_close(&one.1, &whole.1.index(b), 1e-13);
    }
    // One graph for the whole batch.
    let shared = alone(&x, &a.index(0));
    assert_close(&shared.0.index(0), &whole.0.index(0), 1e-13);
    assert_close(&shared.1.index(0), &whole.1.index(0), 1e-13);
}

#[test]
fn nodes_alone_get_zeros_and_finite_slopes() {
    let (x, a) = parts(&sample(4, 2, 4, 3));
    let inputs = Inputs::new(x).with_adjacency(a.at((.., 1)).set(0).at((.., .., 1)).set(0));
    let gat = GatLayer::new(4, 2);
    let gat_params = in_f64(&gat.parameters(&Key::new(0), &[2, 4, 3]).1);
    let gcn = GcnLayer::new(4);
    let gcn_params = in_f64(&gcn.parameters(&Key::new(1), &[2, 4, 3]).1);
    let attended = |p: &GatLayerParams| gat.forward(p, &inputs, &Context::eval()).dense().clone();
    let mean = |p: &Linear| gcn.forward(p, &inputs, &Context::eval()).dense().clone();
    for out in [attended(&gat_params), mean(&gcn_params)] {
        assert!(out.index((.., 1)).to_vec::<f64>().iter().all(|&v| v == 0.0));
    }
    assert!(off_slope(&gat_params, |p| attended(p).square().sum(..)) < 1e-6);
    assert!(off_slope(&gcn_params, |p| mean(p).square().sum(..)) < 1e-6);
    // Slopes in the adjacency of the mean are finite too.
    let (x, a) = parts(&inputs);
    let of_adjacency = |a: &Array| {
        let inputs = Inputs::new(x.clone()).with_adjacency(a.clone());
        let out = gcn.forward(&gcn_params, &inputs, &Context::eval());
        out.dense().square().sum(..)
    };
    let slopes = grad(of_adjacency)(&a).to_vec::<f64>();
    assert!(slopes.iter().all(|s| s.is_finite()));
}

#[test]
fn the_mean_of_a_sparse_graph_is_that_of_the_dense_one() {
    let pattern = Pattern::new(4, vec![0, 2, 2, 3, 5], vec![0, 3, 1, 0, 2]).expect("a pattern");
    let values = array([2.0, 1.0, 1.0, 3.0, 0.5]);
    let adjacency = Csr::new(pattern, values);
    let x = normal(&Key::new(5), [4, 3], DType::F32);
    let layer = GcnLayer::new(2);
    let (_, params) = layer.parameters(&Key::new(6), &[4, 3]);
    let of = |inputs: Inputs| layer.forward(&params, &inputs, &Context::eval());
    let dense = of(Inputs::new(x.clone()).with_adjacency(adjacency.to_dense()));
    let sparse = of(Inputs::new(x).with_adjacency(adjacency));
    assert_close(sparse.dense(), dense.dense(), 1e-6);
}

#[test]
fn layers_stand_in_a_serial_and_learn() {
    let (x, a) = parts(&sample(7, 6, 5, 3));
    let inputs = Inputs::new(x.astype(DType::F32)).with_adjacency(a.astype(DType::F32));
    let network = serial((GcnLayer::new(8), lambda(relu), GatLayer::new(4, 2)));
    let (shape, mut params, state) = network.init(&Key::new(8), &[6, 5, 3]);
    assert_eq!(shape, [6, 5, 4]);
    let target = normal(&Key::new(9), [6, 5, 4], DType::F32);
    let step = jit(|params: &_, inputs: &Inputs| {
        let loss = |p: &_| {
            let (out, _) = network.apply(p, &state, inputs, &Context::eval());
            (out.dense() - &target).square().mean(..)
        };
        let (loss, slope) = value_and_grad(loss)(params);
        (tree::map2(params, &slope, |p, g| p - 0.1 * g), loss)
    });
    let mut losses = Vec::new();
    for _ in 0..50 {
        let loss;
        (params, loss) = step(&params, &inputs);
        losses.push(loss.item::<f32>());
    }
    assert!(losses[49] < 0.9 * losses[0], "{losses:?}");
    assert_eq!(step.stats().traces, 1);
}

#[test]
#[should_panic(expected = "5 features cannot be shared by 2 heads")]
fn heads_share_features_evenly() {
    let _ = GatLayer::new(5, 2);
}

#[test]
#[should_panic(
    expected = "an adjacency of shape [1,4,4] does not join nodes projected to shape [3,2]"
)]
fn attention_refuses_an_adjacency_of_other_nodes() {
    let params = GatLayerParams {
        projection: identity(),
        a: Array::zeros([2, 2], DType::F32),
    };
    let nodes = Array::ones([3, 2], DType::F32);
    let _ = GatLayer::new(2, 2).forward(&params, &tutorial().with_nodes(nodes), &Context::eval());
}

#[test]
#[should_panic(expected = "of shape [2,2] is sparse")]
fn attention_over_all_pairs_refuses_a_sparse_adjacency() {
    let pattern = Pattern::new(2, vec![0, 1, 2], vec![1, 0]).expect("a pattern");
    let inputs = Inputs::new(Array::ones([2, 2], DType::F32))
        .with_adjacency(Csr::new(pattern, Array::ones(2, DType::F32)));
    let params = GatLayerParams {
        projection: identity(),
        a: Array::zeros([2, 2], DType::F32),
    };
    let _ = GatLayer::new(2, 2).forward(&params, &inputs, &Context::eval());
}
