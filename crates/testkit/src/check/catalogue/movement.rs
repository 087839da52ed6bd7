//! Cases of the families that move elements, and of counting.

use graxe_core::ops::{Broadcast, Concatenate, Iota, Pad, Primitive, Reshape, Slice, Transpose};
use graxe_core::{DType, scalar};

use super::Case;
use super::operands::{doubles, sample, values};

/// One primitive in every dtype at `shape`.
fn every_dtype(op: impl Into<Primitive>, shape: &[usize]) -> Vec<Case> {
    let op = op.into();
    let cases = DType::ALL.map(|d| (op.clone(), values([sample(d, shape, 0)])));
    cases.to_vec()
}

pub(super) fn broadcast() -> Vec<Case> {
    let op = |shape: &[usize], dims: &[usize]| Broadcast {
        shape: shape.into(),
        dims: dims.to_vec(),
    };
    let mut cases = every_dtype(op(&[2, 4, 3], &[0, 2]), &[2, 3]);
    for (from, shape, dims) in [
        (&[][..], &[2, 3][..], &[][..]),
        (&[], &[], &[]),
        (&[3], &[2, 3], &[1]),
        (&[3], &[3, 2], &[0]),
        (&[1, 3], &[4, 3], &[0, 1]),
        (&[3, 1], &[3, 2, 4], &[0, 2]),
        (&[1, 1], &[2, 3], &[0, 1]),
        (&[2, 3], &[2, 3], &[0, 1]),
        (&[1], &[0], &[0]),
        (&[2], &[2, 0], &[0]),
        (&[0, 2], &[3, 0, 2], &[1, 2]),
    ] {
        cases.push((op(shape, dims).into(), values([doubles(from, 0)])));
    }
    cases.push((op(&[2, 2], &[]).into(), values([scalar(0.5)])));
    cases
}

pub(super) fn reshape() -> Vec<Case> {
    let op = |shape: &[usize]| Reshape {
        shape: shape.into(),
    };
    let mut cases = every_dtype(op(&[3, 2]), &[2, 3]);
    for (from, to) in [
        (&[2, 3, 4][..], &[4, 6][..]),
        (&[2, 3], &[6]),
        (&[6], &[1, 2, 3, 1]),
        (&[], &[1, 1]),
        (&[1], &[]),
        (&[2, 3], &[2, 3]),
        (&[0, 3], &[5, 0]),
    ] {
        cases.push((op(to).into(), values([doubles(from, 0)])));
    }
    cases.push((op(&[1]).into(), values([scalar(2)])));
    cases
}

pub(super) fn transpose() -> Vec<Case> {
    let op = |perm: &[usize]| Transpose {
        perm: perm.to_vec(),
    };
    let mut cases = every_dtype(op(&[2, 0, 1]), &[2, 3, 4]);
    for (shape, perm) in [
        (&[2, 3][..], &[1, 0][..]),
        (&[2, 3, 4], &[1, 2, 0]),
        (&[2, 3, 4], &[0, 2, 1]),
        (&[2, 3, 1, 2], &[3, 1, 0, 2]),
        (&[3], &[0]),
        (&[], &[]),
        (&[0, 3], &[1, 0]),
    ] {
        cases.push((op(perm).into(), values([doubles(shape, 0)])));
    }
    cases
}

pub(super) fn slice() -> Vec<Case> {
    let op = |start: &[usize], limit: &[usize], stride: &[usize]| Slice {
        start: start.to_vec(),
        limit: limit.to_vec(),
        stride: stride.to_vec(),
    };
    let mut cases = every_dtype(op(&[1, 0], &[4, 5], &[2, 3]), &[4, 5]);
    for (shape, start, limit, stride) in [
        (&[7][..], &[1][..], &[6][..], &[2][..]),
        (&[7], &[0], &[7], &[3]),
        (&[7], &[2], &[3], &[5]),
        (&[4, 5], &[0, 1], &[4, 4], &[1, 1]),
        (&[4, 5], &[1, 2], &[1, 5], &[1, 2]),
        (&[2, 3, 4], &[0, 2, 1], &[2, 3, 4], &[1, 1, 2]),
        (&[3], &[0], &[3], &[1]),
        (&[], &[], &[], &[]),
        (&[0, 3], &[0, 1], &[0, 3], &[1, 1]),
        (&[3], &[3], &[3], &[2]),
    ] {
        let operands = values([doubles(shape, 0)]);
        cases.push((op(start, limit, stride).into(), operands));
    }
    cases
}

pub(super) fn pad() -> Vec<Case> {
    let op = |low: &[isize], high: &[isize], interior: &[usize]| Pad {
        low: low.to_vec(),
        high: high.to_vec(),
        interior: interior.to_vec(),
    };
    let mut cases = Vec::new();
    for dtype in DType::ALL {
        let operands = values([sample(dtype, &[2, 3], 0), sample(dtype, &[], 1)]);
        cases.push((op(&[1, -1], &[0, 2], &[2, 1]).into(), operands));
    }
    for (shape, low, high, interior) in [
        (&[4][..], &[1][..], &[2][..], &[0][..]),
        (&[4], &[0], &[0], &[3]),
        (&[4], &[-1], &[-2], &[0]),
        // Cropping into the interior, from either end.
        (&[4], &[-2], &[1], &[2]),
        (&[4], &[1], &[-3], &[1]),
        (&[4], &[-3], &[-3], &[2]),
        (&[3, 2], &[0, 1], &[0, 1], &[0, 0]),
        (&[3, 2], &[-1, 0], &[3, -1], &[1, 2]),
        // Nothing is left of the operand.
        (&[2], &[-2], &[3], &[0]),
        (&[], &[], &[], &[]),
        (&[0], &[2], &[1], &[1]),
        (&[2, 0], &[1, 0], &[0, 2], &[0, 0]),
        (&[1], &[0], &[0], &[2]),
    ] {
        let operands = values([doubles(shape, 0), doubles(&[], 1)]);
        cases.push((op(low, high, interior).into(), operands));
    }
    let weak = values([sample(DType::F32, &[2], 0), scalar(0.0)]);
    cases.push((op(&[1], &[1], &[0]).into(), weak));
    cases
}

pub(super) fn concatenate() -> Vec<Case> {
    let op = |axis| Primitive::from(Concatenate { axis });
    let mut cases = Vec::new();
    for dtype in DType::ALL {
        let operands = values([sample(dtype, &[2, 3], 0), sample(dtype, &[2, 2], 1)]);
        cases.push((op(1), operands));
    }
    let x = |shape: &[usize], which| doubles(shape, which);
    cases.extend([
        (op(0), values([x(&[2], 0), x(&[1], 1), x(&[3], 2)])),
        (op(0), values([x(&[2, 2], 0), x(&[1, 2], 1)])),
        (op(2), values([x(&[1, 2, 2], 0), x(&[1, 2, 1], 1)])),
        (op(0), values([x(&[3], 0)])),
        (op(0), values([x(&[2], 0), x(&[0], 1), x(&[1], 2)])),
        (op(1), values([x(&[0, 2], 0), x(&[0, 1], 1)])),
    ]);
    cases
}

pub(super) fn iota() -> Vec<Case> {
    let op = |dtype, shape: &[usize], axis| {
        Primitive::from(Iota {
            dtype,
            shape: shape.into(),
            axis,
        })
    };
    let mut cases = Vec::new();
    for dtype in DType::ALL.into_iter().filter(|&d| d != DType::Bool) {
        for (shape, axis) in [(&[5][..], 0), (&[2, 3], 0), (&[2, 3], 1), (&[0], 0)] {
            cases.push((op(dtype, shape, axis), Vec::new()));
        }
    }
    cases
}
