//! Layers that know no graph, one file each.

mod dense;
mod dropout;
mod lambda;

pub(crate) use dense::last_extent;
pub use dense::{Dense, Linear};
pub use dropout::Dropout;
pub use lambda::{Lambda, lambda};
