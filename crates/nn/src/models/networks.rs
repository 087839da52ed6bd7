//! The networks, as their papers put them together.

use graxe_core::{elu, relu};

use crate::conv::{
    Appnp, ChebConv, GatV2, Gcnii, Gin, GraphAttentionLayer, GraphConvolution, GraphSage, Sgc,
    TransformerConv,
};
use crate::layer::Layer;
use crate::layers::{Dense, Dropout, lambda};
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
    attention([heads, hidden, classes], dropout, |head| head)
}

/// Two layers of attention by heads that are set up further.
#[track_caller]
fn attention(
    [heads, hidden, classes]: [usize; 3],
    dropout: f64,
    set_up: fn(GraphAttentionLayer) -> GraphAttentionLayer,
) -> impl Layer + Clone + 'static {
    let head = |features| {
        let head = GraphAttentionLayer::new(features)
            .with_attention_dropout(dropout)
            .with_feature_dropout(dropout);
        set_up(head)
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

/// As [`gat`] without biases, and with an elu on what comes out, before the softmax: the network of jax-gat.
///
/// # Shapes
/// As [`gat`].
///
/// # Reference
/// Cucurull, jax-gat, a port of the paper's code to JAX.
///
/// # Panics
/// As [`gat`].
#[track_caller]
pub fn jax_gat(
    heads: usize,
    hidden: usize,
    classes: usize,
    dropout: f64,
) -> impl Layer + Clone + 'static {
    let network = attention([heads, hidden, classes], dropout, |head| {
        head.without_bias()
    });
    serial((network, lambda(|x| elu(x, 1.0))))
}

/// As [`gat`] with attention whose ranking of neighbours depends on the node that attends; features are not dropped
/// once more after their projection.
///
/// # Shapes
/// As [`gat`].
///
/// # Reference
/// Brody, Alon and Yahav, How attentive are graph attention networks?, 2022.
///
/// # Panics
/// As [`gat`].
#[track_caller]
pub fn gatv2(
    heads: usize,
    hidden: usize,
    classes: usize,
    dropout: f64,
) -> impl Layer + Clone + 'static {
    serial((
        Dropout::new(dropout),
        GatV2::new(heads * hidden, heads).with_dropout(dropout),
        lambda(|x| elu(x, 1.0)),
        Dropout::new(dropout),
        GatV2::averaged(classes, 1).with_dropout(dropout),
    ))
}

/// Two layers of attention by products of queries and keys, as [`gatv2`] is put together.
///
/// # Shapes
/// As [`gat`], without a need for loops.
///
/// # Reference
/// Shi et al., Masked label prediction, 2021, equations 3 and 4.
///
/// # Panics
/// As [`gat`].
#[track_caller]
pub fn transformer(
    heads: usize,
    hidden: usize,
    classes: usize,
    dropout: f64,
) -> impl Layer + Clone + 'static {
    serial((
        Dropout::new(dropout),
        TransformerConv::new(heads * hidden, heads).with_dropout(dropout),
        lambda(relu),
        Dropout::new(dropout),
        TransformerConv::averaged(classes, 1).with_dropout(dropout),
    ))
}

/// `GraphSAGE` of two layers with the mean of neighbours: dropout, layer, relu, dropout, layer.
///
/// # Shapes
/// Node features `[num_nodes, in_features]`, dense or sparse, give logits `[num_nodes, classes]`.
///
/// # Reference
/// Hamilton, Ying and Leskovec, Inductive representation learning on large graphs, 2017, algorithm 1 over whole
/// neighbourhoods.
///
/// # Panics
/// If `dropout` is not in `[0, 1)`.
#[track_caller]
pub fn sage(hidden: usize, classes: usize, dropout: f64) -> impl Layer + Clone + 'static {
    serial((
        Dropout::new(dropout),
        GraphSage::new(hidden),
        lambda(relu),
        Dropout::new(dropout),
        GraphSage::new(classes),
    ))
}

/// A graph isomorphism network of two layers, each with a perceptron of one hidden layer. Features are projected to
/// `hidden` ones first, so that sparse ones stay sparse.
///
/// # Shapes
/// As [`sage`].
///
/// # Reference
/// Xu, Hu, Leskovec and Jegelka, How powerful are graph neural networks?, 2019, equation 4.1.
///
/// # Panics
/// If `dropout` is not in `[0, 1)`.
#[track_caller]
pub fn gin(hidden: usize, classes: usize, dropout: f64) -> impl Layer + 'static {
    serial((
        Dropout::new(dropout),
        Dense::new(hidden),
        Gin::mlp(hidden, hidden),
        lambda(relu),
        Dropout::new(dropout),
        Gin::mlp(hidden, classes),
    ))
}

/// Logistic regression on features that were propagated twice.
///
/// # Shapes
/// As [`gcn`].
///
/// # Reference
/// Wu et al., Simplifying graph convolutional networks, 2019, equation 8 with `K = 2`.
pub fn sgc(classes: usize) -> impl Layer + Clone + 'static {
    Sgc::new(classes, 2)
}

/// A perceptron whose predictions are propagated ten times, a tenth of the way back each time.
///
/// # Shapes
/// As [`gcn`].
///
/// # Reference
/// Klicpera, Bojchevski and Günnemann, Predict then propagate, 2019, equation 4.
///
/// # Panics
/// If `dropout` is not in `[0, 1)`.
#[track_caller]
pub fn appnp(hidden: usize, classes: usize, dropout: f64) -> impl Layer + Clone + 'static {
    serial((
        Dropout::new(dropout),
        Dense::new(hidden).without_bias(),
        lambda(relu),
        Dropout::new(dropout),
        Dense::new(classes).without_bias(),
        Appnp::new(10, 0.1).with_dropout(dropout),
    ))
}

/// A network of 64 convolutions that all see the first hidden features.
///
/// # Shapes
/// As [`gcn`].
///
/// # Reference
/// Chen et al., Simple and deep graph convolutional networks, 2020, section 5.1: `α = 0.1`, `θ = 0.5`.
///
/// # Panics
/// If `dropout` is not in `[0, 1)`.
#[track_caller]
pub fn gcnii(hidden: usize, classes: usize, dropout: f64) -> impl Layer + Clone + 'static {
    serial((
        Dropout::new(dropout),
        Dense::new(hidden),
        lambda(relu),
        Gcnii::new(64)
            .with_alpha(0.1)
            .with_theta(0.5)
            .with_dropout(dropout),
        Dropout::new(dropout),
        Dense::new(classes),
    ))
}

/// Two convolutions by Chebyshev polynomials of the second degree: dropout, convolution, relu, dropout, convolution.
///
/// # Shapes
/// As [`sage`], on a graph by `normalise::scaled_laplacian`.
///
/// # Reference
/// Defferrard, Bresson and Vandergheynst, Convolutional neural networks on graphs with fast localized spectral
/// filtering, 2016, equation 4; put together as by Kipf and Welling, 2017, table 3.
///
/// # Panics
/// If `dropout` is not in `[0, 1)`.
#[track_caller]
pub fn cheb(hidden: usize, classes: usize, dropout: f64) -> impl Layer + Clone + 'static {
    serial((
        Dropout::new(dropout),
        ChebConv::new(hidden, 3),
        lambda(relu),
        Dropout::new(dropout),
        ChebConv::new(classes, 3),
    ))
}
