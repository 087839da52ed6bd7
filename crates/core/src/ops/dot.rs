//! Sums of products over contracted axes: every matrix product.

use super::batching::{Batch, only, to_front};
use super::{Input, Lowering, Parameter, Rules, Tangent, add_tangents, bind1, transpose};
use crate::array::{Array, DType, Shape};
use crate::ir::{Aval, Type, Value};

/// XLA's `dot_general`: the result has the batch axes, then the left operand's free axes,
/// then the right one's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Dot {
    /// Left axes that are summed over, paired with `right_contract`.
    pub left_contract: Vec<usize>,
    /// Right axes that are summed over.
    pub right_contract: Vec<usize>,
    /// Left axes that are kept in step with `right_batch`.
    pub left_batch: Vec<usize>,
    /// Right axes that are kept in step.
    pub right_batch: Vec<usize>,
}

impl Dot {
    pub(crate) fn left_free(&self, rank: usize) -> Vec<usize> {
        free(rank, &self.left_contract, &self.left_batch)
    }

    pub(crate) fn right_free(&self, rank: usize) -> Vec<usize> {
        free(rank, &self.right_contract, &self.right_batch)
    }

    /// The same product with the operands exchanged.
    fn swapped(&self) -> Self {
        Self {
            left_contract: self.right_contract.clone(),
            right_contract: self.left_contract.clone(),
            left_batch: self.right_batch.clone(),
            right_batch: self.left_batch.clone(),
        }
    }
}

fn free(rank: usize, contract: &[usize], batch: &[usize]) -> Vec<usize> {
    (0..rank)
        .filter(|a| !contract.contains(a) && !batch.contains(a))
        .collect()
}

/// The partners in `to` of the axes `from`, taken in ascending order.
fn partners(from: &[usize], to: &[usize]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..from.len()).collect();
    order.sort_by_key(|&i| from[i]);
    order.into_iter().map(|i| to[i]).collect()
}

/// Reorders `x`, whose axis `i` is axis `labels[i]` of the wanted array.
fn relabel(x: &Array, labels: &[usize]) -> Array {
    let mut perm = vec![0; labels.len()];
    for (i, &l) in labels.iter().enumerate() {
        perm[l] = i;
    }
    transpose::transpose(x, &perm)
}

impl Rules for Dot {
    fn name(&self) -> &'static str {
        "dot_general"
    }

    fn parameters(&self) -> Vec<(&'static str, Parameter)> {
        let text = format!(
            "(({:?}, {:?}), ({:?}, {:?}))",
            self.left_contract, self.right_contract, self.left_batch, self.right_batch
        );
        vec![("dimension_numbers", Parameter::Text(text))]
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [x, y] = inputs else {
            return Err(format!(
                "dot_general: expected 2 operands, found {}",
                inputs.len()
            ));
        };
        let (x, y) = (x.array("dot_general")?, y.array("dot_general")?);
        let matched = |a: &[usize], b: &[usize]| {
            a.len() == b.len()
                && a.iter().zip(b).all(|(&i, &j)| {
                    matches!((x.shape.get(i), y.shape.get(j)), (Some(n), Some(m)) if n == m)
                })
        };
        let fits = x.dtype == y.dtype
            && x.dtype != DType::Bool
            && matched(&self.left_contract, &self.right_contract)
            && matched(&self.left_batch, &self.right_batch);
        if !fits {
            return Err(format!(
                "dot_general: {x} and {y} do not fit: axes {:?} against {:?}, batch {:?} against {:?}",
                self.left_contract, self.right_contract, self.left_batch, self.right_batch
            ));
        }
        let repeats = |contract: &[usize], batch: &[usize]| {
            let mut axes = [contract, batch].concat();
            axes.sort_unstable();
            axes.windows(2).any(|w| w[0] == w[1])
        };
        if repeats(&self.left_contract, &self.left_batch)
            || repeats(&self.right_contract, &self.right_batch)
        {
            return Err(format!(
                "dot_general: an axis of {x} or {y} is named twice: axes {:?} against {:?}, \
                 batch {:?} against {:?}",
                self.left_contract, self.right_contract, self.left_batch, self.right_batch
            ));
        }
        let shape: Shape = self
            .left_batch
            .iter()
            .map(|&a| x.shape[a])
            .chain(self.left_free(x.shape.rank()).iter().map(|&a| x.shape[a]))
            .chain(self.right_free(y.shape.rank()).iter().map(|&a| y.shape[a]))
            .collect();
        Ok(vec![Type::Array(Aval {
            dtype: x.dtype,
            shape,
            weak: x.weak && y.weak,
        })])
    }

    fn jvp(&self, primals: &[Value], tangents: &[Tangent]) -> (Vec<Value>, Vec<Tangent>) {
        let (x, y) = (primals[0].array(), primals[1].array());
        let left = tangents[0].as_ref().map(|t| dot_general(t, y, self));
        let right = tangents[1].as_ref().map(|t| dot_general(x, t, self));
        (
            vec![dot_general(x, y, self).into()],
            vec![add_tangents(left, right)],
        )
    }

    fn transpose(&self, cotangents: &[Tangent], inputs: &[Input]) -> Vec<Tangent> {
        let Some(c) = only(cotangents) else {
            return vec![None, None];
        };
        let (left, right) = (inputs[0].aval(), inputs[1].aval());
        let batch: Vec<usize> = (0..self.left_batch.len()).collect();
        let left_free = self.left_free(left.shape.rank());
        let right_free = self.right_free(right.shape.rank());
        let split = batch.len() + left_free.len();
        if inputs[0].is_linear() {
            let dims = Self {
                left_contract: (split..split + right_free.len()).collect(),
                right_contract: right_free,
                left_batch: batch,
                right_batch: self.right_batch.clone(),
            };
            let product = dot_general(c, inputs[1].known().array(), &dims);
            let summed = partners(&self.right_contract, &self.left_contract);
            let labels = [self.left_batch.as_slice(), &left_free, &summed].concat();
            vec![Some(relabel(&product, &labels)), None]
        } else {
            let dims = Self {
                left_contract: left_free,
                right_contract: (batch.len()..split).collect(),
                left_batch: self.left_batch.clone(),
                right_batch: batch,
            };
            let product = dot_general(inputs[0].known().array(), c, &dims);
            let summed = partners(&self.left_contract, &self.right_contract);
            let labels = [self.right_batch.as_slice(), &summed, &right_free].concat();
            vec![None, Some(relabel(&product, &labels))]
        }
    }

    fn batch(
        &self,
        inputs: &[Value],
        axes: &[Option<usize>],
        batch: &Batch,
    ) -> (Vec<Value>, Vec<Option<usize>>) {
        let (x, y) = (inputs[0].array(), inputs[1].array());
        let up = |axes: &[usize]| axes.iter().map(|a| a + 1).collect::<Vec<_>>();
        match (axes[0], axes[1]) {
            (Some(a), Some(b)) => {
                let dims = Self {
                    left_contract: up(&self.left_contract),
                    right_contract: up(&self.right_contract),
                    left_batch: [&[0], up(&self.left_batch).as_slice()].concat(),
                    right_batch: [&[0], up(&self.right_batch).as_slice()].concat(),
                };
                debug_assert_eq!(x.shape()[a], batch.size);
                (
                    vec![dot_general(&to_front(x, a), &to_front(y, b), &dims).into()],
                    vec![Some(0)],
                )
            }
            // A batch of one operand is one more free axis, the first of its own.
            (Some(a), None) => {
                let dims = Self {
                    left_contract: up(&self.left_contract),
                    left_batch: up(&self.left_batch),
                    ..self.clone()
                };
                let out = dot_general(&to_front(x, a), y, &dims);
                (vec![out.into()], vec![Some(self.left_batch.len())])
            }
            (None, _) => {
                let swapped = self.swapped();
                let dims = Self {
                    right_contract: up(&self.right_contract),
                    right_batch: up(&self.right_batch),
                    ..self.clone()
                };
                let out = dot_general(x, &to_front(y, axes[1].unwrap_or(0)), &dims);
                let free = swapped.right_free(x.rank()).len();
                (vec![out.into()], vec![Some(self.left_batch.len() + free)])
            }
        }
    }

    fn lowering(&self) -> Lowering<'_> {
        Lowering::Dot(self)
    }
}

/// Applies a product.
#[track_caller]
pub(crate) fn dot_general(x: &Array, y: &Array, dims: &Dot) -> Array {
    bind1(dims.clone(), vec![x.into(), y.into()])
}
