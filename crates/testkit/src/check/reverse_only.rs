//! Functions that have derivatives in reverse mode alone: its second order, the gradients of batches, and
//! the refusal of the other mode.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use graxe_core::{Arg0, Arg1, Array, BatchAxes, BatchAxis, grad, grad_at, jvp, vmap_with};

use super::batching::{batch, examples, stack_results};
use super::derivatives::{Loss, difference, directions, doubles, selections, tolerance};
use super::host::compare;
use super::{Pair, batching, message};

/// Forward mode says that it does not go through.
pub(super) fn refusal(pair: &Pair<'_>) -> Result<(), String> {
    for moving in selections(&doubles(pair)) {
        let given = directions(pair, &moving, 41);
        let asked = AssertUnwindSafe(|| {
            let f = |x: &Vec<Array>| pair.call(&moving, x);
            jvp(f, (pair.arrays(&moving),), (given,));
        });
        match catch_unwind(asked) {
            Err(payload) if !message(payload.as_ref()).contains("forward mode") => {
                resume_unwind(payload)
            }
            Ok(()) => return Err(format!("operands {moving:?} were accepted")),
            Err(_) => {}
        }
    }
    Ok(())
}

/// Reverse over reverse mode against differences of reverse mode.
pub(super) fn second(pair: &Pair<'_>) -> Result<(), String> {
    let loss = Loss::new(&pair.expected(&[], &[]));
    if loss.is_empty() {
        return Ok(());
    }
    let rough = 10.0 * tolerance(&pair.expected(&[], &[]));
    for moving in selections(&doubles(pair)) {
        let at = pair.arrays(&moving);
        let weights = directions(pair, &moving, 51);
        let gradient = grad(|x: &Vec<Array>| loss.of(&pair.call(&moving, x)));
        let along = |x: &Vec<Array>| {
            let products = gradient(x).into_iter().zip(&weights);
            let sums = products.map(|(g, w)| (g * w).sum(..));
            sums.fold(Array::from(0.0), |a, b| a + b)
        };
        // The second derivative is symmetric: it is that of the gradient along the weights.
        let expected = difference(&|x| gradient(&x.to_vec()), &at, &weights);
        let what = format!("second derivative in operands {moving:?}");
        compare(&what, &grad(along)(&at), &expected, rough)?;
    }
    Ok(())
}

/// The gradient of a sum over a batch in what all examples share is the sum of their gradients.
pub(super) fn shared(pair: &Pair<'_>) -> Result<(), String> {
    const SIZE: usize = 3;
    let floats = doubles(pair);
    let loss = Loss::new(&pair.expected(&[], &[]));
    if floats.len() < 2 || loss.is_empty() {
        return Ok(());
    }
    let rough = 1e3 * batching::tolerance(&pair.expected(&[], &[]));
    for &alone in &floats {
        let rest: Vec<usize> = floats.iter().copied().filter(|&i| i != alone).collect();
        let order = [&[alone], rest.as_slice()].concat();
        let one = |x: &Vec<Array>, s: &Vec<Array>| {
            loss.of(&pair.call(&order, &[x.as_slice(), s].concat()))
        };
        let gradient = grad_at(one, (Arg0, Arg1));
        let others = pair.arrays(&rest);
        let runs = (0..SIZE).map(|b| gradient(&examples(pair, &[alone], b), &others));
        let (own, sums): (Vec<_>, Vec<_>) = runs.unzip();
        let sums = sums.into_iter().reduce(|a: Vec<Array>, b| {
            let pairs = a.iter().zip(&b);
            pairs.map(|(a, b)| a + b).collect()
        });
        let axes = || BatchAxes::inputs([BatchAxis::At(0), BatchAxis::Shared]);
        let total = |x: &Vec<Array>, s: &Vec<Array>| vmap_with(one, axes())(x, s).sum(..);
        let batched = vec![batch(pair, alone, SIZE, 0)];
        let (x, s) = grad_at(total, (Arg0, Arg1))(&batched, &others);
        let what = format!("grad of vmap with operand {alone} batched");
        compare(&what, &x, &stack_results(&own, 0), rough)?;
        compare(&what, &s, &sums.unwrap_or_default(), rough)?;
    }
    Ok(())
}
