//! Moving elements between shapes: transposing, broadcasting, slicing, padding, joining.

mod gather;
mod scatter;
mod window;

pub use gather::{GatherDims, gather};
pub use scatter::{ScatterDims, scatter};
pub use window::Bounds;

use crate::number::Number;
use crate::strided::{Axis, copy, size, strides};

/// `out` is `x` with the axis `perm[i]` as its axis `i`.
///
/// # Shapes
/// `x: shape`, `out: [shape[perm[0]], shape[perm[1]], ..]`.
pub fn transpose<T: Copy>(x: &[T], shape: &[usize], perm: &[usize], out: &mut [T]) {
    assert_eq!(perm.len(), shape.len(), "transpose: rank");
    assert_eq!(x.len(), size(shape), "transpose: x does not fit");
    assert_eq!(x.len(), out.len(), "transpose: out does not fit");
    let from = strides(shape);
    let out_shape: Vec<_> = perm.iter().map(|&p| shape[p]).collect();
    let to = strides(&out_shape);
    let axes = (0..perm.len()).map(|i| Axis {
        len: out_shape[i],
        a: from[perm[i]],
        b: to[i],
    });
    copy(axes, (x, 0), (out, 0));
}

/// `out` is `x` with its axis `i` as the axis `dims[i]` of `out` and repeated along all others;
/// an axis of length one is repeated too.
pub fn broadcast_in_dim<T: Copy>(
    x: &[T],
    x_shape: &[usize],
    out_shape: &[usize],
    dims: &[usize],
    out: &mut [T],
) {
    assert_eq!(dims.len(), x_shape.len(), "broadcast_in_dim: rank");
    assert_eq!(x.len(), size(x_shape), "broadcast_in_dim: x does not fit");
    assert_eq!(
        out.len(),
        size(out_shape),
        "broadcast_in_dim: out does not fit"
    );
    if let [value] = *x {
        return out.fill(value);
    }
    let from = strides(x_shape);
    let mut steps = vec![0; out_shape.len()];
    for (i, &d) in dims.iter().enumerate() {
        if x_shape[i] != 1 {
            assert_eq!(
                x_shape[i], out_shape[d],
                "broadcast_in_dim: {x_shape:?} to {out_shape:?}"
            );
            steps[d] = from[i];
        }
    }
    let axes = (out_shape.iter().zip(steps).zip(strides(out_shape))).map(|((&len, a), b)| Axis {
        len,
        a,
        b,
    });
    copy(axes, (x, 0), (out, 0));
}

/// `out[i] = x[start + stride * i]` along every axis.
pub fn slice<T: Copy>(
    x: &[T],
    shape: &[usize],
    start: &[usize],
    stride: &[usize],
    out_shape: &[usize],
    out: &mut [T],
) {
    assert_eq!(x.len(), size(shape), "slice: x does not fit");
    assert_eq!(out.len(), size(out_shape), "slice: out does not fit");
    if out.is_empty() {
        return;
    }
    let (from, to) = (strides(shape), strides(out_shape));
    let mut x_start = 0;
    let axes: Vec<_> = (0..shape.len())
        .map(|d| {
            let last = start[d] + stride[d] * (out_shape[d] - 1);
            assert!(last < shape[d], "slice: axis {d} of {shape:?} ends early");
            x_start += start[d] as isize * from[d];
            Axis {
                len: out_shape[d],
                a: stride[d] as isize * from[d],
                b: to[d],
            }
        })
        .collect();
    copy(axes, (x, x_start), (out, 0));
}

/// `out` is `x` backwards along the given axes.
pub fn reverse<T: Copy>(x: &[T], shape: &[usize], axes: &[usize], out: &mut [T]) {
    assert_eq!(x.len(), size(shape), "reverse: x does not fit");
    assert_eq!(x.len(), out.len(), "reverse: out does not fit");
    if x.is_empty() {
        return;
    }
    let steps = strides(shape);
    let start = axes
        .iter()
        .map(|&d| steps[d] * (shape[d] as isize - 1))
        .sum();
    let walked = (0..shape.len()).map(|d| Axis {
        len: shape[d],
        a: if axes.contains(&d) {
            -steps[d]
        } else {
            steps[d]
        },
        b: steps[d],
    });
    copy(walked, (x, start), (out, 0));
}

/// `out` is `x` with `low` and `high` elements of `value` before and behind it along each axis and
/// `interior` between any two of its own; a negative `low` or `high` crops.
#[expect(
    clippy::too_many_arguments,
    reason = "the parameters of XLA's operation"
)]
pub fn pad<T: Copy>(
    x: &[T],
    shape: &[usize],
    low: &[isize],
    high: &[isize],
    interior: &[usize],
    value: T,
    out_shape: &[usize],
    out: &mut [T],
) {
    assert_eq!(x.len(), size(shape), "pad: x does not fit");
    assert_eq!(out.len(), size(out_shape), "pad: out does not fit");
    out.fill(value);
    let (from, to) = (strides(shape), strides(out_shape));
    let (mut x_start, mut out_start) = (0, 0);
    let mut axes = Vec::with_capacity(shape.len());
    for d in 0..shape.len() {
        let (len, step) = (shape[d] as isize, interior[d] as isize + 1);
        let spread = (len - 1).max(0) * step + len.min(1);
        assert_eq!(
            low[d] + spread + high[d],
            out_shape[d] as isize,
            "pad: axis {d} of {shape:?} to {out_shape:?}"
        );
        // The elements whose place `low + i * step` lies in 0..out_shape.
        let ceil_div = |n: isize| (n + step - 1).div_euclid(step);
        let first = ceil_div(-low[d]).clamp(0, len);
        let end = ceil_div(out_shape[d] as isize - low[d]).clamp(first, len);
        x_start += first * from[d];
        out_start += (low[d] + first * step) * to[d];
        axes.push(Axis {
            len: (end - first) as usize,
            a: from[d],
            b: step * to[d],
        });
    }
    if axes.iter().all(|axis| axis.len > 0) {
        copy(axes, (x, x_start), (out, out_start));
    }
}

/// `out` is the parts, each with its length along the joined axis, one behind the other.
///
/// # Shapes
/// A part is `[outer, len, inner]` and `out` is `[outer, sum of all len, inner]`.
pub fn concatenate<T: Copy>(parts: &[(&[T], usize)], outer: usize, inner: usize, out: &mut [T]) {
    let total = parts.iter().map(|part| part.1).sum::<usize>() * inner;
    assert_eq!(out.len(), outer * total, "concatenate: out does not fit");
    let mut start = 0;
    for &(x, len) in parts {
        let run = len * inner;
        assert_eq!(x.len(), outer * run, "concatenate: a part does not fit");
        if run == 0 {
            continue;
        }
        for (o, x) in x.chunks_exact(run).enumerate() {
            out[o * total + start..][..run].copy_from_slice(x);
        }
        start += run;
    }
}

/// Each element of `out` is its own index along `axis`.
pub fn iota<T: Number>(shape: &[usize], axis: usize, out: &mut [T]) {
    assert_eq!(out.len(), size(shape), "iota: out does not fit");
    let inner = size(&shape[axis + 1..]);
    if out.is_empty() {
        return;
    }
    for (i, out) in out.chunks_exact_mut(inner).enumerate() {
        out.fill(T::from_f64((i % shape[axis]) as f64));
    }
}

#[cfg(test)]
mod tests;
