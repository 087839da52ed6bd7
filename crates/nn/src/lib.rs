//! Graph neural networks: layers, losses, optimisers and the training loop.
//!
//! Parameters are never inside a layer. A [`Layer`] is a pair of functions: `init` makes
//! parameters and state from a key and the shape that will come in, `apply` takes them beside
//! its inputs. What `serial` hands from layer to layer is one struct, [`Inputs`]: node
//! features, dense or sparse, and the adjacency. [`message`] is what new graph layers are written with, [`pyg`] reads
//! parameters by their names there. [`graph_network`] holds jraph's models, functions
//! over batches of small graphs. This crate holds no kernels: whatever it computes it composes of
//! the core's functions.

mod baselines;
pub mod checkpoint;
mod conv;
mod dense;
pub mod graph_network;
mod init;
mod layer;
mod layers;
mod loss;
mod matrix;
pub mod message;
mod metrics;
mod model;
mod models;
pub mod optim;
mod projection;
pub mod pyg;
mod record;
mod serial;
mod trainer;

pub use baselines::{LabelPropagation, majority_class};
pub use conv::{
    Appnp, ChebConv, ChebConvParams, EdgeAttention, GatV2, GatV2Params, Gcnii, GcniiConv,
    GcniiConvParams, GcniiParams, Gin, GinParams, GraphAttention, GraphAttentionLayer, GraphConv,
    GraphConvParams, GraphConvolution, GraphSage, GraphSageParams, MultiHeadLayer, Sgc,
    TransformerConv, TransformerConvParams,
};
pub use dense::{GatLayer, GatLayerParams, GcnLayer};
pub use init::{
    Distribution, Fan, Initializer, glorot_normal, glorot_uniform, he_normal, he_uniform,
    lecun_normal, lecun_uniform, variance_scaling,
};
pub use layer::{Context, Inputs, Layer, Stateless};
pub use layers::{Dense, Dropout, Lambda, Linear, lambda};
pub use loss::{
    cosine_similarity, cross_entropy, huber_loss, l2_loss, l2_norm, log_cosh,
    sigmoid_binary_cross_entropy, smooth_labels, softmax_cross_entropy,
    softmax_cross_entropy_with_integer_labels, sum_of_squares,
};
pub use matrix::Matrix;
pub use metrics::{
    Calibration, ClassScore, Confusion, DegreeAccuracy, Predictions, ReliabilityBin, accuracy,
};
pub use model::{Inspected, Model, Parameters};
pub use models::{
    Architecture, Defaults, MODELS, Paper, Sizes, appnp, cheb, gat, gatv2, gcn, gcnii, gin,
    jax_gat, mlp, model, sage, sgc, transformer,
};
pub use projection::{PrincipalComponents, principal_components};
pub use record::Record;
pub use serial::{Layers, Serial, serial};
pub use trainer::{
    Config, ConfigError, EpochReport, Fit, PROTOCOLS, Penalty, Protocol, Run, Stopping, Trainer,
    Weights,
};
