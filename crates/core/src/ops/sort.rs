//! Arrays sorted together along an axis.

use super::batching::{Batch, ensure_front};
use super::{Index, Input, Iota, Lowering, Parameter, Rules, Tangent, bind, bind1, not_linear};
use crate::array::DType;
use crate::ir::{Type, Value};

/// Operands of one shape, each with its elements along `axis` in the order of the first
/// `num_keys` of them, the first before the second.
///
/// Equals keep their places; NaN comes last, and both zeros are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sort {
    /// The axis along which elements move.
    pub axis: usize,
    /// How many operands the order goes by.
    pub num_keys: usize,
}

impl Rules for Sort {
    fn name(&self) -> &'static str {
        "sort"
    }

    fn parameters(&self) -> Vec<(&'static str, Parameter)> {
        vec![
            ("dimension", Parameter::text(self.axis)),
            ("is_stable", Parameter::flag(true)),
            ("num_keys", Parameter::text(self.num_keys)),
        ]
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        if self.num_keys == 0 || self.num_keys > inputs.len() {
            return Err(format!(
                "sort: expected operands with {} keys among them, found {}",
                self.num_keys,
                inputs.len()
            ));
        }
        let first = inputs[0].array("sort")?;
        if self.axis >= first.shape.rank() {
            return Err(format!("sort: {first} has no axis {}", self.axis));
        }
        for input in inputs {
            let aval = input.array("sort")?;
            if aval.shape != first.shape {
                return Err(format!("sort: shapes do not match: {first} and {aval}"));
            }
        }
        Ok(inputs.to_vec())
    }

    fn jvp(&self, primals: &[Value], tangents: &[Tangent]) -> (Vec<Value>, Vec<Tangent>) {
        let shape = primals[0].array().shape().clone();
        let places = Iota {
            dtype: DType::I32,
            shape,
            axis: self.axis,
        };
        let mut operands = primals.to_vec();
        operands.push(bind1(places, Vec::new()).into());
        let mut results = bind(&(*self).into(), operands);
        let Some(Value::Array(order)) = results.pop() else {
            unreachable!("there are as many results as operands")
        };
        let axis = self.axis as isize;
        let moved = |t: &Tangent| t.as_ref().map(|t| t.take_along_axis(&order, axis));
        let tangents = tangents.iter().map(moved).collect();
        (results, tangents)
    }

    fn transpose(&self, _cotangents: &[Tangent], _inputs: &[Input]) -> Vec<Tangent> {
        not_linear(self.name())
    }

    fn batch(
        &self,
        inputs: &[Value],
        axes: &[Option<usize>],
        batch: &Batch,
    ) -> (Vec<Value>, Vec<Option<usize>>) {
        let front = |(x, axis): (&Value, &Option<usize>)| {
            Value::from(ensure_front(x.array(), *axis, batch.size))
        };
        let operands = inputs.iter().zip(axes).map(front).collect();
        let batched = Self {
            axis: self.axis + 1,
            ..*self
        };
        let results = bind(&batched.into(), operands);
        let axes = vec![Some(0); results.len()];
        (results, axes)
    }

    fn lowering(&self) -> Lowering<'_> {
        Lowering::Index(Index::Sort(self))
    }
}
