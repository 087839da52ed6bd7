//! Times of moves between rows and entries, one thread, at the level that `GRAXE_SIMD` names.

mod pattern;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use graxe_kernels::number::Number;
use graxe_kernels::segment::{gather_cols, gather_rows, segment_reduce, transpose_pattern};

use pattern::{Pattern, numbers, quick};

fn all(c: &mut Criterion) {
    let p = Pattern::random(2708, 2708, 13_264);
    let (col_ptr, _, edge) = transpose_pattern(p.rows, p.cols, &p.row_ptr, &p.col);
    for width in [1, 8, 64] {
        let x = numbers(p.rows * width);
        let (mut entries, mut out) = (numbers(p.col.len() * width), x.clone());
        c.bench_function(&format!("segment/gather_rows/{width}"), |b| {
            b.iter(|| gather_rows(&p.row_ptr, black_box(&x), width, &mut entries));
        });
        c.bench_function(&format!("segment/gather_cols/{width}"), |b| {
            b.iter(|| gather_cols(&p.col, black_box(&x), width, &mut entries));
        });
        c.bench_function(&format!("segment/sum/{width}"), |b| {
            b.iter(|| {
                let x = black_box(&entries);
                segment_reduce(&p.row_ptr, None, x, width, 0.0, f32::add, &mut out);
            });
        });
        c.bench_function(&format!("segment/max_by_col/{width}"), |b| {
            b.iter(|| {
                let (edge, x) = (Some(&edge[..]), black_box(&entries));
                let init = f32::NEG_INFINITY;
                segment_reduce(&col_ptr, edge, x, width, init, Number::maximum, &mut out);
            });
        });
    }
    c.bench_function("segment/transpose_pattern", |b| {
        b.iter(|| transpose_pattern(p.rows, p.cols, &p.row_ptr, black_box(&p.col)));
    });
}

criterion_group! { name = benches; config = quick(); targets = all }
criterion_main!(benches);
