//! Cases of programs whose intermediate values are computed again.

use std::sync::Arc;

use graxe_core::ops::{Barrier, Checkpoint, Policy};
use graxe_core::{Array, DType, Pattern, Program, checkpoint as checkpointed, make_program, scan};

use super::Case;
use super::control::{product, square_pattern};
use super::operands::{doubles, sample, values};

pub(super) fn barrier() -> Vec<Case> {
    let shapes: [&[usize]; 3] = [&[2, 3], &[], &[0]];
    let mut cases: Vec<Case> = shapes
        .iter()
        .map(|shape| (Barrier.into(), values([doubles(shape, 0)])))
        .collect();
    cases.extend(DType::ALL.map(|dtype| (Barrier.into(), values([sample(dtype, &[4], 0)]))));
    cases
}

const POLICIES: [Policy; 3] = [
    Policy::NothingSaveable,
    Policy::DotsSaveable,
    Policy::EverythingSaveable,
];

pub(super) fn checkpoint() -> Vec<Case> {
    POLICIES.iter().flat_map(|policy| with(*policy)).collect()
}

fn with(policy: Policy) -> Vec<Case> {
    let again = |program: Program| {
        Checkpoint {
            program: Arc::new(program),
            policy,
        }
        .into()
    };
    let mut cases = Vec::new();
    let layers = |x: &Array, w: &Array| x.matmul(w).tanh().matmul(w).sin();
    for dtype in [DType::F64, DType::F32] {
        let (x, w) = (sample(dtype, &[2, 3], 0), sample(dtype, &[3, 3], 1));
        cases.push((again(make_program(layers)(&x, &w)), values([x, w])));
    }
    // Results that depend on some operands, on none, or are an operand; an integer beside.
    let (x, y, n) = (
        doubles(&[3], 0),
        doubles(&[3], 1),
        sample(DType::I32, &[3], 0),
    );
    let several = |x: &Array, y: &Array, n: &Array| {
        let constant = Array::ones([2], DType::F64);
        (x.sin().sin(), (y * n).exp(), constant, n + 1, y.clone())
    };
    let program = make_program(several)(&x, &y, &n);
    cases.push((again(program), values([x.clone(), y.clone(), n])));
    // A pattern among the operands.
    let (p, v, x2) = (square_pattern(), doubles(&[3], 0), doubles(&[3, 2], 1));
    let twice = |p: &Pattern, v: &Array, x: &Array| product(p, v, &product(p, v, x));
    let program = make_program(twice)(&p, &v, &x2);
    cases.push((again(program), vec![p.into(), v.into(), x2.into()]));
    // One in another, and in a loop in another.
    let nested = |x: &Array, y: &Array| {
        let inner = checkpointed(|x: &Array, y: &Array| (x * y).sin().exp());
        let step = |c: Array, x: Array| {
            let next = inner(&c, &x);
            (next.clone(), next)
        };
        scan(step, inner(x, y).mean(..), y).1 * x
    };
    let program = make_program(nested)(&x, &y);
    cases.push((again(program), values([x, y])));
    let empty = doubles(&[0], 0);
    let program = make_program(|x: &Array| x.sin().sin())(&empty);
    cases.push((again(program), values([empty])));
    cases
}
