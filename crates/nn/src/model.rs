//! A network whose layers' types are forgotten, for a choice made at run time.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use graxe_core::random::Key;
use graxe_core::{Array, Tree, Value, jit, scalar, softmax, tree};

use crate::layer::{Context, Inputs, Layer};
use crate::record::{EMBEDDING, Record};

/// The parameters, or the state, of a [`Model`] by their paths, such as `layers[1].weight`.
pub type Parameters = BTreeMap<String, Array>;

/// A network of any layers, for inputs of one shape.
///
/// It is applied as a [`Layer`] is, but its parameters and state are [`Parameters`].
#[derive(Clone)]
pub struct Model {
    network: Arc<dyn Network>,
    input_shape: Vec<usize>,
    output_shape: Vec<usize>,
    names: Vec<String>,
}

/// What passes inside a [`Model`] in evaluation.
#[derive(Clone, Debug)]
pub struct Inspected {
    /// What comes out: `[num_nodes, classes]`.
    pub logits: Array,
    /// What the last layer with parameters takes, `[num_nodes, features]`; the logits of a model that is one layer, or
    /// whose last takes sparse features.
    pub embedding: Array,
    /// The coefficients of each layer of attention in the order of their paths, such as `layers[1].attention`:
    /// `[num_edges, heads]` in the order of the adjacency's rows.
    pub attention: Vec<(String, Array)>,
}

/// A layer behind a vtable.
trait Network: Send + Sync {
    fn init(&self, key: &Key, input_shape: &[usize]) -> (Parameters, Parameters);
    fn apply(
        &self,
        params: &Parameters,
        state: &Parameters,
        inputs: &Inputs,
        context: &Context,
    ) -> (Inputs, Parameters);
}

/// A layer with the structure of its parameters and state; their leaves mean nothing.
struct Known<L: Layer> {
    layer: L,
    params: L::Params,
    state: L::State,
}

/// Leaves by path, in the order of the tree.
fn named(tree: &impl Tree) -> Vec<(String, Array)> {
    tree::named_leaves(tree)
        .into_iter()
        .map(|(path, leaf)| match leaf {
            Value::Array(array) => (path.to_string(), array),
            Value::Pattern(_) => panic!("model: {path} is a pattern, parameters are arrays"),
        })
        .collect()
}

fn erase(tree: &impl Tree) -> Parameters {
    named(tree).into_iter().collect()
}

/// The arrays of `parameters` in the structure of `template`.
fn restore<T: Tree>(template: &T, parameters: &Parameters) -> T {
    let leaves = named(template).into_iter().map(|(name, _)| {
        let Some(array) = parameters.get(&name) else {
            panic!("model: the parameter {name} is missing")
        };
        array.into()
    });
    tree::unflatten(template, leaves.collect())
}

impl<L: Layer> Network for Known<L> {
    fn init(&self, key: &Key, input_shape: &[usize]) -> (Parameters, Parameters) {
        let (_, params, state) = self.layer.init(key, input_shape);
        (erase(&params), erase(&state))
    }

    fn apply(
        &self,
        params: &Parameters,
        state: &Parameters,
        inputs: &Inputs,
        context: &Context,
    ) -> (Inputs, Parameters) {
        let params = restore(&self.params, params);
        let state = restore(&self.state, state);
        let (out, state) = self.layer.apply(&params, &state, inputs, context);
        (out, erase(&state))
    }
}

impl Model {
    /// The network `layer` for node features of `input_shape`, `[num_nodes, in_features]`.
    ///
    /// # Panics
    /// If the layer does not take inputs of this shape or a parameter is a pattern.
    #[track_caller]
    pub fn new<L: Layer + 'static>(layer: L, input_shape: &[usize]) -> Self {
        let (output_shape, params, state) = layer.init(&Key::new(0), input_shape);
        let names = named(&params).into_iter().map(|(name, _)| name).collect();
        let network = Known {
            layer,
            params: tree::map(&params, |_| scalar(0)),
            state: tree::map(&state, |_| scalar(0)),
        };
        Self {
            network: Arc::new(network),
            input_shape: input_shape.to_vec(),
            output_shape,
            names,
        }
    }

    /// The shape of the node features that go in.
    pub fn input_shape(&self) -> &[usize] {
        &self.input_shape
    }

    /// The shape of what comes out.
    pub fn output_shape(&self) -> &[usize] {
        &self.output_shape
    }

    /// The names of the parameters in the order of the layers.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The names of the parameters of the first layer that has any.
    pub fn first_layer(&self) -> &[String] {
        let first = self.names.first().map(|name| layer_of(name));
        let own = |name: &&String| Some(layer_of(name)) == first;
        &self.names[..self.names.iter().take_while(own).count()]
    }

    /// Parameters and state to begin with.
    pub fn init(&self, key: &Key) -> (Parameters, Parameters) {
        self.network.init(key, &self.input_shape)
    }

    /// The output and the next state.
    ///
    /// # Panics
    /// If a parameter is missing or does not fit the inputs.
    pub fn apply(
        &self,
        params: &Parameters,
        state: &Parameters,
        inputs: &Inputs,
        context: &Context,
    ) -> (Inputs, Parameters) {
        self.network.apply(params, state, inputs, context)
    }

    /// The probabilities of all classes for every node: the softmax of what comes out in evaluation.
    ///
    /// # Shapes
    /// `[num_nodes, classes]`.
    ///
    /// # Panics
    /// As [`Self::apply`].
    pub fn predict(&self, params: &Parameters, state: &Parameters, inputs: &Inputs) -> Array {
        let predict = jit(|params: &Parameters, state: &Parameters| {
            let (out, _) = self.apply(params, state, inputs, &Context::eval());
            softmax(out.dense(), -1)
        });
        predict(params, state)
    }

    /// The output in evaluation, with what it was made of: the embedding of the nodes and the coefficients of attention.
    ///
    /// # Panics
    /// As [`Self::apply`].
    pub fn inspect(&self, params: &Parameters, state: &Parameters, inputs: &Inputs) -> Inspected {
        let look = jit(|params: &Parameters, state: &Parameters| {
            let record = Record::new();
            let context = Context::eval().recording(&record);
            let (out, _) = self.apply(params, state, inputs, &context);
            let mut recorded = record.take();
            recorded.retain(|name, _| name == EMBEDDING || is_attention(name));
            (out.dense().clone(), recorded)
        });
        let (logits, mut recorded) = look(params, state);
        let embedding = recorded.remove(EMBEDDING);
        Inspected {
            embedding: embedding.unwrap_or_else(|| logits.clone()),
            logits,
            attention: recorded.into_iter().collect(),
        }
    }
}

/// Whether a record is of attention: `attention`, also of a layer within and of a layer applied again.
fn is_attention(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    last.split('[').next() == Some("attention")
}

/// The layer of a parameter, by its path through layers one after another; all of a model that is one layer.
fn layer_of(name: &str) -> &str {
    let mut end = 0;
    while let Some(rest) = name[end..].strip_prefix(if end == 0 { "layers[" } else { ".layers[" }) {
        let Some(close) = rest.find(']') else { break };
        end = name.len() - rest.len() + close + 1;
    }
    &name[..end]
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model")
            .field("input_shape", &self.input_shape)
            .field("output_shape", &self.output_shape)
            .field("names", &self.names)
            .finish_non_exhaustive()
    }
}
