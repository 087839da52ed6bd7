//! Published networks, and the table the command chooses from.

use graxe_core::{elu, relu};

use crate::conv::{GraphAttentionLayer, GraphConvolution};
use crate::layer::Layer;
use crate::layers::{Dense, Dropout, lambda};
use crate::model::Model;
use crate::serial::serial;

/// A graph convolutional network of two layers: dropout, convolution, relu, dropout,
/// convolution. Neither convolution has a bias.
///
/// # Shapes
/// Node features `[num_nodes, in_features]`, dense or sparse, on a normalised graph give
/// logits `[num_nodes, classes]`.
///
/// # Reference
/// Kipf and Welling, Semi-supervised classification with graph convolutional networks, 2017,
/// equation 9 without its softmax.
///
/// # Panics
/// If `dropout` is not in `[0, 1)`.
#[track_caller]
pub fn gcn(hidden: usize, classes: usize, dropout: f64) -> impl Layer + Clone + 'static {
    serial((
        Dropout::new(dropout),
        GraphConvolution::new(hidden).without_bias(),
        lambda(relu),
        Dropout::new(dropout),
        GraphConvolution::new(classes).without_bias(),
    ))
}

/// A graph attention network of two layers: dropout, `heads` heads of `hidden` features side by side, elu, dropout,
/// one head to the classes. Attention and projected features are dropped too, as in the paper's code.
///
/// # Shapes
/// Node features `[num_nodes, in_features]`, dense or sparse, on a graph whose nodes have loops give
/// logits `[num_nodes, classes]`.
///
/// # Reference
/// Veličković et al., Graph attention networks, 2018, section 3.3 (8 heads of 8 features, dropout 0.6).
///
/// # Panics
/// If `heads` is 0 or `dropout` is not in `[0, 1)`.
#[track_caller]
pub fn gat(
    heads: usize,
    hidden: usize,
    classes: usize,
    dropout: f64,
) -> impl Layer + Clone + 'static {
    let head = |features| {
        GraphAttentionLayer::new(features)
            .with_attention_dropout(dropout)
            .with_feature_dropout(dropout)
    };
    serial((
        Dropout::new(dropout),
        head(hidden).heads(heads),
        lambda(|x| elu(x, 1.0)),
        Dropout::new(dropout),
        head(classes),
    ))
}

/// A multilayer perceptron of two layers: dropout, dense, relu, dropout, dense. It is [`gcn`]
/// on a graph without edges, and sees no graph.
///
/// # Shapes
/// Node features `[num_nodes, in_features]`, dense or sparse, give logits
/// `[num_nodes, classes]`.
///
/// # Panics
/// If `dropout` is not in `[0, 1)`.
#[track_caller]
pub fn mlp(hidden: usize, classes: usize, dropout: f64) -> impl Layer + Clone + 'static {
    serial((
        Dropout::new(dropout),
        Dense::new(hidden).without_bias(),
        lambda(relu),
        Dropout::new(dropout),
        Dense::new(classes).without_bias(),
    ))
}

/// What every network of the table is made from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sizes {
    /// Nodes of the graph.
    pub nodes: usize,
    /// Features of a node.
    pub features: usize,
    /// Features between the layers.
    pub hidden: usize,
    /// Classes to tell apart.
    pub classes: usize,
    /// The rate of dropout, in `[0, 1)`.
    pub dropout: f64,
}

impl Sizes {
    fn model(self, layer: impl Layer + 'static) -> Model {
        Model::new(layer, &[self.nodes, self.features])
    }
}

/// A named way to make a [`Model`].
#[derive(Clone, Copy, Debug)]
pub struct Architecture {
    /// What the command calls it.
    pub name: &'static str,
    /// What it is.
    pub summary: &'static str,
    /// The model of given sizes.
    pub build: fn(Sizes) -> Model,
}

/// The networks that the command knows; the first is its default.
pub const MODELS: &[Architecture] = &[
    Architecture {
        name: "gcn",
        summary: "graph convolutional network (Kipf and Welling, 2017)",
        build: |s| s.model(gcn(s.hidden, s.classes, s.dropout)),
    },
    Architecture {
        name: "mlp",
        summary: "multilayer perceptron, which sees no edges",
        build: |s| s.model(mlp(s.hidden, s.classes, s.dropout)),
    },
];

/// The architecture of this name, if [`MODELS`] has it.
pub fn model(name: &str) -> Option<&'static Architecture> {
    MODELS.iter().find(|m| m.name == name)
}
