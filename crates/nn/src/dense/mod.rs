//! Graph layers over batches of small graphs whose adjacencies are whole matrices, one file each.

mod gat;
mod gcn;

pub use gat::{GatLayer, GatLayerParams};
pub(crate) use gat::{by_heads, side_by_side, softmax_of};
pub use gcn::GcnLayer;
