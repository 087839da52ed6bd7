//! Cases of the families that hold programs.

use std::sync::Arc;

use graxe_core::ops::{Call, Primitive};
use graxe_core::{Array, DType, Pattern, Program, Value, jit, make_program, sparse};

use super::Case;
use super::operands::{doubles, sample, values};

fn calling(program: Program) -> Primitive {
    Call {
        program: Arc::new(program),
    }
    .into()
}

pub(super) fn call() -> Vec<Case> {
    let mut cases = Vec::new();
    let (x, y) = (doubles(&[3], 0), doubles(&[3], 1));
    let sine = |x: &Array, y: &Array| (x * y).sin() + x;
    for dtype in [DType::F64, DType::F32] {
        let (x, y) = (sample(dtype, &[3], 0), sample(dtype, &[3], 1));
        cases.push((calling(make_program(sine)(&x, &y)), values([x, y])));
    }
    // A function jitted inside another, twice.
    let inner = jit(sine);
    let nested = jit(move |x: &Array, y: &Array| inner(&x.exp(), y) * inner(y, x));
    let outer = |x: &Array, y: &Array| nested(x, y).sum(..) * x;
    let program = make_program(outer)(&x, &y);
    cases.push((calling(program), values([x.clone(), y.clone()])));
    // Results that depend on some operands, on none, or are an operand; an integer beside.
    let several = |x: &Array, y: &Array, n: &Array| {
        let constant = Array::ones([2], DType::F64);
        (x.square(), y * n, constant, n + 1, y.clone())
    };
    let n = sample(DType::I32, &[3], 0);
    let program = make_program(several)(&x, &y, &n);
    cases.push((calling(program), values([x.clone(), y.clone(), n])));
    // Digits lost on the way, as the first result shows.
    let narrow = |x: &Array| {
        let y = x.astype(DType::F32).sin();
        (y.clone(), y.astype(DType::F64) * 2)
    };
    cases.push((calling(make_program(narrow)(&x)), values([x.clone()])));
    // A pattern among the operands.
    let Ok(pattern) = Pattern::new(3, vec![0, 2, 2, 3], vec![2, 0, 1]) else {
        unreachable!("the pattern is well formed")
    };
    let product = |p: &Pattern, v: &Array, x: &Array| {
        let matrix = graxe_core::Csr::new(p.clone(), v.exp());
        sparse::spmm(&matrix, x).sin()
    };
    let (v, x2) = (doubles(&[3], 0), doubles(&[3, 2], 1));
    let program = make_program(product)(&pattern, &v, &x2);
    let operands: Vec<Value> = vec![(&pattern).into(), v.into(), x2.into()];
    cases.push((calling(program), operands));
    // Nothing to do.
    cases.push((
        calling(make_program(|x: &Array| x.clone())(&x)),
        values([x]),
    ));
    let empty = doubles(&[0], 0);
    let program = make_program(|x: &Array| x.sin())(&empty);
    cases.push((calling(program), values([empty])));
    cases
}
