//! Batching a program: every equation over a batch at once.

use std::sync::Arc;

use crate::array::Array;
use crate::compile::dce;
use crate::ir::builder::build;
use crate::ir::{Atom, Batched, Environment, Program, Type, Value};
use crate::ops::batching::{Batch, ensure_front, move_axis};
use crate::ops::bind;

/// Interprets `program` with batched inputs; gives results and the axis of each one's batch.
#[track_caller]
pub(crate) fn batch_eval(
    program: &Program,
    captures: &[Value],
    inputs: Vec<Value>,
    axes: &[Option<usize>],
    batch: &Batch,
) -> (Vec<Value>, Vec<Option<usize>>) {
    let last = program.last_uses();
    let mut values = Environment::new(program, captures, inputs);
    let mut batched: Vec<Option<usize>> = vec![None; program.types.len()];
    for (var, axis) in program.inputs.iter().zip(axes) {
        batched[var.index()] = *axis;
    }
    let axis_of = |batched: &[Option<usize>], a: &Atom| a.var().and_then(|v| batched[v.index()]);
    for (i, equation) in program.equations.iter().enumerate() {
        let inputs = values.read_all(&equation.inputs);
        let axes: Vec<Option<usize>> = equation
            .inputs
            .iter()
            .map(|a| axis_of(&batched, a))
            .collect();
        for var in last.after(i) {
            values.forget(*var);
        }
        let named = batch.name.as_ref();
        let named = named.is_some_and(|a| equation.primitive.rules().named_axes().contains(a));
        if axes.iter().all(Option::is_none) && !named {
            let results = equation.at.during(|| bind(&equation.primitive, inputs));
            values.write(&equation.outputs, results);
            continue;
        }
        let rules = equation.primitive.rules();
        let (results, axes) = equation.at.during(|| rules.batch(&inputs, &axes, batch));
        values.write(&equation.outputs, results);
        for (var, axis) in equation.outputs.iter().zip(axes) {
            batched[var.index()] = axis;
        }
    }
    let results = values.read_all(&program.outputs);
    (
        results,
        program
            .outputs
            .iter()
            .map(|a| axis_of(&batched, a))
            .collect(),
    )
}

/// The program over a batch: batched outputs carry it in front, the others have none; those that
/// `wanted` marks are batched in any case.
pub(crate) fn vmap_program(
    program: &Program,
    types: &[Type],
    axes: &[Option<usize>],
    batch: &Batch,
    wanted: &[bool],
) -> (Arc<Program>, Vec<Option<usize>>) {
    let key = Batched {
        types: types.to_vec(),
        axes: axes.to_vec(),
        batch: batch.clone(),
        wanted: wanted.to_vec(),
    };
    program.memo.vmap.get_or(key, |key| {
        let mut out_axes = Vec::new();
        let closed = build(&key.types, |inputs| {
            let (mut results, mut found) = batch_eval(program, &[], inputs, &key.axes, batch);
            for (i, (value, axis)) in results.iter_mut().zip(&mut found).enumerate() {
                let is_wanted = wanted.get(i) == Some(&true) && matches!(value, Value::Array(_));
                if axis.is_some() || is_wanted {
                    *value = ensure_front(value.array(), *axis, batch.size).into();
                    *axis = Some(0);
                }
            }
            out_axes = found;
            results
        });
        (dce(&closed.lifted()), out_axes)
    })
}

/// Puts a result's batch where it is wanted, repeating a result that has none.
#[track_caller]
pub(crate) fn place_batch(x: &Array, axis: Option<usize>, wanted: usize, size: usize) -> Array {
    match axis {
        Some(axis) => move_axis(x, axis, wanted),
        None => move_axis(&crate::ops::batching::repeat_front(x, size), 0, wanted),
    }
}
