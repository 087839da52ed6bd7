//! The networks: two hidden layers with batch normalisation, relu and dropout, and a layer to the classes.

use graxe::graph::normalise;
use graxe::nn::{Dropout, GraphAttentionLayer, GraphConvolution, Layer, lambda, serial};
use graxe::prelude::*;

use crate::batch_norm::BatchNorm;

/// The kind of the layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Model {
    Gcn,
    Gat,
}

/// The heads of a hidden layer of attention; they share its features.
pub(crate) const HEADS: usize = 4;

impl Model {
    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Gcn, Self::Gat]
            .into_iter()
            .find(|model| model.name() == name)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gcn => "gcn",
            Self::Gat => "gat",
        }
    }

    /// The graph that the layers take.
    pub(crate) fn prepare(self, graph: &Graph) -> Graph {
        match self {
            Self::Gcn => normalise::gcn(graph),
            Self::Gat => graph.with_remaining_self_loops(1.0),
        }
    }
}

/// Three graph convolutions.
pub(crate) fn gcn(hidden: usize, classes: usize) -> impl Layer {
    let block = || {
        serial((
            GraphConvolution::new(hidden),
            BatchNorm,
            lambda(relu),
            Dropout::new(0.5),
        ))
    };
    serial((block(), block(), GraphConvolution::new(classes)))
}

/// Graph attention, twice by [`HEADS`] heads and to the classes by one; attention itself is not dropped.
pub(crate) fn gat(hidden: usize, classes: usize) -> impl Layer {
    let block = || {
        serial((
            GraphAttentionLayer::new(hidden / HEADS).heads(HEADS),
            BatchNorm,
            lambda(relu),
            Dropout::new(0.5),
        ))
    };
    serial((block(), block(), GraphAttentionLayer::new(classes)))
}
