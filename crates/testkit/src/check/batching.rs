//! Batches against a loop over their examples.

use graxe_core::{Arg0, Arg1, Array, BatchAxes, BatchAxis, grad, grad_at, vmap, vmap_with};

use super::Pair;
use super::derivatives::{Loss, doubles};
use super::host::{Host, compare, stack};

/// Results with arrays at positions.
type Apply<'a> = &'a (dyn Fn(&[usize], &[Array]) -> Vec<Array> + Send + Sync);

/// How far sums may differ when a batch changes the kernel that makes them.
pub(super) fn tolerance(results: &[Array]) -> f64 {
    if results.iter().any(|r| r.dtype() == graxe_core::DType::F32) {
        2e-6
    } else {
        1e-13
    }
}

/// Example `b` of the operand at `position`.
fn example(pair: &Pair<'_>, position: usize, b: usize) -> Array {
    let array = pair.array(position);
    if b == 0 {
        return array.clone();
    }
    Host::of(array).example(b).array()
}

pub(super) fn examples(pair: &Pair<'_>, positions: &[usize], b: usize) -> Vec<Array> {
    positions.iter().map(|&i| example(pair, i, b)).collect()
}

/// The operand over a batch of `size`, along `axis` (counted from the end if negative).
pub(super) fn batch(pair: &Pair<'_>, position: usize, size: usize, axis: isize) -> Array {
    let parts: Vec<Array> = (0..size).map(|b| example(pair, position, b)).collect();
    let rank = parts[0].rank() as isize;
    let axis = if axis < 0 { axis + rank + 1 } else { axis };
    stack(&parts, axis as usize)
}

/// Results of several runs, stacked; `axis` -1 puts the batch last.
pub(super) fn stack_results(runs: &[Vec<Array>], axis: isize) -> Vec<Array> {
    let stacked = (0..runs[0].len()).map(|k| {
        let parts: Vec<Array> = runs.iter().map(|r| r[k].clone()).collect();
        let axis = if axis < 0 { parts[0].rank() } else { 0 };
        stack(&parts, axis)
    });
    stacked.collect()
}

/// Where each batched operand carries its batch: all in front, all second, all last, mixed.
fn placements(pair: &Pair<'_>, positions: &[usize]) -> Vec<Vec<isize>> {
    let second = |i: usize| isize::from(pair.array(i).rank() > 0);
    let mut all = vec![vec![0; positions.len()]];
    if positions.iter().any(|&i| pair.array(i).rank() > 0) {
        all.push(positions.iter().map(|&i| second(i)).collect());
        all.push(vec![-1; positions.len()]);
    }
    if positions.len() > 1 {
        let mixed = positions.iter().enumerate();
        all.push(mixed.map(|(k, &i)| [second(i), 0, -1][k % 3]).collect());
    }
    all
}

/// Every subset of the arrays that is not empty, along every placement of the batch.
pub(super) fn once(pair: &Pair<'_>) -> Result<(), String> {
    let arrays = pair.positions(|_| true);
    for subset in 1usize..1 << arrays.len() {
        let chosen = (0..arrays.len()).filter(|k| subset >> k & 1 == 1);
        let positions: Vec<usize> = chosen.map(|k| arrays[k]).collect();
        for size in [1, 2, 3] {
            let runs: Vec<Vec<Array>> = (0..size)
                .map(|b| pair.expected(&positions, &examples(pair, &positions, b)))
                .collect();
            for axes in placements(pair, &positions) {
                one(pair, &positions, &axes, &runs)?;
            }
        }
    }
    Ok(())
}

/// One batch along `axes`. The operands go in three arguments, one for each axis.
fn one(
    pair: &Pair<'_>,
    positions: &[usize],
    axes: &[isize],
    runs: &[Vec<Array>],
) -> Result<(), String> {
    const AXES: [isize; 3] = [0, 1, -1];
    let size = runs.len();
    let groups = AXES.map(|axis| {
        let members = positions.iter().zip(axes).filter(|(_, a)| **a == axis);
        members.map(|(&i, _)| i).collect::<Vec<usize>>()
    });
    let [a, b, c] = [0, 1, 2].map(|g| {
        let members = groups[g].iter();
        members
            .map(|&i| batch(pair, i, size, AXES[g]))
            .collect::<Vec<Array>>()
    });
    let order: Vec<usize> = groups.iter().flatten().copied().collect();
    let f = |a: &Vec<Array>, b: &Vec<Array>, c: &Vec<Array>| {
        pair.call(&order, &[a.as_slice(), b, c].concat())
    };
    let output = if axes[0] == 0 { 0 } else { -1 };
    let places = BatchAxes::inputs(AXES.map(BatchAxis::At)).output(output);
    let found = vmap_with(f, places)(&a, &b, &c);
    let wanted = stack_results(runs, output);
    compare(
        &format!("operands {positions:?} over {size} along {axes:?}"),
        &found,
        &wanted,
        tolerance(&wanted),
    )
}

/// A batch of batches of every array.
pub(super) fn twice(pair: &Pair<'_>) -> Result<(), String> {
    let (outer, inner) = (2, 3);
    let positions = pair.positions(|_| true);
    if positions.is_empty() {
        return Ok(());
    }
    let mut rows = Vec::new();
    let mut wanted = Vec::new();
    for o in 0..outer {
        let runs: Vec<Vec<Array>> = (0..inner)
            .map(|i| examples(pair, &positions, o * inner + i))
            .collect();
        wanted.push(stack_results(
            &runs
                .iter()
                .map(|x| pair.expected(&positions, x))
                .collect::<Vec<_>>(),
            0,
        ));
        rows.push(stack_results(&runs, -1));
    }
    let batches = stack_results(&rows, 0);
    let f = vmap(|x: &Vec<Array>| {
        vmap_with(
            |x: &Vec<Array>| pair.call(&positions, x),
            BatchAxes::inputs([-1]),
        )(x)
    });
    let wanted = stack_results(&wanted, 0);
    compare("vmap of vmap", &f(&batches), &wanted, tolerance(&wanted))
}

/// Gradients of the sum over a batch, in which every array differs from example to example: what one
/// example does not do must not show in its gradient, though another does it.
pub(super) fn in_grad(pair: &Pair<'_>) -> Result<(), String> {
    const SIZE: usize = 3;
    let floats = doubles(pair);
    let loss = Loss::new(&pair.expected(&[], &[]));
    if floats.is_empty() || loss.is_empty() {
        return Ok(());
    }
    let others = pair.positions(|a| !a.dtype().is_float());
    let order = [floats.as_slice(), &others].concat();
    let runs: Vec<Vec<Array>> = (0..SIZE)
        .map(|b| {
            let fixed = examples(pair, &others, b);
            let of =
                |x: &Vec<Array>| loss.of(&pair.expected(&order, &[x.as_slice(), &fixed].concat()));
            grad(of)(&examples(pair, &floats, b))
        })
        .collect();
    let batches =
        |of: &[usize]| -> Vec<Array> { of.iter().map(|&i| batch(pair, i, SIZE, 0)).collect() };
    let fixed = batches(&others);
    let one = |x: &Vec<Array>, fixed: &Vec<Array>| {
        loss.of(&pair.call(&order, &[x.as_slice(), fixed].concat()))
    };
    let found = grad(|x: &Vec<Array>| vmap(one)(x, &fixed).sum(..))(&batches(&floats));
    let rough = 1e3 * tolerance(&pair.expected(&[], &[]));
    compare("grad of vmap", &found, &stack_results(&runs, 0), rough)
}

/// Gradients of each example: every float operand batched, then one alone while the others
/// are shared.
pub(super) fn of_grad(pair: &Pair<'_>) -> Result<(), String> {
    const SIZE: usize = 3;
    let floats = doubles(pair);
    let loss = Loss::new(&pair.expected(&[], &[]));
    if floats.is_empty() || loss.is_empty() {
        return Ok(());
    }
    let expected = grad(|x: &Vec<Array>| loss.of(&pair.expected(&floats, x)));
    let runs: Vec<Vec<Array>> = (0..SIZE)
        .map(|b| expected(&examples(pair, &floats, b)))
        .collect();
    let batches: Vec<Array> = floats.iter().map(|&i| batch(pair, i, SIZE, 0)).collect();
    let gradient = grad(|x: &Vec<Array>| loss.of(&pair.call(&floats, x)));
    let found = vmap(|x: &Vec<Array>| gradient(x))(&batches);
    let rough = 1e3 * tolerance(&pair.expected(&[], &[]));
    compare("vmap of grad", &found, &stack_results(&runs, 0), rough)?;
    if floats.len() < 2 {
        return Ok(());
    }
    for &alone in &floats {
        let rest: Vec<usize> = floats.iter().copied().filter(|&i| i != alone).collect();
        let order = [&[alone], rest.as_slice()].concat();
        let both = |f: Apply<'_>, x: &Vec<Array>, shared: &Vec<Array>| {
            loss.of(&f(&order, &[x.as_slice(), shared].concat()))
        };
        let expected = grad_at(
            |x: &Vec<Array>, s: &Vec<Array>| both(&|p, a| pair.expected(p, a), x, s),
            (Arg0, Arg1),
        );
        let gradient = grad_at(
            |x: &Vec<Array>, s: &Vec<Array>| both(&|p, a| pair.call(p, a), x, s),
            (Arg0, Arg1),
        );
        let shared = pair.arrays(&rest);
        let runs: Vec<Vec<Array>> = (0..SIZE)
            .map(|b| {
                let (x, s) = expected(&vec![example(pair, alone, b)], &shared);
                [x, s].concat()
            })
            .collect();
        let axes = BatchAxes::inputs([BatchAxis::At(0), BatchAxis::Shared]);
        let batched = vec![batch(pair, alone, SIZE, 0)];
        let f = |x: &Vec<Array>, s: &Vec<Array>| gradient(x, s);
        let (x, s) = vmap_with(f, axes)(&batched, &shared);
        compare(
            &format!("vmap of grad with operand {alone} batched"),
            &[x, s].concat(),
            &stack_results(&runs, 0),
            rough,
        )?;
    }
    Ok(())
}
