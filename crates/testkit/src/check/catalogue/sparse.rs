//! Cases of the families over a pattern.

use graxe_core::ops::{EdgeGather, Primitive, Sddmm, SegmentFold, SegmentReduce, Side, Spmm};
use graxe_core::{Array, DType, Pattern, Type, Value};

use super::Case;
use super::operands::{doubles, sample};

/// A pattern with an empty row, an empty column, a repeated entry and unsorted columns; one
/// where nothing is empty; one without entries; one without rows.
fn patterns() -> [Pattern; 4] {
    let pattern = |cols: usize, row_ptr: &[u32], col: &[u32]| match Pattern::new(
        cols,
        row_ptr.to_vec(),
        col.to_vec(),
    ) {
        Ok(pattern) => pattern,
        Err(e) => unreachable!("the pattern is well formed: {e}"),
    };
    [
        pattern(4, &[0, 2, 2, 5, 6, 7], &[2, 0, 1, 1, 0, 2, 2]),
        pattern(3, &[0, 2, 3], &[2, 0, 1]),
        pattern(3, &[0, 0, 0], &[]),
        pattern(2, &[0], &[]),
    ]
}

const SIDES: [Side; 2] = [Side::Row, Side::Col];

fn case<const N: usize>(op: impl Into<Primitive>, p: &Pattern, arrays: [Array; N]) -> Case {
    let mut operands = vec![Value::from(p)];
    operands.extend(arrays.into_iter().map(Value::from));
    (op.into(), operands)
}

pub(super) fn spmm() -> Vec<Case> {
    let mut cases = Vec::new();
    for p in patterns() {
        for transposed in [false, true] {
            let op = Spmm { transposed };
            let n = if transposed { p.rows() } else { p.cols() };
            for dtype in [DType::F32, DType::F64] {
                let (v, x) = (sample(dtype, &[p.nnz()], 0), sample(dtype, &[n, 3], 1));
                cases.push(case(op, &p, [v, x]));
                let v = sample(dtype, &[p.nnz(), 2], 0);
                cases.push(case(op, &p, [v, sample(dtype, &[n, 2, 3], 1)]));
            }
            let empty = [doubles(&[p.nnz()], 0), doubles(&[n, 0], 1)];
            cases.push(case(op, &p, empty));
        }
    }
    cases
}

pub(super) fn sddmm() -> Vec<Case> {
    let mut cases = Vec::new();
    for p in patterns() {
        for dtype in [DType::F32, DType::F64] {
            for tail in [&[3][..], &[2, 3], &[0]] {
                let a = sample(dtype, &[&[p.rows()], tail].concat(), 0);
                let b = sample(dtype, &[&[p.cols()], tail].concat(), 1);
                cases.push(case(Sddmm, &p, [a, b]));
            }
        }
    }
    cases
}

const TAILS: [&[usize]; 4] = [&[], &[2], &[2, 3], &[0]];

pub(super) fn edge_gather() -> Vec<Case> {
    let mut cases = Vec::new();
    for p in patterns() {
        for side in SIDES {
            let n = match side {
                Side::Row => p.rows(),
                Side::Col => p.cols(),
            };
            for tail in TAILS {
                let shape = [&[n], tail].concat();
                cases.push(case(EdgeGather { side }, &p, [doubles(&shape, 0)]));
            }
            for dtype in DType::ALL {
                let x = sample(dtype, &[n, 2], 0);
                cases.push(case(EdgeGather { side }, &p, [x]));
            }
        }
    }
    cases
}

pub(super) fn segment_reduce() -> Vec<Case> {
    let mut cases = Vec::new();
    for p in patterns() {
        for side in SIDES {
            for fold in SegmentFold::ALL {
                let op = SegmentReduce { fold, side };
                for tail in TAILS {
                    let shape = [&[p.nnz()], tail].concat();
                    cases.push(case(op, &p, [doubles(&shape, 0)]));
                }
                for dtype in DType::ALL {
                    let case = case(op, &p, [sample(dtype, &[p.nnz(), 2], 0)]);
                    let types: Vec<Type> = case.1.iter().map(Value::ty).collect();
                    if case.0.rules().infer(&types).is_ok() {
                        cases.push(case);
                    }
                }
            }
        }
    }
    cases
}
