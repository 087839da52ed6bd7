//! Sorting along an axis, by one array or by several.
//!
//! The order is JAX's and NumPy's: NaN comes last whatever its sign, the two zeros are equal, and
//! equals keep their places.

use crate::number::Element;
use crate::strided::size;

/// An element that arrays are sorted by.
pub trait Key: Element {
    /// A number that is smaller for an element that comes first, and equal for equals.
    fn rank(self) -> u64;
}

macro_rules! ranks {
    ($($t:ty: |$x:ident| $rank:expr;)*) => {$(
        impl Key for $t {
            #[inline]
            fn rank(self) -> u64 {
                let $x = self;
                $rank
            }
        }
    )*};
}

ranks! {
    bool: |x| u64::from(x);
    u32: |x| u64::from(x);
    u64: |x| x;
    i32: |x| u64::from(x as u32 ^ 1 << 31);
    i64: |x| x as u64 ^ 1 << 63;
    f32: |x| f64::from(x).rank();
    f64: |x| {
        // The sum makes both zeros one.
        let bits = (x + 0.0).to_bits();
        if x.is_nan() {
            u64::MAX
        } else if x < 0.0 {
            !bits
        } else {
            bits | 1 << 63
        }
    };
}

/// The places of the elements along an axis in the order in which sorting leaves them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    outer: usize,
    len: usize,
    inner: usize,
    /// For every line of the array, those of one outer index after another, the places along it.
    places: Vec<usize>,
}

impl Order {
    /// The order along `axis` of an array of `shape` as it stands.
    pub fn new(shape: &[usize], axis: usize) -> Self {
        let len = shape[axis];
        let lines = size(shape) / len.max(1);
        Self {
            outer: size(&shape[..axis]),
            len,
            inner: size(&shape[axis + 1..]),
            places: (0..lines).flat_map(|_| 0..len).collect(),
        }
    }

    /// Where element 0 of each line lies, and how far apart its elements are, with its places.
    fn lines(&self) -> impl Iterator<Item = (usize, &[usize])> {
        let starts = starts(self.outer, self.len, self.inner);
        starts.zip(self.places.chunks_exact(self.len.max(1)))
    }

    /// Sorts by the elements of `x`, leaving equals in the order they are in: after sorting by
    /// the second key, sorting by the first gives the order by both.
    ///
    /// # Shapes
    /// `x` has the shape of the order.
    pub fn sort_by<T: Key>(&mut self, x: &[T]) {
        assert_eq!(x.len(), self.places.len(), "sort: a key does not fit");
        let starts = starts(self.outer, self.len, self.inner);
        let lines = self.places.chunks_exact_mut(self.len.max(1));
        let mut ranked: Vec<(u64, usize)> = Vec::with_capacity(self.len);
        for (start, places) in starts.zip(lines) {
            let rank = |&place: &usize| (x[start + place * self.inner].rank(), place);
            ranked.clear();
            ranked.extend(places.iter().map(rank));
            ranked.sort_by_key(|&(rank, _)| rank);
            for (place, &(_, sorted)) in places.iter_mut().zip(&ranked) {
                *place = sorted;
            }
        }
    }

    /// `out` is `x` with its elements in this order.
    ///
    /// # Shapes
    /// `x` and `out` have the shape of the order.
    pub fn apply<T: Copy>(&self, x: &[T], out: &mut [T]) {
        assert_eq!(x.len(), self.places.len(), "sort: x does not fit");
        assert_eq!(x.len(), out.len(), "sort: out does not fit");
        for (start, places) in self.lines() {
            for (i, &place) in places.iter().enumerate() {
                out[start + i * self.inner] = x[start + place * self.inner];
            }
        }
    }
}

/// Where each line along an axis begins.
fn starts(outer: usize, len: usize, inner: usize) -> impl Iterator<Item = usize> {
    (0..outer).flat_map(move |o| (0..inner).map(move |i| o * len * inner + i))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::transpose;
    use proptest::prelude::*;

    const NAN: f32 = f32::NAN;

    fn argsort<T: Key>(x: &[T], shape: &[usize], axis: usize) -> Vec<usize> {
        let mut order = Order::new(shape, axis);
        order.sort_by(x);
        let along: Vec<usize> = (0..size(shape))
            .map(|i| i / size(&shape[axis + 1..]) % shape[axis])
            .collect();
        let mut places = along.clone();
        order.apply(&along, &mut places);
        places
    }

    #[test]
    fn nan_comes_last_and_zeros_are_equal() {
        let x = [NAN, 1.0, 0.0, -NAN, -0.0, f32::INFINITY, -1.0, 0.0];
        let places = [6, 2, 4, 7, 1, 5, 0, 3];
        assert_eq!(argsort(&x, &[8], 0), places);
        assert_eq!(argsort(&x.map(f64::from), &[8], 0), places);
        let mut order = Order::new(&[8], 0);
        order.sort_by(&x);
        let mut sorted = [9.0; 8];
        order.apply(&x, &mut sorted);
        let bits = |x: f32| x.to_bits();
        assert_eq!(sorted.map(bits), places.map(|i| bits(x[i])));
    }

    #[test]
    fn every_type_has_its_order() {
        assert_eq!(argsort(&[3, 1, i32::MIN, 0, -1], &[5], 0), [2, 4, 3, 1, 0]);
        assert_eq!(argsort(&[i64::MAX, -7, i64::MIN], &[3], 0), [2, 1, 0]);
        assert_eq!(argsort(&[u32::MAX, 0, 5], &[3], 0), [1, 2, 0]);
        assert_eq!(argsort(&[u64::MAX, 0, 5, 5], &[2, 2], 1), [1, 0, 0, 1]);
        assert_eq!(argsort(&[true, false, true], &[3], 0), [1, 0, 2]);
        assert_eq!(argsort::<f64>(&[], &[0], 0), []);
        assert_eq!(argsort::<f64>(&[], &[2, 0, 3], 1), []);
    }

    proptest! {
        #![proptest_config(crate::fixed_seed())]

        #[test]
        fn equals_keep_their_places(
            values in prop::collection::vec(prop::sample::select(vec![-1.0, -0.0, 0.0, 2.0, NAN]), 0..60),
        ) {
            let n = values.len();
            let places = argsort(&values, &[n], 0);
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

        #[test]
        fn later_keys_settle_ties(
            pairs in prop::collection::vec((0..4i32, -2..2i64), 0..40),
        ) {
            let (first, second): (Vec<i32>, Vec<i64>) = pairs.iter().copied().unzip();
            let mut order = Order::new(&[pairs.len()], 0);
            order.sort_by(&second);
            order.sort_by(&first);
            let mut sorted = pairs.clone();
            order.apply(&pairs, &mut sorted);
            let mut want = pairs;
            want.sort_unstable();
            prop_assert_eq!(sorted, want);
        }

        #[test]
        fn any_axis_is_sorted_as_the_last(
            outer in 0..3usize, len in 0..8usize, inner in 0..4usize,
            values in prop::collection::vec(-3..3i32, 84),
        ) {
            let shape = [outer, len, inner];
            let x = &values[..size(&shape)];
            let mut moved = x.to_vec();
            transpose(x, &shape, &[0, 2, 1], &mut moved);
            let places = argsort(x, &shape, 1);
            let mut turned = places.clone();
            transpose(&places, &shape, &[0, 2, 1], &mut turned);
            prop_assert_eq!(argsort(&moved, &[outer, inner, len], 2), turned);
        }
    }

    #[test]
    #[should_panic(expected = "sort: a key does not fit")]
    fn keys_must_fit() {
        Order::new(&[2, 3], 0).sort_by(&[0u32; 5]);
    }
}
