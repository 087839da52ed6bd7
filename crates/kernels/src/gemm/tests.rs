//! The products against plain loops.

use super::*;
use proptest::prelude::*;

fn naive<T: Number>([m, n, k]: [usize; 3], a: &[T], b: &[T]) -> Vec<T> {
    let mut out = vec![T::ZERO; m * n];
    for (i, out) in out.iter_mut().enumerate() {
        let (row, col) = (i / n, i % n);
        for q in 0..k {
            *out = out.add(a[row * k + q].mul(b[q * n + col]));
        }
    }
    out
}

/// A row-major matrix laid out anew: transposed or not, every element `gap` apart.
fn lay_out<T: Number>(
    x: &[T],
    [rows, cols]: [usize; 2],
    transposed: bool,
    gap: usize,
) -> (Vec<T>, (usize, usize)) {
    let strides = if transposed {
        (gap, rows * gap)
    } else {
        (cols * gap, gap)
    };
    let mut out = vec![T::HIGHEST; rows * cols * gap];
    for (i, &x) in x.iter().enumerate() {
        out[i / cols * strides.0 + i % cols * strides.1] = x;
    }
    (out, strides)
}

/// Checks the product of small integers, which every type computes exactly, in every layout.
fn check<T: Gemm>([m, n, k]: [usize; 3], gap: usize) {
    let value = |i: usize, salt: usize| T::from_f64(((i * 37 + salt) % 11) as f64);
    let a: Vec<T> = (0..m * k).map(|i| value(i, 5)).collect();
    let b: Vec<T> = (0..k * n).map(|i| value(i, 2)).collect();
    let want = naive([m, n, k], &a, &b);
    for (ta, tb) in [(false, false), (true, false), (false, true), (true, true)] {
        let (a, a_strides) = lay_out(&a, [m, k], ta, gap);
        let (b, b_strides) = lay_out(&b, [k, n], tb, gap);
        let mut out = vec![T::HIGHEST; m * n];
        gemm(m, n, k, &a, a_strides, &b, b_strides, &mut out);
        assert_eq!(out, want, "[{m}, {k}] x [{k}, {n}], {ta} {tb} {gap}");
    }
}

proptest! {
#![proptest_config(crate::fixed_seed())]

        #[test]
        fn products_are_those_of_the_definition(
            m in 0..20usize, n in 0..70usize, k in 0..40usize, gap in 1..3usize,
        ) {
            check::<f32>([m, n, k], gap);
            check::<f64>([m, n, k], gap);
            check::<i32>([m, n, k], gap);
        }
    }

#[test]
fn long_sums_go_by_chunks() {
    check::<f32>([16, 7, 1000], 1);
    check::<f32>([5, 40, 700], 1);
    check::<f32>([70, 12, 300], 2);
    check::<i64>([64, 9, 256], 1);
    check::<u64>([3, 20, 513], 1);
}

#[test]
fn a_stride_of_zero_repeats() {
    let mut out = [0.0f32; 6];
    gemm(
        2,
        3,
        2,
        &[1.0, 2.0],
        (0, 1),
        &[10.0, 20.0, 30.0],
        (0, 1),
        &mut out,
    );
    assert_eq!(out, [30.0, 60.0, 90.0, 30.0, 60.0, 90.0]);
    let mut out = [0; 80];
    gemm(2, 40, 2, &[1, 2], (0, 1), &[3], (0, 0), &mut out);
    assert_eq!(out, [9; 80]);
}

#[test]
fn integers_wrap() {
    let mut out = [0];
    gemm(1, 1, 2, &[i32::MAX, 1], (2, 1), &[2, 0], (1, 1), &mut out);
    assert_eq!(out, [-2]);
}

#[test]
#[should_panic(expected = "gemm: b is not [2, 40]")]
fn short_operands_are_refused() {
    gemm(
        1,
        40,
        2,
        &[1.0f32; 2],
        (2, 1),
        &[1.0; 79],
        (40, 1),
        &mut [0.0; 40],
    );
}

/// Numbers whose sums round.
fn rounding<T: Number>(n: usize, salt: usize) -> Vec<T> {
    let number = |i: usize| ((i * 7919 + salt) as f64 * 0.7).sin();
    (0..n).map(|i| T::from_f64(number(i))).collect()
}

/// Checks that rows computed apart, and chunks of `k` combined, are the bits of the whole.
fn check_parts<T: Gemm>([m, n, k]: [usize; 3], cut: usize, transposed: bool) {
    let (a, b) = (rounding::<T>(m * k, 1), rounding::<T>(k * n, 2));
    let a_strides = if transposed { (1, m) } else { (k, 1) };
    let b_strides = (n, 1);
    let mut whole = vec![T::ZERO; m * n];
    gemm(m, n, k, &a, a_strides, &b, b_strides, &mut whole);

    let mut parts = vec![T::ZERO; m * n];
    let (front, back) = parts.split_at_mut(cut * n);
    let below = &a[(cut * a_strides.0).min(a.len())..];
    gemm(cut, n, k, &a, a_strides, &b, b_strides, front);
    gemm(m - cut, n, k, below, a_strides, &b, b_strides, back);
    assert_eq!(parts, whole, "[{m}, {k}] x [{k}, {n}] cut at {cut}");

    let mut partials = vec![T::HIGHEST; chunks(k) * m * n];
    for (chunk, partial) in partials.chunks_exact_mut(m * n).enumerate() {
        tall_chunk(m, n, k, &a, a_strides, &b, b_strides, chunk, partial);
    }
    let mut combined = vec![T::HIGHEST; m * n];
    tall_combine(&partials, &mut combined);
    assert_eq!(combined, whole, "[{m}, {k}] x [{k}, {n}] by chunks");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..crate::fixed_seed() })]

    #[test]
    fn parts_have_the_bits_of_the_whole(
        (m, cut) in (1..50usize).prop_flat_map(|m| (Just(m), 0..=m)),
        n in 1..70usize, k in 1..1400usize, transposed in any::<bool>(),
    ) {
        check_parts::<f32>([m, n, k], cut, transposed);
        check_parts::<f64>([m, n, k], cut, transposed);
    }
}

#[test]
fn many_rows_of_long_sums_go_by_blocks_of_rows() {
    check_parts::<f32>([2100, 3, 600], 1025, false);
    check_parts::<f32>([1100, 17, 1030], 7, true);
}

#[test]
fn long_sums_are_cut_into_at_most_sixteen_chunks() {
    assert_eq!([0, 1, 512, 513, 2708].map(chunks), [1, 1, 1, 2, 6]);
    assert_eq!([8192, 8193, 169_343, 1 << 30].map(chunks), [16, 11, 16, 16]);
}
