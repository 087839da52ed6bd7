//! Sorting along the last axis.
//!
//! The order is JAX's and NumPy's: NaN comes last whatever its sign, the two zeros are equal, and
//! equals keep their places.

use std::cmp::Ordering;

use crate::number::Number;

/// Sorts each row of `x`.
///
/// # Shapes
/// `x: [outer, n]`, `out: [outer, n]`.
pub fn sort<T: Number>(x: &[T], n: usize, out: &mut [T]) {
    assert_eq!(x.len(), out.len(), "sort: out does not fit");
    out.copy_from_slice(x);
    for row in rows(n, out) {
        row.sort_by(order);
    }
}

/// Writes the places within each row of `x` in the order of their elements.
///
/// # Shapes
/// `x: [outer, n]`, `out: [outer, n]`.
pub fn argsort<T: Number>(x: &[T], n: usize, out: &mut [usize]) {
    assert_eq!(x.len(), out.len(), "argsort: out does not fit");
    for (x, places) in x.chunks_exact(n.max(1)).zip(rows(n, out)) {
        for (i, place) in places.iter_mut().enumerate() {
            *place = i;
        }
        places.sort_by(|&i, &j| order(&x[i], &x[j]));
    }
}

fn rows<T>(n: usize, out: &mut [T]) -> impl Iterator<Item = &mut [T]> {
    let whole = if n == 0 {
        out.is_empty()
    } else {
        out.len().is_multiple_of(n)
    };
    assert!(whole, "sort: {} elements are no rows of {n}", out.len());
    out.chunks_exact_mut(n.max(1))
}

/// The order of the elements: that of the numbers, and NaN behind all of them.
fn order<T: Number>(a: &T, b: &T) -> Ordering {
    a.partial_cmp(b)
        .unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NAN: f32 = f32::NAN;

    #[test]
    fn nan_comes_last_and_zeros_are_equal() {
        let x = [NAN, 1.0, 0.0, -NAN, -0.0, f32::INFINITY, -1.0, 0.0];
        let mut places = [9; 8];
        argsort(&x, 8, &mut places);
        assert_eq!(places, [6, 2, 4, 7, 1, 5, 0, 3]);
        let mut sorted = [9.0; 8];
        sort(&x, 8, &mut sorted);
        let bits = |x: f32| x.to_bits();
        assert_eq!(sorted.map(bits), places.map(|i| bits(x[i])));
    }

    #[test]
    fn rows_are_sorted_apart() {
        let mut out = [0; 6];
        sort(&[3, 1, 2, i32::MIN, 0, -1], 3, &mut out);
        assert_eq!(out, [1, 2, 3, i32::MIN, -1, 0]);
        let mut places = [9; 4];
        argsort(&[u64::MAX, 0, 5, 5], 2, &mut places);
        assert_eq!(places, [1, 0, 0, 1]);
        sort::<f64>(&[], 0, &mut []);
    }

    proptest! {
        #![proptest_config(crate::fixed_seed())]

        #[test]
        fn equals_keep_their_places(
            values in prop::collection::vec(prop::sample::select(vec![-1.0, -0.0, 0.0, 2.0, NAN]), 0..60),
        ) {
            let n = values.len();
            let mut places = vec![n; n];
            argsort(&values, n, &mut places);
            // Each place is there once, and neighbours are in order, equals by their places.
            let mut seen = places.clone();
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..n).collect::<Vec<_>>());
            for pair in places.windows(2) {
                let (a, b) = (values[pair[0]], values[pair[1]]);
                let equal = a == b || a.is_nan() && b.is_nan();
                prop_assert!(a < b || !a.is_nan() && b.is_nan() || equal && pair[0] < pair[1]);
            }
        }
    }

    #[test]
    #[should_panic(expected = "sort: 5 elements are no rows of 2")]
    fn rows_must_be_whole() {
        sort(&[0u32; 5], 2, &mut [0; 5]);
    }
}
