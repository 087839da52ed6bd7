//! Deep graph convolution: the initial features come back in every layer, and weights are close to the identity.

use graxe_core::random::Key;
use graxe_core::{Array, DType, Tree, relu};

use crate::init::glorot_uniform;
use crate::layer::{Context, Inputs, Stateless};
use crate::layers::Dropout;
use crate::pyg::{Error, Weights};

/// One layer: `out = ((1 - β) I + β W) ((1 - α) A x + α x_0)`, with `x_0` the features before the first layer.
///
/// If weights are not shared, `x_0` has its own: `(1 - α) A x ((1 - β) I + β W_1) + α x_0 ((1 - β) I + β W_2)`.
/// `β = ln(θ / l + 1)` for the `l`-th layer, counted from 1. `A` is the adjacency as it is given, usually
/// `normalise::gcn` of the graph crate, sparse or dense.
///
/// Since a layer needs `x_0` it cannot stand in a `serial` alone; [`Gcnii`] is the whole stack.
///
/// # Reference
/// Chen, Wei, Huang, Ding and Li, Simple and deep graph convolutional networks, 2020, equation 5; `GCN2Conv` of `PyG`,
/// whose weights are `[in, out]` too.
#[derive(Clone, Copy, Debug)]
pub struct GcniiConv {
    alpha: f64,
    beta: f64,
    shared: bool,
}

/// The parameters of a [`GcniiConv`].
#[derive(Clone, Debug, Tree)]
pub struct GcniiConvParams {
    /// `W` or `W_1`: `[features, features]`.
    pub weight: Array,
    /// `W_2` of the initial features, if they do not share it.
    pub initial: Option<Array>,
}

impl GcniiConv {
    /// The `layer`-th layer, counted from 1, with the part `alpha` of the initial features and `theta` for `θ`.
    ///
    /// # Panics
    /// If `layer` is 0.
    #[track_caller]
    pub fn new(alpha: f64, theta: f64, layer: usize) -> Self {
        assert!(
            layer > 0,
            "gcnii: layers are counted from 1, there is no layer 0"
        );
        Self {
            alpha,
            beta: (theta / layer as f64).ln_1p(),
            shared: true,
        }
    }

    /// The same with weights of its own for the initial features.
    pub fn with_initial_weights(mut self) -> Self {
        self.shared = false;
        self
    }

    /// Parameters by Glorot's uniform numbers.
    pub fn parameters(&self, key: &Key, features: usize) -> GcniiConvParams {
        let [first, second] = key.split();
        let dtype = DType::default_float();
        let weight = |key| glorot_uniform().sample(key, &[features; 2], dtype);
        GcniiConvParams {
            weight: weight(&first),
            initial: (!self.shared).then(|| weight(&second)),
        }
    }

    /// The parameters of `PyG`'s `GCN2Conv`: `weight1`, and `weight2` if weights are not shared.
    ///
    /// # Errors
    /// If one is missing, has another shape or is not used.
    pub fn from_pyg(&self, weights: &Weights, features: usize) -> Result<GcniiConvParams, Error> {
        Ok(GcniiConvParams {
            weight: weights.array("weight1", [features; 2])?,
            initial: weights.array_if(!self.shared, "weight2", [features; 2])?,
        })
    }

    /// The output for `inputs` where the features before the first layer were `initial`.
    ///
    /// # Shapes
    /// Dense node features and `initial: [num_nodes, features]` give the same.
    ///
    /// # Panics
    /// If the shapes do not fit or the node features are sparse.
    #[track_caller]
    pub fn forward(&self, params: &GcniiConvParams, inputs: &Inputs, initial: &Array) -> Inputs {
        let received = (1.0 - self.alpha) * inputs.adjacency().matmul(inputs.dense());
        let initial = self.alpha * initial;
        let times =
            |x: Array, weight: &Array| (1.0 - self.beta) * &x + self.beta * x.matmul(weight);
        inputs.with_nodes(match &params.initial {
            None => times(received + initial, &params.weight),
            Some(own) => times(received, &params.weight) + times(initial, own),
        })
    }
}

/// A stack of [`GcniiConv`]: each layer is dropout, the convolution and a relu, and the input is `x_0` of them all.
///
/// The paper's network is a dense layer and a relu before it, dropout and a dense layer behind it.
///
/// # Shapes
/// Dense `X: [num_nodes, features]` gives the same.
///
/// # Panics
/// If `X` is sparse.
///
/// # Reference
/// As [`GcniiConv`], with `α = 0.1` and `θ = 0.5`.
#[derive(Clone, Copy, Debug)]
pub struct Gcnii {
    layers: usize,
    alpha: f64,
    theta: f64,
    shared: bool,
    dropout: Dropout,
}

/// The parameters of a [`Gcnii`].
#[derive(Clone, Debug, Tree)]
pub struct GcniiParams {
    /// One element a layer.
    pub layers: Vec<GcniiConvParams>,
}

impl Gcnii {
    /// A stack of so many layers, without dropout.
    pub fn new(layers: usize) -> Self {
        Self {
            layers,
            alpha: 0.1,
            theta: 0.5,
            shared: true,
            dropout: Dropout::new(0.0),
        }
    }

    /// The same with another part of the initial features in every layer.
    pub fn with_alpha(mut self, alpha: f64) -> Self {
        self.alpha = alpha;
        self
    }

    /// The same with another `θ`.
    pub fn with_theta(mut self, theta: f64) -> Self {
        self.theta = theta;
        self
    }

    /// The same with weights of their own for the initial features.
    pub fn with_initial_weights(mut self) -> Self {
        self.shared = false;
        self
    }

    /// The same with dropout before every layer at this rate.
    ///
    /// # Panics
    /// If `rate` is not in `[0, 1)`.
    #[track_caller]
    pub fn with_dropout(mut self, rate: f64) -> Self {
        self.dropout = Dropout::new(rate);
        self
    }

    /// The parameters of `PyG`'s `GCN2Conv` under `0`, `1` and so on, as a `ModuleList` of them holds them.
    ///
    /// # Errors
    /// If one is missing, has another shape or is not used.
    pub fn from_pyg(&self, weights: &Weights, features: usize) -> Result<GcniiParams, Error> {
        let layers = (0..self.layers).map(|i| {
            self.layer(i)
                .from_pyg(&weights.under(&i.to_string()), features)
        });
        let layers = layers.collect::<Result<_, _>>()?;
        Ok(GcniiParams { layers })
    }

    /// The layer at place `i`, counted from 0.
    fn layer(&self, i: usize) -> GcniiConv {
        GcniiConv {
            shared: self.shared,
            ..GcniiConv::new(self.alpha, self.theta, i + 1)
        }
    }
}

impl Stateless for Gcnii {
    type Params = GcniiParams;

    fn parameters(&self, key: &Key, input_shape: &[usize]) -> (Vec<usize>, GcniiParams) {
        let Some(&features) = input_shape.last() else {
            panic!("gcnii: inputs of shape [] have no features")
        };
        let keys = key.split_n(self.layers);
        let layers = keys.iter().enumerate();
        let layers = layers.map(|(i, key)| self.layer(i).parameters(key, features));
        let layers = layers.collect();
        (input_shape.to_vec(), GcniiParams { layers })
    }

    fn forward(&self, params: &GcniiParams, inputs: &Inputs, context: &Context) -> Inputs {
        let initial = inputs.dense();
        let contexts = context.split(self.layers);
        let layers = params.layers.iter().zip(&contexts).enumerate();
        layers.fold(inputs.clone(), |inputs, (i, (params, context))| {
            let thinned = inputs.with_nodes(self.dropout.of(inputs.dense(), context));
            let out = self.layer(i).forward(params, &thinned, initial);
            out.with_nodes(relu(out.dense()))
        })
    }
}
