//! The contract of layers: parameters outside, state handed on, one struct of inputs.

use graxe_core::random::Key;
use graxe_core::{Array, Tree};
use graxe_graph::Graph;

use crate::matrix::Matrix;

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

/// How a layer is applied: training or not, and with which randomness.
#[derive(Clone, Debug)]
pub struct Context {
    key: Option<Key>,
    train: bool,
}

impl Context {
    /// Training, with randomness from `key`.
    pub fn train(key: &Key) -> Self {
        Self {
            key: Some(key.clone()),
            train: true,
        }
    }

    /// Evaluation: nothing is random.
    pub fn eval() -> Self {
        Self {
            key: None,
            train: false,
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
        match &self.key {
            None => vec![self.clone(); n],
            Some(key) => key.split_n(n).iter().map(Self::train).collect(),
        }
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
