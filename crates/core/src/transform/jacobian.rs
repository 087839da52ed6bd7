//! Whole derivatives: Jacobians and Hessians, of arrays and of trees.

use super::batch::batch_eval;
use super::func::{Arg0, Body, Func, Positions};
use super::grad::{check_like, differentiated, linearise, or_zeros, reverse};
use super::jit::misuse;
use super::jvp::{forward, jvp_eval};
use super::mapped::Mapped;
use super::trace::{trace, types_of};
use super::tree::{Step, Tree, flatten, named_leaves, unflatten};
use crate::array::{Array, Shape};
use crate::ir::builder::build;
use crate::ir::{Aval, Type, Value};
use crate::ops::batching::{Batch, ensure_front, move_axis};
use crate::ops::{marked, reshape, slice, spread};

/// For each array of a result, for each array of an argument, the derivative `[result.., argument..]`.
pub type Jacobian<Out, In> = Mapped<Out, Mapped<In, Array>>;

/// A derivative of each leaf of a result in each leaf of an argument.
type Blocks = Vec<Vec<Array>>;

/// Unit directions of leaves, in front of each the axis that counts the directions of all.
fn directions(avals: &[Aval]) -> Vec<Array> {
    let sizes: Vec<usize> = avals.iter().map(|a| a.shape.size()).collect();
    let total: usize = sizes.iter().sum();
    let mut before = 0;
    let block = |(aval, size): (&Aval, &usize)| {
        let offset = -(before as isize);
        before += size;
        let unit = crate::functions::creation::eye(total, *size, offset, aval.dtype);
        reshape::reshape(&unit, aval.shape.with_axis(0, total))
    };
    avals.iter().zip(&sizes).map(block).collect()
}

/// The part of the first axis that belongs to each leaf.
fn parts(x: &Array, avals: &[Aval]) -> Vec<Array> {
    let mut before = 0;
    let part = |aval: &Aval| {
        let from = before;
        before += aval.shape.size();
        slice::slice_axis(x, 0, from, before)
    };
    avals.iter().map(part).collect()
}

fn avals(types: &[Type]) -> Vec<Aval> {
    let aval = |ty: &Type| match ty {
        Type::Array(a) => Some(a.clone()),
        Type::Pattern(_) => None,
    };
    types.iter().filter_map(aval).collect()
}

fn joined(a: &Shape, b: &Shape) -> Shape {
    Shape::from(&[&a[..], &b[..]].concat()[..])
}

/// By forward mode: every direction of the first argument at once.
fn by_forward<I: Tree, R: Tree>(name: &str, f: &Body<'_, I, R>, inputs: &I) -> (R, Blocks) {
    let (leaves, _) = flatten(inputs);
    let with = differentiated(name, inputs, &[0]);
    let (closed, template) = trace(f, inputs, &types_of(&leaves));
    let (pushed, out_with) = forward(&closed.program, &closed.captures, &with);
    let of = avals(&marked(&closed.program.input_types(), &with, true));
    let size = of.iter().map(|a| a.shape.size()).sum();
    let mut axes = vec![None; leaves.len()];
    axes.resize(leaves.len() + of.len(), Some(0));
    let mut given = leaves;
    given.extend(directions(&of).into_iter().map(Value::from));
    let batch = Batch { size, name: None };
    let (mut results, mut axes) =
        batch_eval(&pushed.program, &pushed.captures, given, &axes, &batch);
    let outputs = closed.program.output_types();
    let moved = results
        .split_off(outputs.len())
        .into_iter()
        .zip(axes.split_off(outputs.len()));
    let moved = moved.map(|(v, axis)| ensure_front(v.array(), axis, size).into());
    let blocks = spread(&out_with, moved)
        .into_iter()
        .zip(&outputs)
        .map(|(moved, out)| {
            let Type::Array(out) = out else {
                return Vec::new();
            };
            let block = |(i, part): (usize, Option<Array>)| {
                let shape = joined(&out.shape, &of[i].shape);
                match part {
                    Some(part) => reshape::reshape(&move_axis(&part, 0, part.rank() - 1), shape),
                    None => Array::zeros(shape, out.dtype),
                }
            };
            let cut = match &moved {
                Some(x) => parts(x, &of).into_iter().map(Some).collect(),
                None => vec![None; of.len()],
            };
            cut.into_iter().enumerate().map(block).collect()
        });
    let blocks = blocks.collect();
    (template, blocks)
}

/// By reverse mode: every direction of the result at once.
fn by_reverse<I: Tree, R: Tree>(name: &str, f: &Body<'_, I, R>, inputs: &I) -> (R, Blocks) {
    let (leaves, _) = flatten(inputs);
    let with = differentiated(name, inputs, &[0]);
    let (closed, template) = trace(f, inputs, &types_of(&leaves));
    let outputs = closed.program.output_types();
    let results = avals(&outputs);
    if let Some(other) = results.iter().find(|a| !a.dtype.is_float()) {
        misuse(format!(
            "{name}: the function must give floats, it gives {other}"
        ));
    }
    let of = avals(&marked(&closed.program.input_types(), &with, true));
    let (_, linear) = linearise(&closed, leaves, &with);
    let types: Vec<Type> = results.iter().cloned().map(Type::Array).collect();
    let arrays: Vec<bool> = outputs.iter().map(Type::is_differentiable).collect();
    let pulled = build(&types, |cotangents| {
        let cotangents = spread(&arrays, cotangents);
        let pulled = linear.pull(cotangents).into_iter().zip(&of);
        let zeros = |a: &Aval| Array::zeros(a.shape.clone(), a.dtype);
        pulled
            .map(|(c, a)| c.unwrap_or_else(|| zeros(a)).into())
            .collect()
    });
    let size = results.iter().map(|a| a.shape.size()).sum();
    let given: Vec<Value> = directions(&results).into_iter().map(Value::from).collect();
    let axes = vec![Some(0); given.len()];
    let batch = Batch { size, name: None };
    let (rows, axes) = batch_eval(&pulled.program, &pulled.captures, given, &axes, &batch);
    let mut blocks: Blocks = vec![Vec::new(); results.len()];
    for ((rows, axis), aval) in rows.iter().zip(axes).zip(&of) {
        let rows = ensure_front(rows.array(), axis, size);
        for ((row, part), out) in blocks.iter_mut().zip(parts(&rows, &results)).zip(&results) {
            row.push(reshape::reshape(&part, joined(&out.shape, &aval.shape)));
        }
    }
    (template, blocks)
}

/// The only block.
fn only(blocks: Blocks) -> Array {
    match blocks.into_iter().flatten().next() {
        Some(block) => block,
        None => unreachable!("an array in an array has one derivative"),
    }
}

/// The blocks under the leaves of result and argument.
fn by_leaf<I: Tree, R: Tree>((template, blocks): (R, Blocks), argument: &I) -> Jacobian<R, I> {
    let rows = blocks.into_iter().filter(|row| !row.is_empty());
    Mapped::from_arrays(
        &template,
        rows.map(|row| Mapped::from_arrays(argument, row)),
    )
}

/// The Jacobian of an array in the first argument, an array, by forward mode: `[out.., in..]`.
/// JAX's `jacfwd`; best where there are fewer inputs than outputs.
///
/// ```
/// use graxe_core::{array, jacfwd, Array};
/// let j = jacfwd(|x: &Array| x * x)(&array([1.0, 3.0]));
/// assert_eq!(j.to_vec::<f32>(), [2.0, 0.0, 0.0, 6.0]);
/// ```
///
/// # Panics
/// When called, if the first argument is not of floats.
pub fn jacfwd<'f, Args, F>(f: F) -> Box<F::Returning<Array>>
where
    F: Func<'f, Args, Out = Array, First = Array>,
{
    let f = f.body();
    F::wrap(Box::new(move |inputs: F::Inputs| {
        only(by_forward("jacfwd", &*f, &inputs).1)
    }))
}

/// As [`jacfwd`] of a tree in a tree: for each leaf of the result, for each leaf of the first argument.
///
/// # Panics
/// When called, if a leaf of the first argument is not of floats.
#[allow(
    clippy::type_complexity,
    reason = "a boxed closure over the caller's types"
)]
pub fn jacfwd_tree<'f, Args, F>(f: F) -> Box<F::Returning<Jacobian<F::Out, F::First>>>
where
    F: Func<'f, Args>,
    Arg0: Positions<F::Inputs, Output = F::First>,
{
    let f = f.body();
    F::wrap(Box::new(move |inputs: F::Inputs| {
        let found = by_forward("jacfwd_tree", &*f, &inputs);
        by_leaf(found, &first::<F::Inputs, F::First>(&inputs))
    }))
}

/// The Jacobian of an array in the first argument, an array, by reverse mode: `[out.., in..]`.
/// JAX's `jacrev`; best where there are fewer outputs than inputs.
///
/// # Panics
/// When called, if the first argument or the result is not of floats.
pub fn jacrev<'f, Args, F>(f: F) -> Box<F::Returning<Array>>
where
    F: Func<'f, Args, Out = Array, First = Array>,
{
    let f = f.body();
    F::wrap(Box::new(move |inputs: F::Inputs| {
        only(by_reverse("jacrev", &*f, &inputs).1)
    }))
}

/// As [`jacrev`] of a tree in a tree: for each leaf of the result, for each leaf of the first argument.
///
/// # Panics
/// When called, if a leaf of the first argument or of the result is not of floats.
#[allow(
    clippy::type_complexity,
    reason = "a boxed closure over the caller's types"
)]
pub fn jacrev_tree<'f, Args, F>(f: F) -> Box<F::Returning<Jacobian<F::Out, F::First>>>
where
    F: Func<'f, Args>,
    Arg0: Positions<F::Inputs, Output = F::First>,
{
    let f = f.body();
    F::wrap(Box::new(move |inputs: F::Inputs| {
        let found = by_reverse("jacrev_tree", &*f, &inputs);
        by_leaf(found, &first::<F::Inputs, F::First>(&inputs))
    }))
}

/// The second derivative of an array in the first argument, an array, forward over reverse:
/// `[out.., in.., in..]`. JAX's `hessian`.
///
/// ```
/// use graxe_core::{array, hessian, Array};
/// let h = hessian(|x: &Array| x.powi(3).sum(..))(&array([1.0, 2.0]));
/// assert_eq!(h.to_vec::<f32>(), [6.0, 0.0, 0.0, 12.0]);
/// ```
///
/// # Panics
/// When called, if the first argument or the result is not of floats.
pub fn hessian<'f, Args, F>(f: F) -> Box<F::Returning<Array>>
where
    F: Func<'f, Args, Out = Array, First = Array>,
{
    let f = f.body();
    F::wrap(Box::new(move |inputs: F::Inputs| {
        let slope = |inputs: F::Inputs| only(by_reverse("hessian", &*f, &inputs).1);
        only(by_forward("hessian", &slope, &inputs).1)
    }))
}

/// The second derivative of a scalar in the first argument, a tree: for each of its leaves, for each
/// of its leaves, `[leaf.., other leaf..]`.
///
/// # Panics
/// When called, if a leaf of the first argument is not of floats, or the result no float of shape `[]`.
#[allow(
    clippy::type_complexity,
    reason = "a boxed closure over the caller's types"
)]
pub fn hessian_tree<'f, Args, F>(f: F) -> Box<F::Returning<Jacobian<F::First, F::First>>>
where
    F: Func<'f, Args, Out = Array>,
    Arg0: Positions<F::Inputs, Output = F::First>,
{
    let f = f.body();
    F::wrap(Box::new(move |inputs: F::Inputs| {
        let slope = |inputs: F::Inputs| -> F::First {
            let (_, leaves) = reverse("hessian_tree", &*f, &inputs, &[0]);
            Arg0::rebuild(&inputs, leaves)
        };
        let found = by_forward("hessian_tree", &slope, &inputs);
        by_leaf(found, &first::<F::Inputs, F::First>(&inputs))
    }))
}

/// The gradient of a scalar in the first argument, and the product of its Hessian with a direction of
/// that argument, forward over reverse: the Hessian itself is not made.
///
/// ```
/// use graxe_core::{array, hvp, Array};
/// let f = |x: &Array| x.powi(3).sum(..);
/// let (gradient, product) = hvp(f, (array([1.0, 2.0]),), array([1.0, 0.5]));
/// assert_eq!(gradient.to_vec::<f32>(), [3.0, 12.0]);
/// assert_eq!(product.to_vec::<f32>(), [6.0, 6.0]);
/// ```
///
/// # Panics
/// If the direction's shapes are not those of the argument, or if the result is no float of shape `[]`.
#[track_caller]
pub fn hvp<'f, Args, F>(f: F, primals: F::Inputs, direction: F::First) -> (F::First, F::First)
where
    F: Func<'f, Args, Out = Array>,
    Arg0: Positions<F::Inputs, Output = F::First>,
{
    let f = f.body();
    let slope = |inputs: F::Inputs| -> F::First {
        let (_, leaves) = reverse("hvp", &*f, &inputs, &[0]);
        Arg0::rebuild(&inputs, leaves)
    };
    let (leaves, _) = flatten(&primals);
    let types = types_of(&leaves);
    let with = differentiated("hvp", &primals, &[0]);
    let (closed, template) = trace(&slope, &primals, &types);
    let (given, _) = flatten(&direction);
    let given: Vec<Value> = given
        .into_iter()
        .filter(|v| v.ty().is_differentiable())
        .collect();
    check_like("hvp", "direction", &marked(&types, &with, true), &given);
    let tangents = spread(&with, given);
    let (results, moved) = jvp_eval(&closed.program, &closed.captures, leaves, tangents);
    let moved = or_zeros(&results, moved);
    (unflatten(&template, results), unflatten(&template, moved))
}

/// The first argument.
fn first<I: Tree, A: Tree>(inputs: &I) -> A
where
    Arg0: Positions<I, Output = A>,
{
    let leaves = named_leaves(inputs).into_iter();
    let own = leaves.filter(|(path, _)| path.0.first() == Some(&Step::Index(0)));
    Arg0::rebuild(inputs, own.map(|(_, leaf)| leaf).collect())
}
