//! Times of reductions, one thread, at the level that `GRAXE_SIMD` names.

#[allow(dead_code, reason = "each bench uses a part")]
mod pattern;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use graxe_kernels::number::Number;
use graxe_kernels::reduce::{arg_reduce, reduce, sum};

use pattern::{numbers, quick};

fn all(c: &mut Criterion) {
    for (rows, cols) in [(2708, 7), (2708, 16), (2708, 256), (1, 1 << 20)] {
        let x = numbers(rows * cols);
        let (mut by_row, mut by_col) = (vec![0.0; rows], vec![0.0; cols]);
        c.bench_function(&format!("reduce/sum_of_rows/{rows}x{cols}"), |b| {
            b.iter(|| sum(black_box(&x), &[rows, cols], &[false, true], &mut by_row));
        });
        c.bench_function(&format!("reduce/sum_of_columns/{rows}x{cols}"), |b| {
            b.iter(|| sum(black_box(&x), &[rows, cols], &[true, false], &mut by_col));
        });
        c.bench_function(&format!("reduce/max_of_rows/{rows}x{cols}"), |b| {
            b.iter(|| {
                let (x, init) = (black_box(&x), f32::NEG_INFINITY);
                let (shape, reduced) = ([rows, cols], [false, true]);
                reduce(x, &shape, &reduced, init, Number::maximum, &mut by_row);
            });
        });
    }
    let x = numbers(2708 * 7);
    let mut places = vec![0; 2708];
    c.bench_function("reduce/argmax/2708x7", |b| {
        b.iter(|| {
            arg_reduce(
                black_box(&x),
                &[2708, 7],
                1,
                |new, old| new > old,
                &mut places,
            );
        });
    });
}

criterion_group! { name = benches; config = quick(); targets = all }
criterion_main!(benches);
