//! Operations between the places of a named axis: examples of a batch, or devices.

use super::batching::{AxisName, Batch, ensure_front, move_axis, only, repeat_front, to_front};
use super::{
    Binary, Convert, Fold, Input, Loop, Lowering, Parameter, Reduce, Rules, Tangent, alike, binary,
    bind1, concatenate, iota, slice,
};
use crate::array::{Array, DType};
use crate::ir::{Aval, Effect, Type, Value};

/// An operation of all places of a named axis together.
///
/// Along a named axis a value is the same everywhere or differs. Sums, maxima and minima make it the
/// same; an operation in which one that is the same meets one that differs, or that is one between
/// places itself, has it differ first (`pvary`, which does nothing). The transpose of a sum is to let differ, and that of letting differ is a
/// sum: so the gradient of what all places share is summed once.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Collective {
    /// The name of the axis.
    pub axis: AxisName,
    /// How many places it has.
    pub size: usize,
    /// What is done.
    pub kind: Collect,
}

/// What a [`Collective`] does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Collect {
    /// The sum over all places.
    Sum,
    /// The largest of all places.
    Max,
    /// The smallest of all places.
    Min,
    /// The operands of all places along a new axis, everywhere.
    Gather {
        /// Where the new axis stands.
        dimension: usize,
    },
    /// Each place's operand goes to another; who receives none has zeros.
    Permute {
        /// From where to where.
        pairs: Vec<(usize, usize)>,
    },
    /// Each slice of an axis goes to the place of its number; those received stand along a new axis.
    AllToAll {
        /// The axis that is taken apart, as long as there are places.
        split: usize,
        /// Where the new axis stands.
        concat: usize,
    },
    /// The number of the place.
    Index,
    /// The operand, which may differ from now on.
    Vary,
}

impl Collective {
    fn with(&self, kind: Collect) -> Self {
        Self {
            kind,
            ..self.clone()
        }
    }

    fn apply(&self, x: &Array) -> Array {
        bind1(self.clone(), vec![x.into()])
    }
}

impl Rules for Collective {
    fn name(&self) -> &'static str {
        match self.kind {
            Collect::Sum => "psum",
            Collect::Max => "pmax",
            Collect::Min => "pmin",
            Collect::Gather { .. } => "all_gather",
            Collect::Permute { .. } => "ppermute",
            Collect::AllToAll { .. } => "all_to_all",
            Collect::Index => "axis_index",
            Collect::Vary => "pvary",
        }
    }

    fn parameters(&self) -> Vec<(&'static str, Parameter)> {
        let mut parameters = vec![("axis_name", Parameter::Text(self.axis.to_string()))];
        match &self.kind {
            Collect::Gather { dimension } => {
                parameters.push(("all_gather_dimension", Parameter::text(dimension)));
                parameters.push(("axis_size", Parameter::text(self.size)));
            }
            Collect::Permute { pairs } => parameters.push(("perm", Parameter::tuple(pairs))),
            Collect::AllToAll { split, concat } => {
                parameters.push(("concat_axis", Parameter::text(concat)));
                parameters.push(("split_axis", Parameter::text(split)));
            }
            Collect::Sum | Collect::Max | Collect::Min | Collect::Index | Collect::Vary => {}
        }
        parameters
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let name = self.name();
        if self.kind == Collect::Index {
            return Ok(vec![Aval::new(DType::I32, ()).into()]);
        }
        let aval = super::unary_aval(name, inputs)?;
        let fits = |axis: usize, rank: usize| {
            if axis <= rank {
                Ok(())
            } else {
                Err(format!("{name}: {aval} has no place for axis {axis}"))
            }
        };
        let out = match &self.kind {
            Collect::Gather { dimension } => {
                fits(*dimension, aval.shape.rank())?;
                aval.with_shape(aval.shape.with_axis(*dimension, self.size))
            }
            Collect::AllToAll { split, concat } => {
                let size = aval.shape.get(*split).copied();
                if size != Some(self.size) {
                    return Err(format!(
                        "{name}: axis {split} of {aval} must have {} slices, one for each place of {}",
                        self.size, self.axis
                    ));
                }
                let rest = aval.shape.without(&[*split]);
                fits(*concat, rest.rank())?;
                aval.with_shape(rest.with_axis(*concat, self.size))
            }
            Collect::Permute { pairs } => {
                let out = pairs.iter().find(|(from, to)| *from.max(to) >= self.size);
                if let Some((from, to)) = out {
                    return Err(format!(
                        "{name}: no place {} among the {} of {}",
                        from.max(to),
                        self.size,
                        self.axis
                    ));
                }
                let twice = |(i, (from, to)): (usize, &(usize, usize))| {
                    pairs[..i].iter().any(|(f, t)| f == from || t == to)
                };
                if pairs.iter().enumerate().any(twice) {
                    return Err(format!(
                        "{name}: a place sends or receives twice in {pairs:?}"
                    ));
                }
                aval.clone()
            }
            Collect::Sum | Collect::Max | Collect::Min if aval.dtype == DType::Bool => {
                return Err(format!("{name}: does not take {aval}: convert it"));
            }
            Collect::Sum | Collect::Max | Collect::Min | Collect::Vary | Collect::Index => {
                aval.clone()
            }
        };
        Ok(vec![out.into()])
    }

    fn jvp(&self, primals: &[Value], tangents: &[Tangent]) -> (Vec<Value>, Vec<Tangent>) {
        if !matches!(self.kind, Collect::Max | Collect::Min) {
            return alike(self, primals, tangents);
        }
        // The places that have the extreme share the derivative.
        let x = primals[0].array();
        let out = self.apply(x);
        let tangent = tangents[0].as_ref().map(|t| {
            let sum = self.with(Collect::Sum);
            let extreme = binary::apply(Binary::Eq, x, &out);
            let weight = bind1(
                Convert::Value {
                    dtype: x.dtype(),
                    weak: false,
                },
                vec![extreme.into()],
            );
            let count = sum.apply(&weight);
            let share = binary::apply(Binary::Div, &weight, &count);
            sum.apply(&binary::apply(Binary::Mul, t, &share))
        });
        (vec![out.into()], vec![tangent])
    }

    fn transpose(&self, cotangents: &[Tangent], _inputs: &[Input]) -> Vec<Tangent> {
        let Some(c) = only(cotangents) else {
            return vec![None];
        };
        let pulled = match &self.kind {
            Collect::Sum => self.with(Collect::Vary).apply(c),
            Collect::Vary => self.with(Collect::Sum).apply(c),
            Collect::Gather { dimension } => {
                let sum = self.with(Collect::Sum).apply(c);
                let own = bind1(self.with(Collect::Index), Vec::new());
                own_slice(&sum, *dimension, &own)
            }
            Collect::Permute { pairs } => {
                let pairs = pairs.iter().map(|(from, to)| (*to, *from)).collect();
                self.with(Collect::Permute { pairs }).apply(c)
            }
            Collect::AllToAll { split, concat } => {
                let back = Collect::AllToAll {
                    split: *concat,
                    concat: *split,
                };
                self.with(back).apply(c)
            }
            Collect::Max | Collect::Min | Collect::Index => super::not_linear(self.name()),
        };
        vec![Some(pulled)]
    }

    fn batch(
        &self,
        inputs: &[Value],
        axes: &[Option<usize>],
        batch: &Batch,
    ) -> (Vec<Value>, Vec<Option<usize>>) {
        let (result, axis) = if batch.name.as_ref() == Some(&self.axis) {
            self.within(inputs, axes, batch)
        } else {
            self.beside(inputs, axes)
        };
        (vec![result.into()], vec![axis])
    }

    fn lowering(&self) -> Lowering<'_> {
        match self.kind {
            Collect::Vary => Lowering::Loop(Loop::Copy),
            _ => Lowering::Collective(self),
        }
    }

    fn effect(&self) -> Effect {
        match self.kind {
            Collect::Vary => Effect::Pure,
            _ => Effect::Meeting,
        }
    }

    fn named_axes(&self) -> Vec<AxisName> {
        vec![self.axis.clone()]
    }
}

impl Collective {
    /// Over a batch whose examples are the places.
    fn within(
        &self,
        inputs: &[Value],
        axes: &[Option<usize>],
        batch: &Batch,
    ) -> (Array, Option<usize>) {
        if self.kind == Collect::Index {
            return (iota::iota(DType::I32, batch.size), Some(0));
        }
        let (x, axis) = (inputs[0].array(), axes[0]);
        let fold = |fold: Fold, axis: usize| {
            let reduce = Reduce {
                fold,
                axes: vec![axis],
            };
            bind1(reduce, vec![x.into()])
        };
        match (&self.kind, axis) {
            (Collect::Sum, Some(axis)) => (fold(Fold::Sum, axis), None),
            // Added up place by place, for the bits that devices get.
            (Collect::Sum, None) => {
                let reduce = Reduce {
                    fold: Fold::Sum,
                    axes: vec![0],
                };
                let all = repeat_front(x, batch.size);
                (bind1(reduce, vec![all.into()]), None)
            }
            (Collect::Max, Some(axis)) => (fold(Fold::Max, axis), None),
            (Collect::Min, Some(axis)) => (fold(Fold::Min, axis), None),
            (Collect::Max | Collect::Min, None) => (x.clone(), None),
            (Collect::Gather { dimension }, Some(axis)) => (move_axis(x, axis, *dimension), None),
            (Collect::Gather { dimension }, None) => {
                (move_axis(&repeat_front(x, batch.size), 0, *dimension), None)
            }
            (Collect::Permute { pairs }, axis) => {
                let x = ensure_front(x, axis, batch.size);
                (permuted(&x, pairs), Some(0))
            }
            (Collect::AllToAll { split, concat }, axis) => {
                let x = ensure_front(x, axis, batch.size);
                // What each place receives of each: the split axis leads, senders follow.
                let received = move_axis(&x, split + 1, 0);
                (move_axis(&received, 1, concat + 1), Some(0))
            }
            (Collect::Vary, axis) => (x.clone(), axis),
            (Collect::Index, _) => unreachable!("handled above"),
        }
    }

    /// Over a batch of another axis: each example apart.
    fn beside(&self, inputs: &[Value], axes: &[Option<usize>]) -> (Array, Option<usize>) {
        let (x, Some(axis)) = (inputs[0].array(), axes[0]) else {
            unreachable!("without operands nothing is batched")
        };
        match self.kind {
            Collect::Gather { dimension } => {
                let kind = Collect::Gather {
                    dimension: dimension + 1,
                };
                (self.with(kind).apply(&to_front(x, axis)), Some(0))
            }
            Collect::AllToAll { split, concat } => {
                let kind = Collect::AllToAll {
                    split: split + 1,
                    concat: concat + 1,
                };
                (self.with(kind).apply(&to_front(x, axis)), Some(0))
            }
            _ => (self.apply(x), Some(axis)),
        }
    }
}

/// What the places along the leading axis receive, zeros where it is nothing. Places in a row
/// that receive from places in a row do so by one slice.
fn permuted(x: &Array, pairs: &[(usize, usize)]) -> Array {
    let sender = |place: usize| {
        pairs
            .iter()
            .find(|(_, to)| *to == place)
            .map(|(from, _)| *from)
    };
    let senders: Vec<Option<usize>> = (0..x.shape()[0]).map(sender).collect();
    let in_a_row = |a: &Option<usize>, b: &Option<usize>| match (a, b) {
        (Some(a), Some(b)) => a + 1 == *b,
        (None, None) => true,
        _ => false,
    };
    let received = senders.chunk_by(in_a_row).map(|row| match row[0] {
        Some(from) => slice::slice_axis(x, 0, from, from + row.len()),
        None => Array::zeros(x.shape().without(&[0]).with_axis(0, row.len()), x.dtype()),
    });
    let received: Vec<Array> = received.collect();
    match &received[..] {
        [] => x.clone(),
        [all] => all.clone(),
        parts => concatenate::concatenate(parts, 0),
    }
}

/// The slice at a computed place of an axis.
fn own_slice(x: &Array, axis: usize, place: &Array) -> Array {
    to_front(x, axis).take(place, 0)
}
