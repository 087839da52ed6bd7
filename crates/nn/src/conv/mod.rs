//! Layers that send features along edges, one file each.

mod graph_attention;
mod graph_convolution;

pub use graph_attention::{EdgeAttention, GraphAttention, GraphAttentionLayer, MultiHeadLayer};
pub use graph_convolution::GraphConvolution;
