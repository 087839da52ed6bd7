//! Layers that send features along edges, one file each.

mod appnp;
mod chebyshev;
mod gat_v2;
mod gcnii;
mod gin;
mod graph_attention;
mod graph_conv;
mod graph_convolution;
mod graph_sage;
mod heads;
mod neighbours;
mod sgc;
mod transformer_conv;

pub use appnp::Appnp;
pub use chebyshev::{ChebConv, ChebConvParams};
pub use gat_v2::{GatV2, GatV2Params};
pub use gcnii::{Gcnii, GcniiConv, GcniiConvParams, GcniiParams};
pub use gin::{Gin, GinParams};
pub use graph_attention::{EdgeAttention, GraphAttention, GraphAttentionLayer, MultiHeadLayer};
pub use graph_conv::{GraphConv, GraphConvParams};
pub use graph_convolution::GraphConvolution;
pub use graph_sage::{GraphSage, GraphSageParams};
pub use sgc::Sgc;
pub use transformer_conv::{TransformerConv, TransformerConvParams};
