//! The counter-based random bits of JAX: Threefry-2x32 with 20 rounds, bit for bit.
//!
//! Reference: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).

use crate::simd::{self, Kernel};

/// Counters hashed together: enough for the loop over them to be vectorised, few enough for the
/// stack. A multiple of it never lies within a block, so the high word is the same throughout.
const BLOCK: usize = 256;

/// How the elements of a draw are numbered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Layout {
    /// Element `i` hashes the 64-bit counter `i`, whatever the draw's length: today's default.
    #[default]
    Partitionable,
    /// The draw's words are numbered through and hashed as two halves: JAX before 0.5.
    Original,
}

/// The hash of the counter `x` under `key`.
///
/// The rounds are straight-line code, so that a loop over counters is vectorised.
#[inline]
pub fn threefry2x32(key: [u32; 2], x: [u32; 2]) -> [u32; 2] {
    const EVEN: [u32; 4] = [13, 15, 26, 6];
    const ODD: [u32; 4] = [17, 29, 16, 24];
    let [k0, k1] = key;
    let k2 = k0 ^ k1 ^ 0x1BD1_1BDA;
    let x = [x[0].wrapping_add(k0), x[1].wrapping_add(k1)];
    let x = four_rounds(x, EVEN, k1, k2.wrapping_add(1));
    let x = four_rounds(x, ODD, k2, k0.wrapping_add(2));
    let x = four_rounds(x, EVEN, k0, k1.wrapping_add(3));
    let x = four_rounds(x, ODD, k1, k2.wrapping_add(4));
    four_rounds(x, EVEN, k2, k0.wrapping_add(5))
}

/// Four rounds with their rotations, then the addition of two subkeys.
#[inline]
fn four_rounds([mut x0, mut x1]: [u32; 2], rotations: [u32; 4], k0: u32, k1: u32) -> [u32; 2] {
    for rotation in rotations {
        x0 = x0.wrapping_add(x1);
        x1 = x1.rotate_left(rotation) ^ x0;
    }
    [x0.wrapping_add(k0), x1.wrapping_add(k1)]
}

/// Replaces counters, given as their first and second words, by their hashes.
struct Hash<'a> {
    key: [u32; 2],
    y0: &'a mut [u32],
    y1: &'a mut [u32],
}

impl Kernel for Hash<'_> {
    const WIDE: bool = true;

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    fn run(self) {
        for (y0, y1) in self.y0.iter_mut().zip(self.y1) {
            [*y0, *y1] = threefry2x32(self.key, [*y0, *y1]);
        }
    }
}

/// Hashes the counters of the numbers `at`, a block at a time, and hands each block's words, with
/// the place of the first, to `emit`.
#[inline]
fn hash_at(
    key: [u32; 2],
    mut at: impl Iterator<Item = u64>,
    len: usize,
    counter: impl Fn(u64) -> [u32; 2],
    mut emit: impl FnMut(usize, &[u64], &[u32], &[u32]),
) {
    let mut numbers = [0; BLOCK];
    let (mut y0, mut y1) = ([0; BLOCK], [0; BLOCK]);
    for first in (0..len).step_by(BLOCK) {
        let count = BLOCK.min(len - first);
        for lane in 0..count {
            numbers[lane] = at.next().expect("bits_at: fewer numbers than elements");
            [y0[lane], y1[lane]] = counter(numbers[lane]);
        }
        let (y0, y1) = (&mut y0[..count], &mut y1[..count]);
        simd::run(Hash { key, y0, y1 });
        emit(first, &numbers[..count], y0, y1);
    }
}

/// The two words of a 64-bit counter, the high one first.
#[inline]
fn words(i: u64) -> [u32; 2] {
    [(i >> 32) as u32, i as u32]
}

/// The 64-bit number with these words, the high one first.
#[inline]
fn join([high, low]: [u32; 2]) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

/// The halves into which `total` words of the original layout fall, as the length of the first.
fn half(total: usize) -> u64 {
    let half = (total as u64).div_ceil(2);
    assert!(
        half <= 1 << 31,
        "threefry: the original layout numbers at most 2^32 words"
    );
    half
}

/// The counter of column `i` of the original layout; an odd draw is padded with a counter of 0.
#[inline]
fn column(i: u64, half: u64, total: u64) -> [u32; 2] {
    let second = half + i;
    [i as u32, if second < total { second as u32 } else { 0 }]
}

/// The 32-bit draws with the numbers `0..out.len()` of a draw of `out.len()` elements.
pub fn bits32(key: [u32; 2], layout: Layout, out: &mut [u32]) {
    match layout {
        Layout::Partitionable => simd::run(Draw {
            key,
            of: |[y0, y1]: [u32; 2]| y0 ^ y1,
            out,
        }),
        Layout::Original => {
            let total = out.len() as u64;
            let half = half(out.len());
            let (front, back) = out.split_at_mut(half as usize);
            for (i, (y0, y1)) in front.iter_mut().zip(back.iter_mut()).enumerate() {
                [*y0, *y1] = [i as u32, half as u32 + i as u32];
            }
            let pairs = back.len();
            simd::run(Hash {
                key,
                y0: &mut front[..pairs],
                y1: back,
            });
            if front.len() > pairs {
                let last = half - 1;
                front[last as usize] = threefry2x32(key, column(last, half, total))[0];
            }
        }
    }
}

/// The 32-bit draws with the numbers `first..first + out.len()` of a draw in today's layout.
pub fn bits32_from(key: [u32; 2], first: u64, out: &mut [u32]) {
    simd::run(DrawFrom { key, first, out });
}

/// Replaces numbers of a draw in today's layout by the 32-bit draws that they number.
pub fn bits32_of(key: [u32; 2], words: &mut [u32]) {
    simd::run(HashLow { key, words });
}

/// The 32-bit draws of today's layout that an array of `cols` columns has at the entries of some
/// rows, of which `first` is the first: the array has at most 2³² elements.
///
/// # Shapes
/// `row_ptr: [rows + 1]`, counting from 0; `col: [entries]`, `out: [entries]`.
pub fn bits32_at_rows(
    key: [u32; 2],
    first: usize,
    cols: usize,
    row_ptr: &[u32],
    col: &[u32],
    out: &mut [u32],
) {
    assert_eq!(out.len(), col.len(), "bits32_at_rows: out does not fit");
    simd::run(AtRows {
        key,
        first,
        cols,
        row_ptr,
        col,
        out,
    });
}

struct AtRows<'a> {
    key: [u32; 2],
    first: usize,
    cols: usize,
    row_ptr: &'a [u32],
    col: &'a [u32],
    out: &'a mut [u32],
}

impl Kernel for AtRows<'_> {
    const WIDE: bool = true;

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    fn run(self) {
        for (r, ends) in self.row_ptr.windows(2).enumerate() {
            let entries = ends[0] as usize..ends[1] as usize;
            let start = ((self.first + r) * self.cols) as u32;
            for (out, c) in self.out[entries.clone()].iter_mut().zip(&self.col[entries]) {
                *out = start.wrapping_add(*c);
            }
        }
        for out in self.out {
            let [y0, y1] = threefry2x32(self.key, [0, *out]);
            *out = y0 ^ y1;
        }
    }
}

struct DrawFrom<'a> {
    key: [u32; 2],
    first: u64,
    out: &'a mut [u32],
}

impl Kernel for DrawFrom<'_> {
    const WIDE: bool = true;

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    fn run(self) {
        // Runs of counters with the same high word.
        let (mut at, mut out) = (self.first, self.out);
        while !out.is_empty() {
            let [high, low] = words(at);
            let run = out.len().min((1 << 32) - low as usize);
            let (head, rest) = out.split_at_mut(run);
            for (i, out) in head.iter_mut().enumerate() {
                let [y0, y1] = threefry2x32(self.key, [high, low.wrapping_add(i as u32)]);
                *out = y0 ^ y1;
            }
            at += run as u64;
            out = rest;
        }
    }
}

/// The 64-bit draws with the numbers `0..out.len()` of a draw of `out.len()` elements.
pub fn bits64(key: [u32; 2], layout: Layout, out: &mut [u64]) {
    match layout {
        Layout::Partitionable => simd::run(Draw { key, of: join, out }),
        Layout::Original => {
            let half = half(2 * out.len()) as u32;
            simd::run(DrawHalves { key, half, out });
        }
    }
}

/// Writes what `of` makes of the hash of each place's counter.
struct Draw<'a, T, F> {
    key: [u32; 2],
    of: F,
    out: &'a mut [T],
}

impl<T, F: Fn([u32; 2]) -> T> Kernel for Draw<'_, T, F> {
    const WIDE: bool = true;

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    fn run(self) {
        for (block, out) in self.out.chunks_mut(BLOCK).enumerate() {
            let [high, low] = words((block * BLOCK) as u64);
            for (i, out) in out.iter_mut().enumerate() {
                *out = (self.of)(threefry2x32(self.key, [high, low + i as u32]));
            }
        }
    }
}

/// Writes the 64-bit draws of the original layout, whose second words are numbered from `half`.
struct DrawHalves<'a> {
    key: [u32; 2],
    half: u32,
    out: &'a mut [u64],
}

impl Kernel for DrawHalves<'_> {
    const WIDE: bool = true;

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    fn run(self) {
        for (i, out) in self.out.iter_mut().enumerate() {
            *out = join(threefry2x32(
                self.key,
                [i as u32, self.half.wrapping_add(i as u32)],
            ));
        }
    }
}

/// The elements numbered `at` of a 32-bit draw of `total` elements.
///
/// # Panics
/// Panics if `at` yields fewer numbers than `out` has elements.
fn bits32_at(
    key: [u32; 2],
    layout: Layout,
    total: usize,
    at: impl Iterator<Item = u64>,
    out: &mut [u32],
) {
    let len = out.len();
    match layout {
        Layout::Partitionable => hash_at(key, at, len, words, |first, _, y0, y1| {
            for ((out, y0), y1) in out[first..].iter_mut().zip(y0).zip(y1) {
                *out = y0 ^ y1;
            }
        }),
        Layout::Original => {
            let half = half(total);
            let counter = |i| column(if i < half { i } else { i - half }, half, total as u64);
            hash_at(key, at, len, counter, |first, numbers, y0, y1| {
                for (lane, &number) in numbers.iter().enumerate() {
                    out[first + lane] = if number < half { y0[lane] } else { y1[lane] };
                }
            });
        }
    }
}

/// The 32-bit draws that an array `[rows, cols]` has at the entries of a pattern, in row order.
///
/// # Panics
/// Panics if `out` has not one element for each entry.
pub fn bits32_at_entries(
    key: [u32; 2],
    layout: Layout,
    cols: usize,
    row_ptr: &[u32],
    col: &[u32],
    out: &mut [u32],
) {
    assert_eq!(out.len(), col.len(), "bits32_at_entries: out does not fit");
    let rows = row_ptr.len() - 1;
    let entries = |r: usize| row_ptr[r] as usize..row_ptr[r + 1] as usize;
    if layout == Layout::Original || (rows * cols) as u64 > 1 << 32 {
        let numbers = (0..rows).flat_map(|r| {
            let first = (r * cols) as u64;
            col[entries(r)].iter().map(move |&c| first + u64::from(c))
        });
        return bits32_at(key, layout, rows * cols, numbers, out);
    }
    bits32_at_rows(key, 0, cols, row_ptr, col, out);
}

/// Replaces low words of counters by 32-bit draws.
struct HashLow<'a> {
    key: [u32; 2],
    words: &'a mut [u32],
}

impl Kernel for HashLow<'_> {
    const WIDE: bool = true;

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    fn run(self) {
        for word in self.words {
            let [y0, y1] = threefry2x32(self.key, [0, *word]);
            *word = y0 ^ y1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Layout::{Original, Partitionable};

    fn draw32(key: [u32; 2], layout: Layout, n: usize) -> Vec<u32> {
        let mut out = vec![0; n];
        bits32(key, layout, &mut out);
        out
    }

    fn draw64(key: [u32; 2], layout: Layout, n: usize) -> Vec<u64> {
        let mut out = vec![0; n];
        bits64(key, layout, &mut out);
        out
    }

    /// The known answers of the Random123 distribution.
    #[test]
    fn block_is_threefry() {
        assert_eq!(threefry2x32([0, 0], [0, 0]), [0x6b200159, 0x99ba4efe]);
        let ones = [u32::MAX; 2];
        assert_eq!(threefry2x32(ones, ones), [0x1cb996fc, 0xbb002be7]);
        assert_eq!(
            threefry2x32([0x13198a2e, 0x03707344], [0x243f6a88, 0x85a308d3]),
            [0xc4923a9c, 0x483df7a0]
        );
    }

    #[test]
    fn bits_are_those_of_jax() {
        let key = [0, 21];
        assert_eq!(
            draw32(key, Partitionable, 5),
            [2970732359, 2777355455, 1658098286, 3455246057, 3140450743]
        );
        assert_eq!(
            draw64(key, Partitionable, 3),
            [10095578358374691904, 2359092243617691994, 67384636908238742]
        );
        assert_eq!(draw32(key, Original, 1), [2350560007]);
        assert_eq!(
            draw32(key, Original, 5),
            [2429732776, 23994490, 52449140, 1562384705, 2068424395]
        );
        assert_eq!(
            draw64(key, Original, 3),
            [
                10435622812501678401,
                103055551902623435,
                2078423505933583643
            ]
        );
    }

    #[test]
    fn random_access_agrees_with_the_whole_draw() {
        for layout in [Partitionable, Original] {
            for n in [0, 1, 2, 15, 16, 17, 255, 256, 257, 600] {
                let at: Vec<usize> = (0..n).map(|i| (i * 7 + 3) % n).collect();
                let numbers = at.iter().map(|&i| i as u64);
                let whole = draw32([7, 9], layout, n);
                let mut out = vec![0; n];
                bits32_at([7, 9], layout, n, numbers, &mut out);
                assert_eq!(out, at.iter().map(|&i| whole[i]).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn parts_of_a_draw_agree_with_the_whole() {
        let whole = draw32([7, 9], Partitionable, 300);
        let mut part = vec![0; 100];
        bits32_from([7, 9], 150, &mut part);
        assert_eq!(part, whole[150..250]);
        let mut picked = [299, 0, 17];
        bits32_of([7, 9], &mut picked);
        assert_eq!(picked, [whole[299], whole[0], whole[17]]);
        let mut high = [0; 2];
        bits32_from([1, 2], (1 << 32) - 1, &mut high);
        let [y0, y1] = threefry2x32([1, 2], [1, 0]);
        assert_eq!(high[1], y0 ^ y1);
    }

    #[test]
    fn entries_read_the_dense_draw() {
        let (row_ptr, col) = ([0, 2, 2, 5], [1, 3, 0, 2, 3]);
        let places = [1, 3, 8, 10, 11];
        for layout in [Layout::Partitionable, Layout::Original] {
            let dense = draw32([7, 9], layout, 12);
            let mut out = [0; 5];
            bits32_at_entries([7, 9], layout, 4, &row_ptr, &col, &mut out);
            assert_eq!(out, places.map(|i| dense[i]));
        }
    }

    #[test]
    fn counters_past_32_bits_use_both_words() {
        let mut out = [0];
        bits32_at(
            [1, 2],
            Partitionable,
            1 << 34,
            std::iter::once(3 << 32 | 5),
            &mut out,
        );
        let [y0, y1] = threefry2x32([1, 2], [3, 5]);
        assert_eq!(out, [y0 ^ y1]);
    }
}
