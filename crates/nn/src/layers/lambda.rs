//! A function of the node features as a layer.

use std::fmt;

use graxe_core::Array;
use graxe_core::random::Key;

use crate::layer::{Context, Inputs, Stateless};

/// A function of dense node features that keeps their shape, made by [`lambda`].
#[derive(Clone, Copy)]
pub struct Lambda<F>(F);

/// A layer from a function that keeps shapes, such as an activation: `lambda(relu)`.
pub fn lambda<F>(f: F) -> Lambda<F>
where
    F: Fn(&Array) -> Array + Send + Sync,
{
    Lambda(f)
}

impl<F> fmt::Debug for Lambda<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lambda")
    }
}

impl<F> Stateless for Lambda<F>
where
    F: Fn(&Array) -> Array + Send + Sync,
{
    type Params = ();

    fn parameters(&self, _: &Key, input_shape: &[usize]) -> (Vec<usize>, ()) {
        (input_shape.to_vec(), ())
    }

    fn forward(&self, (): &(), inputs: &Inputs, _: &Context) -> Inputs {
        inputs.with_nodes((self.0)(inputs.dense()))
    }
}
