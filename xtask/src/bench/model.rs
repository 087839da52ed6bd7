//! The networks that sides are compared on.

use clap::ValueEnum;

/// A network that every side has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Model {
    /// The graph convolutional network.
    Gcn,
    /// The graph attention network.
    Gat,
}

impl Model {
    /// What every side calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Model::Gcn => "gcn",
            Model::Gat => "gat",
        }
    }

    /// What people call it.
    pub(super) fn title(self) -> &'static str {
        match self {
            Model::Gcn => "GCN",
            Model::Gat => "GAT",
        }
    }
}
