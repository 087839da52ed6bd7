//! Prefixes of an associative operation, in a tree of logarithmic depth.

use crate::array::{Array, DType, normalise_axis};
use crate::functions::shape::concatenate;
use crate::transform::jit::misuse;
use crate::transform::tree::{self, Tree};

/// What `f` makes of the first slice, the first two, the first three and so on along the leading axis;
/// JAX's `lax.associative_scan`.
///
/// `f` must be associative and is given many slices at once: it works along the other axes.
///
/// ```
/// use graxe_core::{array, associative_scan, Array};
/// let products = associative_scan(|a: Array, b: Array| a * b, &array([1, 2, 3, 4]));
/// assert_eq!(products.to_vec::<i32>(), [1, 2, 6, 24]);
/// ```
///
/// # Panics
/// As [`associative_scan_with`].
#[track_caller]
pub fn associative_scan<T: Tree>(f: impl Fn(T, T) -> T, elements: &T) -> T {
    associative_scan_with(f, elements, 0, false)
}

/// As [`associative_scan`] along any axis, counted from the end if negative, and from the last slice if
/// `reverse`.
///
/// # Panics
/// If an array has no such axis, or if extents along it differ.
///
/// # Reference
/// G. E. Blelloch, "Prefix sums and their applications", CMU-CS-90-190, 1990.
#[track_caller]
pub fn associative_scan_with<T: Tree>(
    f: impl Fn(T, T) -> T,
    elements: &T,
    axis: isize,
    reverse: bool,
) -> T {
    let arrays = tree::arrays(elements);
    let axes: Vec<usize> = arrays
        .iter()
        .map(|x| normalise_axis("associative_scan", axis, x.rank()))
        .collect();
    let mut extents = arrays.iter().zip(&axes).map(|(x, a)| x.shape()[*a]);
    let Some(n) = extents.next() else {
        return elements.clone();
    };
    if let Some(other) = extents.find(|m| *m != n) {
        misuse(format!(
            "associative_scan: arrays have {n} and {other} slices along axis {axis}"
        ));
    }
    let flip = |elements: &T| {
        if reverse {
            tree::map(elements, |x| x.flip(axis))
        } else {
            elements.clone()
        }
    };
    flip(&prefixes(&f, &flip(elements), axis, n))
}

/// Neighbours are joined, the prefixes of these found, and those between them made of one more element.
fn prefixes<T: Tree>(f: &impl Fn(T, T) -> T, elements: &T, axis: isize, n: usize) -> T {
    if n < 2 {
        return elements.clone();
    }
    let every_other =
        |elements: &T, from: usize, to: usize| tree::map(elements, |x| strided(x, axis, from, to));
    let pairs = f(every_other(elements, 0, n - 1), every_other(elements, 1, n));
    let odd = prefixes(f, &pairs, axis, n / 2);
    let before = match n % 2 {
        0 => tree::map(&odd, |x| cut(x, axis, 0, n / 2 - 1)),
        _ => odd.clone(),
    };
    let even = f(before, every_other(elements, 2, n));
    let first = tree::map(elements, |x| cut(x, axis, 0, 1));
    let even = tree::map2(&first, &even, |a, b| concatenate(&[a, b], axis));
    tree::map2(&even, &odd, |even, odd| interleave(even, odd, axis))
}

fn at(x: &Array, axis: isize) -> usize {
    normalise_axis("associative_scan", axis, x.rank())
}

fn cut(x: &Array, axis: isize, from: usize, to: usize) -> Array {
    crate::ops::slice::slice_axis(x, at(x, axis), from, to)
}

/// Every second slice.
fn strided(x: &Array, axis: isize, from: usize, to: usize) -> Array {
    let axis = at(x, axis);
    let (mut start, mut limit, mut stride) =
        (vec![0; x.rank()], x.shape().to_vec(), vec![1; x.rank()]);
    (start[axis], limit[axis], stride[axis]) = (from.min(to), to, 2);
    x.slice(&start, &limit, &stride)
}

/// Slices of the one and the other in turn.
fn interleave(even: &Array, odd: &Array, axis: isize) -> Array {
    let axis = at(even, axis);
    let same = even.shape()[axis] == odd.shape()[axis];
    let spread = |x: &Array, low: isize, high: isize| {
        let mut widths = vec![(0, 0, 0); x.rank()];
        widths[axis] = (low, high, 1);
        x.pad_interior(&widths, 0)
    };
    let (even, odd) = (
        spread(even, 0, isize::from(same)),
        spread(odd, 1, isize::from(!same)),
    );
    match even.dtype() {
        DType::Bool => even | odd,
        _ => even + odd,
    }
}
