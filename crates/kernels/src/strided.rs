//! Walking two strided views of one shape side by side.

/// One axis of a walk: its length and the steps it makes in the two views.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Axis {
    pub(crate) len: usize,
    pub(crate) a: isize,
    pub(crate) b: isize,
}

/// The number of elements of a shape.
pub(crate) fn size(shape: &[usize]) -> usize {
    shape.iter().product()
}

/// The strides of a row-major array.
pub(crate) fn strides(shape: &[usize]) -> Vec<isize> {
    let mut strides = vec![1; shape.len()];
    for i in (1..shape.len()).rev() {
        strides[i - 1] = strides[i] * shape[i] as isize;
    }
    strides
}

/// The axes of a walk, with those of length one dropped and those that run on into the next one
/// merged with it, so that the last axis is as long as can be. At least one axis is left.
pub(crate) fn merged(axes: impl IntoIterator<Item = Axis>) -> Vec<Axis> {
    let mut merged: Vec<Axis> = Vec::new();
    for axis in axes.into_iter().filter(|axis| axis.len != 1) {
        let len = axis.len as isize;
        match merged.last_mut() {
            Some(last) if last.a == axis.a * len && last.b == axis.b * len => {
                *last = Axis {
                    len: last.len * axis.len,
                    ..axis
                };
            }
            _ => merged.push(axis),
        }
    }
    if merged.is_empty() {
        merged.push(Axis { len: 1, a: 0, b: 0 });
    }
    merged
}

/// Calls `visit` with the offsets in both views of each index, in row-major order.
#[inline]
pub(crate) fn walk(axes: &[Axis], mut visit: impl FnMut(isize, isize)) {
    if axes.iter().any(|axis| axis.len == 0) {
        return;
    }
    let mut index = vec![0; axes.len()];
    let (mut a, mut b) = (0, 0);
    loop {
        visit(a, b);
        let mut d = axes.len();
        loop {
            if d == 0 {
                return;
            }
            d -= 1;
            index[d] += 1;
            a += axes[d].a;
            b += axes[d].b;
            if index[d] < axes[d].len {
                break;
            }
            a -= axes[d].a * index[d] as isize;
            b -= axes[d].b * index[d] as isize;
            index[d] = 0;
        }
    }
}

/// The side of the square blocks in which a transposition goes.
const BLOCK: usize = 16;

/// Copies `x[x_start + a]` to `out[out_start + b]` for the offsets of every index; no two indices
/// may name one place of `out`.
pub(crate) fn copy<T: Copy>(
    axes: impl IntoIterator<Item = Axis>,
    (x, x_start): (&[T], isize),
    (out, out_start): (&mut [T], isize),
) {
    let mut axes = merged(axes);
    let mut last = axes.pop().expect("merged axes are not empty");
    if last.a != 1 && last.b == 1 {
        // Any axis may go next to last: take the one along which the source is contiguous.
        if let Some(place) = axes.iter().position(|axis| axis.a == 1) {
            let rows = axes.remove(place);
            return walk(&axes, |a, b| {
                transpose_block((rows, last), (x, x_start + a), (out, out_start + b));
            });
        }
    }
    if last.len == 1 {
        (last.a, last.b) = (1, 1);
    }
    walk(&axes, |a, b| {
        let (x_at, out_at) = (x_start + a, out_start + b);
        if (last.a, last.b) == (1, 1) {
            let (x_at, out_at) = (x_at as usize, out_at as usize);
            out[out_at..out_at + last.len].copy_from_slice(&x[x_at..x_at + last.len]);
        } else if (last.a, last.b) == (0, 1) {
            if last.len > 0 {
                out[out_at as usize..][..last.len].fill(x[x_at as usize]);
            }
        } else {
            for i in 0..last.len as isize {
                out[(out_at + i * last.b) as usize] = x[(x_at + i * last.a) as usize];
            }
        }
    });
}

/// Copies a matrix whose source is contiguous along the rows' axis and whose destination is
/// contiguous along the columns', block by block, so that both sides stay in cache.
fn transpose_block<T: Copy>(
    (rows, cols): (Axis, Axis),
    (x, x_start): (&[T], isize),
    (out, out_start): (&mut [T], isize),
) {
    for first_row in (0..rows.len).step_by(BLOCK) {
        let row_range = first_row..rows.len.min(first_row + BLOCK);
        for first_col in (0..cols.len).step_by(BLOCK) {
            let count = BLOCK.min(cols.len - first_col);
            for r in row_range.clone() {
                let out_at = (out_start + r as isize * rows.b) as usize + first_col;
                let out = &mut out[out_at..out_at + count];
                let mut x_at = x_start + r as isize + first_col as isize * cols.a;
                for out in out {
                    *out = x[x_at as usize];
                    x_at += cols.a;
                }
            }
        }
    }
}
