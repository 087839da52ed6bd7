//! Reverse mode: cotangents pulled back through a linear program.

use std::sync::Arc;

use crate::compile::dce;
use crate::ir::builder::build;
use crate::ir::{Atom, Environment, Program, Value};
use crate::ops::{Input, Tangent, add_tangents, bind, instantiate, marked, spread};

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
            let results = equation.at.during(|| bind(&equation.primitive, operands));
            values.write(&equation.outputs, results);
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
        let rules = equation.primitive.rules();
        let results = equation.at.during(|| rules.transpose(&cotangents, &inputs));
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

/// The program that pulls cotangents back through `program`, which has no captures. Its inputs
/// are the inputs that are not `linear`, then the cotangents of the outputs that `with` marks;
/// its outputs the cotangents of the linear inputs that have one, or for which `wanted` asks.
/// The second result says which of all inputs these are.
pub(crate) fn transpose_program(
    program: &Program,
    linear: &[bool],
    with: &[bool],
    wanted: &[bool],
) -> (Arc<Program>, Vec<bool>) {
    let key = [linear.to_vec(), with.to_vec(), wanted.to_vec()];
    program.memo.transpose.get_or(key, |_| {
        let all = program.input_types();
        let mut types = marked(&all, linear, false);
        let residuals = types.len();
        types.extend(marked(&program.output_types(), with, true));
        let mut gives = Vec::new();
        let closed = build(&types, |values| {
            let (known, cotangents) = values.split_at(residuals);
            let mut known = known.iter().cloned();
            let inputs: Vec<Input> = all
                .iter()
                .zip(linear)
                .map(|(ty, linear)| {
                    if *linear {
                        return Input::Linear(ty.clone());
                    }
                    match known.next() {
                        Some(value) => Input::Known(value),
                        None => unreachable!("one value for each known input"),
                    }
                })
                .collect();
            let cotangents = spread(with, cotangents.iter().cloned());
            let mut pulled = backward(program, &[], &inputs, &cotangents);
            instantiate(&mut pulled, &all, wanted);
            gives = pulled.iter().map(Option::is_some).collect();
            pulled.into_iter().flatten().map(Value::from).collect()
        });
        (dce(&closed.lifted()), gives)
    })
}
