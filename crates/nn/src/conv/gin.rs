//! The convolution that tells apart as much as the Weisfeiler-Leman test does.

use graxe_core::random::Key;
use graxe_core::{Array, DType, Tree, relu};

use crate::layer::{Context, Inputs, Layer};
use crate::layers::{Dense, Lambda, lambda};
use crate::message::Edges;
use crate::pyg::{Error, Weights};
use crate::serial::{Serial, serial};

/// `out_i = h((1 + ε) x_i + Σ_j x_j)` over the edges `j → i`, whatever their weights, where `h` is a layer.
///
/// # Shapes
/// Dense `X: [num_nodes, in_features]` gives what `h` makes of `[num_nodes, in_features]`.
///
/// # Panics
/// If the adjacency is dense or `X` is sparse.
///
/// # Reference
/// Xu, Hu, Leskovec and Jegelka, How powerful are graph neural networks?, 2019, equation 4.1; `GINConv` of `PyG`.
#[derive(Clone, Copy, Debug)]
pub struct Gin<H> {
    layer: H,
    eps: f64,
    train_eps: bool,
}

/// The parameters of a [`Gin`] whose layer `h` has parameters `P`.
#[derive(Clone, Debug, Tree)]
pub struct GinParams<P> {
    /// `ε`, `[1]`, if it is trained.
    pub eps: Option<Array>,
    /// Those of `h`.
    pub layer: P,
}

/// A perceptron of one hidden layer.
type Mlp = Serial<(Dense, Lambda<fn(&Array) -> Array>, Dense)>;

impl Gin<Mlp> {
    /// The convolution whose `h` is a dense layer to `hidden` features, a relu and a dense layer to `features`.
    pub fn mlp(hidden: usize, features: usize) -> Self {
        let relu: fn(&Array) -> Array = relu;
        Self::new(serial((
            Dense::new(hidden),
            lambda(relu),
            Dense::new(features),
        )))
    }
}

impl<H: Layer> Gin<H> {
    /// The convolution with `layer` for `h` and `ε = 0`, which is not trained.
    pub fn new(layer: H) -> Self {
        Self {
            layer,
            eps: 0.0,
            train_eps: false,
        }
    }

    /// The same with another `ε`.
    pub fn with_eps(mut self, eps: f64) -> Self {
        self.eps = eps;
        self
    }

    /// The same whose `ε` is a parameter.
    pub fn with_trained_eps(mut self) -> Self {
        self.train_eps = true;
        self
    }

    /// The parameters of `PyG`'s `GINConv`: `eps` if it is trained, and what `layer` makes of those under `nn`.
    ///
    /// An `eps` that is not trained is a buffer there, and is not looked for.
    ///
    /// # Errors
    /// If one is missing or has another shape.
    pub fn from_pyg(
        &self,
        weights: &Weights,
        layer: impl FnOnce(&Weights) -> Result<H::Params, Error>,
    ) -> Result<GinParams<H::Params>, Error> {
        Ok(GinParams {
            eps: self
                .train_eps
                .then(|| weights.array("eps", 1))
                .transpose()?,
            layer: layer(&weights.under("nn"))?,
        })
    }
}

impl<H: Layer> Layer for Gin<H> {
    type Params = GinParams<H::Params>;
    type State = H::State;

    fn init(&self, key: &Key, input_shape: &[usize]) -> (Vec<usize>, Self::Params, H::State) {
        let (shape, layer, state) = self.layer.init(key, input_shape);
        let eps = || Array::full(1, self.eps, DType::default_float());
        let eps = self.train_eps.then(eps);
        (shape, GinParams { eps, layer }, state)
    }

    fn apply(
        &self,
        params: &Self::Params,
        state: &H::State,
        inputs: &Inputs,
        context: &Context,
    ) -> (Inputs, H::State) {
        let x = inputs.dense();
        let own = match &params.eps {
            Some(eps) => (1 + eps) * x,
            None => (1.0 + self.eps) * x,
        };
        let nodes = own + Edges::of(inputs).sum(x);
        let inputs = inputs.with_nodes(nodes);
        let context = context.within("layer");
        self.layer.apply(&params.layer, state, &inputs, &context)
    }
}
