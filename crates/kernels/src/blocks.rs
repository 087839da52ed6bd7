//! Folds in pieces, so that tiles of rows and threads give the bits of [`reduce`](crate::reduce).
//!
//! A fold over many elements (rows) goes by blocks of [`BLOCK`] of them, whose results meet in a
//! tree that their number alone fixes. Blocks can be folded anywhere, in any order.

use crate::reduce::{LANES, row};
use crate::simd::{self, Kernel};

pub use crate::reduce::BLOCK;

/// The fold of at most [`BLOCK`] elements.
pub fn fold_block<T: Copy>(x: &[T], init: T, combine: impl Fn(T, T) -> T + Copy) -> T {
    debug_assert!(x.len() <= BLOCK);
    row(x, init, combine)
}

/// The fold of each `len` neighbouring elements.
///
/// # Shapes
/// `x: [n, len]`, `out: [n]`.
pub fn fold_rows<T: Copy>(
    x: &[T],
    len: usize,
    init: T,
    combine: impl Fn(T, T) -> T + Copy,
    out: &mut [T],
) {
    assert_eq!(x.len(), out.len() * len, "fold_rows: x does not fit");
    if len == 0 {
        return out.fill(init);
    }
    simd::run(FoldRows {
        x,
        len,
        init,
        combine,
        out,
    });
}

struct FoldRows<'a, T, F> {
    x: &'a [T],
    len: usize,
    init: T,
    combine: F,
    out: &'a mut [T],
}

impl<T: Copy, F: Fn(T, T) -> T + Copy> Kernel for FoldRows<'_, T, F> {
    const WIDE: bool = false;

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    fn run(self) {
        for (x, out) in self.x.chunks_exact(self.len).zip(self.out) {
            *out = row(x, self.init, self.combine);
        }
    }
}

/// How many lanes the rows of a block are folded into.
pub const fn lanes() -> usize {
    LANES
}

/// Folds rows of a block into its lanes; `first` is the place of the first row in the block.
///
/// # Shapes
/// `lanes: [LANES, width]`, `x: [rows, width]`.
pub fn add_rows<T: Copy>(
    lanes: &mut [T],
    first: usize,
    x: &[T],
    width: usize,
    combine: impl Fn(T, T) -> T + Copy,
) {
    assert_eq!(lanes.len(), LANES * width, "add_rows: lanes do not fit");
    assert!(width > 0 && x.len().is_multiple_of(width), "add_rows: x");
    simd::run(AddRows {
        lanes,
        first,
        x,
        width,
        combine,
    });
}

struct AddRows<'a, T, F> {
    lanes: &'a mut [T],
    first: usize,
    x: &'a [T],
    width: usize,
    combine: F,
}

impl<T: Copy, F: Fn(T, T) -> T + Copy> Kernel for AddRows<'_, T, F> {
    const WIDE: bool = true;

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    fn run(self) {
        for (i, x) in self.x.chunks_exact(self.width).enumerate() {
            let at = (self.first + i) % LANES * self.width;
            let lane = &mut self.lanes[at..at + self.width];
            for (sum, &x) in lane.iter_mut().zip(x) {
                *sum = (self.combine)(*sum, x);
            }
        }
    }
}

/// Folds the lanes of a block of so many rows into its result; the lanes are used up.
///
/// # Shapes
/// `lanes: [LANES, width]`, `out: [width]`.
pub fn fold_lanes<T: Copy>(
    lanes: &mut [T],
    rows: usize,
    width: usize,
    combine: impl Fn(T, T) -> T + Copy,
    out: &mut [T],
) {
    assert_eq!(lanes.len(), LANES * width, "fold_lanes: lanes do not fit");
    let join = |lanes: &mut [T], a: usize, b: usize| {
        let (front, back) = lanes.split_at_mut(b * width);
        for (a, &b) in front[a * width..(a + 1) * width]
            .iter_mut()
            .zip(&back[..width])
        {
            *a = combine(*a, b);
        }
    };
    if rows <= LANES {
        for l in 1..rows {
            join(lanes, 0, l);
        }
    } else {
        let mut half = LANES / 2;
        while half > 0 {
            for l in 0..half {
                join(lanes, l, l + half);
            }
            half /= 2;
        }
    }
    out.copy_from_slice(&lanes[..width]);
}

/// Folds the results of blocks into one; they are used up.
///
/// # Shapes
/// `partials: [blocks, width]` of at least one block, `out: [width]`.
pub fn tree<T: Copy>(
    partials: &mut [T],
    width: usize,
    combine: impl Fn(T, T) -> T + Copy,
    out: &mut [T],
) {
    fn fold<T: Copy>(x: &mut [T], width: usize, combine: impl Fn(T, T) -> T + Copy) {
        let blocks = x.len() / width;
        if blocks < 2 {
            return;
        }
        let (front, back) = x.split_at_mut(blocks.div_ceil(2) * width);
        fold(front, width, combine);
        fold(back, width, combine);
        for (a, &b) in front[..width].iter_mut().zip(back.iter()) {
            *a = combine(*a, b);
        }
    }
    fold(partials, width, combine);
    out.copy_from_slice(&partials[..width]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reduce::sum;

    fn numbers(n: usize) -> Vec<f32> {
        (0..n)
            .map(|i| ((i * 37) % 101) as f32 * 0.37 - 11.0)
            .collect()
    }

    #[test]
    fn pieces_give_the_bits_of_the_whole() {
        for n in [
            1, 2, 15, 16, 17, 100, 255, 256, 257, 272, 511, 512, 513, 3000, 70_001,
        ] {
            let x = numbers(n);
            let mut want = [0.0];
            sum(&x, &[n], &[true], &mut want);
            let mut partials: Vec<f32> = x
                .chunks(BLOCK)
                .map(|x| fold_block(x, 0.0, |a, b| a + b))
                .collect();
            let mut got = [0.0];
            tree(&mut partials, 1, |a, b| a + b, &mut got);
            assert_eq!(got[0].to_bits(), want[0].to_bits(), "{n}");
        }
    }

    #[test]
    fn columns_in_pieces_give_the_bits_of_the_whole() {
        for n in [1, 2, 15, 16, 17, 100, 256, 257, 270, 300, 1100] {
            let width = 5;
            let x = numbers(n * width);
            let mut want = vec![0.0; width];
            sum(&x, &[n, width], &[true, false], &mut want);
            let mut partials = Vec::new();
            for block in x.chunks(BLOCK * width) {
                let mut lanes = vec![0.0; LANES * width];
                let mut first = 0;
                for tile in block.chunks(48 * width) {
                    add_rows(&mut lanes, first, tile, width, |a, b| a + b);
                    first += tile.len() / width;
                }
                let mut out = vec![0.0; width];
                fold_lanes(&mut lanes, first, width, |a, b| a + b, &mut out);
                partials.extend(out);
            }
            let mut got = vec![0.0; width];
            tree(&mut partials, width, |a, b| a + b, &mut got);
            assert_eq!(got, want, "{n}");
        }
    }

    #[test]
    fn rows_are_folded_one_by_one() {
        let x = numbers(21);
        let (mut want, mut got) = (vec![0.0; 3], vec![0.0; 3]);
        sum(&x, &[3, 7], &[false, true], &mut want);
        fold_rows(&x, 7, 0.0, |a, b| a + b, &mut got);
        assert_eq!(got, want);
        fold_rows(&[], 0, 1.0, |a: f32, b| a * b, &mut got);
        assert_eq!(got, [1.0; 3]);
    }
}
