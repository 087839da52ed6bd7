//! Elementwise choice by a bool or integer operand, JAX's `select_n`.

use super::batching::{Batch, ensure_front, only};
use super::{Input, Loop, Lowering, Rules, Tangent, bind1, broadcast};
use crate::array::{Array, DType};
use crate::ir::{Type, Value};

/// `which ? cases[which]`: false takes the first case, true the second.
///
/// `which` is bool or i32 and has the cases' shape or is a scalar; an integer out of range
/// is clamped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Select;

impl Rules for Select {
    fn name(&self) -> &'static str {
        "select_n"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let name = self.name();
        let [which, cases @ ..] = inputs else {
            return Err(format!(
                "{name}: expected a selector and cases, found nothing"
            ));
        };
        let which = which.array(name)?;
        let Some(first) = cases.first() else {
            return Err(format!("{name}: expected at least one case"));
        };
        let first = first.array(name)?;
        let mut weak = true;
        for case in cases {
            let case = case.array(name)?;
            weak &= case.weak;
            if case.dtype != first.dtype || case.shape != first.shape {
                return Err(format!("{name}: cases differ: {first} and {case}"));
            }
        }
        let selects = match which.dtype {
            DType::Bool => cases.len() <= 2,
            d => d == DType::I32,
        };
        if !selects {
            return Err(format!(
                "{name}: {which} cannot choose among {} cases",
                cases.len()
            ));
        }
        if which.shape.rank() != 0 && which.shape != first.shape {
            return Err(format!(
                "{name}: selector {which} does not fit cases {first}"
            ));
        }
        let mut out = first.clone();
        out.weak = weak;
        Ok(vec![Type::Array(out)])
    }

    fn jvp(&self, primals: &[Value], tangents: &[Tangent]) -> (Vec<Value>, Vec<Tangent>) {
        let out = bind1(*self, primals.to_vec());
        let tangents = &tangents[1..];
        let tangent = tangents.iter().any(Option::is_some).then(|| {
            let mut inputs = vec![primals[0].clone()];
            inputs.extend(tangents.iter().map(|t| match t {
                Some(t) => Value::from(t),
                None => Value::from(Array::zeros(out.shape().clone(), out.dtype())),
            }));
            bind1(*self, inputs)
        });
        (vec![out.into()], vec![tangent])
    }

    fn transpose(&self, cotangents: &[Tangent], inputs: &[Input]) -> Vec<Tangent> {
        let Some(c) = only(cotangents) else {
            return vec![None; inputs.len()];
        };
        let which = inputs[0].known();
        let zero = Array::zeros(c.shape().clone(), c.dtype());
        let mut out = vec![None];
        for i in 1..inputs.len() {
            out.push(inputs[i].is_linear().then(|| {
                let mut operands = vec![which.clone()];
                operands
                    .extend((1..inputs.len()).map(|j| Value::from(if i == j { c } else { &zero })));
                bind1(*self, operands)
            }));
        }
        out
    }

    fn batch(
        &self,
        inputs: &[Value],
        axes: &[Option<usize>],
        batch: &Batch,
    ) -> (Vec<Value>, Vec<Option<usize>>) {
        let size = batch.size;
        let mut operands: Vec<Array> = Vec::new();
        for (v, a) in inputs.iter().zip(axes).skip(1) {
            operands.push(ensure_front(v.array(), *a, size));
        }
        let which = inputs[0].array();
        let which = match axes[0] {
            None if which.rank() == 0 => which.clone(),
            axis => {
                let w = ensure_front(which, axis, size);
                if w.rank() < operands[0].rank() {
                    broadcast::broadcast_in_dim(&w, operands[0].shape().clone(), &[0])
                } else {
                    w
                }
            }
        };
        let mut values = vec![Value::from(which)];
        values.extend(operands.into_iter().map(Value::from));
        (vec![bind1(*self, values).into()], vec![Some(0)])
    }

    fn lowering(&self) -> Lowering<'_> {
        Lowering::Loop(Loop::Select(self))
    }
}

/// `which ? on_true : on_false`, shapes and dtypes already equal.
#[track_caller]
pub(crate) fn select(which: &Array, on_true: &Array, on_false: &Array) -> Array {
    bind1(Select, vec![which.into(), on_false.into(), on_true.into()])
}

/// Choice among several cases by an i32.
#[track_caller]
pub(crate) fn select_n(which: &Array, cases: &[Array]) -> Array {
    let mut values = vec![Value::from(which)];
    values.extend(cases.iter().map(Value::from));
    bind1(Select, values)
}
