//! Cases of folds and products.

use graxe_core::ops::{ArgReduce, Dot, Fold, Primitive, Reduce};
use graxe_core::{Array, DType, Type, Value};

use super::Case;
use super::operands::{doubles, list, sample, values};

const AXES: [&[usize]; 7] = [&[0], &[1], &[2], &[0, 1], &[0, 2], &[1, 2], &[0, 1, 2]];

fn takes(op: &Primitive, operands: &[Value]) -> bool {
    let types: Vec<Type> = operands.iter().map(Value::ty).collect();
    op.rules().infer(&types).is_ok()
}

pub(super) fn reduce() -> Vec<Case> {
    let mut cases = Vec::new();
    for fold in Fold::ALL {
        let op = |axes: &[usize]| {
            Primitive::from(Reduce {
                fold,
                axes: axes.to_vec(),
            })
        };
        let mut push = |op: Primitive, x: Array| {
            let operands = values([x]);
            if takes(&op, &operands) {
                cases.push((op, operands));
            }
        };
        for dtype in DType::ALL {
            for axes in AXES {
                push(op(axes), sample(dtype, &[2, 3, 2], 0));
            }
            push(op(&[0]), sample(dtype, &[5], 0));
            push(op(&[]), sample(dtype, &[2], 0));
            push(op(&[0]), sample(dtype, &[1, 3], 0));
            // Ties, for batches.
            push(op(&[1]), list(dtype, &[3, 3], &[1.0, 0.0], 0));
            push(op(&[1]), sample(dtype, &[0, 2], 0));
            if !matches!(fold, Fold::Max | Fold::Min) {
                push(op(&[0]), sample(dtype, &[0, 2], 0));
            }
        }
        if fold == Fold::Prod {
            // One zero, then two, among the factors.
            let zeros = [0.0, 1.5, -0.7, 0.0, 0.0, 1.2];
            push(op(&[1]), list(DType::F64, &[2, 3], &zeros, 0));
            push(op(&[0, 1]), list(DType::F64, &[2, 3], &zeros, 0));
        }
    }
    // Ties are kinks: the f64 ones belong to the folds that have none.
    let kink = |(op, operands): &Case| {
        let Primitive::Reduce(Reduce { fold, .. }) = op else {
            return false;
        };
        let tied = operands[0].ty() == doubles_type(&[3, 3]);
        matches!(fold, Fold::Max | Fold::Min) && tied
    };
    cases.retain(|case| !kink(case));
    cases
}

fn doubles_type(shape: &[usize]) -> Type {
    Value::from(doubles(shape, 0)).ty()
}

pub(super) fn arg_reduce() -> Vec<Case> {
    let mut cases = Vec::new();
    for largest in [false, true] {
        let op = |axis, dtype| {
            Primitive::from(ArgReduce {
                largest,
                axis,
                dtype,
            })
        };
        for dtype in DType::ALL {
            for axis in 0..3 {
                let x = values([sample(dtype, &[2, 3, 2], 0)]);
                cases.push((op(axis, DType::I32), x));
            }
            cases.push((op(0, DType::I64), values([sample(dtype, &[5], 0)])));
            let tied = list(dtype, &[3, 4], &[1.0, 0.0], 0);
            cases.push((op(1, DType::U32), values([tied])));
        }
        let nan = Array::from_vec(vec![1.0f32, f32::NAN, 3.0, f32::NAN], 4);
        cases.push((op(0, DType::I32), values([nan])));
        cases.push((op(1, DType::U64), values([doubles(&[0, 2], 0)])));
    }
    cases.retain(|(op, operands)| takes(op, operands));
    cases
}

pub(super) fn dot() -> Vec<Case> {
    let op = |contract: [&[usize]; 2], batch: [&[usize]; 2]| {
        Primitive::from(Dot {
            left_contract: contract[0].to_vec(),
            right_contract: contract[1].to_vec(),
            left_batch: batch[0].to_vec(),
            right_batch: batch[1].to_vec(),
        })
    };
    let plain = op([&[1], &[0]], [&[], &[]]);
    let mut cases = Vec::new();
    for dtype in DType::ALL {
        let operands = values([sample(dtype, &[2, 3], 0), sample(dtype, &[3, 4], 1)]);
        if takes(&plain, &operands) {
            cases.push((plain.clone(), operands));
        }
    }
    let none: [&[usize]; 2] = [&[], &[]];
    for (op, left, right) in [
        // Vectors and matrices, each operand turned.
        (op([&[0], &[0]], none), &[3][..], &[3][..]),
        (op([&[1], &[0]], none), &[2, 3], &[3]),
        (op([&[0], &[0]], none), &[3], &[3, 2]),
        (op([&[0], &[1]], none), &[3, 2], &[4, 3]),
        (op([&[1], &[1]], none), &[2, 3], &[4, 3]),
        // Outer products.
        (op(none, none), &[2], &[3]),
        (op(none, none), &[], &[2, 2]),
        (op(none, none), &[], &[]),
        // Batches, at other places in each operand.
        (op([&[2], &[1]], [&[0], &[0]]), &[2, 3, 4], &[2, 4, 2]),
        (op([&[0], &[2]], [&[2], &[1]]), &[4, 3, 2], &[3, 2, 4]),
        (op(none, [&[0], &[0]]), &[3], &[3]),
        (
            op([&[3], &[0]], [&[0, 2], &[3, 1]]),
            &[2, 3, 2, 2],
            &[2, 2, 3, 2],
        ),
        // Several contractions in a scrambled order.
        (op([&[2, 0], &[0, 1]], none), &[2, 3, 4], &[4, 2, 3]),
        (op([&[0, 2], &[2, 0]], none), &[2, 3, 4], &[4, 2, 2]),
        (
            op([&[3, 1], &[1, 3]], [&[2], &[0]]),
            &[2, 3, 2, 4],
            &[2, 4, 2, 3],
        ),
        (op([&[0, 1], &[1, 0]], none), &[2, 3], &[3, 2]),
        // Extents of zero: nothing to sum, nothing to give.
        (op([&[1], &[0]], none), &[2, 0], &[0, 3]),
        (op([&[1], &[0]], none), &[0, 3], &[3, 2]),
    ] {
        cases.push((op, values([doubles(left, 0), doubles(right, 1)])));
    }
    cases
}
