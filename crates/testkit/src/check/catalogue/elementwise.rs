//! Cases of the elementwise families.

use graxe_core::ops::{Binary, Convert, Select, StopGradient, Unary};
use graxe_core::{Array, DType, Type, Value, scalar};

use super::Case;
use super::operands::{doubles, list, sample, spread, values};

const SHAPES: [&[usize]; 3] = [&[2, 3], &[], &[0, 3]];

/// Where a function is smooth, for those that are not smooth everywhere in `(-1.9, 2.1)`.
fn smooth(op: Unary, dtype: DType, shape: &[usize]) -> Array {
    let (low, high) = match op {
        Unary::Log | Unary::Sqrt | Unary::Rsqrt => (0.4, 2.5),
        Unary::Log1p => (-0.5, 2.0),
        Unary::Asin | Unary::Acos | Unary::Atanh | Unary::ErfInv => (-0.8, 0.83),
        Unary::Tan => (-1.2, 1.1),
        Unary::Acosh => (1.3, 3.0),
        // Both sides of zero, which is a pole or a branch point.
        Unary::IntegerPow(..0) | Unary::Cbrt => {
            return list(dtype, shape, &[0.6, -0.9, 1.3, -0.7, 2.1, -1.6], 0);
        }
        // Between the poles, and beyond them.
        Unary::Lgamma | Unary::Digamma | Unary::Polygamma(_) => {
            return list(dtype, shape, &[0.6, -0.5, 1.3, -1.5, 12.1, -0.6], 0);
        }
        // Between the integers and the halves.
        Unary::Floor | Unary::Ceil | Unary::Round => {
            return list(dtype, shape, &[0.2, -0.7, 1.6, -2.3, 2.9, -0.4], 0);
        }
        _ => return sample(dtype, shape, 0),
    };
    spread(dtype, shape, low, high)
}

/// Points of special behaviour, in f32 where no differences are taken.
fn special() -> Array {
    let values = [0.0, -0.0, 1.0, -1.0, 0.5, f32::INFINITY, f32::NAN, 2.5];
    Array::from_vec(values.to_vec(), [2, 4])
}

pub(super) fn unary() -> Vec<Case> {
    let powers = [-3, -1, 0, 1, 5].map(Unary::IntegerPow);
    let higher = [2, 3].map(Unary::Polygamma);
    let mut cases: Vec<Case> = Vec::new();
    for op in Unary::ALL.into_iter().chain(powers).chain(higher) {
        for dtype in DType::ALL {
            for shape in SHAPES {
                let x = if dtype.is_float() {
                    smooth(op, dtype, shape)
                } else {
                    sample(dtype, shape, 0)
                };
                push_if_taken(&mut cases, op, values([x]));
            }
        }
        push_if_taken(&mut cases, op, values([special()]));
        push_if_taken(&mut cases, op, values([scalar(0.5)]));
    }
    cases
}

/// Adds the case if the operation takes operands of these types.
fn push_if_taken(
    cases: &mut Vec<Case>,
    op: impl Into<graxe_core::ops::Primitive>,
    operands: Vec<Value>,
) {
    let op = op.into();
    let types: Vec<Type> = operands.iter().map(Value::ty).collect();
    if op.rules().infer(&types).is_ok() {
        cases.push((op, operands));
    }
}

/// Operands of a binary function, away from ties, poles and jumps for floats.
fn pair(op: Binary, dtype: DType, left: &[usize], right: &[usize]) -> Vec<Value> {
    let (x, y) = match op {
        Binary::Rem if dtype.is_float() => {
            let x = list(dtype, left, &[2.2, -2.5, 2.35, -2.6, 2.45, 2.3], 0);
            (x, spread(dtype, right, 0.9, 1.0))
        }
        Binary::Pow if dtype.is_float() => (spread(dtype, left, 0.4, 2.2), sample(dtype, right, 1)),
        Binary::Xlogy => (sample(dtype, left, 0), spread(dtype, right, 0.4, 2.2)),
        Binary::Xlog1py => (sample(dtype, left, 0), spread(dtype, right, -0.6, 1.9)),
        Binary::Pow
        | Binary::Rem
        | Binary::Div
        | Binary::ShiftLeft
        | Binary::ShiftRightLogical
        | Binary::ShiftRightArithmetic
            if dtype.is_integer() =>
        {
            let x = sample(dtype, left, 0);
            (x, list(dtype, right, &[2.0, 1.0, 3.0, 5.0], 0))
        }
        Binary::Eq | Binary::Ne | Binary::Le | Binary::Ge => {
            (sample(dtype, left, 0), sample(dtype, right, 0))
        }
        _ => (sample(dtype, left, 0), sample(dtype, right, 1)),
    };
    values([x, y])
}

pub(super) fn binary() -> Vec<Case> {
    let mut cases = Vec::new();
    for op in Binary::ALL {
        for dtype in DType::ALL {
            for shape in SHAPES {
                push_if_taken(&mut cases, op, pair(op, dtype, shape, shape));
            }
            push_if_taken(&mut cases, op, pair(op, dtype, &[2, 3], &[]));
            push_if_taken(&mut cases, op, pair(op, dtype, &[], &[2, 3]));
        }
        push_if_taken(&mut cases, op, pair(op, DType::F64, &[0, 3], &[]));
        // Ties, zeros and infinities.
        push_if_taken(&mut cases, op, values([special(), special()]));
        push_if_taken(&mut cases, op, values([special(), scalar(0.5)]));
        push_if_taken(
            &mut cases,
            op,
            values([scalar(2), sample(DType::I32, &[4], 1)]),
        );
        push_if_taken(&mut cases, op, values([scalar(1.5), scalar(0.5)]));
    }
    cases
}

pub(super) fn select() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let flags = |shape: &[usize]| sample(DType::Bool, shape, 0);
    for dtype in DType::ALL {
        let x = |which| sample(dtype, &[2, 3], which);
        cases.push((Select.into(), values([flags(&[2, 3]), x(0), x(1)])));
        cases.push((Select.into(), values([flags(&[]), x(0), x(1)])));
    }
    let x = |which| doubles(&[2, 3], which);
    // Indices out of range are clamped.
    let which = list(DType::I32, &[2, 3], &[0.0, 2.0, 1.0, -1.0, 7.0, 2.0], 0);
    cases.push((Select.into(), values([which, x(0), x(1), x(2)])));
    let one = list(DType::I32, &[], &[1.0], 0);
    cases.push((Select.into(), values([one, x(0), x(1), x(2)])));
    cases.push((Select.into(), values([flags(&[2, 3]), x(0)])));
    let scalars = [flags(&[]), doubles(&[], 0), doubles(&[], 1)];
    cases.push((Select.into(), values(scalars)));
    cases.push((
        Select.into(),
        values([flags(&[]), scalar(1.0), scalar(2.0)]),
    ));
    let empty = [flags(&[0, 2]), doubles(&[0, 2], 0), doubles(&[0, 2], 1)];
    cases.push((Select.into(), values(empty)));
    cases
}

pub(super) fn convert() -> Vec<Case> {
    let mut cases = Vec::new();
    for from in DType::ALL {
        for to in DType::ALL {
            for weak in [false, true] {
                let op = Convert::Value { dtype: to, weak };
                cases.push((op.into(), values([sample(from, &[2, 3], 0)])));
            }
            // The same bits read as another float of the same dtype have no derivative rule:
            // nothing makes such an equation.
            if from != to {
                let op = Convert::Bits { dtype: to };
                push_if_taken(&mut cases, op, values([sample(from, &[2, 3], 0)]));
            }
        }
        for shape in [&[][..], &[0, 3]] {
            let op = Convert::Value {
                dtype: DType::F32,
                weak: false,
            };
            cases.push((op.into(), values([sample(from, shape, 0)])));
        }
    }
    let wide = Array::from_vec(vec![f32::NAN, 3e9, -3e9, f32::INFINITY, -1.5, 1e20], 6);
    for dtype in DType::ALL {
        let op = Convert::Value { dtype, weak: false };
        cases.push((op.into(), values([wide.clone()])));
    }
    cases
}

pub(super) fn stop_gradient() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for dtype in DType::ALL {
        for shape in SHAPES {
            cases.push((StopGradient.into(), values([sample(dtype, shape, 0)])));
        }
    }
    cases.push((StopGradient.into(), values([scalar(0.5)])));
    cases
}
