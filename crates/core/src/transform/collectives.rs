//! What the places of a named axis, examples or devices, do together.

use super::jit::misuse;
use super::tree::{self, Tree};
use crate::array::Array;
use crate::ir::Value;
use crate::ir::builder::{Varying, axes};
use crate::ops::batching::AxisName;
use crate::ops::{Collect, Collective, bind1};

/// The innermost axis of that name, and its size.
#[track_caller]
fn named(operation: &str, axis: &str) -> (AxisName, usize) {
    let known = axes();
    if let Some(found) = known.iter().rfind(|(name, _)| &**name == axis) {
        return found.clone();
    }
    let known: Vec<String> = known.iter().map(|(name, _)| format!("{name:?}")).collect();
    let here = match &known[..] {
        [] => "no axis has a name here: name one by BatchAxes::name, or in pmap".to_owned(),
        known => format!("the axes here are {}", known.join(", ")),
    };
    misuse(format!("{operation}: no axis {axis:?}: {here}"))
}

#[track_caller]
fn of_each<T: Tree>(operation: &str, x: &T, axis: &str, kind: &Collect) -> T {
    let (axis, size) = named(operation, axis);
    let op = Collective {
        axis,
        size,
        kind: kind.clone(),
    };
    tree::map(x, |x| bind1(op.clone(), vec![x.into()]))
}

/// A value that is taken to differ over more axes, a bit for each by its depth.
pub(super) fn vary(value: &Value, more: Varying) -> Value {
    let Value::Array(x) = value else {
        return value.clone();
    };
    let axes = axes().into_iter().enumerate();
    let chosen = axes.filter(|(depth, _)| more & (1 << depth) != 0);
    let differs = chosen.fold(x.clone(), |x, (_, (axis, size))| {
        let op = Collective {
            axis,
            size,
            kind: Collect::Vary,
        };
        bind1(op, vec![x.into()])
    });
    differs.into()
}

/// The sum over all places of a named axis, the same at each; JAX's `lax.psum`.
///
/// ```
/// use graxe_core::{array, psum, vmap_with, Array, BatchAxes};
/// let share = |x: &Array| x / psum(x, "i");
/// let y = vmap_with(share, BatchAxes::default().name("i"))(&array([1.0, 1.0, 2.0]));
/// assert_eq!(y.to_vec::<f32>(), [0.25, 0.25, 0.5]);
/// ```
///
/// # Panics
/// If no axis of the mapped functions around has that name; so do the functions below.
#[track_caller]
pub fn psum<T: Tree>(x: &T, axis: &str) -> T {
    of_each("psum", x, axis, &Collect::Sum)
}

/// The mean over all places of a named axis; JAX's `lax.pmean`.
#[track_caller]
pub fn pmean<T: Tree>(x: &T, axis: &str) -> T {
    let (_, size) = named("pmean", axis);
    tree::map(&psum(x, axis), |sum| sum / size as f64)
}

/// The largest over all places of a named axis; places that have it share its gradient. JAX's `lax.pmax`.
#[track_caller]
pub fn pmax<T: Tree>(x: &T, axis: &str) -> T {
    of_each("pmax", x, axis, &Collect::Max)
}

/// The smallest over all places of a named axis; places that have it share its gradient. JAX's `lax.pmin`.
#[track_caller]
pub fn pmin<T: Tree>(x: &T, axis: &str) -> T {
    of_each("pmin", x, axis, &Collect::Min)
}

/// The arrays of all places along a new leading axis; JAX's `lax.all_gather`.
#[track_caller]
pub fn all_gather<T: Tree>(x: &T, axis: &str) -> T {
    of_each("all_gather", x, axis, &Collect::Gather { dimension: 0 })
}

/// What another place has: each pair says from where to where; places that receive nothing have zeros.
/// JAX's `lax.ppermute`.
///
/// # Panics
/// If a place is named that there is not, or one sends or receives twice.
#[track_caller]
pub fn ppermute<T: Tree>(x: &T, axis: &str, pairs: &[(usize, usize)]) -> T {
    let pairs = pairs.to_vec();
    of_each("ppermute", x, axis, &Collect::Permute { pairs })
}

/// Sends each slice along the axis `split` to the place of its number; what is received stands along a
/// new axis at `concat`. JAX's `lax.all_to_all`.
///
/// # Panics
/// If the axis `split` has not as many slices as there are places.
#[track_caller]
pub fn all_to_all<T: Tree>(x: &T, axis: &str, split: usize, concat: usize) -> T {
    of_each("all_to_all", x, axis, &Collect::AllToAll { split, concat })
}

/// The number of the place along a named axis; JAX's `lax.axis_index`.
#[track_caller]
pub fn axis_index(axis: &str) -> Array {
    let (axis, size) = named("axis_index", axis);
    let op = Collective {
        axis,
        size,
        kind: Collect::Index,
    };
    bind1(op, Vec::new())
}

/// How many places a named axis has; JAX's `lax.axis_size`.
#[track_caller]
pub fn axis_size(axis: &str) -> usize {
    named("axis_size", axis).1
}
