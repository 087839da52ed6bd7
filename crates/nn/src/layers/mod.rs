//! Layers that know no graph, one file each.

mod affine;
mod dense;
mod dropout;
mod lambda;

pub(crate) use affine::Affine;
pub use affine::Linear;
pub use dense::Dense;
pub use dropout::Dropout;
pub use lambda::{Lambda, lambda};
