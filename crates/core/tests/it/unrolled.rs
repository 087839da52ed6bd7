//! Loops that do several steps a turn: the same bits, and another program.

use graxe_core::{Array, DType, ScanOptions, jit, scan_with, value_and_grad, vmap};

use super::numbers::{bits, doubles};

fn run(w: &Array, c: &Array, xs: &Array, options: ScanOptions) -> (Array, Array) {
    let step = |(c, n): (Array, Array), x: Array| {
        let next = (&c * w + &x).sin();
        ((next.clone(), n + 1), next * x)
    };
    let start = (c.clone(), Array::zeros((), DType::I32));
    let ((c, n), ys) = scan_with(step, start, xs, options);
    (c * n, ys)
}

fn options(reverse: bool, unroll: usize) -> ScanOptions {
    let options = ScanOptions::default().unroll(unroll);
    if reverse { options.reverse() } else { options }
}

#[test]
fn results_and_gradients_have_the_same_bits() {
    let (w, c) = (doubles([3], 0), doubles([3], 1));
    for length in 0..10 {
        let xs = doubles([length, 3], 2);
        for reverse in [false, true] {
            let all = |unroll: usize| {
                let loss = move |w: &Array, c: &Array, xs: &Array| {
                    let (c, ys) = run(w, c, xs, options(reverse, unroll));
                    c.sum(..) + (&ys * &ys).sum(..)
                };
                let forward =
                    move |w: &Array, c: &Array, xs: &Array| run(w, c, xs, options(reverse, unroll));
                let both = value_and_grad(loss);
                let plain = bits(&(forward(&w, &c, &xs), both(&w, &c, &xs)));
                let compiled = (jit(forward)(&w, &c, &xs), jit(both)(&w, &c, &xs));
                assert_eq!(bits(&compiled), plain, "{length} steps, {unroll} a turn");
                plain
            };
            let wanted = all(1);
            for unroll in 2..13 {
                assert_eq!(all(unroll), wanted, "{length} steps, {unroll} a turn");
            }
        }
    }
}

#[test]
fn batches_of_unrolled_loops_are_unrolled() {
    let (w, c, xs) = (doubles([3], 0), doubles([4, 3], 1), doubles([4, 7, 3], 2));
    let over = |unroll: usize| {
        let f = move |c: &Array, xs: &Array| run(&doubles([3], 0), c, xs, options(false, unroll));
        bits(&jit(vmap(f))(&c, &xs))
    };
    let one = jit(|c: &Array, xs: &Array| run(&w, c, xs, options(false, 1)));
    assert_eq!(
        bits(&one(&c.index(1), &xs.index(1)).0),
        bits(&{
            let all = jit(vmap(|c: &Array, xs: &Array| {
                run(&w, c, xs, options(false, 3))
            }));
            all(&c, &xs).0.index(1)
        })
    );
    assert_eq!(over(3), over(1));
}

#[test]
fn the_compiled_program_shows_it() {
    let (w, c, xs) = (doubles([3], 0), doubles([3], 1), doubles([8, 3], 2));
    let kernels = |unroll: usize| {
        let f = jit(move |w: &Array, c: &Array, xs: &Array| run(w, c, xs, options(false, unroll)));
        let explained = f.explain(|f| f(&w, &c, &xs));
        let kinds = explained.kernels.iter().map(|k| k.kind.clone());
        kinds.collect::<Vec<String>>()
    };
    let loops = |kinds: &[String]| kinds.iter().filter(|k| *k == "scan").count();
    let (rolled, turns, whole) = (kernels(1), kernels(3), kernels(8));
    assert_eq!(loops(&rolled), 1, "{rolled:?}");
    assert_eq!(loops(&turns), 1, "{turns:?}");
    assert!(
        turns.len() > rolled.len(),
        "{turns:?} for the steps that are left, {rolled:?}"
    );
    assert_eq!(loops(&whole), 0, "{whole:?}");
}
