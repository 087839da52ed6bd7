//! Values: arrays, sparsity patterns and sparse matrices.

#[allow(
    clippy::module_inception,
    reason = "the type's own file is named after it"
)]
mod array;
mod buffer;
mod csr;
mod display;
mod dtype;
mod operators;
mod pattern;
mod promotion;
mod scalar;
mod shape;

pub(crate) use array::ArrayRepr;
pub use array::{Array, IntoArray, array};
pub(crate) use buffer::{Buffer, count_bytes, forget_bytes, with_dtype, with_number};
pub use buffer::{Native, live_bytes, peak_bytes, reset_peak_bytes};
pub use csr::Csr;
pub(crate) use dtype::Scope;
pub use dtype::{DType, with_layout, with_x64};
pub use operators::Operand;
pub use pattern::Pattern;
pub(crate) use pattern::{PatternData, PatternRepr};
pub(crate) use promotion::result_type;
pub use promotion::{promote_types, promote_weak};
pub use scalar::{IntoScalar, Scalar, scalar};
pub use shape::Shape;
pub(crate) use shape::{broadcast_shapes, normalise_axis};
