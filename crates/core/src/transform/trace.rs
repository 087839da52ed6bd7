//! From a closure over trees to a program.

use super::func::Func;
use super::tree::{Tree, flatten, unflatten};
use crate::ir::builder::{Setting, Varying, axes, build_in, hollow, varying};
use crate::ir::{Closed, Program, Type, Value};
use crate::ops::batching::AxisName;

/// Traces `f` at inputs of the template's structure and of the given types.
///
/// The second result is the output's tree with hollow leaves.
#[track_caller]
pub(crate) fn trace<I: Tree, R: Tree>(
    f: &(dyn Fn(I) -> R + '_),
    template: &I,
    types: &[Type],
) -> (Closed, R) {
    trace_in(None, 0, f, template, types)
}

/// As [`trace`], of a function that is mapped over a named axis, or of one in which everything is taken
/// to differ over the axes of `floor`. Leaves of the template tell over which axes they differ.
#[track_caller]
pub(crate) fn trace_in<I: Tree, R: Tree>(
    axis: Option<(AxisName, Vec<bool>, usize)>,
    floor: Varying,
    f: &(dyn Fn(I) -> R + '_),
    template: &I,
    types: &[Type],
) -> (Closed, R) {
    let depth = axes().len();
    let mut setting = Setting {
        floor,
        ..Setting::default()
    };
    if depth > 0 || axis.is_some() {
        let mut differs: Vec<Varying> = flatten(template).0.iter().map(varying).collect();
        if let Some((name, mapped, size)) = axis {
            for (differs, _) in differs.iter_mut().zip(mapped).filter(|(_, m)| *m) {
                *differs |= 1 << depth;
            }
            setting.axis = Some((name, size));
        }
        setting.varying = Some(differs);
    }
    build_in(setting, types, |leaves| {
        let out = f(unflatten(template, leaves));
        let (leaves, _) = flatten(&out);
        let shape = leaves.iter().map(|v| hollow(&v.ty())).collect();
        let shape = unflatten(&out, shape);
        (leaves, shape)
    })
}

/// The types of a tree's leaves.
pub(crate) fn types_of(leaves: &[Value]) -> Vec<Type> {
    leaves.iter().map(Value::ty).collect()
}

/// A function that gives the program of `f` at its arguments, without running it; JAX's
/// `make_jaxpr`.
///
/// ```
/// use graxe_core::{make_program, scalar, Array};
/// let program = make_program(|x: &Array| 2 * x + 1)(&scalar(3));
/// assert_eq!(program.equations.len(), 2);
/// ```
pub fn make_program<'f, Args, F: Func<'f, Args>>(f: F) -> Box<F::Returning<Program>> {
    let f = f.body();
    F::wrap(Box::new(move |inputs: F::Inputs| {
        let (leaves, _) = flatten(&inputs);
        let (closed, _) = trace(&*f, &inputs, &types_of(&leaves));
        Program::clone(&closed.program)
    }))
}
