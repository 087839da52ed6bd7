//! A function of one example becomes a function of a batch.

use super::batch::{batch_eval, place_batch};
use super::func::Func;
use super::jit::misuse;
use super::trace::trace;
use super::tree::{Step, Tree, named_leaves, tree_arguments, unflatten};
use crate::array::Shape;
use crate::ir::{Type, Value};
use crate::ops::batching::Batch;

/// Where one argument or the result carries its batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// Along this axis, counted from the end if negative.
    At(isize),
    /// Nowhere: shared by the whole batch.
    Shared,
}

impl From<isize> for Axis {
    fn from(axis: isize) -> Self {
        Self::At(axis)
    }
}

impl From<i32> for Axis {
    fn from(axis: i32) -> Self {
        Self::At(axis as isize)
    }
}

impl From<Option<isize>> for Axis {
    fn from(axis: Option<isize>) -> Self {
        axis.map_or(Self::Shared, Self::At)
    }
}

impl From<()> for Axis {
    fn from((): ()) -> Self {
        Self::Shared
    }
}

/// The batch axes of all arguments (one for each, or one for all) and of the result.
#[derive(Clone, Debug)]
pub struct Axes {
    inputs: Vec<Axis>,
    output: Axis,
}

impl Default for Axes {
    fn default() -> Self {
        Self {
            inputs: vec![Axis::At(0)],
            output: Axis::At(0),
        }
    }
}

impl Axes {
    /// One axis for every argument; all of an argument's leaves share it.
    pub fn inputs<A: Into<Axis>>(axes: impl IntoIterator<Item = A>) -> Self {
        Self {
            inputs: axes.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }

    /// Where the results carry the batch; 0 unless said.
    pub fn output(mut self, axis: impl Into<Axis>) -> Self {
        self.output = axis.into();
        self
    }
}

/// Batches `f` along axis 0 of every argument and of the results.
///
/// ```
/// use graxe_core::{array, vmap, Array};
/// let dot = |x: &Array, y: &Array| (x * y).sum(..);
/// let x = array([[1.0, 2.0], [3.0, 4.0]]);
/// assert_eq!(vmap(dot)(&x, &x).to_vec::<f32>(), [5.0, 25.0]);
/// ```
pub fn vmap<'f, Args, F: Func<'f, Args>>(f: F) -> Box<F::Returning<F::Out>> {
    vmap_with(f, Axes::default())
}

/// Batches `f` with the axes given. The pattern inside a batched [`Csr`](crate::Csr) is
/// shared, its values are batched.
///
/// # Panics
/// When called: if no argument is batched, if sizes differ (naming every argument, its shape,
/// axis and size), if an axis is out of range, if a
/// pattern is to be batched, or if a batched result is wanted shared.
pub fn vmap_with<'f, Args, F: Func<'f, Args>>(f: F, axes: Axes) -> Box<F::Returning<F::Out>> {
    let f = f.body();
    F::wrap(Box::new(move |inputs: F::Inputs| {
        let (leaves, places, size) = place(&inputs, &axes.inputs);
        let example: Vec<Type> = leaves
            .iter()
            .zip(&places)
            .map(|(leaf, axis)| match (leaf.ty(), axis) {
                (Type::Array(a), Some(axis)) => {
                    Type::Array(a.with_shape(a.shape.without(&[*axis])))
                }
                (ty, _) => ty,
            })
            .collect();
        let batch = Batch { size, name: None };
        let (closed, template) = trace(&*f, &inputs, &example);
        let (results, found) =
            batch_eval(&closed.program, &closed.captures, leaves, &places, &batch);
        let results = results
            .into_iter()
            .zip(found)
            .map(|(value, axis)| match (value, axes.output) {
                (Value::Pattern(p), _) => Value::Pattern(p),
                (Value::Array(x), Axis::Shared) => {
                    if let Some(axis) = axis {
                        misuse(format!(
                            "vmap: the result is wanted shared but is batched on axis {axis}"
                        ));
                    }
                    Value::Array(x)
                }
                (Value::Array(x), Axis::At(wanted)) => {
                    let rank = x.rank() + usize::from(axis.is_none());
                    let wanted = crate::array::normalise_axis("vmap: result", wanted, rank);
                    Value::Array(place_batch(&x, axis, wanted, size))
                }
            })
            .collect();
        unflatten(&template, results)
    }))
}

/// The leaves, the batch axis of each, and the size of the batch.
fn place<I: Tree>(inputs: &I, axes: &[Axis]) -> (Vec<Value>, Vec<Option<usize>>, usize) {
    let arguments = tree_arguments(inputs);
    if axes.len() != 1 && axes.len() != arguments {
        misuse(format!(
            "vmap: {} axes for {arguments} arguments: give one for each, or one for all",
            axes.len()
        ));
    }
    let mut seen: Vec<(String, Shape, usize, usize)> = Vec::new();
    let (mut leaves, mut places) = (Vec::new(), Vec::new());
    for (path, leaf) in named_leaves(inputs) {
        let argument = match path.0.first() {
            Some(Step::Index(i)) => *i,
            _ => 0,
        };
        let axis = axes[if axes.len() == 1 { 0 } else { argument }];
        let name = path.argument();
        if matches!((&leaf, axis), (Value::Pattern(_), Axis::At(_))) && path.0.len() == 1 {
            misuse(format!(
                "vmap: {name} is a pattern, which cannot be batched: share it"
            ));
        }
        let batch = match (&leaf, axis) {
            (_, Axis::Shared) | (Value::Pattern(_), Axis::At(_)) => None,
            (Value::Array(x), Axis::At(axis)) => {
                let rank = x.rank() as isize;
                if !(-rank..rank).contains(&axis) {
                    misuse(format!(
                        "vmap: {name} is to be batched on axis {axis}, which needs rank {}, but \
                         has shape {}",
                        if axis < 0 { -axis } else { axis + 1 },
                        x.shape()
                    ));
                }
                let axis = axis.rem_euclid(rank) as usize;
                seen.push((name, x.shape().clone(), axis, x.shape()[axis]));
                Some(axis)
            }
        };
        leaves.push(leaf);
        places.push(batch);
    }
    let Some(size) = seen.first().map(|s| s.3) else {
        misuse("vmap: no argument is batched: give at least one an axis".to_owned())
    };
    if seen.iter().any(|s| s.3 != size) {
        let list: Vec<String> = seen
            .iter()
            .map(|(name, shape, axis, n)| format!("{name} {shape} has size {n} on axis {axis}"))
            .collect();
        misuse(format!(
            "vmap: the batch has different sizes: {}",
            list.join("; ")
        ));
    }
    (leaves, places, size)
}
