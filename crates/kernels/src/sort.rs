//! Stable sorting in JAX's order of numbers.

use std::cmp::Ordering;

use crate::number::Element;

/// JAX's order: both zeros are equal, and NaN, of which all are equal, comes last.
#[inline]
pub fn compare<T: Element + PartialOrd>(a: T, b: T) -> Ordering {
    a.partial_cmp(&b)
        .unwrap_or_else(|| is_nan(a).cmp(&is_nan(b)))
}

/// Writes to `out` the places of `keys` in sorted order; equal keys keep theirs.
///
/// # Shapes
/// `keys: [n]`, `out: [n]`. In descending order NaN comes first.
pub fn argsort<T: Element + PartialOrd>(keys: &[T], descending: bool, out: &mut [usize]) {
    assert_eq!(keys.len(), out.len(), "argsort: lengths differ");
    for (i, out) in out.iter_mut().enumerate() {
        *out = i;
    }
    if descending {
        out.sort_by(|&i, &j| compare(keys[j], keys[i]));
    } else {
        out.sort_by(|&i, &j| compare(keys[i], keys[j]));
    }
}

/// Sorts in ascending order, NaN last.
pub fn sort<T: Element + PartialOrd>(x: &mut [T]) {
    x.sort_by(|&a, &b| compare(a, b));
}

#[expect(clippy::eq_op, reason = "only NaN differs from itself")]
fn is_nan<T: Element>(x: T) -> bool {
    x != x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_is_last_and_ties_keep_their_order() {
        let keys = [0.0, f32::NAN, -0.0, -1.0, f32::INFINITY, f32::NAN, 0.0];
        let mut order = [0; 7];
        argsort(&keys, false, &mut order);
        assert_eq!(order, [3, 0, 2, 6, 4, 1, 5]);
        argsort(&keys, true, &mut order);
        assert_eq!(order, [1, 5, 4, 0, 2, 6, 3]);
    }

    #[test]
    fn booleans_and_integers_sort_too() {
        let mut order = [0; 3];
        argsort(&[true, false, true], false, &mut order);
        assert_eq!(order, [1, 0, 2]);
        let mut x = [3u64, 1, 2];
        sort(&mut x);
        assert_eq!(x, [1, 2, 3]);
    }
}
