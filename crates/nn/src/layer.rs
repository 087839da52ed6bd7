//! The contract of layers: parameters outside, state handed on, one struct of inputs.

use graxe_core::random::Key;
use graxe_core::{Array, Tree};
use graxe_graph::Graph;

use crate::matrix::Matrix;
use crate::record::{Record, Recorder};

/// What a layer takes and gives: node features and the graph they stand on.
#[derive(Clone, Debug, Tree)]
pub struct Inputs {
    /// Node features `[num_nodes, features]`.
    pub nodes: Matrix,
    /// The adjacency `[num_nodes, num_nodes]`: row `i` holds what node `i` receives.
    pub adjacency: Option<Matrix>,
    /// What each edge carries beside its value, `[num_edges, edge_features]` in the order of the
    /// adjacency's rows.
    pub edges: Option<Array>,
}

impl Inputs {
    /// Node features without a graph.
    pub fn new(nodes: impl Into<Matrix>) -> Self {
        Self {
            nodes: nodes.into(),
            adjacency: None,
            edges: None,
        }
    }

    /// Node features on a graph, whose edge values are used as they are; normalise before.
    pub fn on_graph(nodes: impl Into<Matrix>, graph: &Graph) -> Self {
        Self::new(nodes).with_adjacency(graph.adjacency.clone())
    }

    /// The same nodes with this adjacency, dense or sparse.
    pub fn with_adjacency(mut self, adjacency: impl Into<Matrix>) -> Self {
        self.adjacency = Some(adjacency.into());
        self
    }

    /// The same graph whose edges carry features.
    pub fn with_edges(mut self, edges: Array) -> Self {
        self.edges = Some(edges);
        self
    }

    /// The same graph with other node features.
    pub fn with_nodes(&self, nodes: impl Into<Matrix>) -> Self {
        Self {
            nodes: nodes.into(),
            adjacency: self.adjacency.clone(),
            edges: self.edges.clone(),
        }
    }

    /// Dense node features `[num_nodes, features]`: a network's output.
    ///
    /// # Panics
    /// If they are sparse.
    #[track_caller]
    pub fn dense(&self) -> &Array {
        self.nodes.dense()
    }

    /// The adjacency.
    ///
    /// # Panics
    /// If there is none.
    #[track_caller]
    pub(crate) fn adjacency(&self) -> &Matrix {
        match &self.adjacency {
            Some(adjacency) => adjacency,
            None => panic!(
                "a graph layer was given inputs without a graph, nodes of shape {} alone: use \
                 Inputs::on_graph",
                self.nodes.shape()
            ),
        }
    }
}

/// How a layer is applied: training or not, with which randomness, and whether what passes inside is recorded.
#[derive(Clone, Debug)]
pub struct Context {
    key: Option<Key>,
    train: bool,
    recorder: Option<Recorder>,
}

impl Context {
    /// Training, with randomness from `key`.
    pub fn train(key: &Key) -> Self {
        Self {
            key: Some(key.clone()),
            train: true,
            recorder: None,
        }
    }

    /// Evaluation: nothing is random.
    pub fn eval() -> Self {
        Self {
            key: None,
            train: false,
            recorder: None,
        }
    }

    /// The same, where layers record what passes inside them.
    ///
    /// Layers of attention over a sparse adjacency record `attention`, its coefficients before any dropout:
    /// `[num_edges, heads]` in the order of the adjacency's rows. A [`serial`](crate::serial) network records
    /// `embedding`: what its last layer with parameters takes, `[num_nodes, features]`, if that is dense.
    pub fn recording(&self, record: &Record) -> Self {
        Self {
            recorder: Some(Recorder::new(record)),
            ..self.clone()
        }
    }

    /// Records an array of the layer that is applied, if anybody asked for it; otherwise nothing happens.
    pub fn record(&self, name: &str, array: &Array) {
        if let Some(recorder) = &self.recorder {
            recorder.keep(name, array);
        }
    }

    /// Whether anybody asked for records: for arrays that a layer would make for them alone.
    pub fn is_recording(&self) -> bool {
        self.recorder.is_some()
    }

    /// The context of a layer inside of a layer, by the name that the part's parameters have in it.
    ///
    /// A layer that hands on its own context instead says that the part's `embedding` is its own.
    pub fn within(&self, part: &str) -> Self {
        self.part(|| part.to_owned(), false)
    }

    /// The context of a part, and whether it is the last of a network with parameters.
    pub(crate) fn part(&self, name: impl FnOnce() -> String, last: bool) -> Self {
        Self {
            key: self.key.clone(),
            train: self.train,
            recorder: self.recorder.as_ref().map(|r| r.within(&name(), last)),
        }
    }

    /// Records what the last layer with parameters takes.
    pub(crate) fn record_embedding(&self, inputs: &Inputs) {
        if let (Some(recorder), Matrix::Dense(nodes)) = (&self.recorder, &inputs.nodes) {
            recorder.keep_embedding(nodes);
        }
    }

    /// Whether the layer is being trained.
    pub fn is_training(&self) -> bool {
        self.train
    }

    /// The key for this layer's randomness, if it is being trained.
    pub fn key(&self) -> Option<&Key> {
        self.key.as_ref()
    }

    /// Contexts for `n` layers, each with a key of its own.
    pub fn split(&self, n: usize) -> Vec<Self> {
        let Some(key) = &self.key else {
            return vec![self.clone(); n];
        };
        let with_key = |key: &Key| Self {
            key: Some(key.clone()),
            train: self.train,
            recorder: self.recorder.clone(),
        };
        key.split_n(n).iter().map(with_key).collect()
    }
}

/// A layer: how parameters begin and what they do.
///
/// Layers without state implement [`Stateless`] instead.
pub trait Layer: Send + Sync {
    /// The parameters: what is trained.
    type Params: Tree;
    /// What changes from call to call without being trained, as running means do.
    type State: Tree;

    /// The shape that comes out, parameters and state for inputs of `input_shape`.
    fn init(&self, key: &Key, input_shape: &[usize]) -> (Vec<usize>, Self::Params, Self::State);

    /// The output and the next state.
    ///
    /// # Panics
    /// If the inputs do not fit the parameters.
    fn apply(
        &self,
        params: &Self::Params,
        state: &Self::State,
        inputs: &Inputs,
        context: &Context,
    ) -> (Inputs, Self::State);
}

/// A layer without state; it is a [`Layer`] whose state is `()`.
pub trait Stateless: Send + Sync {
    /// The parameters: what is trained.
    type Params: Tree;

    /// The shape that comes out and the parameters for inputs of `input_shape`.
    fn parameters(&self, key: &Key, input_shape: &[usize]) -> (Vec<usize>, Self::Params);

    /// The output.
    ///
    /// # Panics
    /// If the inputs do not fit the parameters.
    fn forward(&self, params: &Self::Params, inputs: &Inputs, context: &Context) -> Inputs;
}

impl<L: Stateless> Layer for L {
    type Params = L::Params;
    type State = ();

    fn init(&self, key: &Key, input_shape: &[usize]) -> (Vec<usize>, L::Params, ()) {
        let (shape, params) = self.parameters(key, input_shape);
        (shape, params, ())
    }

    fn apply(
        &self,
        params: &L::Params,
        (): &(),
        inputs: &Inputs,
        context: &Context,
    ) -> (Inputs, ()) {
        (self.forward(params, inputs, context), ())
    }
}
