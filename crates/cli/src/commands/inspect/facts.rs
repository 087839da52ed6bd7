//! What is known of a data set, as `--json` prints it; pages and advice are made of it.

use graxe_graph::Dataset;
use graxe_graph::statistics::{DegreeBin, Statistics};
use graxe_run::Data;
use serde::Serialize;

/// Everything that `graxe inspect` says. A share of nothing is null.
#[derive(Debug, Serialize)]
pub(super) struct Inspection {
    pub(super) data: String,
    pub(super) graph: Graph,
    pub(super) degrees: Degrees,
    pub(super) features: Features,
    pub(super) labels: Labels,
    pub(super) homophily: Homophily,
    pub(super) split: Split,
    /// Null where training is refused, of which a warning tells.
    pub(super) training: Option<Training>,
    pub(super) warnings: Vec<Warning>,
}

#[derive(Debug, Serialize)]
pub(super) struct Graph {
    pub(super) nodes: usize,
    pub(super) undirected: bool,
    /// Of an undirected graph, an edge and its reverse are one.
    pub(super) edges: usize,
    /// In an undirected graph, an edge sends a message each way.
    pub(super) messages: usize,
    pub(super) self_loops: usize,
    pub(super) listed: Listed,
    pub(super) isolated: usize,
    pub(super) components: usize,
    /// Nodes of the largest component.
    pub(super) largest_component: usize,
}

/// The edges as the files list them.
#[derive(Debug, Serialize)]
pub(super) struct Listed {
    pub(super) edges: usize,
    pub(super) self_loops: usize,
    pub(super) duplicates: usize,
}

/// Edges that arrive at a node.
#[derive(Debug, Serialize)]
pub(super) struct Degrees {
    pub(super) min: usize,
    pub(super) median: f64,
    pub(super) mean: f64,
    pub(super) max: usize,
    pub(super) histogram: Vec<Bin>,
}

/// The nodes whose degree is from `lower` to `upper`, both included.
#[derive(Debug, Serialize)]
pub(super) struct Bin {
    pub(super) lower: usize,
    pub(super) upper: usize,
    pub(super) nodes: usize,
}

#[derive(Debug, Serialize)]
pub(super) struct Features {
    pub(super) count: usize,
    pub(super) nonzero: usize,
    pub(super) density: Option<f64>,
    /// Whether each node has one feature that no other has, as where the files give none.
    pub(super) identity: bool,
    pub(super) empty_columns: usize,
    pub(super) constant_columns: usize,
    pub(super) empty_nodes: usize,
    /// The columns of a table in which values are missing.
    pub(super) missing: Vec<Missing>,
    /// Nodes whose features are those of another node.
    pub(super) identical_nodes: usize,
}

/// Values that a column of a table lacks.
#[derive(Debug, Serialize)]
pub(super) struct Missing {
    pub(super) column: String,
    pub(super) values: usize,
}

#[derive(Debug, Serialize)]
pub(super) struct Labels {
    pub(super) labelled: usize,
    pub(super) unlabelled: usize,
    /// In the order of their numbers.
    pub(super) classes: Vec<Class>,
}

/// How many nodes of a class there are in all and in each part of the split.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Class {
    pub(super) name: String,
    pub(super) all: usize,
    pub(super) train: usize,
    pub(super) val: usize,
    pub(super) test: usize,
}

#[derive(Debug, Serialize)]
pub(super) struct Homophily {
    pub(super) edge: Option<f64>,
    pub(super) node: Option<f64>,
    pub(super) class_insensitive: Option<f64>,
    pub(super) level: Option<Level>,
}

/// What the class-insensitive homophily comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    High,
    Middle,
    Low,
}

impl Level {
    /// Benchmarks on which GNNs lose to features alone (Actor, Chameleon, Squirrel, Texas) lie
    /// below 0.1, and those on which they shine (Cora, Pubmed, Citeseer) above 0.6: Lim et al.,
    /// "Large Scale Learning on Non-Homophilous Graphs", 2021.
    fn of(class_insensitive: f64) -> Self {
        match class_insensitive {
            0.5.. => Self::High,
            0.15.. => Self::Middle,
            _ => Self::Low,
        }
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Split {
    pub(super) train: usize,
    pub(super) val: usize,
    pub(super) test: usize,
    /// Nodes in no part.
    pub(super) unused: usize,
    pub(super) leaks: Leaks,
}

/// Nodes by which an evaluation says more than a model has learned.
#[derive(Debug, Serialize)]
pub(super) struct Leaks {
    /// Nodes to validate on with the features of a training node.
    pub(super) val_like_train: usize,
    pub(super) test_like_train: usize,
    pub(super) in_two_parts: usize,
}

/// What training is expected to cost.
#[derive(Debug, Serialize)]
pub(super) struct Training {
    pub(super) model: &'static str,
    pub(super) protocol: &'static str,
    pub(super) most_epochs: usize,
    pub(super) may_stop_early: bool,
    /// The first epoch, which compiles.
    pub(super) first_epoch_seconds: f64,
    /// The median of those timed after it, with evaluation.
    pub(super) epoch_seconds: f64,
    /// For the most epochs.
    pub(super) seconds: f64,
    pub(super) threads: usize,
    /// Live array bytes at their highest.
    pub(super) peak_bytes: usize,
}

/// What will hurt, and what to do about it.
#[derive(Debug, Serialize)]
pub(super) struct Warning {
    /// A stable name for programs.
    pub(super) kind: &'static str,
    pub(super) finding: String,
    /// Null where the finding says it.
    pub(super) remedy: Option<String>,
}

impl Inspection {
    /// All but the cost of training and the warnings.
    pub(super) fn new(data: &Data, statistics: &Statistics) -> Self {
        let (dataset, known) = (&data.dataset, statistics);
        let classes = dataset.class_names.iter().enumerate();
        let classes = classes.map(|(class, name)| Class {
            name: name.replace(char::is_control, "?"),
            all: known.labels.all.counts[class],
            train: known.labels.train.counts[class],
            val: known.labels.val.counts[class],
            test: known.labels.test.counts[class],
        });
        Self {
            data: dataset.name.replace(char::is_control, "?"),
            graph: Graph::new(dataset, known),
            degrees: Degrees {
                min: known.degrees.min,
                median: known.degrees.median,
                mean: known.degrees.mean,
                max: known.degrees.max,
                histogram: known.degrees.histogram.iter().map(Bin::from).collect(),
            },
            features: Features::new(data, known),
            labels: Labels {
                labelled: known.labels.all.total(),
                unlabelled: known.labels.unlabelled,
                classes: classes.collect(),
            },
            homophily: Homophily {
                edge: known.homophily.edge,
                node: known.homophily.node,
                class_insensitive: known.homophily.class_insensitive,
                level: known.homophily.class_insensitive.map(Level::of),
            },
            split: Split::new(dataset, known),
            training: None,
            warnings: Vec::new(),
        }
    }
}

impl Graph {
    fn new(dataset: &Dataset, known: &Statistics) -> Self {
        let loops = known.num_loops;
        let between = known.num_edges - loops;
        Self {
            nodes: known.num_nodes,
            undirected: known.symmetric,
            edges: loops
                + if known.symmetric {
                    between / 2
                } else {
                    between
                },
            messages: known.num_edges,
            self_loops: loops,
            listed: Listed {
                edges: dataset.listed.count,
                self_loops: dataset.listed.loops,
                duplicates: dataset.listed.repeats,
            },
            isolated: known.degrees.isolated,
            components: known.components.count(),
            largest_component: known.components.largest(),
        }
    }
}

impl From<&DegreeBin> for Bin {
    fn from(bin: &DegreeBin) -> Self {
        Self {
            lower: bin.lower,
            upper: bin.upper,
            nodes: bin.count,
        }
    }
}

impl Features {
    fn new(data: &Data, known: &Statistics) -> Self {
        let features = &known.features;
        let missing = data.missing.iter().map(|(column, values)| Missing {
            column: column.replace(char::is_control, "?"),
            values: *values,
        });
        let n = known.num_nodes;
        // As many entries as nodes and as columns, and none of either without one.
        let identity = features.num_features == n
            && features.nonzero == n
            && features.empty_columns == 0
            && features.empty_rows == 0;
        Self {
            count: features.num_features,
            nonzero: features.nonzero,
            density: features.density,
            identity,
            empty_columns: features.empty_columns,
            constant_columns: features.constant_columns,
            empty_nodes: features.empty_rows,
            missing: missing.collect(),
            identical_nodes: known.identical.num_nodes(),
        }
    }
}

impl Split {
    fn new(dataset: &Dataset, known: &Statistics) -> Self {
        let split = &dataset.split;
        let mut used = vec![false; known.num_nodes];
        for &node in split.train.iter().chain(&split.val).chain(&split.test) {
            used[node as usize] = true;
        }
        Self {
            train: split.train.len(),
            val: split.val.len(),
            test: split.test.len(),
            unused: used.iter().filter(|&&used| !used).count(),
            leaks: Leaks {
                val_like_train: known.leaks.val_like_train,
                test_like_train: known.leaks.test_like_train,
                in_two_parts: known.leaks.in_two_parts.len(),
            },
        }
    }
}
