//! Arrays side by side along one axis.

use super::batching::{Batch, ensure_front, only};
use super::{Index, Input, Lowering, Parameter, Rules, Tangent, bind1, slice};
use crate::array::Array;
use crate::ir::{Aval, Type, Value};

/// The operands one after another along `axis`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Concatenate {
    /// The axis that grows.
    pub axis: usize,
}

impl Rules for Concatenate {
    fn name(&self) -> &'static str {
        "concatenate"
    }

    fn parameters(&self) -> Vec<(&'static str, Parameter)> {
        vec![("dimension", Parameter::text(self.axis))]
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let Some(first) = inputs.first() else {
            return Err("concatenate: expected at least one operand".into());
        };
        let first = first.array("concatenate")?;
        if self.axis >= first.shape.rank() {
            return Err(format!("concatenate: {first} has no axis {}", self.axis));
        }
        let mut out: Aval = first.clone();
        out.shape[self.axis] = 0;
        for input in inputs {
            let aval = input.array("concatenate")?;
            let fits = aval.dtype == first.dtype
                && aval.shape.rank() == first.shape.rank()
                && (0..first.shape.rank())
                    .all(|i| i == self.axis || aval.shape[i] == first.shape[i]);
            if !fits {
                return Err(format!(
                    "concatenate: {first} and {aval} do not fit along axis {}",
                    self.axis
                ));
            }
            out.shape[self.axis] += aval.shape[self.axis];
            out.weak &= aval.weak;
        }
        Ok(vec![Type::Array(out)])
    }

    fn jvp(&self, primals: &[Value], tangents: &[Tangent]) -> (Vec<Value>, Vec<Tangent>) {
        let out = bind1(*self, primals.to_vec());
        let parts = primals.iter().zip(tangents).map(|(p, t)| match t {
            Some(t) => Value::from(t),
            None => Value::from(Array::zeros(p.array().shape().clone(), out.dtype())),
        });
        let tangent = bind1(*self, parts.collect());
        (vec![out.into()], vec![Some(tangent)])
    }

    fn transpose(&self, cotangents: &[Tangent], inputs: &[Input]) -> Vec<Tangent> {
        let Some(c) = only(cotangents) else {
            return vec![None; inputs.len()];
        };
        let mut from = 0;
        inputs
            .iter()
            .map(|input| {
                let to = from + input.aval().shape[self.axis];
                let part = input
                    .is_linear()
                    .then(|| slice::slice_axis(c, self.axis, from, to));
                from = to;
                part
            })
            .collect()
    }

    fn batch(
        &self,
        inputs: &[Value],
        axes: &[Option<usize>],
        batch: &Batch,
    ) -> (Vec<Value>, Vec<Option<usize>>) {
        let size = batch.size;
        let parts: Vec<Value> = inputs
            .iter()
            .zip(axes)
            .map(|(v, a)| ensure_front(v.array(), *a, size).into())
            .collect();
        (
            vec![
                bind1(
                    Self {
                        axis: self.axis + 1,
                    },
                    parts,
                )
                .into(),
            ],
            vec![Some(0)],
        )
    }

    fn lowering(&self) -> Lowering<'_> {
        Lowering::Index(Index::Concatenate(self))
    }
}

/// `parts` one after another along `axis`.
#[track_caller]
pub(crate) fn concatenate(parts: &[Array], axis: usize) -> Array {
    if let [one] = parts {
        return one.clone();
    }
    bind1(
        Concatenate { axis },
        parts.iter().map(Value::from).collect(),
    )
}
