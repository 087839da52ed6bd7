//! Changes of dtype: by value, or by reading the same bits anew.

use super::batching::{Batch, only};
use super::{Input, Loop, Lowering, Parameter, Rules, Tangent, bind1, unary_aval};
use crate::array::{Array, DType};
use crate::ir::{Aval, Type, Value};

/// A change of dtype.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Convert {
    /// Element by element: floats truncate and saturate towards integers, integers wrap.
    Value {
        /// The dtype of the result.
        dtype: DType,
        /// Whether the result is weak.
        weak: bool,
    },
    /// The same bits read as a dtype of the same size.
    Bits {
        /// The dtype of the result.
        dtype: DType,
    },
}

impl Rules for Convert {
    fn name(&self) -> &'static str {
        match self {
            Self::Value { .. } => "convert_element_type",
            Self::Bits { .. } => "bitcast_convert_type",
        }
    }

    fn parameters(&self) -> Vec<(&'static str, Parameter)> {
        match self {
            Self::Value { dtype, weak } => vec![
                ("new_dtype", Parameter::Text(dtype.name().into())),
                (
                    "weak_type",
                    Parameter::Text(if *weak { "True" } else { "False" }.into()),
                ),
            ],
            Self::Bits { dtype } => vec![("new_dtype", Parameter::Text(dtype.name().into()))],
        }
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let aval = unary_aval(self.name(), inputs)?;
        Ok(vec![Type::Array(match *self {
            Self::Value { dtype, weak } => Aval {
                dtype,
                shape: aval.shape.clone(),
                weak,
            },
            Self::Bits { dtype } => {
                let bits = dtype != DType::Bool && aval.dtype != DType::Bool;
                if !bits || dtype.size() != aval.dtype.size() {
                    return Err(format!("{}: {aval} cannot be read as {dtype}", self.name()));
                }
                Aval::new(dtype, &aval.shape)
            }
        })])
    }

    fn jvp(&self, primals: &[Value], tangents: &[Tangent]) -> (Vec<Value>, Vec<Tangent>) {
        let out = bind1(*self, primals.to_vec());
        let tangent = tangents[0].as_ref().and_then(|t| match self {
            Self::Value { dtype, .. } if dtype.is_float() => Some(bind1(*self, vec![t.into()])),
            // The bits of a float read as that float are the float.
            Self::Bits { dtype } if *dtype == t.dtype() => Some(t.clone()),
            _ => None,
        });
        (vec![out.into()], vec![tangent])
    }

    fn transpose(&self, cotangents: &[Tangent], inputs: &[Input]) -> Vec<Tangent> {
        let aval = inputs[0].aval();
        let back = Self::Value {
            dtype: aval.dtype,
            weak: aval.weak,
        };
        vec![only(cotangents).map(|c| bind1(back, vec![c.into()]))]
    }

    fn batch(
        &self,
        inputs: &[Value],
        axes: &[Option<usize>],
        _: &Batch,
    ) -> (Vec<Value>, Vec<Option<usize>>) {
        (vec![bind1(*self, inputs.to_vec()).into()], vec![axes[0]])
    }

    fn lowering(&self) -> Lowering<'_> {
        Lowering::Loop(Loop::Convert(self))
    }
}

/// `x` as `dtype`; nothing is emitted where it has both already, and a concrete scalar is
/// converted at once.
#[track_caller]
pub(crate) fn convert(x: &Array, dtype: DType, weak: bool) -> Array {
    if x.dtype() == dtype && x.is_weak() == weak {
        return x.clone();
    }
    if x.rank() == 0 && !x.is_traced() {
        return x.host_convert(dtype, weak);
    }
    bind1(Convert::Value { dtype, weak }, vec![x.into()])
}

/// The bits of `x` read as `dtype`.
#[track_caller]
pub(crate) fn bitcast(x: &Array, dtype: DType) -> Array {
    bind1(Convert::Bits { dtype }, vec![x.into()])
}
