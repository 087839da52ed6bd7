//! What attention by heads shares: scores to weights, the weighted sum, and heads to features.

use graxe_core::Array;

use crate::layer::Context;
use crate::layers::{Dropout, Linear};
use crate::message::Edges;

/// How many heads there are, how wide each is and how they become features.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heads {
    pub(super) count: usize,
    /// Features of one head.
    pub(super) features: usize,
    /// Heads side by side, or their mean.
    pub(super) concat: bool,
    /// On the weights of attention.
    pub(super) dropout: Dropout,
}

impl Heads {
    /// `count` heads with an equal part of `features` features each, side by side, without dropout.
    #[track_caller]
    pub(super) fn sharing(layer: &str, features: usize, count: usize) -> Self {
        assert!(
            count > 0 && features.is_multiple_of(count),
            "{layer}: {features} features cannot be shared by {count} heads"
        );
        Self {
            count,
            features: features / count,
            concat: true,
            dropout: Dropout::new(0.0),
        }
    }

    /// `count` heads of `features` features each, of which the mean is taken, without dropout.
    #[track_caller]
    pub(super) fn averaged(layer: &str, features: usize, count: usize) -> Self {
        Self {
            concat: false,
            ..Self::sharing(layer, features * count, count)
        }
    }

    /// Features of all heads together.
    pub(super) fn width(self) -> usize {
        self.count * self.features
    }

    /// Features of [`Self::join`].
    pub(super) fn out_features(self) -> usize {
        if self.concat {
            self.width()
        } else {
            self.features
        }
    }

    /// `[n, heads · F]` as `[n, heads, F]`.
    #[track_caller]
    pub(super) fn split(self, x: &Array) -> Array {
        let rows = x.shape()[0] as isize;
        x.reshape([rows, self.count as isize, self.features as isize])
    }

    /// `[n, heads, F]` as `[n, heads · F]`, or the mean over heads, `[n, F]`.
    #[track_caller]
    pub(super) fn join(self, x: &Array) -> Array {
        if !self.concat && self.count > 1 {
            return x.mean(1);
        }
        let rows = x.shape()[0] as isize;
        x.reshape([rows, self.width() as isize])
    }

    /// What each head pays to each edge: the softmax of `scores: [num_edges, heads]` over the edges into a node, then dropout.
    #[track_caller]
    pub(super) fn attention(self, edges: &Edges, scores: &Array, context: &Context) -> Array {
        let attention = edges.softmax(scores);
        context.record("attention", &attention);
        self.dropout.of(&attention, context)
    }

    /// The projected features of edges, `[num_edges, heads, F]`, if a layer has a map for them.
    ///
    /// # Panics
    /// If it has one and the edges carry nothing.
    #[track_caller]
    pub(super) fn of_edges(
        self,
        layer: &str,
        map: Option<&Linear>,
        edges: &Edges,
    ) -> Option<Array> {
        let map = map?;
        let Some(features) = edges.features() else {
            panic!(
                "{layer}: the edges carry nothing, but there is a map {} for edge features: give \
                 them by Inputs::with_edges",
                map.weight.shape()
            )
        };
        Some(self.split(&map.add_bias(features.matmul(&map.weight))))
    }
}
