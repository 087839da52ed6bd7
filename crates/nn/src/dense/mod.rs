//! Graph layers over batches of small graphs whose adjacencies are whole matrices, one file each.

mod gat;
mod gcn;

pub use gat::{GatLayer, GatLayerParams};
pub use gcn::GcnLayer;
