//! Reverse mode: cotangents pulled back through a linear program.

use crate::ir::{Atom, Environment, Program, Value};
use crate::ops::{Input, Tangent, add_tangents, bind};

/// Pulls `cotangents` of the outputs back to the linear inputs; known inputs get none.
///
/// Equations that no linear input reaches are evaluated, the others are transposed.
#[track_caller]
pub(crate) fn backward(
    program: &Program,
    captures: &[Value],
    inputs: &[Input],
    cotangents: &[Tangent],
) -> Vec<Tangent> {
    let mut linear = vec![false; program.types.len()];
    let mut values = Environment::without_inputs(program, captures);
    for (var, input) in program.inputs.iter().zip(inputs) {
        match input {
            Input::Known(value) => values.write(&[*var], vec![value.clone()]),
            Input::Linear(_) => linear[var.index()] = true,
        }
    }
    let is_linear = |linear: &[bool], a: &Atom| a.var().is_some_and(|v| linear[v.index()]);
    for equation in &program.equations {
        if equation.inputs.iter().any(|a| is_linear(&linear, a)) {
            equation
                .outputs
                .iter()
                .for_each(|v| linear[v.index()] = true);
        } else {
            let operands = equation.inputs.iter().map(|a| values.read(a)).collect();
            values.write(&equation.outputs, bind(&equation.primitive, operands));
        }
    }
    let mut pulled: Vec<Tangent> = vec![None; program.types.len()];
    let add = |pulled: &mut Vec<Tangent>, atom: &Atom, cotangent: Tangent| {
        if let Some(var) = atom.var().filter(|v| linear[v.index()]) {
            let sum = add_tangents(pulled[var.index()].take(), cotangent);
            pulled[var.index()] = sum;
        }
    };
    for (atom, cotangent) in program.outputs.iter().zip(cotangents) {
        add(&mut pulled, atom, cotangent.clone());
    }
    for equation in program.equations.iter().rev() {
        let cotangents: Vec<Tangent> = equation
            .outputs
            .iter()
            .map(|v| pulled[v.index()].take())
            .collect();
        if cotangents.iter().all(Option::is_none) {
            continue;
        }
        let inputs: Vec<Input> = equation
            .inputs
            .iter()
            .map(|a| {
                if is_linear(&linear, a) {
                    Input::Linear(program.atom_type(a))
                } else {
                    Input::Known(values.read(a))
                }
            })
            .collect();
        let results = equation.primitive.rules().transpose(&cotangents, &inputs);
        for (atom, cotangent) in equation.inputs.iter().zip(results) {
            add(&mut pulled, atom, cotangent);
        }
    }
    program
        .inputs
        .iter()
        .map(|v| pulled[v.index()].take())
        .collect()
}
