//! Forward mode: a program's results and their tangents.

use std::sync::Arc;

use crate::compile::dce;
use crate::ir::builder::build;
use crate::ir::{Atom, Program, Type, Value};
use crate::ops::{Tangent, bind};

/// Interprets `program` on primals and tangents, in the trace at hand or eagerly.
#[track_caller]
pub(crate) fn jvp_eval(
    program: &Program,
    captures: &[Value],
    primals: Vec<Value>,
    tangents: Vec<Tangent>,
) -> (Vec<Value>, Vec<Tangent>) {
    let mut values = crate::ir::Environment::new(program, captures, primals);
    let mut moving: Vec<Tangent> = vec![None; program.types.len()];
    for (var, tangent) in program.inputs.iter().zip(tangents) {
        moving[var.index()] = tangent;
    }
    let tangent_of =
        |moving: &[Tangent], atom: &Atom| atom.var().and_then(|v| moving[v.index()].clone());
    for equation in &program.equations {
        let inputs: Vec<Value> = equation.inputs.iter().map(|a| values.read(a)).collect();
        let tangents: Vec<Tangent> = equation
            .inputs
            .iter()
            .map(|a| tangent_of(&moving, a))
            .collect();
        if tangents.iter().all(Option::is_none) {
            values.write(&equation.outputs, bind(&equation.primitive, inputs));
            continue;
        }
        let (results, tangents) = equation.primitive.rules().jvp(&inputs, &tangents);
        values.write(&equation.outputs, results);
        for (var, tangent) in equation.outputs.iter().zip(tangents) {
            moving[var.index()] = tangent;
        }
    }
    let results = program.outputs.iter().map(|a| values.read(a)).collect();
    let tangents = program
        .outputs
        .iter()
        .map(|a| tangent_of(&moving, a))
        .collect();
    (results, tangents)
}

/// The program of results and tangents; `with` says which inputs have tangents, the second
/// result which outputs do. Inputs and outputs are the primal ones, then the tangents.
pub(crate) fn jvp_program(program: &Program, with: &[bool]) -> (Arc<Program>, Vec<bool>) {
    let mut types = program.input_types();
    let primals = types.len();
    let moving: Vec<Type> = types
        .iter()
        .zip(with)
        .filter(|(_, w)| **w)
        .map(|(t, _)| t.clone())
        .collect();
    types.extend(moving);
    let mut out_with = Vec::new();
    let closed = build(&types, |mut inputs| {
        let mut given = inputs.split_off(primals).into_iter();
        let tangents = with.iter().map(|&w| {
            if w {
                given.next().map(Value::into_array)
            } else {
                None
            }
        });
        let (mut results, tangents) = jvp_eval(program, &[], inputs, tangents.collect());
        out_with = tangents.iter().map(Option::is_some).collect();
        results.extend(tangents.into_iter().flatten().map(Value::from));
        results
    });
    (dce(&closed.lifted()), out_with)
}
