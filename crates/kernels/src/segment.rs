//! Moving between the rows and the entries of a sparse pattern, and transposing it.

use crate::number::Element;
use crate::simd::{self, Kernel};

/// `out[e, :] = x[r, :]` for each entry `e` of each row `r`.
///
/// `row_ptr` may be a part of a longer one: then `x` holds the rows of that part, and `out` its
/// entries, from `row_ptr[0]` on.
///
/// # Shapes
/// `row_ptr: [rows + 1]`, `x: [rows, width]`, `out: [entries of the rows, width]`.
pub fn gather_rows<T: Copy>(row_ptr: &[u32], x: &[T], width: usize, out: &mut [T]) {
    let first = row_ptr[0] as usize;
    let entries = row_ptr[row_ptr.len() - 1] as usize - first;
    assert_eq!(out.len(), entries * width, "gather_rows: out does not fit");
    match width {
        4 => return spread_rows::<T, 4>(row_ptr, x, out),
        8 => return spread_rows::<T, 8>(row_ptr, x, out),
        16 => return spread_rows::<T, 16>(row_ptr, x, out),
        _ => {}
    }
    for (r, ends) in row_ptr.windows(2).enumerate() {
        let (start, end) = (ends[0] as usize - first, ends[1] as usize - first);
        let out = &mut out[start * width..end * width];
        if let (1, Some(&x)) = (width, x.get(r)) {
            out.fill(x);
            continue;
        }
        let x = &x[r * width..(r + 1) * width];
        for out in out.chunks_exact_mut(width.max(1)) {
            out.copy_from_slice(x);
        }
    }
}

/// As [`gather_rows`] for a width that is compiled for: no call copies a row.
fn spread_rows<T: Copy, const W: usize>(row_ptr: &[u32], x: &[T], out: &mut [T]) {
    let (x, _) = x.as_chunks::<W>();
    let (out, _) = out.as_chunks_mut::<W>();
    let first = row_ptr[0];
    for (ends, &x) in row_ptr.windows(2).zip(x) {
        out[(ends[0] - first) as usize..(ends[1] - first) as usize].fill(x);
    }
}

/// `out[e, :] = x[col[e], :]` for each entry `e`.
///
/// # Shapes
/// `col: [nnz]`, `x: [n, width]`, `out: [nnz, width]`.
pub fn gather_cols<T: Copy>(col: &[u32], x: &[T], width: usize, out: &mut [T]) {
    assert_eq!(
        out.len(),
        col.len() * width,
        "gather_cols: out does not fit"
    );
    match width {
        1 => return pick_rows::<T, 1>(col, x, out),
        4 => return pick_rows::<T, 4>(col, x, out),
        8 => return pick_rows::<T, 8>(col, x, out),
        16 => return pick_rows::<T, 16>(col, x, out),
        _ => {}
    }
    for (out, &c) in out.chunks_exact_mut(width.max(1)).zip(col) {
        let start = c as usize * width;
        out.copy_from_slice(&x[start..start + width]);
    }
}

/// As [`gather_cols`] for a width that is compiled for.
fn pick_rows<T: Copy, const W: usize>(col: &[u32], x: &[T], out: &mut [T]) {
    let (x, _) = x.as_chunks::<W>();
    let (out, _) = out.as_chunks_mut::<W>();
    for (out, &c) in out.iter_mut().zip(col) {
        *out = x[c as usize];
    }
}

/// Combines the rows of `x` that belong to each row of the pattern, in the order of its entries:
/// `out[r, :] = combine(.. combine(init, x[edge(e), :]) ..)`; a row without entries gives `init`.
///
/// `edge` is the place of each entry's row in `x`, the entry's own where it is `None`. `row_ptr` may
/// be a part of a longer one: then `out` holds the rows of that part, `x` all entries.
///
/// # Shapes
/// `row_ptr: [rows + 1]`, `x: [nnz, width]`, `out: [rows, width]`.
pub fn segment_reduce<T: Element>(
    row_ptr: &[u32],
    edge: Option<&[u32]>,
    x: &[T],
    width: usize,
    init: T,
    combine: impl Fn(T, T) -> T,
    out: &mut [T],
) {
    let rows = row_ptr.len() - 1;
    assert_eq!(out.len(), rows * width, "segment_reduce: out does not fit");
    simd::run(Reduce {
        row_ptr,
        edge,
        x,
        width,
        init,
        combine,
        out,
    });
}

struct Reduce<'a, T, F> {
    row_ptr: &'a [u32],
    edge: Option<&'a [u32]>,
    x: &'a [T],
    width: usize,
    init: T,
    combine: F,
    out: &'a mut [T],
}

impl<T: Element, F: Fn(T, T) -> T> Kernel for Reduce<'_, T, F> {
    const WIDE: bool = false;

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    fn run(self) {
        match self.width {
            1 => self.exact::<1>(),
            4 => self.exact::<4>(),
            8 => self.exact::<8>(),
            16 => self.exact::<16>(),
            _ => self.any(),
        }
    }
}

// Loops over indices: what an iterator's adapters call is not always inlined here.
impl<T: Element, F: Fn(T, T) -> T> Reduce<'_, T, F> {
    /// The place of an entry's row in `x`.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    fn place(&self, entry: usize) -> usize {
        self.edge.map_or(entry, |edge| edge[entry] as usize)
    }

    /// Rows of a width that is compiled for, folded in registers.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    fn exact<const W: usize>(self) {
        let (x, _) = self.x.as_chunks::<W>();
        for r in 0..self.row_ptr.len() - 1 {
            let mut sums = [self.init; W];
            for e in self.row_ptr[r] as usize..self.row_ptr[r + 1] as usize {
                let x = &x[self.place(e)];
                for i in 0..W {
                    sums[i] = (self.combine)(sums[i], x[i]);
                }
            }
            self.out[r * W..(r + 1) * W].copy_from_slice(&sums);
        }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `simd::Kernel`")]
    fn any(self) {
        let width = self.width;
        for r in 0..self.row_ptr.len() - 1 {
            let from = r * width;
            self.out[from..from + width].fill(self.init);
            for e in self.row_ptr[r] as usize..self.row_ptr[r + 1] as usize {
                let x = &self.x[self.place(e) * width..][..width];
                let out = &mut self.out[from..from + width];
                for i in 0..width {
                    out[i] = (self.combine)(out[i], x[i]);
                }
            }
        }
    }
}

/// The transposed pattern as `(col_ptr, row, edge)`: for each column its entries in the order of
/// their rows, with the number `edge` that each has in the pattern itself.
///
/// # Shapes
/// `row_ptr: [rows + 1]`, `col: [nnz]`; `col_ptr: [cols + 1]`, `row: [nnz]`, `edge: [nnz]`.
///
/// # Panics
/// Panics if a column is not below `cols`.
pub fn transpose_pattern(
    rows: usize,
    cols: usize,
    row_ptr: &[u32],
    col: &[u32],
) -> (Vec<u32>, Vec<u32>, Vec<u32>) {
    assert_eq!(row_ptr.len(), rows + 1, "transpose_pattern: row_ptr");
    let mut col_ptr = vec![0; cols + 1];
    for &c in col {
        col_ptr[c as usize + 1] += 1;
    }
    for c in 0..cols {
        col_ptr[c + 1] += col_ptr[c];
    }
    let mut next = col_ptr.clone();
    let (mut row, mut edge) = (vec![0; col.len()], vec![0; col.len()]);
    for (r, ends) in row_ptr.windows(2).enumerate() {
        for e in ends[0]..ends[1] {
            let place = &mut next[col[e as usize] as usize];
            row[*place as usize] = r as u32;
            edge[*place as usize] = e;
            *place += 1;
        }
    }
    (col_ptr, row, edge)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A pattern of `rows` rows and `cols` columns, duplicates and empty rows included.
    pub(crate) fn pattern() -> impl Strategy<Value = (usize, usize, Vec<u32>, Vec<u32>)> {
        (1..8usize, 1..8u32).prop_flat_map(|(rows, cols)| {
            let row = prop::collection::vec(0..cols, 0..6);
            prop::collection::vec(row, rows).prop_map(move |entries| {
                let ends = entries.iter().scan(0, |end, row| {
                    *end += row.len() as u32;
                    Some(*end)
                });
                let row_ptr = std::iter::once(0).chain(ends).collect();
                (rows, cols as usize, row_ptr, entries.concat())
            })
        })
    }

    /// The row of each entry.
    pub(crate) fn rows_of(row_ptr: &[u32]) -> Vec<usize> {
        (0..row_ptr.len() - 1)
            .flat_map(|r| (row_ptr[r]..row_ptr[r + 1]).map(move |_| r))
            .collect()
    }

    proptest! {
    #![proptest_config(crate::fixed_seed())]

            #[test]
            fn transposing_sorts_the_entries_by_column((rows, cols, row_ptr, col) in pattern()) {
                let row_of = rows_of(&row_ptr);
                let (col_ptr, row, edge) = transpose_pattern(rows, cols, &row_ptr, &col);
                let mut order: Vec<usize> = (0..col.len()).collect();
                order.sort_by_key(|&e| col[e]);
                prop_assert_eq!(edge.iter().map(|&e| e as usize).collect::<Vec<_>>(), order);
                for (t, &e) in edge.iter().enumerate() {
                    prop_assert_eq!(row[t] as usize, row_of[e as usize]);
                    let c = col[e as usize] as usize;
                    prop_assert!((col_ptr[c]..col_ptr[c + 1]).contains(&(t as u32)));
                }
                let back = transpose_pattern(cols, rows, &col_ptr, &row);
                prop_assert_eq!(back.0, row_ptr);
            }

            #[test]
            fn gathers_and_reductions_follow_the_entries(
                (rows, cols, row_ptr, col) in pattern(), width in 0..4usize,
            ) {
                let row_of = rows_of(&row_ptr);
                let x: Vec<i32> = (0..(rows.max(cols) * width) as i32).collect();
                let mut by_row = vec![-1; col.len() * width];
                let mut by_col = by_row.clone();
                gather_rows(&row_ptr, &x[..rows * width], width, &mut by_row);
                gather_cols(&col, &x[..cols * width], width, &mut by_col);
                for e in 0..col.len() {
                    for f in 0..width {
                        prop_assert_eq!(by_row[e * width + f], x[row_of[e] * width + f]);
                        prop_assert_eq!(by_col[e * width + f], x[col[e] as usize * width + f]);
                    }
                }
                // Digits keep the order of the entries apart.
                let digits = |sum: i64, x: i64| sum.wrapping_mul(31).wrapping_add(x);
                let values: Vec<i64> = (1..=(col.len() * width) as i64).collect();
                let (col_ptr, _, edge) = transpose_pattern(rows, cols, &row_ptr, &col);
                let mut got = vec![0; rows * width];
                segment_reduce(&row_ptr, None, &values, width, 1, digits, &mut got);
                let mut got_by_col = vec![0; cols * width];
                segment_reduce(&col_ptr, Some(&edge), &values, width, 1, digits, &mut got_by_col);
                let mut want = vec![1; rows * width];
                let mut want_by_col = vec![1; cols * width];
                for e in 0..col.len() {
                    for f in 0..width {
                        let x = values[e * width + f];
                        let (r, c) = (row_of[e] * width + f, col[e] as usize * width + f);
                        want[r] = digits(want[r], x);
                        want_by_col[c] = digits(want_by_col[c], x);
                    }
                }
                prop_assert_eq!(&got, &want);
                prop_assert_eq!(got_by_col, want_by_col);

                // A part of the rows, with what belongs to it.
                let cut = rows / 2;
                for part in [0..cut, cut..rows] {
                    let ptr = &row_ptr[part.start..=part.end];
                    let entries = ptr[0] as usize..ptr[part.len()] as usize;
                    let mut gathered = vec![-1; entries.len() * width];
                    let x = &x[part.start * width..part.end * width];
                    gather_rows(ptr, x, width, &mut gathered);
                    prop_assert_eq!(gathered, &by_row[entries.start * width..entries.end * width]);
                    let mut got = vec![0; part.len() * width];
                    segment_reduce(ptr, None, &values, width, 1, digits, &mut got);
                    prop_assert_eq!(got, &want[part.start * width..part.end * width]);
                }
            }
        }
}
