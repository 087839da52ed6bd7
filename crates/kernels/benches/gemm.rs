//! Times of dense products, one thread, at the level that `GRAXE_SIMD` names.

#[allow(dead_code, reason = "each bench uses a part")]
mod pattern;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use graxe_kernels::gemm::gemm;

use pattern::{numbers, quick};

/// A product `[m, k] x [k, n]`, either operand transposed in memory.
fn product(c: &mut Criterion, [m, k, n]: [usize; 3], a_transposed: bool, b_transposed: bool) {
    let (a, b, mut out) = (numbers(m * k), numbers(k * n), numbers(m * n));
    let a_strides = if a_transposed { (1, m) } else { (k, 1) };
    let b_strides = if b_transposed { (1, k) } else { (n, 1) };
    let mark = |transposed| if transposed { "'" } else { "" };
    let (ta, tb) = (mark(a_transposed), mark(b_transposed));
    c.bench_function(&format!("gemm/{m}x{k}{ta}/{k}x{n}{tb}"), |bench| {
        bench.iter(|| gemm(m, n, k, black_box(&a), a_strides, &b, b_strides, &mut out));
    });
}

fn all(c: &mut Criterion) {
    for (extents, a_transposed, b_transposed) in [
        // The layers of a network on 2708 nodes, their gradients by the nodes and by the weights.
        ([2708, 16, 7], false, false),
        ([2708, 7, 16], false, true),
        ([16, 2708, 7], true, false),
        ([2708, 64, 1], false, false),
        ([2708, 64, 40], false, false),
        ([2708, 64, 64], false, false),
        ([64, 2708, 64], true, false),
        ([2708, 1433, 16], false, false),
        ([1433, 2708, 16], true, false),
        // Wider ones.
        ([8192, 256, 40], false, false),
        ([256, 8192, 40], true, false),
        ([8192, 40, 256], false, true),
        ([8192, 256, 256], false, false),
        ([256, 8192, 256], true, false),
        ([512, 512, 512], false, false),
    ] {
        product(c, extents, a_transposed, b_transposed);
    }
}

criterion_group! { name = benches; config = quick(); targets = all }
criterion_main!(benches);
