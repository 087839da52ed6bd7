//! Published networks, and the table the command chooses from.

mod networks;
mod table;

use std::fmt;

use graxe_graph::{Dataset, Graph, Scaling, normalise};

pub use networks::{
    appnp, cheb, gat, gatv2, gcn, gcnii, gin, jax_gat, mlp, sage, sgc, transformer,
};
pub use table::MODELS;

use crate::layer::{Inputs, Layer};
use crate::model::Model;
use crate::trainer::{Config, Penalty, Protocol};

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

/// The publication that a model is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paper {
    /// As they are cited.
    pub authors: &'static str,
    /// When it appeared.
    pub year: u16,
}

impl fmt::Display for Paper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.authors, self.year)
    }
}

/// The numbers that a model was published with, and how it was trained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Defaults {
    /// Features between the layers; of each head where there are heads.
    pub hidden: usize,
    /// The rate of dropout.
    pub dropout: f64,
    /// Adam's learning rate.
    pub learning_rate: f64,
    /// The strength of the penalty.
    pub weight_decay: f64,
    /// Its form, where the protocol has none of its own.
    pub penalty: Penalty,
    /// The protocol of the publication, a row of [`PROTOCOLS`](crate::PROTOCOLS).
    pub protocol: &'static str,
    /// The epochs of that protocol for this model, where they are not the protocol's own.
    pub epochs: Option<usize>,
}

/// A published network: how its graph is prepared, how it is made and how it was trained.
#[derive(Clone, Copy, Debug)]
pub struct Architecture {
    /// What the command calls it.
    pub name: &'static str,
    /// What it is.
    pub summary: &'static str,
    /// Where it is from.
    pub paper: Paper,
    /// The graph that its layers take, made of the data's; without it, they see no edges.
    pub prepare: Option<fn(&Graph) -> Graph>,
    /// The model of given sizes.
    pub build: fn(Sizes) -> Model,
    /// Its numbers.
    pub defaults: Defaults,
}

impl Architecture {
    /// The protocol that it was published with.
    ///
    /// # Panics
    /// If [`PROTOCOLS`](crate::PROTOCOLS) has none of this name.
    pub fn protocol(&self) -> &'static Protocol {
        let name = self.defaults.protocol;
        match Protocol::named(name) {
            Some(protocol) => protocol,
            None => panic!("{}: there is no protocol '{name}'", self.name),
        }
    }

    /// Its numbers under a protocol.
    pub fn config(&self, protocol: &Protocol) -> Config {
        let own = &self.defaults;
        let epochs = own.epochs.filter(|_| protocol.name == own.protocol);
        Config {
            epochs: epochs.unwrap_or(protocol.epochs),
            hidden: own.hidden,
            learning_rate: own.learning_rate,
            dropout: own.dropout,
            weight_decay: own.weight_decay,
            penalty: protocol.penalty.unwrap_or(own.penalty),
            penalty_in_validation: protocol.penalty_in_validation,
            stopping: protocol.stopping,
            weights: protocol.weights,
        }
    }

    /// What the network takes of a data set, which needs no labels: rows of the features are divided by their sums unless
    /// they are [scaled already](Scaling::Done), and the graph becomes what [`Self::prepare`] makes of it.
    pub fn inputs(&self, dataset: &Dataset) -> Inputs {
        let features = match dataset.scaling {
            Scaling::Rows => normalise::rows(&dataset.features),
            Scaling::Done => dataset.features.clone(),
        };
        match self.prepare {
            Some(prepare) => Inputs::on_graph(features, &prepare(&dataset.graph)),
            None => Inputs::new(features),
        }
    }

    /// The network for a data set.
    pub fn model(&self, dataset: &Dataset, config: &Config) -> Model {
        (self.build)(Sizes {
            nodes: dataset.num_nodes(),
            features: dataset.num_features(),
            hidden: config.hidden,
            classes: dataset.num_classes(),
            dropout: config.dropout,
        })
    }
}

/// The architecture of this name, if [`MODELS`] has it.
pub fn model(name: &str) -> Option<&'static Architecture> {
    MODELS.iter().find(|m| m.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trainer::PROTOCOLS;

    #[test]
    fn every_row_has_a_name_of_its_own_and_a_protocol_and_sound_numbers() {
        for (i, row) in MODELS.iter().enumerate() {
            assert!(MODELS[..i].iter().all(|other| other.name != row.name));
            assert_eq!(row.protocol().name, row.defaults.protocol);
            for protocol in PROTOCOLS {
                assert_eq!(row.config(protocol).check(), Ok(()), "{}", row.name);
            }
        }
    }

    #[test]
    fn epochs_of_a_models_own_count_under_its_own_protocol_alone() {
        let mut deep = MODELS[0];
        deep.defaults.epochs = Some(1000);
        assert_eq!(deep.config(deep.protocol()).epochs, 1000);
        for protocol in PROTOCOLS.iter().filter(|p| p.name != "kipf") {
            assert_eq!(deep.config(protocol).epochs, protocol.epochs);
        }
    }
}
