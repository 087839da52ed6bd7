//! A function of one example becomes a function of a batch.

use super::batch::{batch_eval, place_batch};
use super::func::{Body, Func};
use super::jit::misuse;
use super::mapped::Mapped;
use super::trace::trace_in;
use super::tree::{Path, Step, Tree, named_leaves, tree_arguments, unflatten};
use crate::array::Shape;
use crate::ir::{Closed, Type, Value};
use crate::ops::batching::{AxisName, Batch};

/// Where an argument, the result, or parts of them carry the batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Axis {
    /// Along this axis of every array, counted from the end if negative.
    At(isize),
    /// Nowhere: shared by the whole batch.
    Shared,
    /// Each part of a tuple, struct or collection apart; parts without arrays are not counted.
    Parts(Vec<Axis>),
    /// Each leaf apart, in order.
    Leaves(Vec<Axis>),
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

impl<A: Into<Axis>> From<Vec<A>> for Axis {
    fn from(parts: Vec<A>) -> Self {
        Self::Parts(parts.into_iter().map(Into::into).collect())
    }
}

impl<A: Into<Axis>, const N: usize> From<[A; N]> for Axis {
    fn from(parts: [A; N]) -> Self {
        Self::Parts(parts.into_iter().map(Into::into).collect())
    }
}

impl<A: Into<Axis>, B: Into<Axis>> From<(A, B)> for Axis {
    fn from((a, b): (A, B)) -> Self {
        Self::Parts(vec![a.into(), b.into()])
    }
}

impl<A: Into<Axis>, B: Into<Axis>, C: Into<Axis>> From<(A, B, C)> for Axis {
    fn from((a, b, c): (A, B, C)) -> Self {
        Self::Parts(vec![a.into(), b.into(), c.into()])
    }
}

impl<T: Tree> From<&Mapped<T, Axis>> for Axis {
    fn from(axes: &Mapped<T, Axis>) -> Self {
        Self::Leaves(axes.leaves().to_vec())
    }
}

impl Axis {
    /// The axis of each leaf of a tree; `what` names the tree.
    fn of_leaves(&self, what: &str, leaves: &[(&[Step], &Value)]) -> Vec<Self> {
        match self {
            Self::At(_) | Self::Shared => vec![self.clone(); leaves.len()],
            Self::Leaves(axes) => {
                let arrays = leaves.iter().filter(|(_, v)| matches!(v, Value::Array(_)));
                let found = arrays.count();
                if found != axes.len() {
                    misuse(format!(
                        "vmap: {} axes for the {found} arrays of {what}",
                        axes.len()
                    ));
                }
                let mut axes = axes.iter().cloned();
                let axis = |(_, v): &(&[Step], &Value)| match v {
                    Value::Array(_) => axes.next().unwrap_or(Self::Shared),
                    Value::Pattern(_) => Self::Shared,
                };
                leaves.iter().map(axis).collect()
            }
            Self::Parts(axes) => {
                let parts: Vec<_> = leaves
                    .chunk_by(|a, b| a.0.first() == b.0.first() && !a.0.is_empty())
                    .collect();
                if parts.len() != axes.len() {
                    let found = parts.len();
                    misuse(format!(
                        "vmap: {} axes for the {found} parts of {what}",
                        axes.len()
                    ));
                }
                let inside = |(axis, part): (&Self, &[(&[Step], &Value)])| {
                    let rest: Vec<(&[Step], &Value)> = part
                        .iter()
                        .map(|(path, v)| (path.get(1..).unwrap_or(&[]), *v))
                        .collect();
                    axis.of_leaves(what, &rest)
                };
                axes.iter().zip(parts).flat_map(inside).collect()
            }
        }
    }
}

/// The batch axes of all arguments (one for each, or one for all) and of the result.
///
/// ```
/// use graxe_core::{BatchAxes, array, vmap_with, Array};
/// // A pair, of which the first array is batched on its second axis, the second shared.
/// let f = |p: &(Array, Array), x: &Array| &p.0 * x + &p.1;
/// let axes = BatchAxes::inputs([(1, ()).into(), graxe_core::BatchAxis::At(0)]);
/// let p = (array([[1.0, 2.0, 3.0]]), array([10.0]));
/// assert_eq!(vmap_with(f, axes)(&p, &array([1.0, 1.0, 2.0])).to_vec::<f32>(), [11.0, 12.0, 16.0]);
/// ```
#[derive(Clone, Debug)]
pub struct Axes {
    inputs: Vec<Axis>,
    pub(super) output: Axis,
    pub(super) name: Option<AxisName>,
    size: Option<usize>,
}

impl Default for Axes {
    fn default() -> Self {
        Self {
            inputs: vec![Axis::At(0)],
            output: Axis::At(0),
            name: None,
            size: None,
        }
    }
}

impl Axes {
    /// One axis for every argument, or one for each; an argument's parts and leaves share it, or
    /// have axes of their own.
    pub fn inputs<A: Into<Axis>>(axes: impl IntoIterator<Item = A>) -> Self {
        Self {
            inputs: axes.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }

    /// Where the results carry the batch, all or each of its own; 0 unless said.
    pub fn output(mut self, axis: impl Into<Axis>) -> Self {
        self.output = axis.into();
        self
    }

    /// The name by which [`psum`](crate::psum) and its like call the axis inside.
    pub fn name(mut self, name: &str) -> Self {
        self.name = Some(name.into());
        self
    }

    /// How many examples there are, where no argument is batched.
    pub fn size(mut self, size: usize) -> Self {
        self.size = Some(size);
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
        batched(&*f, &axes, &inputs)
    }))
}

/// The function of a batch, applied.
pub(super) fn batched<I: Tree, R: Tree>(f: &Body<'_, I, R>, axes: &Axes, inputs: &I) -> R {
    let (leaves, places, size) = place(inputs, axes);
    let batch = Batch {
        size,
        name: axes.name.clone(),
    };
    let (closed, template) = trace_example(f, axes, inputs, (&leaves, &places, size));
    let (results, found) = batch_eval(&closed.program, &closed.captures, leaves, &places, &batch);
    let results = place_results(&template, results, &found, &axes.output, size);
    unflatten(&template, results)
}

/// Traces the function at one example.
pub(super) fn trace_example<I: Tree, R: Tree>(
    f: &(dyn Fn(I) -> R + '_),
    axes: &Axes,
    inputs: &I,
    (leaves, places, size): (&[Value], &[Option<usize>], usize),
) -> (Closed, R) {
    let example: Vec<Type> = leaves
        .iter()
        .zip(places)
        .map(|(leaf, axis)| axis.map_or_else(|| leaf.ty(), |axis| leaf.ty().slice(axis)))
        .collect();
    let named = axes.name.clone().map(|name| {
        let mapped = places.iter().map(Option::is_some).collect();
        (name, mapped, size)
    });
    trace_in(named, 0, f, inputs, &example)
}

/// Brings the batch of each result where it is wanted.
pub(super) fn place_results<R: Tree>(
    template: &R,
    results: Vec<Value>,
    found: &[Option<usize>],
    wanted: &Axis,
    size: usize,
) -> Vec<Value> {
    let named = named_leaves(template);
    let leaves: Vec<(&[Step], &Value)> = named.iter().map(|(p, v)| (&p.0[..], v)).collect();
    let wanted = wanted.of_leaves("the result", &leaves);
    let mut placed = Vec::with_capacity(results.len());
    for (k, (value, wanted)) in results.into_iter().zip(wanted).enumerate() {
        placed.push(match (value, wanted, found[k]) {
            (Value::Array(x), Axis::At(wanted), axis) => {
                let rank = x.rank() + usize::from(axis.is_none());
                let wanted = crate::array::normalise_axis("vmap: result", wanted, rank);
                place_batch(&x, axis, wanted, size).into()
            }
            (Value::Array(_), _, Some(axis)) => {
                let here = named[k].0.to_string();
                let which = if here.is_empty() {
                    here
                } else {
                    format!(" {here}")
                };
                misuse(format!(
                    "vmap: the result{which} is wanted shared but is batched on axis {axis}"
                ))
            }
            (value, ..) => value,
        });
    }
    placed
}

/// The leaves, the batch axis of each, and the size of the batch.
pub(super) fn place<I: Tree>(inputs: &I, all: &Axes) -> (Vec<Value>, Vec<Option<usize>>, usize) {
    let axes = &all.inputs;
    let arguments = tree_arguments(inputs);
    if axes.len() != 1 && axes.len() != arguments {
        misuse(format!(
            "vmap: {} axes for {arguments} arguments: give one for each, or one for all",
            axes.len()
        ));
    }
    let named = named_leaves(inputs);
    let argument = |path: &Path| match path.0.first() {
        Some(Step::Index(i)) => *i,
        _ => 0,
    };
    let by_leaf = named
        .chunk_by(|a, b| argument(&a.0) == argument(&b.0))
        .flat_map(|leaves| {
            let number = argument(&leaves[0].0);
            let axis = &axes[if axes.len() == 1 { 0 } else { number }];
            let rest: Vec<(&[Step], &Value)> = leaves.iter().map(|(p, v)| (&p.0[1..], v)).collect();
            axis.of_leaves(&format!("argument {number}"), &rest)
        });
    let by_leaf: Vec<Axis> = by_leaf.collect();
    let mut seen: Vec<(String, Shape, usize, usize)> = Vec::new();
    let (mut leaves, mut places) = (Vec::new(), Vec::new());
    for ((path, leaf), axis) in named.into_iter().zip(by_leaf) {
        let name = path.argument();
        if matches!((&leaf, &axis), (Value::Pattern(_), Axis::At(_))) && path.0.len() == 1 {
            misuse(format!(
                "vmap: {name} is a pattern, which cannot be batched: share it"
            ));
        }
        let batch = match (&leaf, axis) {
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
            _ => None,
        };
        leaves.push(leaf);
        places.push(batch);
    }
    let Some(size) = seen.first().map(|s| s.3).or(all.size) else {
        misuse(
            "vmap: no argument is batched: give at least one an axis, or say the size".to_owned(),
        )
    };
    if seen.iter().any(|s| s.3 != size) || all.size.is_some_and(|said| said != size) {
        let list = seen
            .iter()
            .map(|(name, shape, axis, n)| format!("{name} {shape} has size {n} on axis {axis}"));
        let said = all.size.map(|n| format!("the size is said to be {n}"));
        let list: Vec<String> = list.chain(said).collect();
        misuse(format!(
            "vmap: the batch has different sizes: {}",
            list.join("; ")
        ));
    }
    (leaves, places, size)
}
