//! The rows of a sparse product, a block of columns at a time.
//!
//! Whatever the blocks are, an element of the product is the sum of two: of the entries at even
//! places of its row, and of those at odd places, so that an addition need not wait for the one
//! before it.

use crate::number::Number;

/// What a product reads beside its values.
#[derive(Clone, Copy)]
pub(super) struct Operands<'a, T> {
    pub(super) row_ptr: &'a [u32],
    pub(super) col: &'a [u32],
    pub(super) x: &'a [T],
    pub(super) heads: usize,
    pub(super) width: usize,
}

/// Rows that all blocks of columns go over before the next rows, which keeps what they read in cache.
const ROWS: usize = 8;

impl<T: Number> Operands<'_, T> {
    /// One head, where this width is compiled for: every row of `x` is one load. `value` reads
    /// the value that belongs to an entry's item of `items`. Says whether it is.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    pub(super) fn exact<I>(&self, items: &[I], value: impl Fn(&I) -> T, out: &mut [T]) -> bool {
        match (self.heads, self.width) {
            (1, 1) => self.exact_rows::<1, I>(items, value, out),
            (1, 2) => self.exact_rows::<2, I>(items, value, out),
            (1, 3) => self.exact_rows::<3, I>(items, value, out),
            (1, 4) => self.exact_rows::<4, I>(items, value, out),
            (1, 5) => self.exact_rows::<5, I>(items, value, out),
            (1, 6) => self.exact_rows::<6, I>(items, value, out),
            (1, 7) => self.exact_rows::<7, I>(items, value, out),
            (1, 8) => self.exact_rows::<8, I>(items, value, out),
            (1, 16) => self.exact_rows::<16, I>(items, value, out),
            (1, 32) => self.exact_rows::<32, I>(items, value, out),
            (1, 64) => self.exact_rows::<64, I>(items, value, out),
            _ => return false,
        }
        true
    }

    /// Any number of heads and columns; `value` reads the value of an entry and a head.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    pub(super) fn blocks(&self, value: impl Fn(usize, usize) -> T + Copy, out: &mut [T]) {
        let row = self.heads * self.width;
        let rows = self.row_ptr.len() - 1;
        // The sums of more columns do not fit the registers.
        let most = 512 / size_of::<T>();
        for first_row in (0..rows).step_by(ROWS) {
            let end = rows.min(first_row + ROWS);
            let some = Self {
                row_ptr: &self.row_ptr[first_row..=end],
                ..*self
            };
            let out = &mut out[first_row * row..end * row];
            let mut h = 0;
            while h < self.heads {
                let pair = Columns {
                    front: (h, h * self.width),
                    back: (h + 1, (h + 1) * self.width),
                };
                // Narrow heads go two at a time.
                h += 2;
                match self.width {
                    2 if h <= self.heads => some.block::<2, 2>(pair, value, out),
                    4 if h <= self.heads => some.block::<4, 4>(pair, value, out),
                    8 if h <= self.heads => some.block::<8, 8>(pair, value, out),
                    16 if h <= self.heads => some.block::<16, 16>(pair, value, out),
                    _ => {
                        h -= 1;
                        for first in (0..self.width).step_by(most) {
                            let count = most.min(self.width - first);
                            some.columns(h - 1, first, count, value, out);
                        }
                    }
                }
            }
        }
    }

    /// `count` neighbouring columns of a head, by the narrowest two blocks that cover them.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    fn columns(
        &self,
        h: usize,
        first: usize,
        count: usize,
        value: impl Fn(usize, usize) -> T,
        out: &mut [T],
    ) {
        let start = h * self.width + first;
        let columns = |back: usize| Columns {
            front: (h, start),
            back: (h, start + count - back),
        };
        match count {
            1 => self.block::<1, 0>(columns(0), value, out),
            0..4 => self.block::<2, 2>(columns(2), value, out),
            4..8 => self.block::<4, 4>(columns(4), value, out),
            8 => self.block::<8, 0>(columns(0), value, out),
            9..=16 => self.block::<8, 8>(columns(8), value, out),
            17..=24 => self.block::<16, 8>(columns(8), value, out),
            25..=32 => self.block::<16, 16>(columns(16), value, out),
            33..=40 => self.block::<32, 8>(columns(8), value, out),
            41..=48 => self.block::<32, 16>(columns(16), value, out),
            49..=64 => self.block::<32, 32>(columns(32), value, out),
            65..=96 => self.block::<64, 32>(columns(32), value, out),
            97.. => self.block::<64, 64>(columns(64), value, out),
        }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    fn exact_rows<const L: usize, I>(&self, items: &[I], value: impl Fn(&I) -> T, out: &mut [T]) {
        let (x, _) = self.x.as_chunks::<L>();
        let (out, _) = out.as_chunks_mut::<L>();
        for (ends, out) in self.row_ptr.windows(2).zip(out) {
            let entries = ends[0] as usize..ends[1] as usize;
            let (items, col) = (&items[entries.clone()], &self.col[entries]);
            let (mut even, mut odd) = ([T::ZERO; L], [T::ZERO; L]);
            let (item_pairs, last_item) = items.as_chunks::<2>();
            let (col_pairs, last_col) = col.as_chunks::<2>();
            // Not a loop over two: sums that a variable chooses would stay in memory.
            for ([i0, i1], &[c0, c1]) in item_pairs.iter().zip(col_pairs) {
                add_scaled(&mut even, value(i0), &x[c0 as usize]);
                add_scaled(&mut odd, value(i1), &x[c1 as usize]);
            }
            for (item, &c) in last_item.iter().zip(last_col) {
                add_scaled(&mut even, value(item), &x[c as usize]);
            }
            write_total(out, &even, &odd);
        }
    }

    /// Sums `A` and `B` neighbouring columns; where the two overlap they sum the same.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    fn block<const A: usize, const B: usize>(
        &self,
        Columns { front, back }: Columns,
        value: impl Fn(usize, usize) -> T,
        out: &mut [T],
    ) {
        let row = self.heads * self.width;
        for (ends, out) in self.row_ptr.windows(2).zip(out.chunks_exact_mut(row)) {
            let entries = ends[0] as usize..ends[1] as usize;
            let (mut a0, mut a1) = ([T::ZERO; A], [T::ZERO; A]);
            let (mut b0, mut b1) = ([T::ZERO; B], [T::ZERO; B]);
            let mut e = entries.start;
            let (pairs, last) = self.col[entries].as_chunks::<2>();
            // Not a loop over two: sums that a variable chooses would stay in memory.
            for &[c0, c1] in pairs {
                let x = c0 as usize * row;
                add_scaled(&mut a0, value(e, front.0), chunk(self.x, x + front.1));
                add_scaled(&mut b0, value(e, back.0), chunk(self.x, x + back.1));
                e += 1;
                let x = c1 as usize * row;
                add_scaled(&mut a1, value(e, front.0), chunk(self.x, x + front.1));
                add_scaled(&mut b1, value(e, back.0), chunk(self.x, x + back.1));
                e += 1;
            }
            if let &[c] = last {
                let x = c as usize * row;
                add_scaled(&mut a0, value(e, front.0), chunk(self.x, x + front.1));
                add_scaled(&mut b0, value(e, back.0), chunk(self.x, x + back.1));
            }
            write_total(&mut out[front.1..][..A], &a0, &a1);
            write_total(&mut out[back.1..][..B], &b0, &b1);
        }
    }
}

/// The head, and the place of the first column in a row of all heads, of two blocks.
#[derive(Clone, Copy)]
struct Columns {
    front: (usize, usize),
    back: (usize, usize),
}

/// The `L` elements from the one numbered `first` on.
#[inline(always)]
#[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
fn chunk<T, const L: usize>(x: &[T], first: usize) -> &[T; L] {
    x[first..]
        .first_chunk()
        .expect("the block lies within a row")
}

/// `sums += value · x`.
#[inline(always)]
#[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
fn add_scaled<T: Number, const L: usize>(sums: &mut [T; L], value: T, x: &[T; L]) {
    for (sum, &x) in sums.iter_mut().zip(x) {
        *sum = sum.add(value.mul(x));
    }
}

/// `out = even + odd`.
#[inline(always)]
#[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
fn write_total<T: Number, const L: usize>(out: &mut [T], even: &[T; L], odd: &[T; L]) {
    for ((out, a), &b) in out.iter_mut().zip(even).zip(odd) {
        *out = a.add(b);
    }
}
