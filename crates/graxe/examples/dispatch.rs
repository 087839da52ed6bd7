//! What tracing, compiling and calling cost beside the numbers themselves; prints one JSON line.
//!
//! The first argument says how many batches of calls are measured, the second how often a
//! program is traced and compiled; `cargo xtask bench core` asks for more than the defaults.

use std::hint::black_box;
use std::time::Instant;

use graxe::prelude::*;

/// Layers of the long program; each is ten equations.
const LAYERS: usize = 100;
/// Calls a batch.
const CALLS: usize = 1000;

fn main() {
    let mut numbers = std::env::args().skip(1).map(|word| word.parse::<usize>());
    let mut next = |default| match numbers.next() {
        None => default,
        Some(Ok(number)) if number > 0 => number,
        Some(_) => panic!("dispatch: expected whole numbers of at least 1"),
    };
    let (batches, repetitions) = (next(20), next(3));

    let x = random::uniform(&Key::new(0), [16, 16], DType::F32);
    let w = random::normal(&Key::new(1), [16, 16], DType::F32) / 4;
    let equations = make_program(layers)(&x, &w).equations.len();
    let trace = times(repetitions, || make_program(layers)(&x, &w));
    let lower = times(repetitions, || jit(layers).lower(|f| f(&x, &w)));
    let first_call = times(repetitions, || jit(layers)(&x, &w));
    let compiled = jit(layers);
    compiled(&x, &w);
    let steady_call = times(10 * repetitions, || compiled(&x, &w));

    let x = arange(16.0);
    let tiny = jit(|x: &Array| x * 2 + 1);
    tiny(&x);
    let tiny_call = calls(batches, || tiny(&x));
    let eager = calls(batches, || &x + &x);

    let rows = [
        ("trace_s", trace),
        ("lower_s", lower),
        ("first_call_s", first_call),
        ("steady_call_s", steady_call),
        ("tiny_call_s", tiny_call),
        ("eager_s", eager),
    ];
    let fields: Vec<String> = rows
        .iter()
        .map(|(name, seconds)| format!("\"{name}\":{seconds:?}"))
        .collect();
    println!("{{\"equations\":{equations},{}}}", fields.join(","));
}

/// Products and elementwise operations in turn, ten equations a layer.
fn layers(x: &Array, w: &Array) -> Array {
    let mut h = x.clone();
    for _ in 0..LAYERS {
        let product = h.matmul(w);
        let gate = (-(&product * 0.5)).exp() + 1.0;
        h = (&product / gate).tanh() * 0.9 + x - w;
    }
    h
}

/// Seconds of each repetition; what it makes is dropped outside.
fn times<R>(repetitions: usize, work: impl Fn() -> R) -> Vec<f64> {
    let once = || {
        let start = Instant::now();
        let made = black_box(work());
        let seconds = start.elapsed().as_secs_f64();
        drop(made);
        seconds
    };
    (0..repetitions).map(|_| once()).collect()
}

/// Seconds of a call in each batch, dropping what it gives included.
fn calls<R>(batches: usize, call: impl Fn() -> R) -> Vec<f64> {
    let batch = || {
        for _ in 0..CALLS {
            black_box(call());
        }
    };
    let seconds = times(batches, batch);
    seconds.iter().map(|s| s / CALLS as f64).collect()
}
