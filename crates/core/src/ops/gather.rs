//! Windows of an array read at computed places.

use super::batching::{Batch, only, to_front};
use super::scatter::{Combine, Scatter};
use super::{Index, Input, Lowering, Parameter, Rules, Tangent, bind1};
use crate::array::{Array, Scalar, Shape};
use crate::ir::{Type, Value};

/// What happens to a window that does not lie inside the array.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Bounds {
    /// Read or written at the nearest place that lies inside.
    Clip,
    /// Read as a fill value; not written.
    Fill,
    /// Read as with `Clip`, while its gradient is dropped: JAX's plain indexing.
    Promise,
}

/// Which axes of operand, indices and result belong together; XLA's dimension numbers with
/// the index vector in the last axis of the indices.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct GatherDims {
    /// Axes of the result that run inside a window.
    pub offset: Vec<usize>,
    /// Axes of the operand whose window extent is one and which the result drops.
    pub collapsed: Vec<usize>,
    /// Which axis of the operand each component of an index vector addresses.
    pub start_index_map: Vec<usize>,
    /// Axes of the operand kept in step with `indices_batch`.
    pub operand_batch: Vec<usize>,
    /// Axes of the indices kept in step.
    pub indices_batch: Vec<usize>,
}

impl GatherDims {
    /// Whether every index picks a whole row of an operand of shape `x`, and the rows stand in the
    /// result as the indices do.
    pub(crate) fn are_rows(&self, x: &Shape, indices: &Shape, slice_sizes: &[usize]) -> bool {
        let places = indices.rank().saturating_sub(1);
        places > 0
            && indices.last() == Some(&1)
            && self.collapsed == [0]
            && self.start_index_map == [0]
            && self.operand_batch.is_empty()
            && self
                .offset
                .iter()
                .copied()
                .eq(places..places + x.rank() - 1)
            && slice_sizes[1..] == x[1..]
    }

    /// The shape of the result.
    pub(crate) fn output_shape(&self, indices: &Shape, slice_sizes: &[usize]) -> Shape {
        let window: Vec<usize> = (0..slice_sizes.len())
            .filter(|a| !self.collapsed.contains(a) && !self.operand_batch.contains(a))
            .map(|a| slice_sizes[a])
            .collect();
        let rank = indices.rank() - 1 + window.len();
        let (mut w, mut b) = (window.iter(), indices.iter());
        (0..rank)
            .filter_map(|a| {
                if self.offset.contains(&a) {
                    w.next()
                } else {
                    b.next()
                }
            })
            .copied()
            .collect()
    }

    /// These axes with a new first axis in the operand.
    fn with_operand_axis(&self) -> Self {
        let up = |axes: &[usize]| axes.iter().map(|a| a + 1).collect();
        Self {
            offset: self.offset.clone(),
            collapsed: up(&self.collapsed),
            start_index_map: up(&self.start_index_map),
            operand_batch: up(&self.operand_batch),
            indices_batch: self.indices_batch.clone(),
        }
    }

    /// These axes when windows run over a new first axis of the operand.
    pub(crate) fn batch_operand(&self) -> Self {
        let mut dims = self.with_operand_axis();
        dims.offset = std::iter::once(0)
            .chain(self.offset.iter().map(|a| a + 1))
            .collect();
        dims
    }

    /// These axes with a new first axis in indices and result.
    fn batch_indices(&self) -> Self {
        Self {
            offset: self.offset.iter().map(|a| a + 1).collect(),
            indices_batch: self.indices_batch.iter().map(|a| a + 1).collect(),
            ..self.clone()
        }
    }

    /// These axes with a new first axis in all three.
    pub(crate) fn batch_both(&self) -> Self {
        let mut dims = self.batch_indices().with_operand_axis();
        dims.operand_batch.insert(0, 0);
        dims.indices_batch.insert(0, 0);
        dims
    }

    /// Checks these axes against the operands.
    pub(crate) fn check(
        &self,
        name: &str,
        operand: &crate::ir::Aval,
        indices: &crate::ir::Aval,
        slice_sizes: &[usize],
    ) -> Result<(), String> {
        let rank = operand.shape.rank();
        let output_rank = (self.offset.len() + indices.shape.rank()).saturating_sub(1);
        let fits = indices.dtype.is_integer()
            && indices.shape.last() == Some(&self.start_index_map.len())
            && slice_sizes.len() == rank
            && slice_sizes
                .iter()
                .zip(operand.shape.iter())
                .all(|(s, n)| s <= n)
            && self
                .collapsed
                .iter()
                .chain(&self.operand_batch)
                .all(|&a| a < rank && slice_sizes[a] <= 1)
            && self.start_index_map.iter().all(|&a| a < rank)
            && self.offset.iter().all(|&a| a < output_rank)
            && self.operand_batch.len() == self.indices_batch.len()
            && self
                .operand_batch
                .iter()
                .zip(&self.indices_batch)
                .all(|(&a, &b)| indices.shape.get(b) == Some(&operand.shape[a]))
            && self.offset.len() + self.collapsed.len() + self.operand_batch.len() == rank;
        if fits {
            Ok(())
        } else {
            Err(format!(
                "{name}: windows {slice_sizes:?} at indices {indices} do not fit {operand} with {self:?}"
            ))
        }
    }
}

/// XLA's `gather`: one window of `slice_sizes` for each index vector.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Gather {
    /// Which axes belong together.
    pub dims: GatherDims,
    /// The extents of a window.
    pub slice_sizes: Vec<usize>,
    /// What happens outside.
    pub bounds: Bounds,
    /// The value read outside with [`Bounds::Fill`]; by default NaN, the smallest signed,
    /// the largest unsigned integer, or true.
    pub fill: Option<Scalar>,
}

impl Rules for Gather {
    fn name(&self) -> &'static str {
        "gather"
    }

    fn parameters(&self) -> Vec<(&'static str, Parameter)> {
        vec![
            ("dimension_numbers", Parameter::text(&self.dims)),
            ("mode", Parameter::text(self.bounds)),
            ("slice_sizes", Parameter::tuple(&self.slice_sizes)),
        ]
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [x, indices] = inputs else {
            return Err(format!(
                "gather: expected 2 operands, found {}",
                inputs.len()
            ));
        };
        let (x, indices) = (x.array("gather")?, indices.array("gather")?);
        self.dims.check("gather", x, indices, &self.slice_sizes)?;
        if let Some(fill) = self.fill.filter(|f| f.dtype() != x.dtype) {
            return Err(format!(
                "gather: {} cannot fill windows of {x}",
                fill.dtype()
            ));
        }
        let shape = self.dims.output_shape(&indices.shape, &self.slice_sizes);
        Ok(vec![Type::Array(x.with_shape(shape))])
    }

    fn jvp(&self, primals: &[Value], tangents: &[Tangent]) -> (Vec<Value>, Vec<Tangent>) {
        let out = bind1(self.clone(), primals.to_vec());
        let tangent = tangents[0].as_ref().map(|t| {
            let linear = Self {
                fill: Some(Scalar::zero(t.dtype())),
                ..self.clone()
            };
            bind1(linear, vec![t.into(), primals[1].clone()])
        });
        (vec![out.into()], vec![tangent])
    }

    fn transpose(&self, cotangents: &[Tangent], inputs: &[Input]) -> Vec<Tangent> {
        vec![
            only(cotangents).map(|c| {
                let scatter = Scatter {
                    dims: self.dims.clone(),
                    slice_sizes: self.slice_sizes.clone(),
                    bounds: match self.bounds {
                        Bounds::Clip => Bounds::Clip,
                        Bounds::Fill | Bounds::Promise => Bounds::Fill,
                    },
                    combine: Combine::Add,
                };
                let zeros = Array::zeros(inputs[0].aval().shape, c.dtype());
                bind1(
                    scatter,
                    vec![zeros.into(), inputs[1].known().clone(), c.into()],
                )
            }),
            None,
        ]
    }

    fn batch(
        &self,
        inputs: &[Value],
        axes: &[Option<usize>],
        _: &Batch,
    ) -> (Vec<Value>, Vec<Option<usize>>) {
        let (x, indices) = (inputs[0].array(), inputs[1].array());
        let front = |v: &Array, a: Option<usize>| a.map_or_else(|| v.clone(), |a| to_front(v, a));
        let (x, indices) = (front(x, axes[0]), front(indices, axes[1]));
        let mut batched = self.clone();
        match (axes[0], axes[1]) {
            (Some(_), None) => {
                batched.dims = self.dims.batch_operand();
                batched.slice_sizes.insert(0, x.shape()[0]);
            }
            (None, _) => batched.dims = self.dims.batch_indices(),
            (Some(_), Some(_)) => {
                batched.dims = self.dims.batch_both();
                batched.slice_sizes.insert(0, 1.min(x.shape()[0]));
            }
        }
        (
            vec![bind1(batched, vec![x.into(), indices.into()]).into()],
            vec![Some(0)],
        )
    }

    fn lowering(&self) -> Lowering<'_> {
        Lowering::Index(Index::Gather(self))
    }
}
