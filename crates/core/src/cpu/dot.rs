//! Products: axes are sorted into batch, rows, inner and columns; strides do the rest.

use graxe_kernels::gemm::{Gemm, gemm};

use super::{finish, room};
use crate::array::{Array, Native, Shape, with_number};
use crate::ir::{Aval, Value};
use crate::ops::Dot;

pub(super) fn run(op: &Dot, inputs: &[Value], out: &Aval) -> Array {
    let (x, y) = (inputs[0].array(), inputs[1].array());
    with_number!(out.dtype, T => product::<T>(op, x, y, out))
}

/// An operand laid out as `[batch, outer, inner]` with strides of the last two.
struct Layout<'a, T: Clone> {
    data: std::borrow::Cow<'a, [T]>,
    batch: usize,
    outer: usize,
    inner: usize,
    strides: (usize, usize),
}

/// The operand as it lies if its axes form three runs, else a transposed copy.
fn layout<'a, T: Native>(
    x: &'a Array,
    batch: &[usize],
    outer: &[usize],
    inner: &[usize],
) -> Layout<'a, T> {
    let shape = x.shape();
    let extent = |axes: &[usize]| axes.iter().map(|&a| shape[a]).product::<usize>();
    let (b, o, i) = (extent(batch), extent(outer), extent(inner));
    let data = x.host::<T>();
    let in_order = |parts: [&[usize]; 3]| parts.concat().iter().copied().eq(0..shape.rank());
    let lies = |strides| Layout {
        data: data.into(),
        batch: b,
        outer: o,
        inner: i,
        strides,
    };
    if in_order([batch, outer, inner]) {
        lies((i, 1))
    } else if in_order([batch, inner, outer]) {
        lies((1, o))
    } else {
        let perm = [batch, outer, inner].concat();
        let mut copy = vec![T::default(); data.len()];
        graxe_kernels::index::transpose(data, shape, &perm, &mut copy);
        Layout {
            data: copy.into(),
            batch: b,
            outer: o,
            inner: i,
            strides: (i, 1),
        }
    }
}

fn product<T: Native + Gemm>(op: &Dot, x: &Array, y: &Array, out: &Aval) -> Array {
    let left_free = op.left_free(x.rank());
    let right_free = op.right_free(y.rank());
    let a = layout::<T>(x, &op.left_batch, &left_free, &op.left_contract);
    let b = layout::<T>(y, &op.right_batch, &right_free, &op.right_contract);
    let (m, n, k) = (a.outer, b.outer, a.inner);
    let mut data = room::<T>(&Shape::from([a.batch, m, n]));
    if data.is_empty() {
        return finish(data, out);
    }
    for i in 0..a.batch {
        gemm(
            m,
            n,
            k,
            &a.data[i * m * k..(i + 1) * m * k],
            a.strides,
            &b.data[i * k * n..(i + 1) * k * n],
            (b.strides.1, b.strides.0),
            &mut data[i * m * n..(i + 1) * m * n],
        );
    }
    finish(data, out)
}
