//! The products against plain loops.

use super::*;
use crate::segment::tests::{pattern, rows_of};
use crate::segment::transpose_pattern;
use proptest::prelude::*;

/// Small integers, which floats add exactly in any order.
fn numbers(n: usize, salt: usize) -> Vec<f32> {
    (0..n)
        .map(|i| ((i * 37 + salt) % 11) as f32 - 5.0)
        .collect()
}

fn check(
    (rows, cols, row_ptr, col): &(usize, usize, Vec<u32>, Vec<u32>),
    heads: usize,
    width: usize,
) {
    let (rows, cols, row_of) = (*rows, *cols, rows_of(row_ptr));
    let row = heads * width;
    let (x, y) = (numbers(cols * row, 3), numbers(rows * row, 4));
    let values = numbers(col.len() * heads, 1);
    let mut product = vec![f32::NAN; rows * row];
    spmm(row_ptr, col, None, &values, &x, heads, width, &mut product);
    let (col_ptr, row_index, edge) = transpose_pattern(rows, cols, row_ptr, col);
    let mut transposed = vec![f32::NAN; cols * row];
    let edge = Some(&edge[..]);
    spmm(
        &col_ptr,
        &row_index,
        edge,
        &values,
        &y,
        heads,
        width,
        &mut transposed,
    );
    let mut sampled = vec![f32::NAN; values.len()];
    sddmm(row_ptr, col, &y, &x, heads, width, &mut sampled);

    let mut want = vec![0.0; product.len()];
    let mut want_transposed = vec![0.0; transposed.len()];
    let mut want_sampled = vec![0.0; sampled.len()];
    for e in 0..col.len() {
        for i in 0..row {
            let value = values[e * heads + i / width];
            let (r, c) = (row_of[e] * row + i, col[e] as usize * row + i);
            want[r] += value * x[c];
            want_transposed[c] += value * y[r];
            want_sampled[e * heads + i / width] += y[r] * x[c];
        }
    }
    assert_eq!(product, want, "heads {heads}, width {width}");
    assert_eq!(transposed, want_transposed, "heads {heads}, width {width}");
    assert_eq!(sampled, want_sampled, "heads {heads}, width {width}");
}

proptest! {
#![proptest_config(crate::fixed_seed())]

        #[test]
        fn products_are_those_of_the_definition(
            pattern in pattern(), heads in 1..4usize, width in 0..40usize,
        ) {
            check(&pattern, heads, width);
        }

        #[test]
        fn wide_rows_too(pattern in pattern(), width in 60..140usize) {
            check(&pattern, 1, width);
        }
    }

/// Products of two sums each, `edge` permuting the values.
fn definition(
    row_ptr: &[u32],
    col: &[u32],
    edge: &[u32],
    values: &[f32],
    x: &[f32],
    heads: usize,
    width: usize,
) -> Vec<f32> {
    let mut out = Vec::new();
    for ends in row_ptr.windows(2) {
        for i in 0..heads * width {
            let mut sums = [0.0; 2];
            for (place, e) in (ends[0] as usize..ends[1] as usize).enumerate() {
                let value = values[edge[e] as usize * heads + i / width];
                sums[place % 2] += value * x[col[e] as usize * heads * width + i];
            }
            out.push(sums[0] + sums[1]);
        }
    }
    out
}

#[test]
fn the_order_of_a_sum_is_that_of_its_entries() {
    // Rows of 0 to 6 entries, whose sums round.
    let row_ptr: Vec<u32> = (0..=30).map(|r| (0..r).map(|r| r * 5 % 7).sum()).collect();
    let nnz = row_ptr[30];
    let col: Vec<u32> = (0..nnz).map(|e| e * 11 % 13).collect();
    let edge: Vec<u32> = (0..nnz).map(|e| e * 3 % nnz).collect();
    let own: Vec<u32> = (0..nnz).collect();
    let number = |i: usize| (i as f32 * 0.7).sin();
    for (heads, width) in (1..=150)
        .chain([200, 256, 300, 512])
        .map(|width| (1, width))
        .chain(
            (1..20)
                .chain([32, 33])
                .flat_map(|width| [(2, width), (5, width)]),
        )
    {
        let values: Vec<f32> = (0..nnz as usize * heads).map(number).collect();
        let x: Vec<f32> = (0..13 * heads * width).map(|i| number(i + 1)).collect();
        for edge in [None, Some(&edge[..])] {
            let places = edge.unwrap_or(&own);
            let want = definition(&row_ptr, &col, places, &values, &x, heads, width);
            // All rows, and two parts of them.
            for (first, end) in [(0, 30), (0, 11), (11, 30)] {
                let mut out = vec![f32::NAN; (end - first) * heads * width];
                let some = &row_ptr[first..=end];
                spmm(some, &col, edge, &values, &x, heads, width, &mut out);
                let want = &want[first * heads * width..end * heads * width];
                assert_eq!(out, want, "heads {heads}, width {width}");
            }
        }
    }
}

#[test]
fn doubles_are_in_the_same_order_at_every_width() {
    let (row_ptr, col) = ([0, 5], [3, 0, 2, 3, 1]);
    let values: Vec<f64> = (0..5).map(|i| (i as f64).sin()).collect();
    for width in 1..=200 {
        let x: Vec<f64> = (0..4 * width).map(|i| (i as f64).cos()).collect();
        let mut out = vec![0.0; width];
        spmm(&row_ptr, &col, None, &values, &x, 1, width, &mut out);
        for (i, out) in out.into_iter().enumerate() {
            let term = |e: usize| values[e] * x[col[e] as usize * width + i];
            assert_eq!(
                out,
                (term(0) + term(2) + term(4)) + (term(1) + term(3)),
                "{width}"
            );
        }
    }
}

#[test]
fn a_part_of_the_rows_is_sampled() {
    let (row_ptr, col) = ([0, 2, 3, 6], [1, 0, 2, 0, 1, 2]);
    let (a, b) = (numbers(3 * 2 * 5, 1), numbers(3 * 2 * 5, 2));
    let mut whole = [0.0; 12];
    sddmm(&row_ptr, &col, &a, &b, 2, 5, &mut whole);
    let mut part = [0.0; 8];
    sddmm(&row_ptr[1..], &col, &a[10..], &b, 2, 5, &mut part);
    assert_eq!(part, whole[4..]);
}

#[test]
fn lanes_beyond_the_width_do_not_leak() {
    let x = [1.0, f32::NAN, 2.0, f32::INFINITY];
    let mut out = [0.0; 2];
    spmm(&[0, 1], &[1], None, &[3.0], &x[1..3], 1, 1, &mut out[..1]);
    spmm(&[0, 1], &[0], None, &[3.0], &x, 1, 1, &mut out[1..]);
    assert_eq!(out, [6.0, 3.0]);
}
