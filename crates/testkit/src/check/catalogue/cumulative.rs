//! Cases of folds up to each element.

use graxe_core::ops::{Cumulative, CumulativeFold, Primitive};
use graxe_core::{Array, DType, Type, Value};

use super::Case;
use super::operands::{list, sample, values};

pub(super) fn cumulative() -> Vec<Case> {
    let mut cases = Vec::new();
    for fold in CumulativeFold::ALL {
        for reverse in [false, true] {
            operands(&mut cases, fold, reverse);
        }
    }
    cases
}

fn operands(cases: &mut Vec<Case>, fold: CumulativeFold, reverse: bool) {
    let mut push = |axis: usize, x: Array| {
        let op = Primitive::from(Cumulative {
            fold,
            axis,
            reverse,
        });
        let types: Vec<Type> = vec![Value::from(&x).ty()];
        if op.rules().infer(&types).is_ok() {
            cases.push((op, values([x])));
        }
    };
    for dtype in DType::ALL {
        for axis in 0..3 {
            push(axis, sample(dtype, &[2, 3, 2], 0));
        }
        for n in [1, 2, 4, 5, 7] {
            push(0, sample(dtype, &[n], 0));
        }
        push(0, sample(dtype, &[0, 2], 0));
        push(1, sample(dtype, &[0, 2], 0));
    }
    // More than one block, and columns of them.
    push(0, list(DType::I32, &[150], &[3.0, -2.0, 5.0, 1.0, -1.0], 0));
    push(0, sample(DType::F32, &[70, 2], 0));
    // Ties, zeros, infinities and NaN.
    push(1, list(DType::F32, &[2, 5], &[1.0, 1.0, 0.0], 0));
    let inf = f32::INFINITY;
    let special = vec![-inf, -inf, 0.0, -0.0, inf, 1.0, f32::NAN, -inf];
    push(0, Array::from_vec(special, 8));
    if fold == CumulativeFold::Prod {
        let zeros = [0.0, 1.5, -0.7, 0.0, 0.0, 1.2];
        push(1, list(DType::F64, &[2, 6], &zeros, 0));
    }
}
