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
    pub(super) values: &'a [T],
    pub(super) x: &'a [T],
    pub(super) heads: usize,
    pub(super) width: usize,
}

/// Where the values of an entry are. (Not a closure: its call is not always inlined into a kernel.)
pub(super) trait Places: Copy {
    fn of(self, entry: usize) -> usize;
}

/// At the entry itself.
#[derive(Clone, Copy)]
pub(super) struct Own;

/// At the place that a list says.
#[derive(Clone, Copy)]
pub(super) struct Listed<'a>(pub(super) &'a [u32]);

impl Places for Own {
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    fn of(self, entry: usize) -> usize {
        entry
    }
}

impl Places for Listed<'_> {
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    fn of(self, entry: usize) -> usize {
        self.0[entry] as usize
    }
}

/// Rows that all blocks of columns go over before the next rows, which keeps what they read in cache.
const ROWS: usize = 8;

impl<T: Number> Operands<'_, T> {
    /// The value of an entry and a head.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    fn value(&self, places: impl Places, entry: usize, head: usize) -> T {
        self.values[places.of(entry) * self.heads + head]
    }

    /// One head, where this width is compiled for: every row of `x` is one load. Says whether it is.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    pub(super) fn exact(&self, places: impl Places, out: &mut [T]) -> bool {
        match (self.heads, self.width) {
            (1, 1) => self.exact_rows::<1>(places, out),
            (1, 2) => self.exact_rows::<2>(places, out),
            (1, 3) => self.exact_rows::<3>(places, out),
            (1, 4) => self.exact_rows::<4>(places, out),
            (1, 5) => self.exact_rows::<5>(places, out),
            (1, 6) => self.exact_rows::<6>(places, out),
            (1, 7) => self.exact_rows::<7>(places, out),
            (1, 8) => self.exact_rows::<8>(places, out),
            (1, 16) => self.exact_rows::<16>(places, out),
            (1, 32) => self.exact_rows::<32>(places, out),
            (1, 64) => self.exact_rows::<64>(places, out),
            _ => return false,
        }
        true
    }

    /// Several heads, where their number and width are compiled for: every row of `x` is read once.
    /// Says whether they are.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    pub(super) fn exact_heads(&self, places: impl Places, out: &mut [T]) -> bool {
        match (self.heads, self.width) {
            (2, 8) => self.head_rows::<2, 8>(places, out),
            (4, 8) => self.head_rows::<4, 8>(places, out),
            (8, 8) => self.head_rows::<8, 8>(places, out),
            (2, 16) => self.head_rows::<2, 16>(places, out),
            (4, 16) => self.head_rows::<4, 16>(places, out),
            (8, 16) => self.head_rows::<8, 16>(places, out),
            (2, 32) => self.head_rows::<2, 32>(places, out),
            (4, 32) => self.head_rows::<4, 32>(places, out),
            _ => return false,
        }
        true
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    fn head_rows<const H: usize, const W: usize>(&self, places: impl Places, out: &mut [T]) {
        let (x, _) = self.x.as_chunks::<W>();
        let (x, _) = x.as_chunks::<H>();
        let (out, _) = out.as_chunks_mut::<W>();
        let (out, _) = out.as_chunks_mut::<H>();
        for (ends, out) in self.row_ptr.windows(2).zip(out) {
            let entries = ends[0] as usize..ends[1] as usize;
            let (mut even, mut odd) = ([[T::ZERO; W]; H], [[T::ZERO; W]; H]);
            let mut e = entries.start;
            let (pairs, last) = self.col[entries].as_chunks::<2>();
            for &[c0, c1] in pairs {
                for h in 0..H {
                    add_scaled(&mut even[h], self.value(places, e, h), &x[c0 as usize][h]);
                }
                for h in 0..H {
                    add_scaled(
                        &mut odd[h],
                        self.value(places, e + 1, h),
                        &x[c1 as usize][h],
                    );
                }
                e += 2;
            }
            if let &[c] = last {
                for h in 0..H {
                    add_scaled(&mut even[h], self.value(places, e, h), &x[c as usize][h]);
                }
            }
            for h in 0..H {
                write_total(&mut out[h], &even[h], &odd[h]);
            }
        }
    }

    /// Any number of heads and columns.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    pub(super) fn blocks(&self, places: impl Places, out: &mut [T]) {
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
                    2 if h <= self.heads => some.block::<2, 2>(pair, places, out),
                    4 if h <= self.heads => some.block::<4, 4>(pair, places, out),
                    8 if h <= self.heads => some.block::<8, 8>(pair, places, out),
                    16 if h <= self.heads => some.block::<16, 16>(pair, places, out),
                    _ => {
                        h -= 1;
                        for first in (0..self.width).step_by(most) {
                            let count = most.min(self.width - first);
                            some.columns(h - 1, first, count, places, out);
                        }
                    }
                }
            }
        }
    }

    /// `count` neighbouring columns of a head, by the narrowest two blocks that cover them.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    fn columns(&self, h: usize, first: usize, count: usize, places: impl Places, out: &mut [T]) {
        let start = h * self.width + first;
        let columns = |back: usize| Columns {
            front: (h, start),
            back: (h, start + count - back),
        };
        match count {
            1 => self.block::<1, 0>(columns(0), places, out),
            0..4 => self.block::<2, 2>(columns(2), places, out),
            4..8 => self.block::<4, 4>(columns(4), places, out),
            8 => self.block::<8, 0>(columns(0), places, out),
            9..=16 => self.block::<8, 8>(columns(8), places, out),
            17..=24 => self.block::<16, 8>(columns(8), places, out),
            25..=32 => self.block::<16, 16>(columns(16), places, out),
            33..=40 => self.block::<32, 8>(columns(8), places, out),
            41..=48 => self.block::<32, 16>(columns(16), places, out),
            49..=64 => self.block::<32, 32>(columns(32), places, out),
            65..=96 => self.block::<64, 32>(columns(32), places, out),
            97.. => self.block::<64, 64>(columns(64), places, out),
        }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    fn exact_rows<const L: usize>(&self, places: impl Places, out: &mut [T]) {
        let (x, _) = self.x.as_chunks::<L>();
        let (out, _) = out.as_chunks_mut::<L>();
        for (ends, out) in self.row_ptr.windows(2).zip(out) {
            let entries = ends[0] as usize..ends[1] as usize;
            let (mut even, mut odd) = ([T::ZERO; L], [T::ZERO; L]);
            let mut e = entries.start;
            let (pairs, last) = self.col[entries].as_chunks::<2>();
            // Not a loop over two: sums that a variable chooses would stay in memory.
            for &[c0, c1] in pairs {
                add_scaled(&mut even, self.value(places, e, 0), &x[c0 as usize]);
                add_scaled(&mut odd, self.value(places, e + 1, 0), &x[c1 as usize]);
                e += 2;
            }
            if let &[c] = last {
                add_scaled(&mut even, self.value(places, e, 0), &x[c as usize]);
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
        places: impl Places,
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
                add_scaled(
                    &mut a0,
                    self.value(places, e, front.0),
                    chunk(self.x, x + front.1),
                );
                add_scaled(
                    &mut b0,
                    self.value(places, e, back.0),
                    chunk(self.x, x + back.1),
                );
                e += 1;
                let x = c1 as usize * row;
                add_scaled(
                    &mut a1,
                    self.value(places, e, front.0),
                    chunk(self.x, x + front.1),
                );
                add_scaled(
                    &mut b1,
                    self.value(places, e, back.0),
                    chunk(self.x, x + back.1),
                );
                e += 1;
            }
            if let &[c] = last {
                let x = c as usize * row;
                add_scaled(
                    &mut a0,
                    self.value(places, e, front.0),
                    chunk(self.x, x + front.1),
                );
                add_scaled(
                    &mut b0,
                    self.value(places, e, back.0),
                    chunk(self.x, x + back.1),
                );
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
    for i in 0..L {
        sums[i] = sums[i].add(value.mul(x[i]));
    }
}

/// `out = even + odd`.
#[inline(always)]
#[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
fn write_total<T: Number, const L: usize>(out: &mut [T], even: &[T; L], odd: &[T; L]) {
    for i in 0..L {
        out[i] = even[i].add(odd[i]);
    }
}
