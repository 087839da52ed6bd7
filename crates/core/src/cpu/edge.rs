//! Work along a pattern, through its kept transpose where columns are the target.

use graxe_kernels::number::Number;
use graxe_kernels::{segment, spmm};

use super::{finish, room};
use crate::array::{Array, DType, Native, Pattern, with_dtype, with_number};
use crate::ir::{Aval, Value};
use crate::ops::{Edge, SegmentFold, Side};

pub(super) fn run(op: &Edge<'_>, inputs: &[Value], out: &Aval) -> Array {
    let pattern = inputs[0].pattern();
    match op {
        Edge::Spmm(op) => {
            let (v, x) = (inputs[1].array(), inputs[2].array());
            if out.dtype == DType::F64 {
                product::<f64>(pattern, v, x, op.transposed, out)
            } else {
                product::<f32>(pattern, v, x, op.transposed, out)
            }
        }
        Edge::Sddmm(_) => {
            let (a, b) = (inputs[1].array(), inputs[2].array());
            if out.dtype == DType::F64 {
                sampled::<f64>(pattern, a, b, out)
            } else {
                sampled::<f32>(pattern, a, b, out)
            }
        }
        Edge::Gather(op) => {
            let x = inputs[1].array();
            with_dtype!(out.dtype, T => gather::<T>(pattern, x, op.side, out))
        }
        Edge::Segment(op) => {
            let x = inputs[1].array();
            with_number!(out.dtype, T => fold::<T>(pattern, x, op.side, op.fold, out))
        }
    }
}

/// Heads and features of node values `[n, F]` or `[n, H, F]`.
fn heads_and_width(x: &Array) -> (usize, usize) {
    match x.shape()[..] {
        [_, width] => (1, width),
        [_, heads, width] => (heads, width),
        _ => unreachable!("infer has seen two or three axes"),
    }
}

fn product<T: Native + Number>(
    pattern: &Pattern,
    v: &Array,
    x: &Array,
    transposed: bool,
    out: &Aval,
) -> Array {
    let p = pattern.host();
    let (heads, width) = heads_and_width(x);
    let (v, x) = (v.host::<T>(), x.host::<T>());
    let mut data = room::<T>(&out.shape);
    if transposed {
        let t = p.transposed();
        spmm::spmm(
            &t.col_ptr,
            &t.row,
            Some(&t.edge),
            v,
            x,
            heads,
            width,
            &mut data,
        );
    } else {
        spmm::spmm(&p.row_ptr, &p.col, None, v, x, heads, width, &mut data);
    }
    finish(data, out)
}

fn sampled<T: Native + Number>(pattern: &Pattern, a: &Array, b: &Array, out: &Aval) -> Array {
    let p = pattern.host();
    let (heads, width) = heads_and_width(a);
    let mut data = room::<T>(&out.shape);
    spmm::sddmm(
        &p.row_ptr,
        &p.col,
        a.host(),
        b.host(),
        heads,
        width,
        &mut data,
    );
    finish(data, out)
}

fn gather<T: Native>(pattern: &Pattern, x: &Array, side: Side, out: &Aval) -> Array {
    let p = pattern.host();
    let width = x.shape()[1..].iter().product();
    let mut data = room::<T>(&out.shape);
    match side {
        Side::Row => segment::gather_rows(&p.row_ptr, x.host(), width, &mut data),
        Side::Col => segment::gather_cols(&p.col, x.host(), width, &mut data),
    }
    finish(data, out)
}

fn fold<T: Native + Number>(
    pattern: &Pattern,
    x: &Array,
    side: Side,
    how: SegmentFold,
    out: &Aval,
) -> Array {
    let p = pattern.host();
    let width = x.shape()[1..].iter().product();
    let mut data = room::<T>(&out.shape);
    let (ptr, edge) = match side {
        Side::Row => (&p.row_ptr, None),
        Side::Col => {
            let t = p.transposed();
            (&t.col_ptr, Some(t.edge.as_slice()))
        }
    };
    let x = x.host::<T>();
    match how {
        SegmentFold::Sum => {
            segment::segment_reduce(ptr, edge, x, width, T::ZERO, T::add, &mut data);
        }
        SegmentFold::Max => segment::segment_reduce(
            ptr,
            edge,
            x,
            width,
            T::LOWEST,
            <T as Number>::maximum,
            &mut data,
        ),
        SegmentFold::Min => segment::segment_reduce(
            ptr,
            edge,
            x,
            width,
            T::HIGHEST,
            <T as Number>::minimum,
            &mut data,
        ),
    }
    finish(data, out)
}
