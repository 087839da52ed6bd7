//! Combining the elements along any axes of an array.
//!
//! The order of the combination is a tree that the reduced extents alone fix: neither the kept
//! axes nor their place matter, so a batched or transposed reduction gives the same bits.

use crate::number::{Element, Number};
use crate::strided::size;

/// Elements that are combined lane by lane, without a tree between them.
pub const BLOCK: usize = 256;

/// Independent partial results within a block.
pub(crate) const LANES: usize = 16;

/// Combines all elements that differ only along the reduced axes.
///
/// `init` is the identity of `combine`, which is associative and commutative up to rounding.
///
/// # Shapes
/// `x: shape`, `out`: the axes of `shape` that are not `reduced`.
pub fn reduce<T: Copy>(
    x: &[T],
    shape: &[usize],
    reduced: &[bool],
    init: T,
    combine: impl Fn(T, T) -> T + Copy,
    out: &mut [T],
) {
    assert_eq!(shape.len(), reduced.len(), "reduce: rank");
    assert_eq!(x.len(), size(shape), "reduce: x does not fit");
    let kept = (shape.iter().zip(reduced)).filter(|(_, reduced)| !**reduced);
    let kept: usize = kept.map(|(len, _)| len).product();
    assert_eq!(out.len(), kept, "reduce: out does not fit");
    if x.is_empty() {
        return out.fill(init);
    }
    // Neighbouring axes of one kind are one axis; the reduced ones go in turn, the last one first.
    let mut groups: Vec<(usize, bool)> = Vec::new();
    for (&len, &reduced) in shape.iter().zip(reduced) {
        match groups.last_mut() {
            Some(last) if last.1 == reduced => last.0 *= len,
            _ => groups.push((len, reduced)),
        }
    }
    let mut stages: Vec<[usize; 3]> = Vec::new();
    while let Some(place) = groups.iter().rposition(|group| group.1) {
        let extent = |groups: &[(usize, bool)]| groups.iter().map(|group| group.0).product();
        let [outer, inner] = [extent(&groups[..place]), extent(&groups[place + 1..])];
        stages.push([outer, groups[place].0, inner]);
        groups.remove(place);
    }
    let Some((&last, first)) = stages.split_last() else {
        return out.copy_from_slice(x);
    };
    let mut partial: Option<Vec<T>> = None;
    for &stage in first {
        let mut next = vec![init; stage[0] * stage[2]];
        reduce_axis(
            partial.as_deref().unwrap_or(x),
            stage,
            init,
            combine,
            &mut next,
        );
        partial = Some(next);
    }
    reduce_axis(partial.as_deref().unwrap_or(x), last, init, combine, out);
}

/// The sums of all elements that differ only along the reduced axes, accurate by a fixed tree.
///
/// # Shapes
/// As for [`reduce`].
pub fn sum<T: Number>(x: &[T], shape: &[usize], reduced: &[bool], out: &mut [T]) {
    reduce(x, shape, reduced, T::ZERO, T::add, out);
}

/// Reduces the middle axis of `x: [outer, len, inner]`.
fn reduce_axis<T: Copy>(
    x: &[T],
    [_, len, inner]: [usize; 3],
    init: T,
    combine: impl Fn(T, T) -> T + Copy,
    out: &mut [T],
) {
    if inner == 1 && len <= LANES {
        return short_rows(x, len, init, combine, out);
    }
    for (x, out) in x.chunks_exact(len * inner).zip(out.chunks_exact_mut(inner)) {
        if let [out] = out {
            *out = row(x, init, combine);
            continue;
        }
        let mut first = 0;
        while first < inner {
            let columns = Columns { x, inner, first };
            let rest = &mut out[first..];
            first += match rest.len() {
                0..=4 => columns.write::<4>(len, init, combine, rest),
                5..=8 => columns.write::<8>(len, init, combine, rest),
                9..=31 => columns.write::<16>(len, init, combine, rest),
                _ => columns.write::<32>(len, init, combine, rest),
            };
        }
    }
}

/// Where the tree over `len > BLOCK` elements forks: at a multiple of the block near the middle.
fn fork(len: usize) -> usize {
    len.div_ceil(2 * BLOCK) * BLOCK
}

/// Combines the elements of each contiguous row of at most `LANES`, several rows side by side.
fn short_rows<T: Copy>(
    x: &[T],
    len: usize,
    init: T,
    combine: impl Fn(T, T) -> T + Copy,
    out: &mut [T],
) {
    const ROWS: usize = 8;
    let whole = out.len() - out.len() % ROWS;
    let (blocks, rest) = out.as_chunks_mut::<ROWS>();
    for (x, sums) in x.chunks_exact(ROWS * len).zip(blocks) {
        *sums = [init; ROWS];
        for i in 0..len {
            for (r, sum) in sums.iter_mut().enumerate() {
                *sum = combine(*sum, x[r * len + i]);
            }
        }
    }
    for (x, out) in x[whole * len..].chunks_exact(len).zip(rest) {
        *out = row(x, init, combine);
    }
}

/// Combines the elements of a contiguous row.
#[inline(always)]
#[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
pub(crate) fn row<T: Copy>(x: &[T], init: T, combine: impl Fn(T, T) -> T + Copy) -> T {
    if x.len() > BLOCK {
        return halves(x, init, combine);
    }
    if x.len() <= LANES {
        let mut sum = init;
        for &x in x {
            sum = combine(sum, x);
        }
        return sum;
    }
    let mut lanes = [init; LANES];
    let (chunks, rest) = x.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, &x) in lanes.iter_mut().zip(chunk) {
            *lane = combine(*lane, x);
        }
    }
    for (lane, &x) in lanes.iter_mut().zip(rest) {
        *lane = combine(*lane, x);
    }
    let mut half = LANES / 2;
    while half > 0 {
        for i in 0..half {
            lanes[i] = combine(lanes[i], lanes[i + half]);
        }
        half /= 2;
    }
    lanes[0]
}

/// Combines what the two parts of a long row give; it calls itself, and so is not inlined.
fn halves<T: Copy>(x: &[T], init: T, combine: impl Fn(T, T) -> T + Copy) -> T {
    let (front, back) = x.split_at(fork(x.len()));
    combine(row(front, init, combine), row(back, init, combine))
}

/// Neighbouring columns of a row-major matrix, from the one numbered `first` on.
#[derive(Clone, Copy)]
struct Columns<'a, T> {
    x: &'a [T],
    inner: usize,
    first: usize,
}

impl<T: Copy> Columns<'_, T> {
    /// Combines up to `W` columns of all rows into the front of `out` and says how many.
    fn write<const W: usize>(
        self,
        len: usize,
        init: T,
        combine: impl Fn(T, T) -> T + Copy,
        out: &mut [T],
    ) -> usize {
        let count = W.min(out.len());
        out[..count].copy_from_slice(&self.reduce::<W>(0, len, init, combine)[..count]);
        count
    }

    /// Combines the rows `start..start + len`, in the order of [`row`].
    fn reduce<const W: usize>(
        self,
        start: usize,
        len: usize,
        init: T,
        combine: impl Fn(T, T) -> T + Copy,
    ) -> [T; W] {
        if len > BLOCK {
            let front = fork(len);
            let mut sums = self.reduce::<W>(start, front, init, combine);
            let back = self.reduce::<W>(start + front, len - front, init, combine);
            for (sum, x) in sums.iter_mut().zip(back) {
                *sum = combine(*sum, x);
            }
            return sums;
        }
        if len <= LANES {
            return self.lane::<W>(start, len, 1, init, combine);
        }
        let mut lanes = [[init; W]; LANES];
        for (l, lane) in lanes.iter_mut().enumerate() {
            *lane = self.lane::<W>(start + l, (len - l).div_ceil(LANES), LANES, init, combine);
        }
        let mut half = LANES / 2;
        while half > 0 {
            let (front, back) = lanes.split_at_mut(half);
            for (a, b) in front.iter_mut().zip(back) {
                for (a, &b) in a.iter_mut().zip(b.iter()) {
                    *a = combine(*a, b);
                }
            }
            half /= 2;
        }
        lanes[0]
    }

    /// Combines `count` rows, `step` apart. Rows are read `W` wide even where fewer columns are
    /// left: what lies behind is combined in lanes of its own and dropped.
    #[inline]
    fn lane<const W: usize>(
        self,
        start: usize,
        count: usize,
        step: usize,
        init: T,
        combine: impl Fn(T, T) -> T + Copy,
    ) -> [T; W] {
        let mut sums = [init; W];
        for i in 0..count {
            let x = &self.x[(start + i * step) * self.inner + self.first..];
            if let Some(x) = x.first_chunk::<W>() {
                for (sum, &x) in sums.iter_mut().zip(x) {
                    *sum = combine(*sum, x);
                }
            } else {
                for (sum, &x) in sums.iter_mut().zip(x) {
                    *sum = combine(*sum, x);
                }
            }
        }
        sums
    }
}

/// Writes the place of the best element along `axis`; the first of equals wins, and NaN is best.
///
/// # Shapes
/// `x: shape`, `out`: `shape` without `axis`.
///
/// # Panics
/// Panics if the axis is empty.
pub fn arg_reduce<T: Element>(
    x: &[T],
    shape: &[usize],
    axis: usize,
    better: impl Fn(T, T) -> bool,
    out: &mut [usize],
) {
    let (len, inner) = (shape[axis], size(&shape[axis + 1..]));
    assert_eq!(x.len(), size(shape), "arg_reduce: x does not fit");
    assert_eq!(
        out.len(),
        size(&shape[..axis]) * inner,
        "arg_reduce: out does not fit"
    );
    out.fill(0);
    if out.is_empty() {
        return;
    }
    assert!(len > 0, "arg_reduce: axis {axis} of {shape:?} is empty");
    #[expect(clippy::eq_op, reason = "only NaN differs from itself")]
    let is_nan = |x: T| x != x;
    for (x, out) in x.chunks_exact(len * inner).zip(out.chunks_exact_mut(inner)) {
        for (k, row) in x.chunks_exact(inner).enumerate().skip(1) {
            for (j, (&new, best)) in row.iter().zip(out.iter_mut()).enumerate() {
                let old = x[*best * inner + j];
                if !is_nan(old) && (is_nan(new) || better(new, old)) {
                    *best = k;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::transpose;
    use proptest::prelude::*;

    /// The elements that fall on each element of the output, in row-major order.
    fn fibres<T: Copy>(x: &[T], shape: &[usize], reduced: &[bool]) -> Vec<Vec<T>> {
        let kept = (shape.iter().zip(reduced)).filter(|(_, reduced)| !**reduced);
        let mut fibres = vec![Vec::new(); kept.map(|(len, _)| len).product()];
        for (i, &x) in x.iter().enumerate() {
            let (mut rest, mut place, mut step) = (i, 0, 1);
            for d in (0..shape.len()).rev() {
                if !reduced[d] {
                    place += rest % shape[d] * step;
                    step *= shape[d];
                }
                rest /= shape[d];
            }
            fibres[place].push(x);
        }
        fibres
    }

    fn shapes() -> impl Strategy<Value = (Vec<usize>, Vec<bool>)> {
        (0..5usize).prop_flat_map(|rank| {
            (
                prop::collection::vec(0..7usize, rank),
                prop::collection::vec(any::<bool>(), rank),
            )
        })
    }

    proptest! {
    #![proptest_config(crate::fixed_seed())]

            #[test]
            fn any_axes_reduce((shape, reduced) in shapes()) {
                let x: Vec<i32> = (0..size(&shape) as i32).map(|i| i * 7919 % 101 - 50).collect();
                let fibres = fibres(&x, &shape, &reduced);
                let mut out = vec![7; fibres.len()];
                sum(&x, &shape, &reduced, &mut out);
                prop_assert_eq!(&out, &fibres.iter().map(|f| f.iter().sum()).collect::<Vec<i32>>());
                reduce(&x, &shape, &reduced, i32::MIN, i32::max, &mut out);
                let max = |f: &Vec<i32>| f.iter().copied().max().unwrap_or(i32::MIN);
                prop_assert_eq!(&out, &fibres.iter().map(max).collect::<Vec<i32>>());
            }

            #[test]
            fn the_place_of_the_axis_does_not_change_the_bits(
                outer in 1..3usize, len in 1..1200usize, inner in 1..40usize,
            ) {
                let shape = [outer, len, inner];
                let x: Vec<f32> = (0..size(&shape)).map(|i| (i as f32 * 0.7).sin()).collect();
                let mut moved = vec![0.0; x.len()];
                transpose(&x, &shape, &[2, 0, 1], &mut moved);
                let (mut columns, mut rows) = (vec![0.0; outer * inner], vec![0.0; outer * inner]);
                sum(&x, &shape, &[false, true, false], &mut columns);
                sum(&moved, &[inner, outer, len], &[false, false, true], &mut rows);
                for (i, row) in rows.iter().enumerate() {
                    prop_assert_eq!(columns[i % outer * inner + i / outer].to_bits(), row.to_bits());
                }
            }

            #[test]
            fn the_first_best_place_wins(
                outer in 1..4usize, len in 1..6usize, inner in 1..4usize,
                values in prop::collection::vec(prop::sample::select(vec![0.0, 1.0, 2.0, f32::NAN]), 60),
            ) {
                let shape = [outer, len, inner];
                let x = &values[..size(&shape)];
                let mut out = vec![9; outer * inner];
                arg_reduce(x, &shape, 1, |new, old| new > old, &mut out);
                for (fibre, place) in fibres(x, &shape, &[false, true, false]).iter().zip(out) {
                    let max = fibre.iter().copied().fold(f32::NEG_INFINITY, Number::maximum);
                    let first = fibre.iter().position(|x| *x == max || x.is_nan() && max.is_nan());
                    prop_assert_eq!(Some(place), first);
                }
            }
        }

    #[test]
    fn long_sums_are_accurate() {
        let x = vec![0.1f32; 1 << 20];
        for (shape, reduced) in [([1 << 20, 1], [true, false]), ([1 << 18, 4], [true, true])] {
            let mut out = [0.0];
            sum(&x, &shape, &reduced, &mut out);
            let want = 0.1f32 as f64 * (1 << 20) as f64;
            assert!((out[0] as f64 - want).abs() < 1e-6 * want, "{}", out[0]);
        }
    }

    #[test]
    fn an_empty_axis_gives_the_identity() {
        let mut out = [1.0; 2];
        sum(&[], &[2, 0], &[false, true], &mut out);
        assert_eq!(out, [0.0; 2]);
    }
}
