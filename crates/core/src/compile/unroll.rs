//! Loops that do several steps a turn.

use std::sync::Arc;

use crate::array::Array;
use crate::ir::builder::build;
use crate::ir::{Equation, Program, Type, Value, evaluate};
use crate::ops::{Call, Primitive, Scan, bind, concatenate, reshape, slice};

/// The program with calls of unrolled loops in the place of those that are to be.
pub(super) fn unroll(program: &Program) -> Arc<Program> {
    let equations = program
        .equations
        .iter()
        .map(|equation| match &equation.primitive {
            Primitive::Scan(scan) if scan.unroll > 1 => Equation {
                primitive: Call {
                    program: unrolled(scan),
                }
                .into(),
                ..equation.clone()
            },
            _ => equation.clone(),
        });
    Arc::new(Program {
        equations: equations.collect(),
        ..program.clone()
    })
}

/// What the loop does: turns of several steps, then the steps that are left.
fn unrolled(scan: &Scan) -> Arc<Program> {
    let turns = scan.length / scan.unroll;
    let closed = build(&scan.operand_types(), |inputs| {
        let (consts, rest) = inputs.split_at(scan.consts);
        let (start, xs) = rest.split_at(scan.carry);
        if turns < 2 {
            let (carry, ys) = steps(scan, consts, start.to_vec(), xs, scan.length);
            return [carry, ys].concat();
        }
        let whole = turns * scan.unroll;
        let left = scan.length - whole;
        // Backwards, the turns take the last slices.
        let (first, last) = if scan.reverse { (left, 0) } else { (0, whole) };
        let cut = |from: usize, to: usize| -> Vec<Value> {
            let part = |x: &Value| slice::slice_axis(x.array(), 0, from, to).into();
            xs.iter().map(part).collect()
        };
        let chunks = cut(first, first + whole).into_iter().map(|x| {
            let x = x.array();
            let shape = x
                .shape()
                .without(&[0])
                .with_axis(0, scan.unroll)
                .with_axis(0, turns);
            reshape::reshape(x, shape).into()
        });
        let operands = [consts, start, &chunks.collect::<Vec<_>>()].concat();
        let looped = Scan {
            program: turn(scan),
            length: turns,
            unroll: 1,
            ..scan.clone()
        };
        let mut carry = bind(&looped.into(), operands);
        let ys = carry.split_off(scan.carry);
        let (carry, rest) = steps(scan, consts, carry, &cut(last, last + left), left);
        let join = |(y, rest): (&Value, &Value)| {
            let y = y.array();
            let all = reshape::reshape(y, y.shape().without(&[0, 1]).with_axis(0, whole));
            let parts = if scan.reverse {
                [rest.array().clone(), all]
            } else {
                [all, rest.array().clone()]
            };
            concatenate::concatenate(&parts, 0).into()
        };
        let ys: Vec<Value> = ys.iter().zip(&rest).map(join).collect();
        [carry, ys].concat()
    });
    closed.lifted()
}

/// The steps of one turn.
fn turn(scan: &Scan) -> Arc<Program> {
    let mut types = scan.program.input_types();
    for ty in &mut types[scan.consts + scan.carry..] {
        *ty = ty.stacked(0, scan.unroll);
    }
    let closed = build(&types, |inputs| {
        let (consts, rest) = inputs.split_at(scan.consts);
        let (carry, xs) = rest.split_at(scan.carry);
        let (carry, ys) = steps(scan, consts, carry.to_vec(), xs, scan.unroll);
        [carry, ys].concat()
    });
    closed.lifted()
}

/// Some steps one after another.
fn steps(
    scan: &Scan,
    consts: &[Value],
    mut carry: Vec<Value>,
    xs: &[Value],
    count: usize,
) -> (Vec<Value>, Vec<Value>) {
    let outputs = scan.program.output_types().split_off(scan.carry);
    let mut ys: Vec<Vec<Array>> = vec![Vec::with_capacity(count); outputs.len()];
    for step in 0..count {
        let at = if scan.reverse { count - 1 - step } else { step };
        let own = |x: &Value| -> Value {
            let x = x.array();
            let one = slice::slice_axis(x, 0, at, at + 1);
            reshape::reshape(&one, x.shape().without(&[0])).into()
        };
        let xs: Vec<Value> = xs.iter().map(own).collect();
        carry = evaluate(&scan.program, &[], [consts, &carry, &xs].concat());
        for (y, value) in ys.iter_mut().zip(carry.split_off(scan.carry)) {
            let x = value.into_array();
            y.push(reshape::reshape(&x, x.shape().with_axis(0, 1)));
        }
    }
    let stacked = ys.into_iter().zip(outputs).map(|(mut y, ty)| {
        if scan.reverse {
            y.reverse();
        }
        match (&y[..], ty) {
            ([], Type::Array(a)) => Array::zeros(a.shape.with_axis(0, 0), a.dtype).into(),
            _ => concatenate::concatenate(&y, 0).into(),
        }
    });
    (carry, stacked.collect())
}
