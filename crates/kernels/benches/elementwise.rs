//! Times of elementwise loops over 4096 numbers of single precision, at every level of the machine.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use graxe_kernels::map::map;
use graxe_kernels::number::{Float, Number};
use graxe_kernels::simd;

fn elementwise(c: &mut Criterion, name: &str, f: impl Fn(f32) -> f32 + Copy) {
    let x: Vec<f32> = (1..=4096u16).map(|i| f32::from(i) / 512.0).collect();
    let mut out = vec![0.0; x.len()];
    let mut group = c.benchmark_group(name);
    group
        .throughput(Throughput::Elements(x.len() as u64))
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1));
    for &level in simd::levels() {
        simd::force(Some(level)).expect("the machine has its levels");
        group.bench_function(level.name(), |bench| {
            bench.iter(|| map(black_box(&x), black_box(&mut out), f));
        });
    }
    simd::force(None).expect("the usual level is always there");
    group.finish();
}

fn all(c: &mut Criterion) {
    elementwise(c, "add", |x| Number::add(x, 1.5));
    elementwise(c, "div", |x| Number::div(1.5, x));
    elementwise(c, "sqrt", <f32 as Float>::sqrt);
    elementwise(c, "exp", <f32 as Float>::exp);
    elementwise(c, "log", <f32 as Float>::log);
    elementwise(c, "tanh", <f32 as Float>::tanh);
    elementwise(c, "logistic", <f32 as Float>::logistic);
    elementwise(c, "erf", <f32 as Float>::erf);
}

criterion_group!(benches, all);
criterion_main!(benches);
