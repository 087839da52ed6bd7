//! Control flow in programs: branches and loops over trees.
//!
//! Functions given here are traced, not called once a step: what they do must not depend on the
//! elements of arrays except through the arrays themselves. Arrays that they hold are operands too, and
//! are differentiated and batched like others.

mod associative;
mod cond;
mod scan;
mod while_loop;

use std::sync::{Arc, Mutex};

pub use associative::{associative_scan, associative_scan_with};
pub use cond::{cond, switch};
pub use scan::{ScanOptions, map, map_batched, scan, scan_with};
pub use while_loop::{Bound, fori_loop, while_loop};

use super::collectives::vary;
use super::jit::misuse;
use super::trace::{trace, types_of};
use super::tree::{Tree, flatten, named_leaves, unflatten};
use crate::array::Array;
use crate::ir::builder::{Varying, varying};
use crate::ir::{Closed, Program, Type, Value};
use crate::ops::convert;
use crate::sync::lock;

/// The leaves of a carry at its start, and the step that was traced for them.
struct Traced<O> {
    start: Vec<Value>,
    closed: Closed,
    template: O,
}

/// Traces a step from `start` on, of the carry's structure, and what else it takes. Weak numbers of
/// the start take the dtypes that the step gives them, and what comes to differ over a named axis on the
/// way differs from the start. `carried` picks the carry out of the result.
#[track_caller]
fn trace_step<C: Tree, X: Tree, O: Tree>(
    name: &str,
    step: &dyn Fn((C, X)) -> O,
    start: &C,
    others: (&X, &[Type]),
    carried: impl Fn(&O) -> &C,
) -> Traced<O> {
    let (mut leaves, structure) = flatten(start);
    let mut promoted = false;
    loop {
        let mut types = types_of(&leaves);
        types.extend_from_slice(others.1);
        let template = (unflatten(start, leaves.clone()), others.0.clone());
        let differs: Mutex<Vec<Varying>> = Mutex::default();
        let noting = |given| {
            let out = step(given);
            let leaves = flatten(carried(&out)).0;
            *lock(&differs) = leaves.iter().map(varying).collect();
            out
        };
        let (closed, template) = trace(&noting, &template, &types);
        let (after, found) = flatten(carried(&template));
        if found != structure {
            misuse(format!(
                "{name}: the carry comes out with another structure than it goes in"
            ));
        }
        let mut changed = false;
        for ((leaf, out), differs) in leaves.iter_mut().zip(&after).zip(lock(&differs).iter()) {
            let more = differs & !varying(leaf);
            if more != 0 {
                *leaf = vary(leaf, more);
                changed = true;
            }
            if let (Value::Array(x), Type::Array(out)) = (&*leaf, out.ty())
                && x.is_weak()
                && x.dtype() != out.dtype
                && !promoted
            {
                *leaf = convert::convert(x, out.dtype, out.weak).into();
                changed = true;
            }
        }
        promoted = true;
        if changed {
            continue;
        }
        // Beside a counter the carry is a part of what is traced.
        let own = |path: String| match name {
            "fori_loop" => path
                .split_once(']')
                .map_or(String::new(), |(_, own)| own.to_owned()),
            _ => path,
        };
        let places = named_leaves(start)
            .into_iter()
            .map(|(path, _)| own(path.to_string()));
        for ((leaf, out), place) in leaves.iter().zip(&after).zip(places) {
            if !leaf.ty().matches(&out.ty()) {
                let of = if place.is_empty() {
                    String::new()
                } else {
                    format!(" at {place}")
                };
                misuse(format!(
                    "{name}: the carry{of} goes in as {} and comes out as {}",
                    leaf.ty(),
                    out.ty()
                ));
            }
        }
        return Traced {
            start: leaves,
            closed,
            template,
        };
    }
}

/// Programs over the captures of all, each once, then their own inputs.
pub(super) fn with_common_captures(all: &[Closed]) -> (Vec<Arc<Program>>, Vec<Value>) {
    let mut captures: Vec<Value> = Vec::new();
    let mut places: Vec<Vec<usize>> = Vec::new();
    for closed in all {
        let place = |value: &Value| {
            captures
                .iter()
                .position(|c| c.is(value))
                .unwrap_or_else(|| {
                    captures.push(value.clone());
                    captures.len() - 1
                })
        };
        places.push(closed.captures.iter().map(place).collect());
    }
    let lift = |(closed, places): (&Closed, &Vec<usize>)| {
        let mut program = Program::clone(&closed.program);
        let own = std::mem::take(&mut program.captures);
        let mut inputs = Vec::with_capacity(captures.len() + program.inputs.len());
        for (i, value) in captures.iter().enumerate() {
            inputs.push(match places.iter().position(|p| *p == i) {
                Some(k) => own[k],
                None => program.unread(value.ty()),
            });
        }
        inputs.append(&mut program.inputs);
        program.inputs = inputs;
        Arc::new(program)
    };
    let programs = all.iter().zip(&places).map(lift).collect();
    (programs, captures)
}

/// The extent of the leading axis that all arrays of a tree share.
fn leading(name: &str, tree: &impl Tree) -> Option<usize> {
    let mut found: Option<(String, usize)> = None;
    for (path, leaf) in named_leaves(tree) {
        let Value::Array(x) = leaf else {
            misuse(format!(
                "{name}: a pattern cannot be taken apart into slices"
            ))
        };
        let here = path.to_string();
        let Some(&size) = x.shape().first() else {
            misuse(format!("{name}: {here} {} has no leading axis", x.shape()))
        };
        match &found {
            Some((other, first)) if *first != size => misuse(format!(
                "{name}: leading axes differ: {other} has {first} slices, {here} {} has {size}",
                x.shape()
            )),
            Some(_) => {}
            None => found = Some((format!("{here} {}", x.shape()), size)),
        }
    }
    found.map(|(_, size)| size)
}

/// The only array of a condition.
fn condition(name: &str, closed: &Closed) {
    match &closed.program.output_types()[..] {
        [Type::Array(a)] if a.dtype == crate::array::DType::Bool && a.shape.rank() == 0 => {}
        other => misuse(format!(
            "{name}: the condition must give bool[], it gives {other:?}"
        )),
    }
}

/// A scalar as an index of branches or steps.
fn scalar_operand(name: &str, x: &Array) {
    if x.rank() != 0 {
        misuse(format!("{name}: expected a scalar, found {}", x.aval));
    }
}
