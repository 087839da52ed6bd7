//! Forward mode: a program's results and their tangents.

use std::sync::Arc;

use super::trace::types_of;
use crate::compile::dce;
use crate::ir::builder::build;
use crate::ir::{Atom, Closed, Environment, Program, Type, Value};
use crate::ops::{Tangent, bind, instantiate, spread};

/// Interprets `program` on primals and tangents, in the trace at hand or eagerly; values are
/// dropped after their last use.
#[track_caller]
pub(crate) fn jvp_eval(
    program: &Program,
    captures: &[Value],
    primals: Vec<Value>,
    tangents: Vec<Tangent>,
) -> (Vec<Value>, Vec<Tangent>) {
    let last = program.last_uses();
    let mut values = Environment::new(program, captures, primals);
    let mut moving: Vec<Tangent> = vec![None; program.types.len()];
    for (var, tangent) in program.inputs.iter().zip(tangents) {
        moving[var.index()] = tangent;
    }
    let tangent_of =
        |moving: &[Tangent], atom: &Atom| atom.var().and_then(|v| moving[v.index()].clone());
    for (i, equation) in program.equations.iter().enumerate() {
        let inputs = values.read_all(&equation.inputs);
        let tangents: Vec<Tangent> = equation
            .inputs
            .iter()
            .map(|a| tangent_of(&moving, a))
            .collect();
        for var in last.after(i) {
            values.forget(*var);
            moving[var.index()] = None;
        }
        if tangents.iter().all(Option::is_none) {
            let results = equation.at.during(|| bind(&equation.primitive, inputs));
            values.write(&equation.outputs, results);
            continue;
        }
        let rules = equation.primitive.rules();
        let (results, tangents) = equation.at.during(|| rules.jvp(&inputs, &tangents));
        values.write(&equation.outputs, results);
        for (var, tangent) in equation.outputs.iter().zip(tangents) {
            moving[var.index()] = tangent;
        }
    }
    let tangents = program
        .outputs
        .iter()
        .map(|a| tangent_of(&moving, a))
        .collect();
    (values.read_all(&program.outputs), tangents)
}

/// The program of a program's results and their tangents, with the same captures. `with` says
/// which inputs have tangents, the second result which outputs do. Inputs and outputs are the
/// primal ones, then the tangents.
pub(super) fn forward(program: &Program, captures: &[Value], with: &[bool]) -> (Closed, Vec<bool>) {
    forward_with(program, captures, with, &[])
}

fn forward_with(
    program: &Program,
    captures: &[Value],
    with: &[bool],
    wanted: &[bool],
) -> (Closed, Vec<bool>) {
    let mut types = program.input_types();
    let primals = types.len();
    types.extend(moving_types(program, with));
    let mut out_with = Vec::new();
    let closed = build(&types, |mut inputs| {
        let tangents = spread(with, inputs.split_off(primals));
        let (mut results, mut tangents) = jvp_eval(program, captures, inputs, tangents);
        instantiate(&mut tangents, &types_of(&results), wanted);
        out_with = tangents.iter().map(Option::is_some).collect();
        results.extend(tangents.into_iter().flatten().map(Value::from));
        results
    });
    (closed, out_with)
}

/// The types of the inputs that `with` marks.
pub(super) fn moving_types(program: &Program, with: &[bool]) -> Vec<Type> {
    let types = program.input_types().into_iter().zip(with);
    types.filter(|(_, w)| **w).map(|(ty, _)| ty).collect()
}

/// As [`forward`] for a program without captures; the outputs that `wanted` marks have tangents
/// in any case.
pub(crate) fn jvp_program(
    program: &Program,
    with: &[bool],
    wanted: &[bool],
) -> (Arc<Program>, Vec<bool>) {
    let key = [with.to_vec(), wanted.to_vec()];
    program.memo.jvp.get_or(key, |_| {
        let (closed, out_with) = forward_with(program, &[], with, wanted);
        (dce(&closed.lifted()), out_with)
    })
}
