//! A border of one value, also between elements; negative widths crop.

use super::batching::{Batch, ensure_front, only};
use super::{Index, Input, Lowering, Parameter, Rules, Tangent, bind1, reduce, select, slice};
use crate::array::{Array, DType, Shape};
use crate::ir::{Type, Value};

/// XLA's `pad`: `low` and `high` elements at the ends (negative ones crop), `interior` ones
/// between neighbours, along every axis. The operands are the array and the scalar to put in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pad {
    /// Elements before the first.
    pub low: Vec<isize>,
    /// Elements after the last.
    pub high: Vec<isize>,
    /// Elements between neighbours.
    pub interior: Vec<usize>,
}

impl Pad {
    fn output_shape(&self, shape: &Shape) -> Option<Shape> {
        (0..shape.rank())
            .map(|i| {
                let n = shape[i] as isize;
                let spread = n + (n - 1).max(0) * self.interior[i] as isize;
                usize::try_from(spread + self.low[i] + self.high[i]).ok()
            })
            .collect::<Option<Vec<_>>>()
            .map(Shape::from)
    }
}

impl Rules for Pad {
    fn name(&self) -> &'static str {
        "pad"
    }

    fn parameters(&self) -> Vec<(&'static str, Parameter)> {
        let config: Vec<_> = (0..self.low.len())
            .map(|i| (self.low[i], self.high[i], self.interior[i]))
            .collect();
        vec![("padding_config", Parameter::tuple(&config))]
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [x, value] = inputs else {
            return Err(format!("pad: expected 2 operands, found {}", inputs.len()));
        };
        let (x, value) = (x.array("pad")?, value.array("pad")?);
        if value.shape.rank() != 0 || value.dtype != x.dtype {
            return Err(format!("pad: {value} is not a scalar of the dtype of {x}"));
        }
        let rank = x.shape.rank();
        let fits = [self.low.len(), self.high.len(), self.interior.len()] == [rank; 3];
        let shape = fits
            .then(|| self.output_shape(&x.shape))
            .flatten()
            .ok_or_else(|| format!("pad: {:?} and {:?} do not fit {x}", self.low, self.high))?;
        Ok(vec![Type::Array(crate::ir::Aval {
            dtype: x.dtype,
            shape,
            weak: x.weak && value.weak,
        })])
    }

    fn jvp(&self, primals: &[Value], tangents: &[Tangent]) -> (Vec<Value>, Vec<Tangent>) {
        let out = bind1(self.clone(), primals.to_vec());
        let dtype = out.dtype();
        let zeros = |v: &Value| Array::zeros(v.array().shape().clone(), dtype);
        let or_zero = |i: usize| tangents[i].clone().unwrap_or_else(|| zeros(&primals[i]));
        let tangent = bind1(self.clone(), vec![or_zero(0).into(), or_zero(1).into()]);
        (vec![out.into()], vec![Some(tangent)])
    }

    fn transpose(&self, cotangents: &[Tangent], inputs: &[Input]) -> Vec<Tangent> {
        let Some(c) = only(cotangents) else {
            return vec![None, None];
        };
        let zero = Array::full((), 0, c.dtype());
        let negated = |v: &[isize]| v.iter().map(|n| -n).collect::<Vec<_>>();
        let rank = self.low.len();
        let uncropped = pad(
            c,
            &zero,
            negated(&self.low),
            negated(&self.high),
            vec![0; rank],
        );
        let stride: Vec<usize> = self.interior.iter().map(|i| i + 1).collect();
        let inner = slice::slice(&uncropped, &vec![0; rank], uncropped.shape(), &stride);
        let all: Vec<usize> = (0..rank).collect();
        let value = inputs[1]
            .is_linear()
            .then(|| reduce::sum(c, &all) - reduce::sum(&inner, &all));
        vec![inputs[0].is_linear().then_some(inner), value]
    }

    fn batch(
        &self,
        inputs: &[Value],
        axes: &[Option<usize>],
        batch: &Batch,
    ) -> (Vec<Value>, Vec<Option<usize>>) {
        let size = batch.size;
        let x = ensure_front(inputs[0].array(), axes[0], size);
        let value = inputs[1].array();
        let widened = Self {
            low: [&[0], self.low.as_slice()].concat(),
            high: [&[0], self.high.as_slice()].concat(),
            interior: [&[0], self.interior.as_slice()].concat(),
        };
        let out = if axes[1].is_none() {
            bind1(widened, vec![x.into(), value.into()])
        } else {
            // Each element of the batch has its own border: pad a mask beside the array.
            let zero = Array::full((), 0, x.dtype());
            let inner = Array::full(x.shape().clone(), true, DType::Bool);
            let outside = Array::full((), false, DType::Bool);
            let mask = bind1(widened.clone(), vec![inner.into(), outside.into()]);
            let padded = bind1(widened, vec![x.into(), zero.into()]);
            let border = super::broadcast::broadcast_in_dim(value, mask.shape().clone(), &[0]);
            select::select(&mask, &padded, &border)
        };
        (vec![out.into()], vec![Some(0)])
    }

    fn lowering(&self) -> Lowering<'_> {
        Lowering::Index(Index::Pad(self))
    }
}

/// `x` with a border of `value`; nothing is emitted where every width is zero.
#[track_caller]
pub(crate) fn pad(
    x: &Array,
    value: &Array,
    low: Vec<isize>,
    high: Vec<isize>,
    interior: Vec<usize>,
) -> Array {
    let none = low.iter().chain(&high).all(|&n| n == 0) && interior.iter().all(|&n| n == 0);
    if none {
        return x.clone();
    }
    bind1(
        Pad {
            low,
            high,
            interior,
        },
        vec![x.into(), value.into()],
    )
}
