//! The networks that the command knows, with their graphs and their numbers.

use graxe_graph::{Graph, normalise};

use super::{Architecture, Defaults, Paper, networks};
use crate::trainer::Penalty;

/// The numbers of Kipf and Welling, section 5.2.
const KIPF: Defaults = Defaults {
    hidden: 16,
    dropout: 0.5,
    learning_rate: 0.01,
    weight_decay: 5e-4,
    penalty: Penalty::FirstLayer,
    protocol: "kipf",
    epochs: None,
};

/// The numbers of Veličković et al., section 3.3.
const VELICKOVIC: Defaults = Defaults {
    hidden: 8,
    dropout: 0.6,
    learning_rate: 0.005,
    weight_decay: 5e-4,
    penalty: Penalty::AllParameters,
    protocol: "velickovic",
    epochs: None,
};

/// What a layer that sums over neighbours takes: the edges as they are.
fn as_it_is(graph: &Graph) -> Graph {
    graph.clone()
}

fn with_loops(graph: &Graph) -> Graph {
    graph.with_remaining_self_loops(1.0)
}

const fn paper(authors: &'static str, year: u16) -> Paper {
    Paper { authors, year }
}

/// The networks that the command knows; the first is its default.
pub const MODELS: &[Architecture] = &[
    Architecture {
        name: "gcn",
        summary: "graph convolutional network",
        paper: paper("Kipf and Welling", 2017),
        prepare: Some(normalise::gcn),
        build: |s| s.model(networks::gcn(s.hidden, s.classes, s.dropout)),
        defaults: KIPF,
    },
    Architecture {
        name: "gat",
        summary: "graph attention network, 8 heads",
        paper: paper("Veličković et al.", 2018),
        prepare: Some(with_loops),
        build: |s| s.model(networks::gat(8, s.hidden, s.classes, s.dropout)),
        defaults: VELICKOVIC,
    },
    Architecture {
        name: "jax-gat",
        summary: "gat without biases and with an elu on its output",
        paper: paper("Cucurull, jax-gat", 2020),
        prepare: Some(with_loops),
        build: |s| s.model(networks::jax_gat(8, s.hidden, s.classes, s.dropout)),
        defaults: Defaults {
            protocol: "cucurull",
            ..VELICKOVIC
        },
    },
    Architecture {
        name: "gatv2",
        summary: "attention that ranks neighbours for each node, 8 heads",
        paper: paper("Brody, Alon and Yahav", 2022),
        prepare: Some(with_loops),
        build: |s| s.model(networks::gatv2(8, s.hidden, s.classes, s.dropout)),
        defaults: VELICKOVIC,
    },
    Architecture {
        name: "transformer",
        summary: "attention by queries and keys along edges, 8 heads",
        paper: paper("Shi et al.", 2021),
        prepare: Some(as_it_is),
        build: |s| s.model(networks::transformer(8, s.hidden, s.classes, s.dropout)),
        defaults: VELICKOVIC,
    },
    Architecture {
        name: "sage",
        summary: "GraphSAGE with the mean of all neighbours",
        paper: paper("Hamilton, Ying and Leskovec", 2017),
        prepare: Some(as_it_is),
        build: |s| s.model(networks::sage(s.hidden, s.classes, s.dropout)),
        defaults: Defaults {
            hidden: 64,
            penalty: Penalty::AllParameters,
            protocol: "pyg",
            ..KIPF
        },
    },
    Architecture {
        name: "gin",
        summary: "graph isomorphism network",
        paper: paper("Xu, Hu, Leskovec and Jegelka", 2019),
        prepare: Some(as_it_is),
        build: |s| s.model(networks::gin(s.hidden, s.classes, s.dropout)),
        defaults: Defaults {
            penalty: Penalty::AllParameters,
            protocol: "pyg",
            ..KIPF
        },
    },
    Architecture {
        name: "sgc",
        summary: "simplified graph convolution: two hops, one linear layer",
        paper: paper("Wu et al.", 2019),
        prepare: Some(normalise::gcn),
        build: |s| s.model(networks::sgc(s.classes)),
        defaults: Defaults {
            dropout: 0.0,
            learning_rate: 0.2,
            weight_decay: 1.3e-5,
            penalty: Penalty::AllParameters,
            protocol: "best",
            epochs: Some(100),
            ..KIPF
        },
    },
    Architecture {
        name: "appnp",
        summary: "predictions propagated by personalised PageRank",
        paper: paper("Klicpera, Bojchevski and Günnemann", 2019),
        prepare: Some(normalise::gcn),
        build: |s| s.model(networks::appnp(s.hidden, s.classes, s.dropout)),
        defaults: Defaults {
            hidden: 64,
            penalty: Penalty::AllParameters,
            protocol: "velickovic",
            ..KIPF
        },
    },
    Architecture {
        name: "gcnii",
        summary: "64 graph convolutions that see the first features",
        paper: paper("Chen et al.", 2020),
        prepare: Some(normalise::gcn),
        build: |s| s.model(networks::gcnii(s.hidden, s.classes, s.dropout)),
        defaults: Defaults {
            hidden: 64,
            dropout: 0.6,
            penalty: Penalty::AllParameters,
            protocol: "velickovic",
            epochs: Some(1500),
            ..KIPF
        },
    },
    Architecture {
        name: "cheb",
        summary: "convolution by Chebyshev polynomials of degree 2",
        paper: paper("Defferrard, Bresson and Vandergheynst", 2016),
        prepare: Some(|graph| normalise::scaled_laplacian(graph, 2.0)),
        build: |s| s.model(networks::cheb(s.hidden, s.classes, s.dropout)),
        defaults: KIPF,
    },
    Architecture {
        name: "mlp",
        summary: "multilayer perceptron, which sees no edges",
        paper: paper("a baseline of Kipf and Welling", 2017),
        prepare: None,
        build: |s| s.model(networks::mlp(s.hidden, s.classes, s.dropout)),
        defaults: KIPF,
    },
];
