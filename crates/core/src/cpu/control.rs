//! Control flow, equation by equation: the oracle of compiled loops and branches.

use crate::array::{Array, Native, Shape, with_dtype};
use crate::ir::{Aval, Type, Value, evaluate};
use crate::ops::custom_vjp::refuse_forward;
use crate::ops::while_loop::is_met;
use crate::ops::{Cond, Control, Scan, While};

/// Runs an operation that holds programs; `outputs` are the types of its results.
pub(super) fn run(op: &Control<'_>, inputs: Vec<Value>, outputs: &[Type]) -> Vec<Value> {
    let mut results = match op {
        Control::Call(program) | Control::Checkpoint(program) => evaluate(program, &[], inputs),
        Control::Linear => refuse_forward(),
        Control::Cond(op) => cond(op, inputs),
        Control::While(op) => while_loop(op, inputs),
        Control::Scan(op) => scan(op, inputs, outputs),
    };
    // A branch may give a weak number where another gives an array, a loop without a step its start.
    for pair in results.iter_mut().zip(outputs) {
        if let (Value::Array(array), Type::Array(aval)) = pair {
            array.aval.weak = aval.weak;
        }
    }
    results
}

fn cond(op: &Cond, mut inputs: Vec<Value>) -> Vec<Value> {
    let operands = inputs.split_off(1);
    let index = inputs[0].array().host::<i32>()[0];
    evaluate(&op.branches[op.chosen(index)], &[], operands)
}

fn while_loop(op: &While, mut inputs: Vec<Value>) -> Vec<Value> {
    let mut carry = inputs.split_off(op.condition_consts + op.body_consts);
    let body_consts = inputs.split_off(op.condition_consts);
    let with = |consts: &[Value], carry: Vec<Value>| -> Vec<Value> {
        consts.iter().cloned().chain(carry).collect()
    };
    loop {
        let asked = evaluate(&op.condition, &[], with(&inputs, carry.clone()));
        if !is_met(asked[0].array()) {
            return carry;
        }
        carry = evaluate(&op.body, &[], with(&body_consts, carry));
    }
}

fn scan(op: &Scan, mut inputs: Vec<Value>, outputs: &[Type]) -> Vec<Value> {
    let xs = inputs.split_off(op.consts + op.carry);
    let mut carry = inputs.split_off(op.consts);
    let mut ys: Vec<Vec<Array>> = vec![Vec::with_capacity(op.length); outputs.len() - op.carry];
    for step in 0..op.length {
        let step = if op.reverse {
            op.length - 1 - step
        } else {
            step
        };
        let mut operands = inputs.clone();
        operands.append(&mut carry);
        operands.extend(xs.iter().map(|x| Value::from(slice(x.array(), step))));
        carry = evaluate(&op.program, &[], operands);
        for (y, value) in ys.iter_mut().zip(carry.split_off(op.carry)) {
            y.push(value.into_array());
        }
    }
    let stacked = outputs[op.carry..].iter().zip(ys).map(|(ty, mut slices)| {
        let Type::Array(aval) = ty else {
            unreachable!("results of a scan are arrays")
        };
        if op.reverse {
            slices.reverse();
        }
        stack(aval, &slices).into()
    });
    carry.extend(stacked);
    carry
}

/// What stands at a place of the leading axis.
fn slice(x: &Array, at: usize) -> Array {
    let shape = x.shape().without(&[0]);
    let size = shape.size();
    with_dtype!(x.dtype(), T => {
        let part = x.host::<T>()[at * size..(at + 1) * size].to_vec();
        Array::from_buffer(T::wrap(part), shape, x.is_weak())
    })
}

/// Arrays one upon the other.
fn stack(aval: &Aval, slices: &[Array]) -> Array {
    fn all<T: Native>(slices: &[Array], shape: &Shape, weak: bool) -> Array {
        let mut data = Vec::with_capacity(shape.size());
        for slice in slices {
            data.extend_from_slice(slice.host::<T>());
        }
        Array::from_buffer(T::wrap(data), shape.clone(), weak)
    }
    with_dtype!(aval.dtype, T => all::<T>(slices, &aval.shape, aval.weak))
}
