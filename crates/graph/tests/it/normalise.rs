//! Sparse normalisation against the dense formula, its derivatives against finite differences.

use graxe_core::random::{Key, randint, uniform};
use graxe_core::{Array, Csr, DType, array, grad, jit, with_x64};
use graxe_graph::{Graph, normalise};

/// A graph of `f64` weights from 0.5 to 1.5 with isolated nodes, loops and repeats.
fn sample(seed: i64, num_nodes: usize, num_edges: usize) -> (Vec<u32>, Vec<u32>, Array) {
    let keys = Key::new(seed).split_n(3);
    let ends = |key| randint(key, num_edges, 0, num_nodes as i64, DType::U32).to_vec::<u32>();
    let weights = uniform(&keys[2], num_edges, DType::F64) + 0.5;
    (ends(&keys[0]), ends(&keys[1]), weights)
}

fn sample_graph(seed: i64, num_nodes: usize, num_edges: usize) -> Graph {
    let (src, dst, weights) = sample(seed, num_nodes, num_edges);
    Graph::from_weighted_edges(num_nodes, &src, &dst, &weights).unwrap()
}

fn dense(a: &Csr) -> Vec<f64> {
    a.to_dense().to_vec()
}

fn close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (k, (a, b)) in found.iter().zip(expected).enumerate() {
        assert!(
            (a - b).abs() <= tolerance * (1.0 + b.abs()),
            "{k}: {a} for {b}"
        );
    }
}

/// `f` of each row sum, 0 where the sum is.
fn factors(a: &[f64], n: usize, f: impl Fn(f64) -> f64) -> Vec<f64> {
    let sums = a.chunks(n).map(|row| row.iter().sum::<f64>());
    sums.map(|sum| if sum == 0.0 { 0.0 } else { f(sum) })
        .collect()
}

#[test]
fn sparse_agrees_with_dense() {
    for seed in 0..4 {
        let n = 12;
        let graph = sample_graph(seed, n, 20);
        let a = dense(&graph.adjacency);
        let d = factors(&a, n, |sum| sum.powf(-0.5));
        let expected: Vec<f64> = (0..n * n).map(|k| d[k / n] * a[k] * d[k % n]).collect();
        close(
            &dense(&normalise::symmetric(&graph.adjacency)),
            &expected,
            1e-12,
        );
        let d = factors(&a, n, f64::recip);
        let expected: Vec<f64> = (0..n * n).map(|k| d[k / n] * a[k]).collect();
        close(&dense(&normalise::rows(&graph.adjacency)), &expected, 1e-12);
        let looped = graph.with_remaining_self_loops(1.0);
        let expected = dense(&normalise::symmetric(&looped.adjacency));
        close(&dense(&normalise::gcn(&graph).adjacency), &expected, 0.0);
    }
}

#[test]
fn the_scaled_laplacian_is_its_dense_formula() {
    // Numbers such as 2 / 1.5 in double precision.
    with_x64(laplacians);
}

fn laplacians() {
    for (seed, lambda) in [(0, 2.0), (1, 2.0), (2, 1.5), (3, 0.7)] {
        let n = 9;
        let graph = sample_graph(seed, n, 15);
        let mut a = dense(&graph.adjacency);
        (0..n).for_each(|i| a[i * n + i] = 0.0);
        // What leaves a node stands in its column.
        let degree = |j: usize| (0..n).map(|i| a[i * n + j]).sum::<f64>();
        let d: Vec<f64> = (0..n)
            .map(|j| match degree(j) {
                0.0 => 0.0,
                sum => sum.powf(-0.5),
            })
            .collect();
        let expected: Vec<f64> = (0..n * n)
            .map(|k| {
                let one = f64::from(u8::from(k / n == k % n));
                let laplacian = one - d[k / n] * a[k] * d[k % n];
                2.0 * laplacian / lambda - one
            })
            .collect();
        let scaled = normalise::scaled_laplacian(&graph, lambda);
        close(&dense(&scaled.adjacency), &expected, 1e-12);
        let loops = if lambda == 2.0 { 0 } else { n };
        let others = graph.without_self_loops().num_edges();
        assert_eq!(scaled.num_edges(), others + loops);
    }
}

#[test]
fn means_of_rows_count_entries_alike() {
    let graph = sample_graph(5, 6, 14);
    let values = uniform(&Key::new(2), [14, 2], DType::F64);
    let mean = normalise::mean_rows(graph.pattern(), &values).to_vec::<f64>();
    let v = values.to_vec::<f64>();
    for (i, ends) in graph.pattern().row_ptr().windows(2).enumerate() {
        let edges = ends[0] as usize..ends[1] as usize;
        for f in 0..2 {
            let sum: f64 = edges.clone().map(|e| v[2 * e + f]).sum();
            let expected = sum / edges.len().max(1) as f64;
            assert!((mean[2 * i + f] - expected).abs() < 1e-12);
        }
    }
    let whole = Array::from_vec(vec![1; 14], 14);
    let ones = normalise::mean_rows(graph.pattern(), &whole);
    assert!(ones.dtype().is_float());
}

#[test]
fn a_path_has_the_paper_numbers() {
    let path = Graph::from_edges(4, &[0, 1], &[1, 2]).unwrap().undirected();
    let p = normalise::gcn(&path).adjacency.to_dense().to_vec::<f32>();
    let (half, third, root) = (0.5, 1.0 / 3.0, 1.0 / 6f32.sqrt());
    #[rustfmt::skip]
    let expected = [
        half, root,  0.0,  0.0,
        root, third, root, 0.0,
        0.0,  root,  half, 0.0,
        0.0,  0.0,   0.0,  1.0,
    ];
    for (a, b) in p.iter().zip(expected) {
        assert!((a - b).abs() < 1e-6, "{p:?}");
    }
}

/// Central differences of `f` at `w`.
fn differences(f: impl Fn(&Array) -> Array, w: &Array) -> Vec<f64> {
    let step = 1e-6;
    let at = |k: usize, by: f64| {
        let mut moved = w.to_vec::<f64>();
        moved[k] += by;
        f(&Array::from_vec(moved, w.size())).item::<f64>()
    };
    (0..w.size())
        .map(|k| (at(k, step) - at(k, -step)) / (2.0 * step))
        .collect()
}

#[test]
fn derivatives_of_weights_agree_with_differences() {
    let n = 7;
    let (src, dst, w) = sample(9, n, 15);
    let cases: [fn(&Graph) -> Csr; 5] = [
        |graph| normalise::scaled_laplacian(graph, 1.5).adjacency,
        |graph| graph.with_mean_self_loops().adjacency,
        |graph| normalise::symmetric(&graph.adjacency),
        |graph| normalise::rows(&graph.adjacency),
        |graph| normalise::gcn(graph).adjacency,
    ];
    for normalised in cases {
        // Weighted unevenly, so that no derivative cancels.
        let loss = |w: &Array| {
            let graph = Graph::from_weighted_edges(n, &src, &dst, w).unwrap();
            let values = normalised(&graph).values;
            let uneven = uniform(&Key::new(1), values.size(), DType::F64);
            (values.square() * uneven).sum(..)
        };
        let expected = differences(loss, &w);
        assert!(expected.iter().any(|d| d.abs() > 1e-3));
        close(&grad(loss)(&w).to_vec::<f64>(), &expected, 1e-7);
        close(&jit(grad(loss))(&w).to_vec::<f64>(), &expected, 1e-7);
    }
}

#[test]
fn nothing_arrives_and_no_nan_comes() {
    // Into node 0 nothing arrives, into node 1 a weight of zero.
    let loss = |w: &Array| {
        let graph = Graph::from_weighted_edges(3, &[0, 0, 1], &[1, 2, 2], w).unwrap();
        let a = normalise::symmetric(&graph.adjacency).values;
        let b = normalise::rows(&graph.adjacency).values;
        (a + b).sum(..)
    };
    let w = array([0.0, 2.0, 2.0]);
    assert_eq!(loss(&w).item::<f32>(), 1.0);
    let slopes = grad(loss)(&w).to_vec::<f32>();
    assert!(slopes.iter().all(|slope| slope.is_finite()), "{slopes:?}");
    // A second derivative meets the same places.
    let curved = |w: &Array| grad(loss)(w).square().sum(..);
    let slopes = grad(curved)(&w).to_vec::<f32>();
    assert!(slopes.iter().all(|slope| slope.is_finite()), "{slopes:?}");
}

#[test]
fn a_traced_pattern_is_normalised_alike() {
    let graph = sample_graph(3, 9, 20).with_self_loops();
    let inside = jit(|graph: &Graph| normalise::symmetric(&graph.adjacency));
    let expected = normalise::symmetric(&graph.adjacency);
    close(&dense(&inside(&graph)), &dense(&expected), 1e-12);
}

#[test]
fn each_head_is_normalised_by_itself() {
    let heads = array([[1.0, 2.0], [3.0, 2.0]]);
    let graph = Graph::from_weighted_edges(2, &[0, 1], &[1, 1], &heads).unwrap();
    let rows = normalise::rows(&graph.adjacency).values.to_vec::<f32>();
    assert_eq!(rows, [0.25, 0.5, 0.75, 0.5]);
    let symmetric = normalise::symmetric(&graph.adjacency).values;
    assert_eq!(symmetric.to_vec::<f32>(), [0.0, 0.0, 0.75, 0.5]);
}

#[test]
fn empty_graphs_are_normalised() {
    for num_nodes in [0, 2] {
        let graph = Graph::from_edges(num_nodes, &[], &[]).unwrap();
        assert_eq!(normalise::symmetric(&graph.adjacency).nnz(), 0);
        assert_eq!(normalise::rows(&graph.adjacency).nnz(), 0);
        let loops = normalise::gcn(&graph).adjacency.values.to_vec::<f32>();
        assert_eq!(loops, vec![1.0; num_nodes]);
    }
}

#[test]
#[should_panic(expected = "symmetric: a matrix [1,3] is not square")]
fn only_square_matrices_have_a_symmetric_form() {
    let pattern = graxe_core::Pattern::new(3, vec![0, 1], vec![2]).unwrap();
    normalise::symmetric(&Csr::new(pattern, array([1.0])));
}
