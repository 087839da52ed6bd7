//! Times of elementwise loops over 4096 numbers of both precisions, at every level of the machine.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use graxe_kernels::map::map;
use graxe_kernels::number::{Element, Float, Integer};
use graxe_kernels::simd;

fn time<T: Element>(c: &mut Criterion, name: &str, x: &[T], f: impl Fn(T) -> T + Copy) {
    let mut out = vec![T::default(); x.len()];
    let mut group = c.benchmark_group(name);
    group
        .throughput(Throughput::Elements(x.len() as u64))
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1));
    for &level in simd::levels() {
        simd::force(Some(level)).expect("the machine has its levels");
        group.bench_function(level.name(), |bench| {
            bench.iter(|| map(black_box(x), black_box(&mut out), f));
        });
    }
    simd::force(None).expect("the usual level is always there");
    group.finish();
}

fn float<T: Float>(c: &mut Criterion, precision: &str) {
    let x: Vec<T> = (1..=4096u16)
        .map(|i| T::from_f64(f64::from(i) / 512.0))
        .collect();
    let below_one: Vec<T> = (0..4096u16)
        .map(|i| T::from_f64(f64::from(i) / 4096.0))
        .collect();
    let name = |function: &str| format!("{function}_{precision}");
    let half_more = T::from_f64(1.5);
    time(c, &name("add"), &x, |x| x.add(half_more));
    time(c, &name("div"), &x, |x| half_more.div(x));
    time(c, &name("maximum"), &x, |x| x.maximum(half_more));
    time(c, &name("sign"), &x, T::sign);
    time(c, &name("sqrt"), &x, T::sqrt);
    time(c, &name("rsqrt"), &x, T::rsqrt);
    time(c, &name("floor"), &x, T::floor);
    time(c, &name("ceil"), &x, T::ceil);
    time(c, &name("round"), &x, T::round_half_even);
    time(c, &name("exp"), &x, T::exp);
    time(c, &name("exp2"), &x, T::exp2);
    time(c, &name("expm1"), &x, T::expm1);
    time(c, &name("log"), &x, T::log);
    time(c, &name("log1p"), &x, T::log1p);
    time(c, &name("tanh"), &x, T::tanh);
    time(c, &name("logistic"), &x, T::logistic);
    time(c, &name("erf"), &x, T::erf);
    time(c, &name("erf_inv"), &below_one, T::erf_inv);
    time(c, &name("lgamma"), &x, T::lgamma);
    time(c, &name("digamma"), &x, T::digamma);
    time(c, &name("trigamma"), &x, |x| x.polygamma(1));
}

fn integer<T: Integer>(c: &mut Criterion, dtype: &str) {
    let x: Vec<T> = (1..=4096u16).map(|i| T::from_f64(f64::from(i))).collect();
    let name = |function: &str| format!("{function}_{dtype}");
    let three = T::from_f64(3.0);
    time(c, &name("add"), &x, |x| x.add(three));
    time(c, &name("mul"), &x, |x| x.mul(three));
    time(c, &name("div"), &x, |x| T::from_f64(1e6).div(x));
    time(c, &name("sign"), &x, T::sign);
    time(c, &name("shl"), &x, |x| three.shl(x));
    time(c, &name("shr_arithmetic"), &x, |x| three.shr_arithmetic(x));
    time(c, &name("population_count"), &x, T::population_count);
    time(c, &name("leading_zeros"), &x, T::leading_zeros);
}

fn all(c: &mut Criterion) {
    float::<f32>(c, "f32");
    float::<f64>(c, "f64");
    integer::<i32>(c, "i32");
    integer::<u64>(c, "u64");
}

criterion_group!(benches, all);
criterion_main!(benches);
