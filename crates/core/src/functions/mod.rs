//! What users call: NumPy's functions as methods and free functions over arrays.

pub(crate) mod activation;
pub(crate) mod creation;
pub(crate) mod cumulative;
pub(crate) mod indexing;
pub(crate) mod linalg;
pub(crate) mod logic;
pub(crate) mod math;
pub(crate) mod reduce;
pub(crate) mod segment;
pub(crate) mod shape;
pub(crate) mod sort;
pub mod sparse;
pub(crate) mod special;
