//! What a loop costs beside its steps: a scan of 1,000 steps against a loop in Rust over the compiled step,
//! and the memory that reverse mode through it takes. `cargo xtask bench scan` runs it.

use std::hint::black_box;
use std::time::Instant;

use graxe::prelude::*;
use graxe::{checkpoint, live_bytes, peak_bytes, reset_peak_bytes, scan};

/// Steps of the loop.
const STEPS: usize = 1000;

fn main() {
    let repetitions = match std::env::args().nth(1).map(|word| word.parse::<usize>()) {
        None => 5,
        Some(Ok(number)) if number > 0 => number,
        Some(_) => panic!("scan_costs: expected how often to measure, at least 1"),
    };
    println!(
        "a step is tanh(c W + x) of c [rows, width]; µs a step, least and median of {repetitions}"
    );
    println!(
        "rows x width      by hand            scan               scan ÷ by hand   compile, ms: step  scan"
    );
    for (rows, width) in [(1, 4), (32, 64), (128, 128), (256, 256)] {
        forward(rows, width, repetitions);
    }
    println!(
        "\nreverse mode through {STEPS} steps of [32, 64]: bytes at the most beside arguments and results"
    );
    let carry = 32 * 64 * 4;
    backward("as it is", &|c, x, w| cell(c, x, w), 2 * carry);
    let kept = checkpoint(|c: &Array, x: &Array, w: &Array| cell(c, x, w));
    backward("checkpointed step", &move |c, x, w| kept(c, x, w), carry);
}

fn cell(c: &Array, x: &Array, w: &Array) -> Array {
    (c.matmul(w) + x).tanh()
}

fn forward(rows: usize, width: usize, repetitions: usize) {
    let w = random::normal(&Key::new(0), [width, width], DType::F32) / (width as f64).sqrt();
    let xs = random::normal(&Key::new(1), [STEPS, rows, width], DType::F32);
    let x = xs.index(0);
    let start = Array::zeros([rows, width], DType::F32);
    let step = jit(|c: Array, x: &Array, w: &Array| cell(&c, x, w));
    let whole = jit(|c: &Array, xs: &Array, w: &Array| {
        scan(|c: Array, x: Array| (cell(&c, &x, w), ()), c.clone(), xs).0
    });
    let compile_step = seconds(|| {
        step.lower(|f| f(start.clone(), &x, &w));
    });
    let compile_scan = seconds(|| {
        whole.lower(|f| f(&start, &xs, &w));
    });
    let (mut by_hand, mut scanned) = (Vec::new(), Vec::new());
    for _ in 0..repetitions {
        by_hand.push(seconds(|| {
            let mut c = start.clone();
            for _ in 0..STEPS {
                c = step(c, &x, &w);
            }
            black_box(c);
        }));
        scanned.push(seconds(|| {
            black_box(whole(&start, &xs, &w));
        }));
    }
    let [hand, hand_middle] = least_and_median(&mut by_hand);
    let [scan, scan_middle] = least_and_median(&mut scanned);
    println!(
        "{:12}  {:8.3} {:8.3}  {:8.3} {:8.3}     {:5.2} {:5.2}              {:8.3} {:8.3}",
        format!("{rows} x {width}"),
        hand,
        hand_middle,
        scan,
        scan_middle,
        scan / hand,
        scan_middle / hand_middle,
        compile_step * 1e3,
        compile_scan * 1e3,
    );
}

/// The most bytes of a gradient, beside what its residuals alone take.
fn backward(
    name: &str,
    cell: &(dyn Fn(&Array, &Array, &Array) -> Array + Send + Sync),
    residuals: usize,
) {
    let w = random::normal(&Key::new(0), [64, 64], DType::F32) / 8;
    let xs = random::normal(&Key::new(1), [STEPS, 32, 64], DType::F32);
    let loss = |w: &Array| {
        let start = Array::zeros([32, 64], DType::F32);
        let last = scan(|c: Array, x: Array| (cell(&c, &x, w), ()), start, &xs).0;
        last.square().sum(..)
    };
    let before = live_bytes();
    reset_peak_bytes();
    black_box(jit(grad(loss))(&w));
    println!(
        "{name:20} {:.1} MB, of which residuals {:.1} MB",
        (peak_bytes() - before) as f64 / 1e6,
        (STEPS * residuals) as f64 / 1e6
    );
}

fn seconds(f: impl FnOnce()) -> f64 {
    let start = Instant::now();
    f();
    start.elapsed().as_secs_f64()
}

/// In microseconds a step.
fn least_and_median(times: &mut [f64]) -> [f64; 2] {
    times.sort_by(f64::total_cmp);
    [times[0], times[times.len() / 2]].map(|t| t / STEPS as f64 * 1e6)
}
