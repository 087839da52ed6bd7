//! Branches.

use super::{scalar_operand, with_common_captures};
use crate::array::{Array, DType, Operand};
use crate::ir::builder::varying;
use crate::ir::{Closed, Value};
use crate::ops::{Cond, bind, convert};
use crate::transform::jit::misuse;
use crate::transform::trace::{trace_in, types_of};
use crate::transform::tree::{Tree, flatten, named_leaves, unflatten};

/// `then(operand)` if `predicate` is true, otherwise `otherwise(operand)`; JAX's `lax.cond`.
///
/// Both are traced, one runs. A predicate that is a number is true unless it is 0. Under
/// [`vmap`](crate::vmap) with a batched predicate both run, and their results are selected.
///
/// ```
/// use graxe_core::{cond, scalar, Array};
/// let x = scalar(2.0);
/// let y = cond(x.greater(0), |x: &Array| x.log(), |x: &Array| x * 0, &x);
/// assert_eq!(y.item::<f32>(), 2f32.ln());
/// ```
///
/// # Panics
/// If the predicate is no scalar, or if the branches give trees of different structures, shapes
/// or dtypes.
#[track_caller]
pub fn cond<A: Tree, R: Tree>(
    predicate: impl Operand,
    then: impl Fn(&A) -> R,
    otherwise: impl Fn(&A) -> R,
    operand: &A,
) -> R {
    let predicate = predicate.operand();
    scalar_operand("cond", &predicate);
    let predicate = match predicate.dtype() {
        DType::Bool => predicate.into_owned(),
        _ => predicate.not_equal(0),
    };
    let index = convert::convert(&predicate, DType::I32, false);
    branch(
        "cond",
        &index,
        &[&otherwise, &then],
        &["second", "first"],
        operand,
    )
}

/// `branches[index](operand)`, the index clamped to those there are; JAX's `lax.switch`.
///
/// # Panics
/// If there is no branch, if the index is no scalar of integers, or if the branches give trees of
/// different structures, shapes or dtypes.
#[track_caller]
pub fn switch<A: Tree, R: Tree>(
    index: impl Operand,
    branches: &[&dyn Fn(&A) -> R],
    operand: &A,
) -> R {
    let index = index.operand();
    scalar_operand("switch", &index);
    if !index.dtype().is_integer() {
        misuse(format!(
            "switch: the index is {}, expected integers",
            index.aval
        ));
    }
    let names: Vec<String> = (0..branches.len()).map(|i| format!("number {i}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    if let [only] = branches {
        return only(operand);
    }
    let last = branches.len().saturating_sub(1);
    let index = convert::convert(&index.clip(0, last as i32), DType::I32, false);
    branch("switch", &index, branches, &names, operand)
}

#[track_caller]
fn branch<A: Tree, R: Tree>(
    name: &str,
    index: &Array,
    branches: &[&dyn Fn(&A) -> R],
    names: &[&str],
    operand: &A,
) -> R {
    let (leaves, _) = flatten(operand);
    let types = types_of(&leaves);
    let differs = varying(&index.into());
    let traced: Vec<(Closed, R)> = branches
        .iter()
        .map(|f| trace_in(None, differs, &|operand: A| f(&operand), operand, &types))
        .collect();
    let Some((_, template)) = traced.first() else {
        misuse(format!("{name}: expected at least one branch"))
    };
    let (wanted, structure) = flatten(template);
    for ((_, other), which) in traced.iter().zip(names).skip(1) {
        let (found, other_structure) = flatten(other);
        if other_structure != structure {
            misuse(format!(
                "{name}: branches {} and {which} give trees of different structure",
                names[0]
            ));
        }
        let places = named_leaves(template)
            .into_iter()
            .map(|(path, _)| path.to_string());
        for ((a, b), place) in wanted.iter().zip(&found).zip(places) {
            if !a.ty().matches(&b.ty()) {
                let at = if place.is_empty() {
                    place
                } else {
                    format!(" at {place}")
                };
                misuse(format!(
                    "{name}: branch {} gives {}{at}, branch {which} {}",
                    names[0],
                    a.ty(),
                    b.ty()
                ));
            }
        }
    }
    let template = template.clone();
    let closed: Vec<Closed> = traced.into_iter().map(|(closed, _)| closed).collect();
    let (branches, captures) = with_common_captures(&closed);
    let mut operands: Vec<Value> = vec![index.into()];
    operands.extend(captures);
    operands.extend(leaves);
    unflatten(&template, bind(&Cond { branches }.into(), operands))
}
