//! Moving between the rows and the entries of a sparse pattern, and transposing it.

use crate::number::Element;

/// `out[e, :] = x[r, :]` for each entry `e` of each row `r`.
///
/// # Shapes
/// `row_ptr: [rows + 1]`, `x: [rows, width]`, `out: [nnz, width]`.
pub fn gather_rows<T: Copy>(row_ptr: &[u32], x: &[T], width: usize, out: &mut [T]) {
    for (r, ends) in row_ptr.windows(2).enumerate() {
        let out = &mut out[ends[0] as usize * width..ends[1] as usize * width];
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
    if width == 1 {
        for (out, &c) in out.iter_mut().zip(col) {
            *out = x[c as usize];
        }
        return;
    }
    for (out, &c) in out.chunks_exact_mut(width.max(1)).zip(col) {
        let start = c as usize * width;
        out.copy_from_slice(&x[start..start + width]);
    }
}

/// Combines the rows of `x` that belong to each row of the pattern, in the order of its entries:
/// `out[r, :] = combine(.. combine(init, x[edge(e), :]) ..)`; a row without entries gives `init`.
///
/// `edge` is the place of each entry's row in `x`, the entry's own where it is `None`.
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
    match edge {
        None => reduce(row_ptr, |e| e, x, width, init, combine, out),
        Some(edge) => reduce(row_ptr, |e| edge[e] as usize, x, width, init, combine, out),
    }
}

#[inline]
fn reduce<T: Element>(
    row_ptr: &[u32],
    edge: impl Fn(usize) -> usize,
    x: &[T],
    width: usize,
    init: T,
    combine: impl Fn(T, T) -> T,
    out: &mut [T],
) {
    for (r, ends) in row_ptr.windows(2).enumerate() {
        let entries = ends[0] as usize..ends[1] as usize;
        if width == 1 {
            out[r] = entries.fold(init, |sum, e| combine(sum, x[edge(e)]));
            continue;
        }
        let out = &mut out[r * width..(r + 1) * width];
        out.fill(init);
        for e in entries {
            let start = edge(e) * width;
            for (out, &x) in out.iter_mut().zip(&x[start..start + width]) {
                *out = combine(*out, x);
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
