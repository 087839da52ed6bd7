//! The same elements in row-major order under another shape.

use super::batching::{Batch, only, to_front};
use super::{Index, Input, Lowering, Parameter, Rules, Tangent, alike, bind1, unary_aval};
use crate::array::{Array, Shape};
use crate::ir::{Type, Value};

/// A new shape for the same elements.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reshape {
    /// The shape of the result.
    pub shape: Shape,
}

impl Rules for Reshape {
    fn name(&self) -> &'static str {
        "reshape"
    }

    fn parameters(&self) -> Vec<(&'static str, Parameter)> {
        vec![
            ("dimensions", Parameter::Text("None".into())),
            ("new_sizes", Parameter::tuple(&self.shape)),
        ]
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let aval = unary_aval(self.name(), inputs)?;
        if aval.shape.size() != self.shape.size() {
            return Err(format!(
                "reshape: {aval} has {} elements, shape {} has {}",
                aval.shape.size(),
                self.shape,
                self.shape.size()
            ));
        }
        Ok(vec![Type::Array(aval.with_shape(&self.shape))])
    }

    fn jvp(&self, primals: &[Value], tangents: &[Tangent]) -> (Vec<Value>, Vec<Tangent>) {
        alike(self, primals, tangents)
    }

    fn transpose(&self, cotangents: &[Tangent], inputs: &[Input]) -> Vec<Tangent> {
        vec![only(cotangents).map(|c| reshape(c, inputs[0].aval().shape))]
    }

    fn batch(
        &self,
        inputs: &[Value],
        axes: &[Option<usize>],
        _: &Batch,
    ) -> (Vec<Value>, Vec<Option<usize>>) {
        let x = to_front(inputs[0].array(), axes[0].unwrap_or(0));
        let shape = self.shape.with_axis(0, x.shape()[0]);
        (vec![reshape(&x, shape).into()], vec![Some(0)])
    }

    fn lowering(&self) -> Lowering<'_> {
        Lowering::Index(Index::Reshape(self))
    }
}

/// `x` under another shape; nothing is emitted where it has that shape already.
#[track_caller]
pub(crate) fn reshape(x: &Array, shape: impl Into<Shape>) -> Array {
    let shape = shape.into();
    if *x.shape() == shape {
        return x.clone();
    }
    bind1(Reshape { shape }, vec![x.into()])
}
