//! Functions that have derivatives in forward mode alone: its second order, its batches, and the refusal
//! of the other mode.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use graxe_core::{Array, jvp, vjp, vmap};

use super::batching::{batch, examples, stack_results};
use super::derivatives::{
    difference, directions, doubles, expected_tangents, selections, tolerance,
};
use super::host::{Host, compare};
use super::{Pair, batching, message};

/// Tangents along `direction`.
fn tangents(pair: &Pair<'_>, moving: &[usize], at: &[Array], direction: &[Array]) -> Vec<Array> {
    let f = |x: &Vec<Array>| pair.call(moving, x);
    jvp(f, (at.to_vec(),), (direction.to_vec(),)).1
}

/// Where results move with the operands, reverse mode says that it does not go through.
pub(super) fn refusal(pair: &Pair<'_>) -> Result<(), String> {
    for moving in selections(&doubles(pair)) {
        let slopes = expected_tangents(pair, &moving, &directions(pair, &moving, 41));
        let moves = slopes
            .iter()
            .any(|t| Host::of(t).floats().iter().any(|&s| s != 0.0));
        let asked = AssertUnwindSafe(|| {
            let f = |x: &Vec<Array>| pair.call(&moving, x);
            let (results, pull) = vjp(f, (pair.arrays(&moving),));
            pull(&results);
        });
        match catch_unwind(asked) {
            Err(payload) if !message(payload.as_ref()).contains("reverse mode") => {
                resume_unwind(payload)
            }
            Ok(()) if moves => return Err(format!("operands {moving:?} were accepted")),
            Err(_) | Ok(()) => {}
        }
    }
    Ok(())
}

/// Forward over forward mode against differences of forward mode.
pub(super) fn second(pair: &Pair<'_>) -> Result<(), String> {
    for moving in selections(&doubles(pair)) {
        let at = pair.arrays(&moving);
        let (first, other) = (directions(pair, &moving, 51), directions(pair, &moving, 52));
        let along = |x: &Vec<Array>| tangents(pair, &moving, x, &first);
        let (_, found) = jvp(along, (at.clone(),), (other.clone(),));
        let slopes = difference(&|x| tangents(pair, &moving, x, &first), &at, &other);
        let rough = 10.0 * tolerance(&pair.expected(&[], &[]));
        let what = format!("second derivative in operands {moving:?}");
        compare(&what, &found, &slopes, rough)?;
    }
    Ok(())
}

/// Tangents of each example of a batch of every float operand.
pub(super) fn batch_of_tangents(pair: &Pair<'_>) -> Result<(), String> {
    const SIZE: usize = 3;
    let floats = doubles(pair);
    if floats.is_empty() {
        return Ok(());
    }
    let direction = directions(pair, &floats, 53);
    let push = |x: &Vec<Array>| tangents(pair, &floats, x, &direction);
    let runs: Vec<Vec<Array>> = (0..SIZE)
        .map(|b| push(&examples(pair, &floats, b)))
        .collect();
    let batches: Vec<Array> = floats.iter().map(|&i| batch(pair, i, SIZE, 0)).collect();
    let wanted = stack_results(&runs, 0);
    let rough = 1e3 * batching::tolerance(&wanted);
    compare("vmap of jvp", &vmap(push)(&batches), &wanted, rough)
}
