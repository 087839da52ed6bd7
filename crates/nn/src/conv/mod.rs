//! Layers that send features along edges, one file each.

mod graph_convolution;

pub use graph_convolution::GraphConvolution;
