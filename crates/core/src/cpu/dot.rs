//! Products: axes are sorted into batch, rows, inner and columns; strides do the rest.

use std::borrow::Cow;
use std::ops::Range;

use graxe_kernels::gemm::{Gemm, gemm, tall_chunk};

use super::arena::Elements;
use crate::array::{Native, with_number};
use crate::ops::Dot;

/// An operand laid out as `[batch, outer, inner]` with strides of the last two.
struct Layout<'a, T: Clone> {
    data: Cow<'a, [T]>,
    batch: usize,
    outer: usize,
    inner: usize,
    strides: (usize, usize),
}

/// The operand as it lies if its axes form three runs, else a transposed copy.
fn layout<'a, T: Native>(
    x: Elements<'a>,
    batch: &[usize],
    outer: &[usize],
    inner: &[usize],
) -> Layout<'a, T> {
    let shape = x.shape();
    let extent = |axes: &[usize]| axes.iter().map(|&a| shape[a]).product::<usize>();
    let (b, o, i) = (extent(batch), extent(outer), extent(inner));
    let data = x.host::<T>();
    let lies = |data: Cow<'a, [T]>, strides| Layout {
        data,
        batch: b,
        outer: o,
        inner: i,
        strides,
    };
    match strides(shape.len(), batch, outer, inner) {
        Some(Major::Outer) => lies(data.into(), (i, 1)),
        Some(Major::Inner) => lies(data.into(), (1, o)),
        None => {
            let perm = [batch, outer, inner].concat();
            let mut copy = vec![T::default(); data.len()];
            graxe_kernels::index::transpose(data, shape, &perm, &mut copy);
            lies(copy.into(), (i, 1))
        }
    }
}

/// Which axes come first after the batch.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Major {
    Outer,
    Inner,
}

/// The order of an operand's axes, if they form three runs.
fn strides(rank: usize, batch: &[usize], outer: &[usize], inner: &[usize]) -> Option<Major> {
    let in_order = |parts: [&[usize]; 3]| parts.concat().iter().copied().eq(0..rank);
    if in_order([batch, outer, inner]) {
        Some(Major::Outer)
    } else if in_order([batch, inner, outer]) {
        Some(Major::Inner)
    } else {
        None
    }
}

/// The extents of a product.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extents {
    pub(super) batch: usize,
    pub(super) rows: usize,
    pub(super) cols: usize,
    pub(super) inner: usize,
    /// Whether both operands are read as they lie, so that rows can be computed apart.
    pub(super) in_place: bool,
}

/// The extents of a product of operands of these shapes.
pub(super) fn extents(op: &Dot, x: &[usize], y: &[usize]) -> Extents {
    let extent = |shape: &[usize], axes: &[usize]| axes.iter().map(|&a| shape[a]).product();
    let (left, right) = (op.left_free(x.len()), op.right_free(y.len()));
    Extents {
        batch: extent(x, &op.left_batch),
        rows: extent(x, &left),
        cols: extent(y, &right),
        inner: extent(x, &op.left_contract),
        in_place: strides(x.len(), &op.left_batch, &left, &op.left_contract).is_some()
            && strides(y.len(), &op.right_batch, &right, &op.right_contract).is_some(),
    }
}

/// The product's rows `rows`, counted through the batch; `out` holds these alone.
pub(super) fn run<T: Native + Gemm>(
    op: &Dot,
    x: Elements<'_>,
    y: Elements<'_>,
    rows: Range<usize>,
    out: &mut [T],
) {
    let left_free = op.left_free(x.shape().len());
    let right_free = op.right_free(y.shape().len());
    let a = layout::<T>(x, &op.left_batch, &left_free, &op.left_contract);
    let b = layout::<T>(y, &op.right_batch, &right_free, &op.right_contract);
    let (m, n, k) = (a.outer, b.outer, a.inner);
    if out.is_empty() {
        return;
    }
    let first = rows.start;
    let mut row = rows.start;
    while row < rows.end {
        let (i, from) = (row / m, row % m);
        let to = m.min(from + rows.end - row);
        let left = &a.data[i * m * k..(i + 1) * m * k];
        // An operand without inner extent has no elements to start from.
        let left = left.get(from * a.strides.0..).unwrap_or_default();
        gemm(
            to - from,
            n,
            k,
            left,
            a.strides,
            &b.data[i * k * n..(i + 1) * k * n],
            (b.strides.1, b.strides.0),
            &mut out[(row - first) * n..(row - first + to - from) * n],
        );
        row += to - from;
    }
    debug_assert_eq!(a.batch, b.batch);
}

/// The share of one chunk of the sums in a product of two matrices.
pub(super) fn chunk<T: Native + Gemm>(
    op: &Dot,
    x: Elements<'_>,
    y: Elements<'_>,
    chunk: usize,
    out: &mut [T],
) {
    let (left, right) = (op.left_free(2), op.right_free(2));
    let a = layout::<T>(x, &[], &left, &op.left_contract);
    let b = layout::<T>(y, &[], &right, &op.right_contract);
    let strides = (b.strides.1, b.strides.0);
    tall_chunk(
        a.outer, b.outer, a.inner, &a.data, a.strides, &b.data, strides, chunk, out,
    );
}

/// The whole product.
pub(super) fn whole(op: &Dot, x: Elements<'_>, y: Elements<'_>, out: &mut super::arena::Room<'_>) {
    let e = extents(op, x.shape(), y.shape());
    with_number!(out.dtype(), T => run::<T>(op, x, y, 0..e.batch * e.rows, out.host()));
}
