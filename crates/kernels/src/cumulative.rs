//! Combining the elements along an axis up to each of them.
//!
//! Blocks run by themselves, and then the combined blocks before each are combined with it, so
//! that errors grow with a block and the logarithm of the extent. The order of the combination
//! depends on the extent alone.

use crate::simd::{self, Kernel};
use crate::strided::size;

/// Elements that are combined one after another.
const BLOCK: usize = 64;

/// `out[i] = x[0] ∘ x[1] ∘ .. ∘ x[i]` along `axis`, or with `reverse` from `x[i]` to the last.
///
/// `combine` is associative and commutative up to rounding.
///
/// # Shapes
/// `x: shape`, `out: shape`.
pub fn cumulative<T: Copy>(
    x: &[T],
    shape: &[usize],
    axis: usize,
    reverse: bool,
    combine: impl Fn(T, T) -> T + Copy,
    out: &mut [T],
) {
    assert_eq!(x.len(), size(shape), "cumulative: x does not fit");
    assert_eq!(x.len(), out.len(), "cumulative: out does not fit");
    out.copy_from_slice(x);
    if out.is_empty() {
        return;
    }
    let inner = size(&shape[axis + 1..]);
    for data in out.chunks_exact_mut(shape[axis] * inner) {
        let rows = Rows {
            data,
            inner,
            reverse,
        };
        run(rows, combine);
    }
}

/// The rows of a matrix in the order in which they are combined.
struct Rows<'a, T> {
    data: &'a mut [T],
    inner: usize,
    reverse: bool,
}

impl<T: Copy> Rows<'_, T> {
    fn len(&self) -> usize {
        self.data.len() / self.inner
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    fn place(&self, i: usize) -> usize {
        let row = if self.reverse { self.len() - 1 - i } else { i };
        row * self.inner
    }

    /// Row `i - 1`, and row `i` to be changed.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    fn neighbours(&mut self, i: usize) -> (&[T], &mut [T]) {
        let (inner, here) = (self.inner, self.place(i));
        if self.reverse {
            let (front, back) = self.data.split_at_mut(here + inner);
            (&back[..inner], &mut front[here..])
        } else {
            let (front, back) = self.data.split_at_mut(here);
            (&front[here - inner..], &mut back[..inner])
        }
    }

    fn row(&self, i: usize) -> &[T] {
        let here = self.place(i);
        &self.data[here..here + self.inner]
    }
}

fn run<T: Copy>(mut rows: Rows<'_, T>, combine: impl Fn(T, T) -> T + Copy) {
    simd::run(Within {
        rows: &mut rows,
        combine,
    });
    let (len, inner) = (rows.len(), rows.inner);
    if len <= BLOCK {
        return;
    }
    let ends = (1..len.div_ceil(BLOCK)).map(|block| block * BLOCK - 1);
    let mut before: Vec<T> = ends.flat_map(|end| rows.row(end).to_vec()).collect();
    let sums = Rows {
        data: &mut before,
        inner,
        reverse: false,
    };
    run(sums, combine);
    simd::run(After {
        rows: &mut rows,
        before: &before,
        combine,
    });
}

/// Combines the rows of each block.
struct Within<'a, 'r, T, F> {
    rows: &'a mut Rows<'r, T>,
    combine: F,
}

impl<T: Copy, F: Fn(T, T) -> T> Kernel for Within<'_, '_, T, F> {
    const WIDE: bool = true;

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    fn run(self) {
        for i in (1..self.rows.len()).filter(|i| i % BLOCK != 0) {
            let (before, row) = self.rows.neighbours(i);
            for (x, &before) in row.iter_mut().zip(before) {
                *x = (self.combine)(before, *x);
            }
        }
    }
}

/// Combines the rows of every block but the first with what comes before it.
struct After<'a, 'r, T, F> {
    rows: &'a mut Rows<'r, T>,
    before: &'a [T],
    combine: F,
}

impl<T: Copy, F: Fn(T, T) -> T> Kernel for After<'_, '_, T, F> {
    const WIDE: bool = true;

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    fn run(self) {
        let inner = self.rows.inner;
        for i in BLOCK..self.rows.len() {
            let here = self.rows.place(i);
            let before = &self.before[(i / BLOCK - 1) * inner..];
            let row = &mut self.rows.data[here..here + inner];
            for (x, &before) in row.iter_mut().zip(before) {
                *x = (self.combine)(before, *x);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::{reverse, transpose};
    use crate::simd::at_every_level;
    use proptest::prelude::*;

    fn floats(n: usize) -> Vec<f32> {
        (0..n).map(|i| (i as f32 * 0.7).sin()).collect()
    }

    fn sums(x: &[f32], shape: &[usize], axis: usize, reverse: bool) -> Vec<u32> {
        let mut out = vec![0.0; x.len()];
        cumulative(x, shape, axis, reverse, |a, b| a + b, &mut out);
        out.iter().map(|x| x.to_bits()).collect()
    }

    proptest! {
        #![proptest_config(crate::fixed_seed())]

        #[test]
        fn each_element_combines_those_before_it(
            outer in 0..3usize, len in 0..300usize, inner in 0..4usize, backwards in any::<bool>(),
        ) {
            let shape = [outer, len, inner];
            let x: Vec<i32> = (0..size(&shape) as i32).map(|i| i * 7919 % 101 - 50).collect();
            let (mut sums, mut highest) = (vec![7; x.len()], vec![7; x.len()]);
            cumulative(&x, &shape, 1, backwards, |a, b| a + b, &mut sums);
            cumulative(&x, &shape, 1, backwards, i32::max, &mut highest);
            for i in 0..x.len() {
                let (row, col) = (i / inner % len, i % inner);
                let rows = if backwards { row..len } else { 0..row + 1 };
                let start = i / (len * inner) * len * inner + col;
                let taken = || rows.clone().map(|r| x[start + r * inner]);
                prop_assert_eq!(sums[i], taken().sum::<i32>());
                prop_assert_eq!(Some(highest[i]), taken().max());
            }
        }

        #[test]
        fn neither_the_place_of_the_axis_nor_its_direction_changes_the_bits(
            outer in 1..3usize, len in 1..600usize, inner in 1..6usize,
        ) {
            let shape = [outer, len, inner];
            let x = floats(size(&shape));
            let (mut moved, mut turned) = (x.clone(), x.clone());
            transpose(&x, &shape, &[2, 0, 1], &mut moved);
            reverse(&x, &shape, &[1], &mut turned);
            let plain = sums(&x, &shape, 1, false);
            let mut back = plain.clone();
            transpose(&plain, &shape, &[2, 0, 1], &mut back);
            prop_assert_eq!(sums(&moved, &[inner, outer, len], 2, false), back.clone());
            reverse(&plain, &shape, &[1], &mut back);
            prop_assert_eq!(sums(&turned, &shape, 1, true), back);
        }
    }

    #[test]
    fn every_level_gives_the_same_bits() {
        for shape in [[5000, 1], [300, 37]] {
            let x = floats(size(&shape));
            let mut first = None;
            at_every_level(|level| {
                let bits = sums(&x, &shape, 0, false);
                assert!(first.get_or_insert(bits.clone()) == &bits, "{level}");
            });
        }
    }

    #[test]
    fn long_sums_are_accurate() {
        let n = 1 << 20;
        let mut out = vec![0.0; n];
        cumulative(&vec![0.1f32; n], &[n], 0, false, |a, b| a + b, &mut out);
        for (i, &sum) in out.iter().enumerate() {
            let want = f64::from(0.1f32) * (i + 1) as f64;
            assert!((f64::from(sum) - want).abs() < 2e-6 * want, "{i}: {sum}");
        }
    }
}
