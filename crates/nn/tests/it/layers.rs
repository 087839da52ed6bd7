//! Layers: dense against sparse, gradients against finite differences.

use graxe_core::random::{Key, bernoulli, normal};
use graxe_core::{Array, Csr, DType, Pattern, relu, select, tree, value_and_grad};
use graxe_nn::{
    Context, Dense, Dropout, GraphConvolution, Inputs, Layer, Linear, Stateless, gcn, lambda,
    serial,
};

/// A `[rows, cols]` matrix with about a third of its entries stored.
fn sparse(seed: i64, rows: usize, cols: usize) -> Csr {
    let [chosen, values] = Key::new(seed).split();
    let stored = bernoulli(&chosen, 0.3, [rows, cols]).to_vec::<bool>();
    let (mut row, mut col) = (Vec::new(), Vec::new());
    for (i, _) in stored.iter().enumerate().filter(|(_, s)| **s) {
        row.push((i / cols) as u32);
        col.push((i % cols) as u32);
    }
    let (pattern, _) = Pattern::from_coordinates(rows, cols, &row, &col).expect("in range");
    Csr::new(pattern, normal(&values, row.len(), DType::F32))
}

fn assert_close(a: &Array, b: &Array, tolerance: f32) {
    assert_eq!(a.shape(), b.shape());
    for (x, y) in a.as_slice::<f32>().iter().zip(b.as_slice::<f32>()) {
        assert!((x - y).abs() <= tolerance, "{x} is not {y}");
    }
}

#[test]
fn convolution_is_the_formula_in_every_mix_of_dense_and_sparse() {
    let (x, a) = (sparse(1, 7, 5), sparse(2, 7, 7));
    for layer in [
        GraphConvolution::new(3),
        GraphConvolution::new(3).without_bias(),
    ] {
        let (shape, mut params) = layer.parameters(&Key::new(3), &[7, 5]);
        assert_eq!(shape, [7, 3]);
        params.bias = params.bias.map(|b| b + 0.5);
        let mut want = a.to_dense().matmul(&x.to_dense().matmul(&params.weight));
        if params.bias.is_some() {
            want = want + 0.5;
        }
        for inputs in [
            Inputs::new(x.clone()).with_adjacency(a.clone()),
            Inputs::new(x.to_dense()).with_adjacency(a.clone()),
            Inputs::new(x.clone()).with_adjacency(a.to_dense()),
            Inputs::new(x.to_dense()).with_adjacency(a.to_dense()),
        ] {
            let out = layer.forward(&params, &inputs, &Context::eval());
            assert_close(out.dense(), &want, 1e-5);
        }
    }
}

#[test]
fn dense_layer_takes_sparse_features() {
    let x = sparse(4, 6, 9);
    let layer = Dense::new(4);
    let (_, params) = layer.parameters(&Key::new(5), &[6, 9]);
    let of = |inputs: Inputs| layer.forward(&params, &inputs, &Context::eval());
    let (a, b) = (of(Inputs::new(x.clone())), of(Inputs::new(x.to_dense())));
    assert_close(a.dense(), b.dense(), 1e-5);
}

#[test]
fn dropout_keeps_what_bernoulli_keeps() {
    let x = normal(&Key::new(6), [40, 30], DType::F32);
    for rate in [0.1, 0.5, 0.6, 0.9, 0.999] {
        let key = Key::new(7);
        let context = Context::train(&key);
        let out = Dropout::new(rate).forward(&(), &Inputs::new(x.clone()), &context);
        let keep = 1.0 - rate;
        let want = select(&bernoulli(&key, keep, [40, 30]), &x / keep, 0);
        assert_eq!(out.dense().to_vec::<f32>(), want.to_vec::<f32>(), "{rate}");
        assert!(rate > 0.99 || want.to_vec::<f32>().iter().any(|&v| v != 0.0));
    }
}

#[test]
fn dropout_has_the_same_bits_on_sparse_features() {
    let x = sparse(8, 33, 17);
    let context = Context::train(&Key::new(9));
    let layer = Dropout::new(0.4);
    let dense = layer.forward(&(), &Inputs::new(x.to_dense()), &context);
    let thin = layer.forward(&(), &Inputs::new(x), &context);
    let graxe_nn::Matrix::Sparse(thin) = &thin.nodes else {
        panic!("sparse features became dense")
    };
    assert_eq!(
        thin.to_dense().to_vec::<f32>(),
        dense.dense().to_vec::<f32>()
    );
}

#[test]
fn dropout_rests_in_evaluation_and_at_rate_zero() {
    let x = normal(&Key::new(10), [4, 4], DType::F32);
    let inputs = Inputs::new(x.clone());
    let rested = Dropout::new(0.5).forward(&(), &inputs, &Context::eval());
    assert_eq!(rested.dense().to_vec::<f32>(), x.to_vec::<f32>());
    let context = Context::train(&Key::new(0));
    let whole = Dropout::new(0.0).forward(&(), &inputs, &context);
    assert_eq!(whole.dense().to_vec::<f32>(), x.to_vec::<f32>());
}

#[test]
#[should_panic(expected = "the rate 1.5 is not in [0, 1)")]
fn dropout_refuses_a_rate_of_more_than_one() {
    let _ = Dropout::new(1.5);
}

#[test]
#[should_panic(expected = "inputs without a graph")]
fn convolution_asks_for_a_graph() {
    let layer = GraphConvolution::new(2);
    let (_, params) = layer.parameters(&Key::new(0), &[3, 3]);
    let inputs = Inputs::new(Array::eye(3, DType::F32));
    let _ = layer.forward(&params, &inputs, &Context::eval());
}

/// Central differences of `f` in every element of every array of `params`.
fn check_gradient<P: tree::Tree>(params: &P, f: impl Fn(&P) -> Array + Send + Sync) {
    let (_, gradient) = value_and_grad(|p: &P| f(p))(params);
    let (arrays, gradients) = (tree::arrays(params), tree::arrays(&gradient));
    assert!(
        gradients
            .iter()
            .any(|g| g.abs().max(..).item::<f32>() > 1e-3)
    );
    for (i, array) in arrays.iter().enumerate() {
        for k in 0..array.size() {
            let moved = |by: f32| {
                let mut data = array.to_vec::<f32>();
                data[k] += by;
                let mut leaves = arrays.clone();
                leaves[i] = Array::from_vec(data, array.shape());
                let leaves = leaves.into_iter().map(Into::into).collect();
                f(&tree::unflatten(params, leaves)).item::<f32>()
            };
            let step = 1e-2;
            let slope = (moved(step) - moved(-step)) / (2.0 * step);
            let got = gradients[i].as_slice::<f32>()[k];
            assert!((got - slope).abs() < 2e-2, "{got} is not {slope}");
        }
    }
}

#[test]
fn convolution_gradients_are_slopes() {
    let inputs = Inputs::new(sparse(11, 6, 4)).with_adjacency(sparse(12, 6, 6));
    let layer = GraphConvolution::new(3);
    let (_, params) = layer.parameters(&Key::new(13), &[6, 4]);
    check_gradient(&params, |p: &Linear| {
        let out = layer.forward(p, &inputs, &Context::eval());
        out.dense().tanh().square().sum(..)
    });
}

#[test]
fn network_gradients_are_slopes_under_fixed_dropout() {
    let inputs = Inputs::new(sparse(14, 6, 4)).with_adjacency(sparse(15, 6, 6));
    let network = serial((
        Dropout::new(0.3),
        GraphConvolution::new(3),
        lambda(|x: &Array| x.tanh()),
        Dropout::new(0.3),
        Dense::new(2),
    ));
    let (shape, params, state) = network.init(&Key::new(16), &[6, 4]);
    assert_eq!(shape, [6, 2]);
    let context = Context::train(&Key::new(17));
    check_gradient(&params, |p| {
        let (out, _) = network.apply(p, &state, &inputs, &context);
        out.dense().square().sum(..)
    });
}

#[test]
fn serial_names_its_parameters_and_applies_in_order() {
    let network = serial((Dense::new(3), lambda(relu), Dense::new(2).without_bias()));
    let (_, params, state) = network.init(&Key::new(18), &[4, 5]);
    let names: Vec<String> = tree::named_leaves(&params)
        .iter()
        .map(|(path, _)| path.to_string())
        .collect();
    let want = ["layers[0].weight", "layers[0].bias", "layers[2].weight"];
    assert_eq!(names, want);
    let x = normal(&Key::new(19), [4, 5], DType::F32);
    let (out, _) = network.apply(&params, &state, &Inputs::new(x.clone()), &Context::eval());
    let hidden = relu(&x.matmul(&params.layers.0.weight));
    let want = hidden.matmul(&params.layers.2.weight);
    assert_close(out.dense(), &want, 1e-6);
}

#[test]
fn gcn_is_the_paper_equation() {
    let (x, a) = (sparse(20, 8, 6), sparse(21, 8, 8));
    let network = gcn(4, 3, 0.5);
    let (shape, params, state) = network.init(&Key::new(22), &[8, 6]);
    assert_eq!(shape, [8, 3]);
    let inputs = Inputs::new(x.clone()).with_adjacency(a.clone());
    let (out, _) = network.apply(&params, &state, &inputs, &Context::eval());
    let weights = tree::arrays(&params);
    let a = a.to_dense();
    let hidden = relu(&a.matmul(&x.to_dense().matmul(&weights[0])));
    let want = a.matmul(&hidden.matmul(&weights[1]));
    assert_close(out.dense(), &want, 1e-5);
}
