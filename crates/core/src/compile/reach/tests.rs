//! Programs over fewer rows against the programs they stand for.

use std::sync::atomic::{AtomicUsize, Ordering};

use expect_test::expect;
use proptest::prelude::*;

use super::{Reached, reach_from};
use crate::array::{Array, Csr, DType, Pattern, scalar};
use crate::compile::{Split, optimise, split};
use crate::device::default_backend;
use crate::functions::logic::select;
use crate::functions::{activation::relu, segment::segment_sum, sparse};
use crate::ir::builder::build_with;
use crate::ir::{Program, Value, evaluate};
use crate::random::{Key, bits, bits_at};
use crate::transform::value_and_grad;

/// A function's results by its program and by the program over fewer rows, if there is one.
struct Both {
    whole: Vec<Value>,
    reached: Option<(Vec<Value>, Program)>,
}

fn both(f: &dyn Fn(Vec<Array>) -> Vec<Array>, inputs: Vec<Array>, least: usize) -> Both {
    let leaves: Vec<Value> = inputs.iter().map(Value::from).collect();
    let types: Vec<_> = leaves.iter().map(Value::ty).collect();
    let (closed, ()) = build_with(&types, |leaves| {
        let out = f(leaves.into_iter().map(Value::into_array).collect());
        (out.into_iter().map(Value::from).collect(), ())
    });
    let Split { prologue, main } = split(&optimise(&closed.program));
    let mut captures = closed.captures.clone();
    if let Some(prologue) = prologue {
        captures.extend(evaluate(&prologue, &closed.captures, Vec::new()));
    }
    let whole = evaluate(&main, &captures, leaves.clone());
    let reached = reach_from(&main, &captures, &leaves, least).map(|reached| {
        let Reached { program, captures } = reached;
        assert_eq!(program.verify(), Ok(()));
        let results = evaluate(&program, &captures, leaves.clone());
        let code = default_backend().compile(&program);
        let compiled = code
            .executable()
            .run(&captures, leaves.clone(), &AtomicUsize::new(0));
        for (a, b) in results.iter().zip(&compiled) {
            let bits = |v: &Value| {
                v.array()
                    .as_slice::<f64>()
                    .iter()
                    .map(|x| x.to_bits())
                    .collect::<Vec<_>>()
            };
            assert_eq!(bits(a), bits(b));
        }
        (results, Program::clone(&program))
    });
    Both { whole, reached }
}

fn numbers(n: usize, salt: usize) -> Vec<f64> {
    let number = |i| ((i * 37 + salt * 11) % 101) as f64 * 0.03 - 1.5;
    (0..n).map(number).collect()
}

fn matrix(rows: usize, cols: usize, salt: usize) -> Array {
    Array::from_vec(numbers(rows * cols, salt), [rows, cols])
}

/// The neighbours on a line, and the nodes themselves.
fn line(n: usize) -> Pattern {
    let (mut row_ptr, mut col) = (vec![0], Vec::new());
    for r in 0..n {
        col.extend((r.max(1) - 1..(r + 2).min(n)).map(|c| c as u32));
        row_ptr.push(col.len() as u32);
    }
    Pattern::new(n, row_ptr, col).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn layers_shrink_towards_the_loss() {
    let p = line(40);
    let a = Csr::new(p.clone(), Array::from_vec(numbers(p.nnz(), 1), p.nnz()));
    let x = matrix(40, 9, 2);
    let index = Array::from_vec(vec![7, 30], 2);
    let loss = move |w: &Array| {
        let h = relu(&a.matmul(&x.matmul(w)));
        a.matmul(&h).take(&index, 0).sum(..)
    };
    let f = |w: Vec<Array>| {
        let (loss, gradient) = value_and_grad(&loss)(&w[0]);
        vec![loss, gradient]
    };
    let Both { whole, reached } = both(&f, vec![matrix(9, 2, 3)], 8);
    let (results, program) = reached.expect("ten of forty rows are within two steps");
    assert_close(&whole, &results);
    expect![[r"
        { lambda a:f64[10,9] b:csr[6,10;18] c:f64[18] d:csr[2,6;6] e:f64[6] f:f64[6,2]; g:f64[9,2]. let
            h:f64[10,2] = dot_general[dimension_numbers=(([1], [0]), ([], []))] a g
            i:f64[6,2] = spmm[transposed=false] b c h
            j:f64[6,2] = max i 0.0:f64[]
            k:bool[6,2] = gt i 0.0:f64[]
            l:f64[2,2] = spmm[transposed=false] d e j
            m:f64[2,2] = stop_gradient l
            n:f64[] = reduce_sum[axes=(0, 1)] m
            o:f64[6,2] = broadcast_in_dim[broadcast_dimensions=() shape=(6, 2)] 0.0:f64[]
            p:f64[6,2] = select_n k o f
            q:f64[10,2] = spmm[transposed=true] b c p
            r:f64[9,2] = dot_general[dimension_numbers=(([0], [0]), ([], []))] a q
          in (n, r) }"]].assert_eq(&program.to_string());
}

fn assert_close(whole: &[Value], reached: &[Value]) {
    for (a, b) in whole.iter().zip(reached) {
        let (a, b) = (a.array(), b.array());
        assert_eq!(a.shape(), b.shape());
        let pairs = a.as_slice::<f64>().iter().zip(b.as_slice::<f64>());
        for (a, b) in pairs {
            let size = a.abs().max(b.abs()).max(1.0);
            let close = size.is_finite() && (a - b).abs() <= 1e-12 * size;
            assert!(close || a.to_bits() == b.to_bits(), "{a} and {b}");
        }
    }
}

#[test]
fn wide_rows_that_are_reshaped_stay_whole() {
    let p = line(16);
    let a = Csr::new(p.clone(), Array::from_vec(numbers(p.nnz(), 1), p.nnz()));
    let mask = Array::from_vec(
        (0..32).map(|i| f64::from(u8::from(i == 19))).collect(),
        [32, 1],
    );
    let mask = mask.broadcast_to([32, 2050]);
    let index = Array::from_vec(vec![19], 1);
    let f = |x: Vec<Array>| {
        let y = a.matmul(&(&x[0] * 2)).reshape([32, 2050]);
        vec![(&y * &mask).sum(..), y.take(&index, 0).sum(..)]
    };
    let Both { whole, reached } = both(&f, vec![matrix(16, 4100, 3)], 8);
    if let Some((results, _)) = reached {
        assert_close(&whole, &results);
    }
    assert!(whole[0].array().item::<f64>() != 0.0);
}

#[test]
fn quotients_and_bits_of_zeros_count() {
    let p = pattern(40, 40, 1);
    let a = Csr::new(p.clone(), Array::from_vec(numbers(p.nnz(), 1), p.nnz()));
    let mask = Array::from_vec((0..40).map(|i| f64::from(u8::from(i == 7))).collect(), 40);
    let whole_mask = mask.astype(DType::U64);
    let h = |x: &Array| a.matmul(x).sum(1);
    // Zero by zero is the largest number.
    let quotients = |x: Vec<Array>| {
        let d = h(&x[0]).abs().astype(DType::U64);
        let quotients = (&d * &whole_mask).floor_divide(&d);
        vec![quotients.astype(DType::F64).sum(..)]
    };
    // -0 has a bit.
    let bits = |x: Vec<Array>| {
        let bits = (h(&x[0]) * &mask).bitcast(DType::U64);
        vec![bits.astype(DType::F64).sum(..)]
    };
    for f in [&quotients as &dyn Fn(Vec<Array>) -> Vec<Array>, &bits] {
        let Both { whole, reached } = both(f, vec![matrix(40, 2, 3)], 8);
        if let Some((results, _)) = reached {
            assert_close(&whole, &results);
        }
        assert!(whole[0].array().item::<f64>() > 1e18);
    }
}

#[test]
fn what_is_read_whole_keeps_its_rows() {
    let p = line(40);
    let a = Csr::new(p.clone(), Array::from_vec(numbers(p.nnz(), 1), p.nnz()));
    let mask = Array::from_vec((0..40).map(|i| f64::from(u8::from(i == 7))).collect(), 40);
    let (left, weights) = (matrix(9, 40, 4), matrix(9, 40, 5));
    let index = Array::from_vec(vec![7, 30], 2);
    let receivers = Array::from_vec((0..80).map(|i| i / 2).collect::<Vec<i32>>(), 80);
    let h = |x: &Array| a.matmul(&(x * 2));
    let chosen = |y: &Array| y.take(&index, 0).sum(..);
    // The largest of a row may be a zero.
    let largest = |x: Vec<Array>| {
        let masked = -h(&x[0]).square().sum(1) * &mask;
        let most = sparse::max_rows(&p, &sparse::gather_cols(&p, &masked));
        vec![chosen(&most.expand_dims(1))]
    };
    // As rows of another array, and on the right of a product.
    let rows = |x: Vec<Array>| {
        let y = h(&x[0]);
        vec![
            chosen(&y),
            (y.sum(1).broadcast_to([9, 40]) * &weights).sum(..),
        ]
    };
    let right = |x: Vec<Array>| {
        let y = h(&x[0]);
        vec![chosen(&y), left.matmul(&y).square().sum(..)]
    };
    // Updates that go to rows which are left out.
    let updates = |x: Vec<Array>| vec![chosen(&a.matmul(&segment_sum(&x[1], &receivers, 40)))];
    let all: [&dyn Fn(Vec<Array>) -> Vec<Array>; 4] = [&largest, &rows, &right, &updates];
    for f in all {
        let Both { whole, reached } = both(f, vec![matrix(40, 2, 3), matrix(80, 2, 6)], 8);
        if let Some((results, _)) = reached {
            assert_close(&whole, &results);
        }
    }
}

#[test]
fn heads_and_masks_shrink_too() {
    let p = line(64);
    let mask = Array::from_vec(
        (0..64).map(|i| i == 9 || i == 40).collect::<Vec<bool>>(),
        64,
    );
    let mask = mask.astype(DType::F64).expand_dims(1);
    let x = Array::from_vec(numbers(64 * 2 * 3, 1), [64, 2, 3]);
    let layer = |x: &Array, w: &Array| {
        let scores = (x * w).sum(2);
        let scores = sparse::gather_rows(&p, &scores) + sparse::gather_cols(&p, &scores).tanh();
        let weights = sparse::softmax_rows(&p, &scores);
        sparse::spmm(&Csr::new(p.clone(), weights), x).tanh()
    };
    let loss = |w: &Array| {
        let twice = layer(&layer(&x, w), w);
        (twice.sum(2).sum(1).expand_dims(1) * &mask)
            .square()
            .sum(..)
    };
    let f = |w: Vec<Array>| {
        let (loss, gradient) = value_and_grad(loss)(&w[0]);
        vec![loss, gradient]
    };
    let w = Array::from_vec(numbers(6, 4), [2, 3]);
    let Both { whole, reached } = both(&f, vec![w], 8);
    let (results, program) = reached.expect("ten of 64 rows are within two steps");
    assert_close(&whole, &results);
    assert!(program.to_string().contains("f64[6,2,3]"), "{program}");
}

#[test]
fn nothing_is_left_out_without_a_choice_of_rows() {
    let p = line(40);
    let a = Csr::new(p.clone(), Array::from_vec(numbers(p.nnz(), 1), p.nnz()));
    let f = |x: Vec<Array>| vec![a.matmul(&x[0]).sum(..)];
    assert!(both(&f, vec![matrix(40, 2, 3)], 8).reached.is_none());
    // All rows of a result are wanted, and those of an input are there already.
    let index = Array::from_vec(vec![7, 30], 2);
    let f = |x: Vec<Array>| vec![a.matmul(&x[0]), a.matmul(&x[0]).take(&index, 0)];
    assert!(both(&f, vec![matrix(40, 2, 3)], 8).reached.is_none());
}

/// A random pattern with a few entries a row, some of them twice, some rows empty.
fn pattern(rows: usize, cols: usize, salt: usize) -> Pattern {
    let (mut row_ptr, mut col) = (vec![0], Vec::new());
    for r in 0..rows {
        for e in 0..(r * 7 + salt) % 4 {
            col.push(((r * (salt + 1) + e * 29) % cols) as u32);
        }
        row_ptr.push(col.len() as u32);
    }
    Pattern::new(cols, row_ptr, col).unwrap_or_else(|e| panic!("{e}"))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        rng_seed: proptest::test_runner::RngSeed::Fixed(0),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn random_programs_give_the_same_over_fewer_rows(
        ops in prop::collection::vec((0..20usize, 0..8usize, 0..8usize), 1..10),
        n in 10..50usize,
        chosen in prop::collection::vec(-5..60i32, 1..6),
        salt in 0..6usize,
    ) {
        let (p, q) = (pattern(n, n, salt), line(n));
        let features = matrix(n, 4, 1);
        let fixed = Array::from_vec(numbers(p.nnz(), 2), p.nnz());
        let mask = Array::from_vec((0..n).map(|i| f64::from(u8::from(i % 5 == 1))).collect(), n);
        let senders = Array::from_vec((0..2 * n).map(|i| (i * 3 % n) as i32).collect(), 2 * n);
        let receivers = Array::from_vec((0..2 * n).map(|i| (i / 2) as i32).collect(), 2 * n);
        let index = Array::from_vec(chosen.clone(), chosen.len());
        let key = Key::new(3);
        let run = |(w, v, b): &(Array, Array, Array)| {
            let (mut nodes, mut edges) = (vec![features.matmul(w)], vec![v.clone(), fixed.clone()]);
            for &(op, i, j) in &ops {
                let node = |i: usize| nodes[nodes.len() - 1 - i.min(nodes.len() - 1)].clone();
                let edge = |i: usize| edges[i % edges.len()].clone();
                let places = |p: &Pattern, v: &Array| Csr::new(p.clone(), v.clone());
                match op {
                    0 => nodes.push(places(&p, &edge(i)).matmul(&node(j))),
                    1 => nodes.push(places(&p, &edge(i)).transpose_matmul(&node(j))),
                    2 => edges.push(sparse::sddmm(&p, &node(i), &node(j)).tanh()),
                    3 => edges.push(edge(i) * 0.5 + edge(j)),
                    4 => nodes.push(node(i).matmul(w) * 0.25),
                    5 => nodes.push(relu(&node(i)) - node(j)),
                    6 => edges.push(edge(i) - sparse::gather_rows(&p, &sparse::sum_rows(&p, &edge(j)))),
                    7 => edges.push(sparse::gather_cols(&p, &node(i).sum(1)) + edge(j)),
                    8 => nodes.push(node(i) + b),
                    9 => nodes.push(&node(i) - node(j).mean(1).expand_dims(1)),
                    10 => edges.push(sparse::softmax_rows(&p, &edge(i))),
                    11 => edges.push(sparse::gather_rows(&p, &sparse::max_rows(&p, &edge(i))).exp() * 0.1),
                    12 => {
                        let keep = bits(&key, [n, 4], DType::U32).less(1 << 30);
                        nodes.push(select(&keep, node(i) * 2, 0.0));
                    }
                    13 => {
                        let keep = bits_at(&key, &p).less(1 << 30);
                        edges.push(select(&keep, edge(i), 0.0));
                    }
                    14 => nodes.push(node(i) * mask.expand_dims(1)),
                    15 => nodes.push(segment_sum(&node(i).take(&senders, 0), &receivers, n)),
                    16 => nodes.push(Csr::new(q.clone(), Array::ones(q.nnz(), DType::F64)).matmul(&node(i)) * 0.5),
                    17 => nodes.push(sparse::sum_cols(&p, &edge(i)).expand_dims(1) * node(j)),
                    18 => nodes.push(node(i).matmul(&b.reshape([4, 1])) * node(j)),
                    _ => nodes.push(node(i).tanh()),
                }
            }
            let last = nodes[nodes.len() - 1].take(&index, 0);
            let finite = select(&last.equal(&last), last, 0.25);
            (finite * 0.1).tanh().square().sum(..) + scalar(0.5)
        };
        let f = |x: Vec<Array>| {
            let parameters = (x[0].clone(), x[1].clone(), x[2].clone());
            let (loss, (w, v, b)) = value_and_grad(run)(&parameters);
            vec![loss, w, v, b]
        };
        let v = Array::from_vec(numbers(p.nnz(), 4), p.nnz());
        let b = Array::from_vec(numbers(4, 5), 4);
        let Both { whole, reached } = both(&f, vec![matrix(4, 4, 3), v, b], 4);
        if let Some((results, _)) = reached {
            assert_close(&whole, &results);
            REACHED.fetch_add(1, Ordering::Relaxed);
        }
        CASES.fetch_add(1, Ordering::Relaxed);
        // A fixed seed: most programs have rows to leave out.
        if CASES.load(Ordering::Relaxed) == 400 {
            prop_assert!(REACHED.load(Ordering::Relaxed) > 100, "{REACHED:?}");
        }
    }
}

static CASES: AtomicUsize = AtomicUsize::new(0);
static REACHED: AtomicUsize = AtomicUsize::new(0);
