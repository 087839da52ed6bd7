//! Work along a pattern, through its kept transpose where columns are the target.

use std::ops::Range;

use graxe_kernels::number::Number;
use graxe_kernels::{segment, spmm};

use super::arena::{Elements, Room};
use super::fold::{self, Folding};
use crate::array::{DType, Native, PatternData, with_dtype};
use crate::ops::{Edge, Fold, SegmentFold, Side};

/// The rows of a pattern, or of its transpose, as kernels read them.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) row_ptr: &'a [u32],
    pub(super) col: &'a [u32],
    /// The place of each entry in row order, where it is another.
    pub(super) edge: Option<&'a [u32]>,
}

impl<'a> Rows<'a> {
    pub(super) fn of(pattern: &'a PatternData, transposed: bool) -> Self {
        if transposed {
            let t = pattern.transposed();
            Self {
                row_ptr: &t.col_ptr,
                col: &t.row,
                edge: Some(&t.edge),
            }
        } else {
            Self {
                row_ptr: &pattern.row_ptr,
                col: &pattern.col,
                edge: None,
            }
        }
    }

    /// Some of the rows.
    pub(super) fn range(self, rows: Range<usize>) -> Self {
        Self {
            row_ptr: &self.row_ptr[rows.start..=rows.end],
            ..self
        }
    }
}

/// Runs one operation on whole operands.
pub(super) fn run(op: &Edge<'_>, p: &PatternData, operands: &[Elements<'_>], out: &mut Room<'_>) {
    match op {
        Edge::Spmm(op) => {
            let (v, x) = (operands[0], operands[1]);
            let rows = Rows::of(p, op.transposed);
            if out.dtype() == DType::F64 {
                product::<f64>(rows, v.host(), x, out.host());
            } else {
                product::<f32>(rows, v.host(), x, out.host());
            }
        }
        Edge::Sddmm(_) => {
            let (a, b) = (operands[0], operands[1]);
            let rows = Rows::of(p, false);
            if out.dtype() == DType::F64 {
                sampled::<f64>(rows, a, b, out.host());
            } else {
                sampled::<f32>(rows, a, b, out.host());
            }
        }
        Edge::Gather(op) => {
            let x = operands[0];
            let width = x.shape()[1..].iter().product();
            with_dtype!(out.dtype(), T => match op.side {
                Side::Row => segment::gather_rows::<T>(&p.row_ptr, x.host(), width, out.host()),
                Side::Col => segment::gather_cols::<T>(&p.col, x.host(), width, out.host()),
            });
        }
        Edge::Segment(op) => {
            let x = operands[0];
            let width = x.shape()[1..].iter().product();
            let rows = Rows::of(p, op.side == Side::Col);
            let dtype = out.dtype();
            fold::with(
                of_segment(op.fold),
                dtype,
                Segment {
                    rows,
                    x,
                    width,
                    out,
                },
            );
        }
    }
}

/// The fold over the elements of entries.
pub(super) fn of_segment(fold: SegmentFold) -> Fold {
    match fold {
        SegmentFold::Sum => Fold::Sum,
        SegmentFold::Max => Fold::Max,
        SegmentFold::Min => Fold::Min,
    }
}

/// Heads and features of node values `[n, F]` or `[n, H, F]`.
fn heads_and_width(x: Elements<'_>) -> (usize, usize) {
    match x.shape()[..] {
        [_, width] => (1, width),
        [_, heads, width] => (heads, width),
        _ => unreachable!("infer has seen two or three axes"),
    }
}

fn product<T: Native + Number>(rows: Rows<'_>, v: &[T], x: Elements<'_>, out: &mut [T]) {
    let (heads, width) = heads_and_width(x);
    spmm::spmm(
        rows.row_ptr,
        rows.col,
        rows.edge,
        v,
        x.host(),
        heads,
        width,
        out,
    );
}

fn sampled<T: Native + Number>(rows: Rows<'_>, a: Elements<'_>, b: Elements<'_>, out: &mut [T]) {
    let (heads, width) = heads_and_width(a);
    spmm::sddmm(
        rows.row_ptr,
        rows.col,
        a.host(),
        b.host(),
        heads,
        width,
        out,
    );
}

/// Folds the elements of entries into those of their rows.
struct Segment<'a, 'r> {
    rows: Rows<'a>,
    x: Elements<'a>,
    width: usize,
    out: &'a mut Room<'r>,
}

impl Folding for Segment<'_, '_> {
    fn run<T: Native>(self, init: T, combine: impl Fn(T, T) -> T + Copy) {
        segment::segment_reduce(
            self.rows.row_ptr,
            self.rows.edge,
            self.x.host(),
            self.width,
            init,
            combine,
            self.out.host(),
        );
    }
}
