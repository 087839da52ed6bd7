//! Windows of an array written at computed places.

use super::batching::{Batch, ensure_front, only};
use super::gather::GatherDims;
use super::{
    Bounds, Gather, Index, Input, Lowering, Parameter, Rules, Tangent, bind1, iota, not_linear,
    reshape,
};
use crate::array::{Array, DType, Scalar};
use crate::functions::logic::select;
use crate::ir::{Type, Value};

/// How an update meets the element that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each name says what it is")]
pub enum Combine {
    Set,
    Add,
    Mul,
    Min,
    Max,
}

impl Combine {
    /// Every way, for checks over the whole family.
    pub const ALL: [Self; 5] = [Self::Set, Self::Add, Self::Mul, Self::Min, Self::Max];
}

/// XLA's `scatter`, with the axes named as the gather that reads the same windows.
///
/// The operands are the array, the indices and the updates. Updates are applied in row-major
/// order, so where several set one element the last one stays.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scatter {
    /// Which axes belong together.
    pub dims: GatherDims,
    /// The extents of a window.
    pub slice_sizes: Vec<usize>,
    /// What happens outside; `Promise` is not used.
    pub bounds: Bounds,
    /// How an update meets the element.
    pub combine: Combine,
}

impl Scatter {
    fn with(&self, combine: Combine) -> Self {
        Self {
            combine,
            ..self.clone()
        }
    }

    #[track_caller]
    fn apply(&self, x: &Array, indices: &Value, updates: &Array) -> Array {
        bind1(
            self.clone(),
            vec![x.into(), indices.clone(), updates.into()],
        )
    }

    /// The elements that the windows cover, zero outside.
    #[track_caller]
    fn read(&self, x: &Array, indices: &Value) -> Array {
        let gather = Gather {
            dims: self.dims.clone(),
            slice_sizes: self.slice_sizes.clone(),
            bounds: self.bounds,
            fill: Some(Scalar::zero(x.dtype())),
        };
        bind1(gather, vec![x.into(), indices.clone()])
    }

    /// Which updates of a `Set` stay: true where no later one wrote the same element.
    fn winners(
        &self,
        x: &crate::ir::Aval,
        indices: &Value,
        updates: &crate::array::Shape,
    ) -> Array {
        let count = reshape::reshape(&iota::iota(DType::I32, updates.size()), updates.clone());
        let nobody = Array::full(x.shape.clone(), -1, DType::I32);
        let marks = self.with(Combine::Set).apply(&nobody, indices, &count);
        self.read(&marks, indices).equal(&count)
    }

    /// Tangent of the product with respect to the updates, exact also at zeros.
    fn product_tangent(&self, x: &Array, indices: &Value, v: &Array, t: &Array) -> Array {
        let zero = v.equal(0);
        let nonzero = select(&zero, 1, v);
        let count = Array::zeros(x.shape().clone(), x.dtype());
        let count = self
            .with(Combine::Add)
            .apply(&count, indices, &zero.astype(v.dtype()));
        let others = self.with(Combine::Mul).apply(x, indices, &nonzero);
        let (count, others) = (self.read(&count, indices), self.read(&others, indices));
        let alone = select(&count.equal(1), &others, 0);
        let plain = select(&count.equal(0), others / &nonzero, 0);
        let slope = select(&zero, alone, plain);
        let start = Array::zeros(x.shape().clone(), x.dtype());
        self.with(Combine::Add).apply(&start, indices, &(t * slope))
    }
}

impl Rules for Scatter {
    fn name(&self) -> &'static str {
        match self.combine {
            Combine::Set => "scatter",
            Combine::Add => "scatter-add",
            Combine::Mul => "scatter-mul",
            Combine::Min => "scatter-min",
            Combine::Max => "scatter-max",
        }
    }

    fn parameters(&self) -> Vec<(&'static str, Parameter)> {
        vec![
            ("dimension_numbers", Parameter::text(&self.dims)),
            ("mode", Parameter::text(self.bounds)),
            ("slice_sizes", Parameter::tuple(&self.slice_sizes)),
        ]
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let name = self.name();
        let [x, indices, updates] = inputs else {
            return Err(format!(
                "{name}: expected 3 operands, found {}",
                inputs.len()
            ));
        };
        let (x, indices, updates) = (x.array(name)?, indices.array(name)?, updates.array(name)?);
        self.dims.check(name, x, indices, &self.slice_sizes)?;
        let wanted = self.dims.output_shape(&indices.shape, &self.slice_sizes);
        if updates.shape != wanted || updates.dtype != x.dtype {
            return Err(format!(
                "{name}: updates {updates} do not fit {}{wanted} for {x} at indices {indices}",
                x.dtype
            ));
        }
        if x.dtype == DType::Bool && self.combine != Combine::Set {
            return Err(format!("{name}: does not take bool operands: {x}"));
        }
        Ok(vec![Type::Array(x.clone())])
    }

    fn jvp(&self, primals: &[Value], tangents: &[Tangent]) -> (Vec<Value>, Vec<Tangent>) {
        let (x, indices, v) = (primals[0].array(), &primals[1], primals[2].array());
        let out = self.apply(x, indices, v);
        let zero = |a: &Array| Array::zeros(a.shape().clone(), a.dtype());
        let tangent = match self.combine {
            Combine::Set | Combine::Add => {
                let tx = tangents[0].clone().unwrap_or_else(|| zero(x));
                let tv = tangents[2].clone().unwrap_or_else(|| zero(v));
                Some(self.apply(&tx, indices, &tv))
            }
            Combine::Mul => super::add_tangents(
                tangents[0].as_ref().map(|t| self.apply(t, indices, v)),
                tangents[2]
                    .as_ref()
                    .map(|t| self.product_tangent(x, indices, v, t)),
            ),
            Combine::Min | Combine::Max => {
                // Everything that equals the extreme shares the slope.
                let add = self.with(Combine::Add);
                let kept = x.equal(&out).astype(x.dtype());
                let hit = v.equal(self.read(&out, indices)).astype(x.dtype());
                let count = add.apply(&kept, indices, &hit);
                let from_x = tangents[0].as_ref().map_or_else(|| zero(x), |t| t * &kept);
                let total = match &tangents[2] {
                    Some(t) => add.apply(&from_x, indices, &(t * &hit)),
                    None => from_x,
                };
                Some(total / count)
            }
        };
        (vec![out.into()], vec![tangent])
    }

    fn transpose(&self, cotangents: &[Tangent], inputs: &[Input]) -> Vec<Tangent> {
        let Some(c) = only(cotangents) else {
            return vec![None; 3];
        };
        let indices = inputs[1].known();
        let (wants_x, wants_v) = (inputs[0].is_linear(), inputs[2].is_linear());
        let v = inputs[2].aval();
        let (x, v) = match self.combine {
            Combine::Add => (
                wants_x.then(|| c.clone()),
                wants_v.then(|| self.read(c, indices)),
            ),
            Combine::Set => {
                let x = wants_x
                    .then(|| self.apply(c, indices, &Array::zeros(v.shape.clone(), v.dtype)));
                let v = wants_v.then(|| {
                    let stays = self.winners(&inputs[0].aval(), indices, &v.shape);
                    select(&stays, self.read(c, indices), 0)
                });
                (x, v)
            }
            Combine::Mul if !wants_v => (
                Some(self.apply(c, indices, inputs[2].known().array())),
                None,
            ),
            _ => not_linear(self.name()),
        };
        vec![x, None, v]
    }

    fn batch(
        &self,
        inputs: &[Value],
        axes: &[Option<usize>],
        batch: &Batch,
    ) -> (Vec<Value>, Vec<Option<usize>>) {
        let size = batch.size;
        let x = ensure_front(inputs[0].array(), axes[0], size);
        let updates = ensure_front(inputs[2].array(), axes[2], size);
        let mut batched = self.clone();
        let indices = match axes[1] {
            None => {
                batched.dims = self.dims.batch_operand();
                batched.slice_sizes.insert(0, size);
                inputs[1].array().clone()
            }
            axis => {
                batched.dims = self.dims.batch_both();
                batched.slice_sizes.insert(0, 1.min(size));
                ensure_front(inputs[1].array(), axis, size)
            }
        };
        (
            vec![batched.apply(&x, &indices.into(), &updates).into()],
            vec![Some(0)],
        )
    }

    fn lowering(&self) -> Lowering<'_> {
        Lowering::Index(Index::Scatter(self))
    }
}
