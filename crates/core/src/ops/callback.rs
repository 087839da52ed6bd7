//! Functions of the host that look at arrays while a program runs.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::batching::{Batch, move_axis};
use super::{Input, Lowering, Parameter, Rules, Tangent, bind, reshape, slice};
use crate::array::Array;
use crate::ir::{Effect, Type, Value};

/// What a callback does with the arrays that it is shown.
pub type Look = dyn Fn(&[Array]) + Send + Sync;

/// Calls a function with its operands, in the order of the program, and gives nothing; JAX's
/// `debug_callback`.
#[derive(Clone)]
pub struct Callback {
    /// What is called; callbacks are equal if this is the same function object.
    pub call: Arc<Look>,
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Callback")
    }
}

impl PartialEq for Callback {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.call, &other.call)
    }
}

impl Eq for Callback {}

impl Hash for Callback {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.call).cast::<()>().hash(state);
    }
}

impl Rules for Callback {
    fn name(&self) -> &'static str {
        "debug_callback"
    }

    fn parameters(&self) -> Vec<(&'static str, Parameter)> {
        vec![("ordered", Parameter::Text("True".to_owned()))]
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        inputs
            .iter()
            .try_for_each(|ty| ty.array(self.name()).map(|_| ()))?;
        Ok(Vec::new())
    }

    fn jvp(&self, primals: &[Value], _tangents: &[Tangent]) -> (Vec<Value>, Vec<Tangent>) {
        (bind(&self.clone().into(), primals.to_vec()), Vec::new())
    }

    fn transpose(&self, _cotangents: &[Tangent], inputs: &[Input]) -> Vec<Tangent> {
        vec![None; inputs.len()]
    }

    /// Once for each example, in order.
    fn batch(
        &self,
        inputs: &[Value],
        axes: &[Option<usize>],
        batch: &Batch,
    ) -> (Vec<Value>, Vec<Option<usize>>) {
        for example in 0..batch.size {
            let own = |(value, axis): (&Value, &Option<usize>)| match axis {
                Some(axis) => {
                    let x = move_axis(value.array(), *axis, 0);
                    let one = slice::slice_axis(&x, 0, example, example + 1);
                    reshape::reshape(&one, x.shape().without(&[0])).into()
                }
                None => value.clone(),
            };
            bind(
                &self.clone().into(),
                inputs.iter().zip(axes).map(own).collect(),
            );
        }
        (Vec::new(), Vec::new())
    }

    fn lowering(&self) -> Lowering<'_> {
        Lowering::Host(self)
    }

    fn effect(&self) -> Effect {
        Effect::Ordered
    }
}
