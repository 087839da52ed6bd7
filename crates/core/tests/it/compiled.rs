//! Compiled programs over sparse matrices, random bits and captures: the bits of the oracle, on
//! any number of threads.

use graxe_core::random::{Key, bits, bits_at};
use graxe_core::{
    Array, Csr, DType, Pattern, jit, relu, scalar, segment_sum, select, set_threads, sparse,
    value_and_grad,
};
use graxe_kernels::simd;
use proptest::prelude::*;

fn numbers(n: usize, salt: usize) -> Vec<f32> {
    (0..n)
        .map(|i| ((i * 37 + salt * 11) % 101) as f32 * 0.03 - 1.5)
        .collect()
}

fn matrix(rows: usize, cols: usize, salt: usize) -> Array {
    Array::from_vec(numbers(rows * cols, salt), [rows, cols])
}

/// A pattern whose rows have from none to `most` entries.
fn pattern(rows: usize, cols: usize, most: usize) -> Pattern {
    let mut row_ptr = vec![0u32];
    let mut col = Vec::new();
    for r in 0..rows {
        for e in 0..(r * 7 + 3) % (most + 1) {
            col.push(((r * 13 + e * 29) % cols) as u32);
        }
        row_ptr.push(col.len() as u32);
    }
    Pattern::new(cols, row_ptr, col).unwrap_or_else(|e| panic!("{e}"))
}

fn bits_of(values: &[Array]) -> Vec<Vec<u32>> {
    let of = |a: &Array| {
        let a = a.astype(DType::F32);
        a.as_slice::<f32>().iter().map(|v| v.to_bits()).collect()
    };
    values.iter().map(of).collect()
}

/// One step of a graph convolution with dropout on sparse features, its loss and its update.
fn step(
    x: &Csr,
    a: &Csr,
    w: &(Array, Array),
    labels: &Array,
    index: &Array,
    key: &Key,
) -> Vec<Array> {
    let [k1, k2] = key.split();
    let ((loss, hidden), gradient) = graxe_core::value_and_grad_aux(|w: &(Array, Array)| {
        let keep = bits_at(&k1, &x.pattern).less_equal(Array::from_vec(vec![u32::MAX / 2], ()));
        let x = Csr::new(x.pattern.clone(), select(&keep, &x.values / 0.5, 0.0));
        let h = relu(&a.matmul(&x.matmul(&w.0)));
        let keep = bits(&k2, h.shape().clone(), DType::U32).greater(7);
        let h = select(&keep, h, 0.0);
        let logits = a.matmul(&h.matmul(&w.1)).take(index, 0);
        let logits = &logits - logits.max(1).expand_dims(1);
        let p = logits.exp();
        let log_p = &logits - p.sum(1).expand_dims(1).log();
        let loss = -(log_p * labels).mean(..) + w.0.square().sum(..) * 0.01;
        (loss, h)
    })(w);
    vec![
        loss,
        hidden,
        &w.0 - 0.1 * &gradient.0,
        &w.1 - 0.1 * &gradient.1,
        gradient.0.square().sum(0),
    ]
}

#[test]
fn a_graph_convolution_step_is_the_same_on_any_number_of_threads() {
    let (n, f, h, c) = (700, 90, 16, 5);
    let (xp, ap) = (pattern(n, f, 20), pattern(n, n, 9));
    let x = Csr::new(xp.clone(), Array::from_vec(numbers(xp.nnz(), 1), xp.nnz()));
    let a = Csr::new(ap.clone(), Array::from_vec(numbers(ap.nnz(), 2), ap.nnz()));
    let w = (matrix(f, h, 3), matrix(h, c, 4));
    let index = Array::from_vec((0..60).map(|i| (i * 11) % n as i32).collect(), 60);
    let labels = matrix(60, c, 5).greater(1.0).astype(DType::F32);
    let key = Key::new(7);
    let eager = step(&x, &a, &w, &labels, &index, &key);
    let by_argument = jit(
        |w: &(Array, Array), key: &Key, x: &Csr, a: &Csr, index: &Array| {
            step(x, a, w, &labels, index, key)
        },
    );
    let by_capture = jit(|w: &(Array, Array), key: &Key| step(&x, &a, w, &labels, &index, key));
    for threads in [1, 2, 3] {
        set_threads(threads);
        for _ in 0..3 {
            let given = by_argument(&w, &key, &x, &a, &index);
            assert_eq!(bits_of(&given), bits_of(&eager), "{threads} threads");
            let captured = by_capture(&w, &key);
            assert_eq!(bits_of(&captured), bits_of(&eager), "{threads} threads");
        }
    }
}

#[test]
fn edge_regions_give_what_their_equations_give() {
    let (n, heads, f) = (300, 3, 7);
    let p = pattern(n, n, 11);
    let v = Array::from_vec(numbers(p.nnz() * heads, 1), [p.nnz(), heads]);
    let x = Array::from_vec(numbers(n * heads * f, 2), [n, heads, f]);
    let attend = |v: &Array, x: &Array| {
        let scores = (v * 0.5).exp();
        let total = sparse::sum_rows(&p, &scores);
        let weights = &scores / sparse::gather_rows(&p, &total);
        let out = sparse::spmm(&Csr::new(p.clone(), weights), x);
        (out.square().sum(..), out)
    };
    let loss = |v: &Array, x: &Array| attend(v, x).0;
    let eager = value_and_grad(loss)(&v, &x);
    let out = attend(&v, &x).1;
    for threads in [1, 2] {
        set_threads(threads);
        let (loss, gradient) = jit(value_and_grad(loss))(&v, &x);
        assert_eq!(
            bits_of(&[loss, gradient, jit(attend)(&v, &x).1]),
            bits_of(&[eager.0.clone(), eager.1.clone(), out.clone()])
        );
    }
}

#[test]
fn one_number_stands_for_every_operand_by_rows() {
    let (n, p) = (300, pattern(300, 300, 5));
    let ones = |shape: &[usize], x: &Array| Array::zeros(shape, DType::F32) + x;
    let f = |x: &Array| {
        let nodes = ones(&[n, 4], x);
        let a = Csr::new(p.clone(), ones(&[p.nnz()], x));
        vec![
            a.matmul(&matrix(n, 4, 1)),
            nodes.matmul(&matrix(4, 3, 2)),
            nodes.sum(..),
            nodes.sum(0),
            nodes.sum(1) * 2,
            sparse::sum_rows(&p, &a.values) + 1,
            sparse::sddmm(&p, &nodes, &matrix(n, 4, 3)).tanh(),
            sparse::gather_rows(&p, &nodes) * 3,
        ]
    };
    let x = scalar(0.7);
    assert_eq!(bits_of(&jit(f)(&x)), bits_of(&f(&x)));
}

#[test]
fn rows_that_a_loss_cannot_reach_do_not_change_it() {
    let (n, f, h, c) = (3000, 50, 8, 3);
    let xp = pattern(n, f, 9);
    // Neighbours on a ring, so that few rows are within two steps of a few.
    let (mut row_ptr, mut col) = (vec![0], Vec::new());
    for r in 0..n {
        col.extend([r, (r + 1) % n, (r + n - 1) % n].map(|c| c as u32));
        row_ptr.push(col.len() as u32);
    }
    let ap = Pattern::new(n, row_ptr, col).unwrap_or_else(|e| panic!("{e}"));
    let x = Csr::new(xp.clone(), Array::from_vec(numbers(xp.nnz(), 1), xp.nnz()));
    let a = Csr::new(ap.clone(), Array::from_vec(numbers(ap.nnz(), 2), ap.nnz()));
    let w = (matrix(f, h, 3), matrix(h, c, 4));
    let index = Array::from_vec((0..60).map(|i| (i * 41) % n as i32).collect(), 60);
    let labels = matrix(60, c, 5).greater(1.0).astype(DType::F32);
    let train = |w: &(Array, Array), key: &Key| {
        let mut results = step(&x, &a, w, &labels, &index, key);
        // The hidden values of all rows are not wanted.
        results.remove(1);
        results
    };
    let key = Key::new(7);
    let eager = train(&w, &key);
    let compiled = jit(train);
    let few = compiled.explain(|f| f(&w, &key));
    let writes: Vec<&str> = few.kernels.iter().map(|k| k.writes.as_str()).collect();
    assert!(writes.iter().any(|w| w.contains("[180,8]")), "{writes:?}");
    assert!(!writes.iter().any(|w| w.contains("[3000,")), "{writes:?}");
    let first = compiled(&w, &key);
    for (got, want) in first.iter().zip(&eager) {
        for (got, want) in got.as_slice::<f32>().iter().zip(want.as_slice::<f32>()) {
            assert!(
                (got - want).abs() < 1e-5 * want.abs().max(1.0),
                "{got} {want}"
            );
        }
    }
    for threads in [1, 2, 3] {
        set_threads(threads);
        assert_eq!(
            bits_of(&compiled(&w, &key)),
            bits_of(&first),
            "{threads} threads"
        );
    }
}

#[test]
fn folds_over_many_rows_are_the_same_in_parts() {
    for (rows, width) in [
        (1, 5),
        (17, 3),
        (256, 7),
        (5000, 1),
        (3001, 24),
        (700, 300),
        (3, 5000),
    ] {
        let x = matrix(rows, width, 1);
        let f = |x: &Array| {
            let y = (x * 1.5 + 0.25).tanh();
            vec![
                y.sum(..),
                y.sum(0),
                y.sum(1),
                y.max(0),
                y.min(..),
                x.prod(1),
                (y - x.mean(0)).square().mean(0),
            ]
        };
        let eager = f(&x);
        for threads in [1, 2] {
            set_threads(threads);
            assert_eq!(bits_of(&jit(f)(&x)), bits_of(&eager), "[{rows}, {width}]");
        }
    }
}

#[test]
fn large_arenas_hold_what_small_ones_do() {
    let (x, w) = (matrix(1500, 300, 1), matrix(300, 700, 2));
    let f = |x: &Array, w: &Array| x.matmul(w).tanh().matmul(&w.t()).sum(1);
    let eager = bits_of(&[f(&x, &w)]);
    let compiled = jit(f);
    assert!(compiled.explain(|f| f(&x, &w)).arena_bytes > 1 << 22);
    for threads in [1, 2] {
        set_threads(threads);
        assert_eq!(bits_of(&[compiled(&x, &w)]), eager, "{threads} threads");
    }
}

#[test]
fn buffers_given_away_are_reused_and_no_others() {
    let f = jit(|x: Array, y: &Array| (&x * 2 + y, y.sum(..)));
    let y = matrix(100, 8, 1);
    let given = matrix(100, 8, 2);
    let (kept, at) = (given.clone(), given.as_slice::<f32>().as_ptr());
    let (out, _) = f(given, &y);
    assert_ne!(out.as_slice::<f32>().as_ptr(), at);
    assert_eq!(bits_of(&[&kept * 2 + &y]), bits_of(&[out]));
    let (out, _) = f(kept, &y);
    assert_eq!(out.as_slice::<f32>().as_ptr(), at);
    assert_eq!(bits_of(&[matrix(100, 8, 2) * 2 + &y]), bits_of(&[out]));
    // Rows are read after they would have been written: no buffer can be taken over.
    let g = jit(|x: Array| &x + x.index(0));
    let want = matrix(100, 8, 2) + matrix(100, 8, 2).index(0);
    assert_eq!(bits_of(&[g(matrix(100, 8, 2))]), bits_of(&[want]));
    let h = jit(|x: Array| x.at(3).add(1.0));
    let want = matrix(100, 8, 2).at(3).add(1.0);
    let given = matrix(100, 8, 2);
    let at = given.as_slice::<f32>().as_ptr();
    let out = h(given);
    assert_eq!(out.as_slice::<f32>().as_ptr(), at);
    assert_eq!(bits_of(&[out]), bits_of(&[want]));
}

#[test]
fn arrays_without_elements_go_through() {
    let f = |x: &Array, row: &Array| {
        let y = (x + row) * x.sum(1).expand_dims(1);
        vec![y.sum(0), y.sum(..), y.prod(1), y.exp()]
    };
    for shape in [[0, 3], [4, 0], [0, 0]] {
        let (x, row) = (
            Array::ones(shape, DType::F32),
            Array::ones(shape[1], DType::F32),
        );
        let (eager, compiled) = (f(&x, &row), jit(f)(&x, &row));
        assert_eq!(bits_of(&compiled), bits_of(&eager), "{shape:?}");
    }
}

#[test]
fn a_program_is_bound_once_for_each_pattern() {
    let f = jit(|a: &Csr, x: &Array| a.matmul(x));
    let x = matrix(40, 3, 1);
    let values = |p: &Pattern| Array::from_vec(numbers(p.nnz(), 2), p.nnz());
    let (p, q) = (pattern(40, 40, 5), pattern(40, 40, 5));
    for p in [&p, &q, &p, &q] {
        let a = Csr::new(p.clone(), values(p));
        assert_eq!(bits_of(&[f(&a, &x)]), bits_of(&[a.matmul(&x)]));
    }
    let stats = f.stats();
    assert_eq!((stats.traces, stats.bindings), (1, 2));
}

#[test]
fn equal_programs_are_compiled_once() {
    let make = |scale: f32| {
        let scale = Array::from_vec(vec![scale; 3], 3);
        jit(move |x: &Array| x * &scale + 12345)
    };
    let (f, g) = (make(2.0), make(3.0));
    let x = Array::ones(3, DType::F32);
    assert_eq!(f(&x).to_vec::<f32>(), [12347.0; 3]);
    assert_eq!(g(&x).to_vec::<f32>(), [12348.0; 3]);
    assert_eq!((f.stats().compilations, g.stats().compilations), (1, 0));
}

#[test]
fn several_threads_call_one_function() {
    let f = jit(|x: &Array| (x.exp() * 0.5).sum(0));
    let x = matrix(4000, 8, 1);
    let want = bits_of(&[f(&x)]);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..20 {
                    assert_eq!(bits_of(&[f(&x)]), want);
                }
            });
        }
    });
}

#[test]
fn explanations_name_kernels_and_time_them() {
    let f = jit(|x: Array| x.square().sum(1).exp());
    let explanation = f.explain(|f| f(matrix(1000, 16, 1)));
    assert_eq!((explanation.kernels.len(), explanation.calls), (1, 1));
    assert_eq!(explanation.kernels[0].operations, "square reduce_sum exp");
    assert_eq!(explanation.kernels[0].bytes, 1000 * 17 * 4);
    assert_eq!(explanation.allocations, 1);
    assert!(explanation.kernels[0].seconds > 0.0);
    assert!(
        explanation
            .to_string()
            .contains("region: square reduce_sum exp -> f32[1000]")
    );
    assert!(explanation.chrome_trace().contains("\"traceEvents\""));
    let update = jit(|x: Array| x + scalar(1.0));
    assert_eq!(update.explain(|f| f(matrix(9, 9, 1))).allocations, 0);
    let program = f.lower(|f| f(matrix(1000, 16, 1)));
    assert!(program.to_graphviz().contains("e0 -> e1"));
}

/// A step of momentum on each leaf; the gradient of a leaf is the leaf `apart` places before.
fn momentum(leaves: &[Array], velocities: &[Array], apart: usize) -> (Vec<Array>, Vec<Array>) {
    let velocities: Vec<Array> = velocities
        .iter()
        .enumerate()
        .map(|(i, v)| v * 0.9 + leaves[i.saturating_sub(apart)].square())
        .collect();
    let pairs = leaves.iter().zip(&velocities);
    (pairs.map(|(x, v)| x - v * 0.1).collect(), velocities)
}

#[test]
fn all_leaves_are_updated_in_one_loop() {
    let leaves = |seed: usize| -> Vec<Array> {
        let shapes = [(700, 16), (1, 16), (16, 7), (1, 7), (0, 3), (4096, 2)];
        let leaf = |(i, (rows, columns))| matrix(rows, columns, seed + i);
        shapes.into_iter().enumerate().map(leaf).collect()
    };
    let (x, v) = (leaves(1), leaves(9));
    let want = momentum(&x, &v, 0);
    let step = jit(|x: Vec<Array>, v: Vec<Array>| momentum(&x, &v, 0));
    for threads in [1, 2] {
        set_threads(threads);
        let (new, velocities) = step(leaves(1), leaves(9));
        assert_eq!(bits_of(&new), bits_of(&want.0));
        assert_eq!(bits_of(&velocities), bits_of(&want.1));
    }
    let explanation = step.explain(|f| f(leaves(1), leaves(9)));
    assert_eq!(explanation.kernels.len(), 1);
    assert_eq!(
        explanation.kernels[0].operations,
        "mul×12 square×6 add×6 sub×6"
    );
    // Every result took over the memory of the leaf that it replaces; an empty one has none.
    assert_eq!(explanation.allocations, 2);
}

#[test]
fn a_leaf_that_others_read_keeps_its_memory() {
    let leaves = |seed: usize| -> Vec<Array> { (0..5).map(|i| matrix(30, 5, seed + i)).collect() };
    let want = momentum(&leaves(1), &leaves(9), 1);
    let step = jit(|x: Vec<Array>, v: Vec<Array>| momentum(&x, &v, 1));
    let (new, velocities) = step(leaves(1), leaves(9));
    assert_eq!(bits_of(&new), bits_of(&want.0));
    assert_eq!(bits_of(&velocities), bits_of(&want.1));
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 24,
        rng_seed: proptest::test_runner::RngSeed::Fixed(0),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn random_sparse_programs_give_the_bits_of_the_oracle(
        ops in prop::collection::vec((0..12usize, 0..8usize, 0..8usize), 1..10),
        rows in 1..80usize,
    ) {
        let p = pattern(rows, rows, 6);
        let (x, w) = (matrix(rows, 4, 1), matrix(4, 4, 2));
        let v = Array::from_vec(numbers(p.nnz(), 3), p.nnz());
        let run = |v: &Array, x: &Array| {
            let (mut nodes, mut edges) = (vec![x.clone()], vec![v.clone()]);
            for &(op, a, b) in &ops {
                let node = |i: usize| nodes[i % nodes.len()].clone();
                let edge = |i: usize| edges[i % edges.len()].clone();
                match op {
                    0 => nodes.push(Csr::new(p.clone(), edge(a)).matmul(&node(b))),
                    1 => nodes.push(Csr::new(p.clone(), edge(a)).transpose_matmul(&node(b))),
                    2 => edges.push(sparse::sddmm(&p, &node(a), &node(b))),
                    3 => edges.push(edge(a) * 0.5 + edge(b)),
                    4 => nodes.push(node(a).matmul(&w) * 0.25),
                    5 => nodes.push(relu(&node(a)) - node(b)),
                    6 => edges.push(edge(a) - sparse::gather_rows(&p, &sparse::sum_rows(&p, &edge(b)))),
                    7 => edges.push(sparse::gather_cols(&p, &node(a).sum(1)) + edge(b)),
                    10 => nodes.push(Array::full([rows, 4], 0.3, DType::F32)),
                    11 => edges.push(Array::ones(p.nnz(), DType::F32)),
                    8 => nodes.push(node(a) + segment_sum(&node(b), &Array::zeros(rows, DType::I32), 1)),
                    _ => nodes.push(&node(a) - node(b).mean(1).expand_dims(1)),
                }
            }
            nodes.iter().chain(&edges).fold(scalar(0.0), |sum, y| sum + (y * 0.01).tanh().sum(..))
        };
        let eager = value_and_grad(run)(&v, &x);
        let eager = bits_of(&[eager.0, eager.1]);
        let compiled = jit(value_and_grad(run));
        for level in simd::levels() {
            prop_assert!(simd::force(Some(*level)).is_ok());
            for threads in [1, 2] {
                set_threads(threads);
                let (value, gradient) = compiled(&v, &x);
                prop_assert_eq!(&bits_of(&[value, gradient]), &eager, "{:?}", level);
            }
        }
        prop_assert!(simd::force(None).is_ok());
    }
}
