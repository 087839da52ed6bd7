//! Times of sparse products, one thread, at the level that `GRAXE_SIMD` names.

mod pattern;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use graxe_kernels::segment::transpose_pattern;
use graxe_kernels::spmm::{sddmm, spmm};

use pattern::{Pattern, numbers, quick};

/// The features of a node on either side, as one row of each head.
fn features(p: &Pattern, heads: usize, width: usize) -> (Vec<f32>, Vec<f32>) {
    let row = heads * width;
    (numbers(p.rows * row), numbers(p.cols * row))
}

fn product(c: &mut Criterion, name: &str, p: &Pattern, heads: usize, width: usize) {
    let values = numbers(p.col.len() * heads);
    let (y, x) = features(p, heads, width);
    let mut out = y.clone();
    let group = format!("spmm/{name}/{}", p.col.len());
    c.bench_function(&format!("{group}/{heads}x{width}"), |b| {
        b.iter(|| {
            let x = black_box(&x);
            spmm(&p.row_ptr, &p.col, None, &values, x, heads, width, &mut out);
        });
    });
    let (col_ptr, row, edge) = transpose_pattern(p.rows, p.cols, &p.row_ptr, &p.col);
    let mut out = x.clone();
    c.bench_function(&format!("{group}/{heads}x{width}/transposed"), |b| {
        b.iter(|| {
            let y = black_box(&y);
            let edge = Some(&edge[..]);
            spmm(&col_ptr, &row, edge, &values, y, heads, width, &mut out);
        });
    });
}

fn sampled(c: &mut Criterion, p: &Pattern, heads: usize, width: usize) {
    let (a, b) = features(p, heads, width);
    let mut out = vec![0.0; p.col.len() * heads];
    let name = format!("sddmm/{}/{heads}x{width}", p.col.len());
    c.bench_function(&name, |bench| {
        bench.iter(|| {
            let a = black_box(&a);
            sddmm(&p.row_ptr, &p.col, a, &b, heads, width, &mut out);
        });
    });
}

fn all(c: &mut Criterion) {
    let graph = Pattern::random(2708, 2708, 13_264);
    for width in [7, 16, 40, 64, 256] {
        product(c, "graph", &graph, 1, width);
    }
    product(c, "graph", &graph, 8, 8);
    let features = Pattern::random(2708, 1433, 49_216);
    for width in [7, 16, 64] {
        product(c, "features", &features, 1, width);
    }
    let large = Pattern::random(20_000, 20_000, 300_000);
    for width in [40, 256] {
        product(c, "large", &large, 1, width);
    }
    product(c, "large", &large, 4, 64);
    sampled(c, &large, 4, 64);
    sampled(c, &graph, 1, 16);
    sampled(c, &graph, 8, 8);
    sampled(c, &graph, 1, 256);
}

criterion_group! { name = benches; config = quick(); targets = all }
criterion_main!(benches);
