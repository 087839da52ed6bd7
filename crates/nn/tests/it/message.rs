//! Message passing: every reduction against loops over edges, scalers, slopes, and what is refused.

use graxe_core::random::{Key, normal, randint};
use graxe_core::{Array, Csr, DType, Pattern, array, grad, jit, with_x64};
use graxe_nn::Inputs;
use graxe_nn::message::{
    Aggregation, Aggregations, Degrees, Edges, Scaler, power_mean, softmax_sum,
};

const ALL: [Aggregation; 8] = [
    Aggregation::Sum,
    Aggregation::Mean,
    Aggregation::Max,
    Aggregation::Min,
    Aggregation::Var,
    Aggregation::Std,
    Aggregation::Softmax(0.7),
    Aggregation::PowerMean(2.0),
];

/// A random adjacency of ones in `f64`.
fn sample(seed: i64, nodes: usize, edges: usize) -> Csr {
    let [src, dst] = Key::new(seed).split();
    let ends = |key| randint(key, edges, 0, nodes as i64, DType::U32).to_vec::<u32>();
    let (pattern, _) =
        Pattern::from_coordinates(nodes, nodes, &ends(&dst), &ends(&src)).expect("in range");
    Csr::new(pattern, Array::ones(edges, DType::F64))
}

/// The reduction of one feature of the messages at one node.
fn naive(how: Aggregation, m: &[f64]) -> f64 {
    let n = m.len() as f64;
    let mean = |f: &dyn Fn(f64) -> f64| m.iter().map(|&x| f(x)).sum::<f64>() / n;
    if m.is_empty() {
        return 0.0;
    }
    match how {
        Aggregation::Sum => m.iter().sum(),
        Aggregation::Mean => mean(&|x| x),
        Aggregation::Max => m.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        Aggregation::Min => m.iter().copied().fold(f64::INFINITY, f64::min),
        Aggregation::Var => mean(&|x| x * x) - mean(&|x| x).powi(2),
        Aggregation::Std => {
            let var = naive(Aggregation::Var, m);
            if var > 1e-5 { var.sqrt() } else { 0.0 }
        }
        Aggregation::Softmax(t) => mean(&|x| x * (t * x).exp()) / mean(&|x| (t * x).exp()),
        Aggregation::PowerMean(p) => {
            let within = |x: f64| x.clamp(1e-4, 100.0);
            within(mean(&|x| within(x).powf(p))).powf(p.recip())
        }
    }
}

/// `[rows, features]` of all reductions side by side.
fn naive_all(adjacency: &Csr, messages: &Array, hows: &[Aggregation]) -> Vec<f64> {
    let features = messages.shape()[1];
    let m = messages.to_vec::<f64>();
    let mut out = Vec::new();
    for ends in adjacency.pattern.row_ptr().windows(2) {
        let edges = ends[0] as usize..ends[1] as usize;
        for &how in hows {
            for f in 0..features {
                let of_node: Vec<f64> = edges.clone().map(|e| m[e * features + f]).collect();
                out.push(naive(how, &of_node));
            }
        }
    }
    out
}

fn assert_close(got: &[f64], want: &[f64], tolerance: f64) {
    assert_eq!(got.len(), want.len());
    for (k, (x, y)) in got.iter().zip(want).enumerate() {
        let near = (x - y).abs() <= tolerance * (1.0 + y.abs());
        assert!(near, "{k}: {x} is not {y}");
    }
}

#[test]
fn reductions_are_their_formulas() {
    with_x64(|| {
        for (seed, nodes, edges) in [(1, 6, 17), (2, 8, 5), (3, 3, 0)] {
            let a = sample(seed, nodes, edges);
            let messages = normal(&Key::new(seed), [edges, 3], DType::F64);
            let all = |m: &Array| Edges::new(&a).aggregate(m, ALL);
            let want = naive_all(&a, &messages, &ALL);
            assert_eq!(all(&messages).shape()[..], [nodes, 24]);
            assert_close(&all(&messages).to_vec::<f64>(), &want, 1e-12);
            assert_close(&jit(all)(&messages).to_vec::<f64>(), &want, 1e-12);
            // Heads are features of another axis.
            let by_heads = |m: &Array| all(&m.expand_dims(1)).index((.., 0));
            assert_close(&by_heads(&messages).to_vec::<f64>(), &want, 1e-12);
        }
    });
}

#[test]
fn reductions_have_the_slopes_of_their_formulas() {
    with_x64(|| {
        let a = sample(4, 5, 11);
        let messages = normal(&Key::new(4), [11, 2], DType::F64);
        for how in ALL {
            let uneven = normal(&Key::new(5), [5, 2], DType::F64);
            let loss = |m: &Array| (Edges::new(&a).aggregate(m, how) * &uneven).sum(..);
            let moved = |k: usize, by: f64| {
                let mut data = messages.to_vec::<f64>();
                data[k] += by;
                let at = Array::from_vec(data, [11, 2]);
                let naive = naive_all(&a, &at, &[how]);
                let weighed = naive.iter().zip(uneven.to_vec::<f64>());
                weighed.map(|(x, w)| x * w).sum::<f64>()
            };
            let slopes: Vec<f64> = (0..22)
                .map(|k| (moved(k, 1e-6) - moved(k, -1e-6)) / 2e-6)
                .collect();
            assert_close(&grad(loss)(&messages).to_vec::<f64>(), &slopes, 1e-6);
            assert_close(&jit(grad(loss))(&messages).to_vec::<f64>(), &slopes, 1e-6);
        }
    });
}

#[test]
fn slopes_are_finite_where_nothing_arrives_and_where_all_are_equal() {
    let pattern = Pattern::new(3, vec![0, 2, 2, 3], vec![0, 1, 2]).expect("a pattern");
    let a = Csr::new(pattern, array([1.0, 1.0, 1.0]));
    let loss = |m: &Array| Edges::new(&a).aggregate(m, ALL).sum(..);
    let messages = array([[1.0], [1.0], [0.0]]);
    assert!(loss(&messages).item::<f32>().is_finite());
    let slopes = grad(loss)(&messages).to_vec::<f32>();
    assert!(slopes.iter().all(|s| s.is_finite()), "{slopes:?}");
}

#[test]
fn temperature_and_power_can_be_trained() {
    with_x64(|| {
        let a = sample(6, 4, 9);
        let messages = normal(&Key::new(6), [9, 2], DType::F64).abs() + 0.1;
        let soft = |t: &Array| softmax_sum(&a.pattern, &messages, t).sum(..);
        let power = |p: &Array| power_mean(&a.pattern, &messages, p).sum(..);
        let at = Array::from_vec(vec![0.5, 2.0], 2);
        for slopes in [grad(soft)(&at), grad(power)(&at)] {
            let slopes = slopes.to_vec::<f64>();
            assert!(slopes.iter().all(|s| *s > 1e-6), "{slopes:?}");
        }
        // From the mean towards the maximum.
        let at = |t: f64| soft(&Array::from_vec(vec![t], 1)).item::<f64>();
        let edges = Edges::new(&a);
        let of = |how: Aggregation| edges.aggregate(&messages, how).sum(..).item::<f64>();
        assert!((at(0.0) - of(Aggregation::Mean)).abs() < 1e-12);
        assert!((at(1e4) - of(Aggregation::Max)).abs() < 1e-6);
    });
}

#[test]
fn scalers_compare_degrees_with_their_mean() {
    // In-degrees 2, 0 and 1.
    let pattern = Pattern::new(3, vec![0, 2, 2, 3], vec![0, 1, 2]).expect("a pattern");
    let degrees = Degrees::of(&pattern);
    let log = |d: f64| d.ln_1p();
    assert!((degrees.mean - 1.0).abs() < 1e-12);
    assert!((degrees.mean_log - (log(2.0) + log(1.0)) / 3.0).abs() < 1e-12);
    let scalers = [
        Scaler::Identity,
        Scaler::Amplification,
        Scaler::Attenuation,
        Scaler::Linear,
        Scaler::InverseLinear,
    ];
    let degrees = Degrees {
        mean: 4.0,
        mean_log: 0.5,
    };
    let how = Aggregations::from([Aggregation::Sum, Aggregation::Max]).scaled(&scalers, degrees);
    assert_eq!(how.width(), 10);
    let out = how.of(&pattern, &array([[1.0], [3.0], [5.0]]));
    let of = |d: f64| [1.0, log(d) / 0.5, 0.5 / log(d), d / 4.0, 4.0 / d];
    let row = |sum: f64, max: f64, d: f64| of(d).map(|s| [sum * s, max * s]).concat();
    let want = [row(4.0, 3.0, 2.0), vec![0.0; 10], row(5.0, 5.0, 1.0)].concat();
    let got: Vec<f64> = out.to_vec::<f32>().into_iter().map(f64::from).collect();
    assert_close(&got, &want, 1e-6);
}

#[test]
fn a_propagation_is_message_aggregation_and_update() {
    let pattern = Pattern::new(2, vec![0, 2, 3], vec![0, 1, 0]).expect("a pattern");
    let weights = array([1.0, 2.0, 3.0]);
    let inputs = Inputs::new(array([[1.0], [10.0]]))
        .with_adjacency(Csr::new(pattern, weights))
        .with_edges(array([[0.5], [0.25], [0.125]]));
    let edges = Edges::of(&inputs);
    let x = inputs.dense();
    let out = edges.propagate(
        |edges| {
            let features = edges.features().expect("the edges carry features");
            edges.src(x) * edges.weights().expand_dims(1) - edges.dst(x) + features
        },
        Aggregation::Sum,
        |received| x + received,
    );
    // 1 + (1 - 1 + 0.5) + (20 - 1 + 0.25), 10 + (3 - 10 + 0.125).
    assert_eq!(out.to_vec::<f32>(), [20.75, 3.125]);
    let sum = edges.weighted_sum(edges.weights(), x);
    assert_eq!(sum.to_vec::<f32>(), [21.0, 3.0]);
    assert_eq!(edges.sum(x).to_vec::<f32>(), [11.0, 1.0]);
    let softmax = edges.softmax(&array([0.0, 0.0, 4.0])).to_vec::<f32>();
    assert_eq!(softmax, [0.5, 0.5, 1.0]);
}

#[test]
#[should_panic(expected = "message passing needs a sparse adjacency, that of shape [2,2] is dense")]
fn a_dense_adjacency_has_no_edges() {
    let eye = Array::eye(2, DType::F32);
    let _ = Edges::of(&Inputs::new(eye.clone()).with_adjacency(eye));
}
