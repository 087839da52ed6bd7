//! The report of a run: one HTML file that needs no network, from plain data.

mod calibration;
mod classes;
mod confusion;
mod curves;
mod degrees;
mod map;
mod neighbourhood;
mod page;
mod palette;
mod payload;
mod settings;
mod summary;
mod svg;
mod table;
mod text;

#[cfg(test)]
mod tests;

/// What a report of node classification says.
///
/// Numbers that do not exist (the accuracy of no nodes, say) are NaN and appear as a dash.
#[derive(Clone, Debug, Default)]
pub(crate) struct Report {
    /// The page's heading, as in "papers with gcn".
    pub(crate) title: String,
    /// When the run was made, as RFC 3339 writes it.
    pub(crate) created: String,
    /// The model first, then what it is held against.
    pub(crate) scores: Vec<Score>,
    pub(crate) curves: Vec<Epoch>,
    /// The epoch whose parameters were kept.
    pub(crate) kept_epoch: usize,
    /// The classes' names; a label is a place in this list.
    pub(crate) classes: Vec<String>,
    /// How many test nodes of a class (the row) are taken for a class (the column).
    pub(crate) confusion: Vec<Vec<u64>>,
    /// A row for each class, in the order of `classes`.
    pub(crate) class_scores: Vec<ClassScore>,
    pub(crate) calibration: Vec<Bin>,
    /// The expected calibration error.
    pub(crate) calibration_error: f64,
    /// The nodes the map shows.
    pub(crate) points: Vec<Point>,
    /// How many nodes there are, shown or not.
    pub(crate) nodes: usize,
    /// The share of the variance that the map's two components hold.
    pub(crate) explained: [f64; 2],
    /// The edges among the shown nodes; an undirected edge stands here in both directions.
    pub(crate) edges: Vec<Edge>,
    pub(crate) degrees: Vec<DegreeBin>,
    pub(crate) config: Vec<(String, String)>,
    pub(crate) environment: Vec<(String, String)>,
    /// What a reader must know before anything else.
    pub(crate) warnings: Vec<String>,
}

/// How often something is right.
#[derive(Clone, Debug)]
pub(crate) struct Score {
    pub(crate) name: String,
    pub(crate) kind: ScoreKind,
    pub(crate) val_accuracy: f64,
    pub(crate) test_accuracy: f64,
}

/// What a score was reached with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScoreKind {
    /// The model the report is about.
    Model,
    /// A baseline that sees the features of the nodes and no edge.
    Features,
    /// Any other baseline: label propagation, the most frequent class.
    Other,
}

/// A point of the learning curves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Epoch {
    pub(crate) number: usize,
    pub(crate) train_loss: f64,
    pub(crate) val_loss: f64,
    pub(crate) val_accuracy: f64,
    pub(crate) test_accuracy: f64,
}

/// How well one class is found, on the test nodes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClassScore {
    pub(crate) precision: f64,
    pub(crate) recall: f64,
    pub(crate) f1: f64,
    /// Test nodes of the class.
    pub(crate) support: u64,
}

/// The predictions whose probability lies between two bounds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bin {
    pub(crate) lower: f64,
    pub(crate) upper: f64,
    pub(crate) count: u64,
    /// Their mean probability.
    pub(crate) confidence: f64,
    /// The share of them that is right.
    pub(crate) accuracy: f64,
}

/// The part of the nodes that a node belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Train,
    Val,
    Test,
    None,
}

/// A node of the map.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    /// Its place along the first principal component of the embeddings.
    pub(crate) x: f64,
    /// Its place along the second.
    pub(crate) y: f64,
    /// The user's name of the node.
    pub(crate) id: String,
    /// The true class, where it is known.
    pub(crate) label: Option<u32>,
    pub(crate) predicted: u32,
    /// The probability of the predicted class.
    pub(crate) probability: f32,
    pub(crate) part: Part,
    /// Edges into the node in the whole graph.
    pub(crate) degree: u32,
}

impl Point {
    /// Whether the prediction differs from a known label.
    fn is_wrong(&self) -> bool {
        self.label.is_some_and(|label| label != self.predicted)
    }

    /// Whether the map has a place for it.
    fn is_placed(&self) -> bool {
        self.x.is_finite() && self.y.is_finite()
    }

    /// The class whose colour the node has: the label, or else the prediction.
    fn class(&self) -> u32 {
        self.label.unwrap_or(self.predicted)
    }
}

/// An edge between two places of [`Report::points`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edge {
    pub(crate) src: u32,
    pub(crate) dst: u32,
    /// The attention that `dst` pays to `src`, as a mean over the heads.
    pub(crate) attention: Option<f32>,
}

/// The nodes whose degree lies between two bounds, both included.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DegreeBin {
    pub(crate) low: u32,
    pub(crate) high: u32,
    /// Test nodes.
    pub(crate) count: u64,
    pub(crate) accuracy: f64,
}

impl Report {
    /// The name of a class; a label beyond the list is named by its number.
    fn class_name(&self, class: u32) -> String {
        let named = self.classes.get(class as usize);
        named.map_or_else(|| format!("class {class}"), String::clone)
    }

    /// How many test nodes have a label.
    fn tested(&self) -> u64 {
        self.confusion.iter().flatten().sum()
    }
}

/// The report as one HTML file.
pub(crate) fn html(report: &Report) -> String {
    page::page(report)
}
