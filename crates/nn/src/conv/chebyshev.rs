//! Spectral filters by Chebyshev's polynomials.

use graxe_core::random::Key;
use graxe_core::{Array, DType, Tree};

use crate::layer::{Context, Inputs, Stateless};
use crate::layers::Affine;
use crate::pyg::{Error, Weights};

/// `out = Σ_k T_k(L) X W_k + b` for `k` from 0 to below the order, with `T_0 = 1`, `T_1 = L` and
/// `T_k = 2 L T_{k-1} - T_{k-2}`.
///
/// `L` is the adjacency as it is given, usually `normalise::scaled_laplacian` of the graph crate, sparse or dense. The
/// sum is that of Clenshaw's recurrence, `B_k = X W_k + 2 L B_{k+1} - B_{k+2}` and `out = X W_0 + L B_1 - B_2 + b`:
/// what is propagated is as wide as the output, and `X` may be sparse.
///
/// # Shapes
/// `X: [num_nodes, in_features]`, dense or sparse, gives `[num_nodes, features]`.
///
/// # Reference
/// Defferrard, Bresson and Vandergheynst, Convolutional neural networks on graphs with fast localized spectral
/// filtering, 2016, section 2.1; `ChebConv` of `PyG`.
#[derive(Clone, Copy, Debug)]
pub struct ChebConv {
    affine: Affine,
    order: usize,
}

/// The parameters of a [`ChebConv`].
#[derive(Clone, Debug, Tree)]
pub struct ChebConvParams {
    /// `W_k`, each `[in_features, features]`.
    pub weights: Vec<Array>,
    /// `[features]`.
    pub bias: Option<Array>,
}

impl ChebConv {
    /// A filter to `features` features by the first `order` (`K`) polynomials, with a bias.
    ///
    /// # Panics
    /// If `order` is 0.
    #[track_caller]
    pub fn new(features: usize, order: usize) -> Self {
        assert!(
            order > 0,
            "cheb conv: an order of 0 leaves no polynomial, at least 1 is needed"
        );
        Self {
            affine: Affine::new(features),
            order,
        }
    }

    /// The same without a bias.
    pub fn without_bias(mut self) -> Self {
        self.affine.bias = false;
        self
    }

    /// The parameters of `PyG`'s `ChebConv`: `lins.0` to `lins.{K - 1}`, and `bias`.
    ///
    /// # Errors
    /// If one is missing, has another shape or is not used.
    pub fn from_pyg(&self, weights: &Weights, in_features: usize) -> Result<ChebConvParams, Error> {
        let features = self.affine.features;
        let map = |k: usize| {
            let map = weights.linear(&format!("lins.{k}"), [in_features, features], false)?;
            Ok(map.weight)
        };
        Ok(ChebConvParams {
            weights: (0..self.order).map(map).collect::<Result<_, _>>()?,
            bias: weights.array_if(self.affine.bias, "bias", features)?,
        })
    }
}

impl Stateless for ChebConv {
    type Params = ChebConvParams;

    fn parameters(&self, key: &Key, input_shape: &[usize]) -> (Vec<usize>, ChebConvParams) {
        let map = self.affine.without_bias();
        let keys = key.split_n(self.order);
        let maps = keys
            .iter()
            .map(|key| map.parameters("cheb conv", key, input_shape));
        let (shapes, maps): (Vec<_>, Vec<_>) = maps.unzip();
        let bias = || Array::zeros(self.affine.features, DType::default_float());
        let params = ChebConvParams {
            weights: maps.into_iter().map(|map| map.weight).collect(),
            bias: self.affine.bias.then(bias),
        };
        (shapes[0].clone(), params)
    }

    fn forward(&self, params: &ChebConvParams, inputs: &Inputs, _: &Context) -> Inputs {
        // B_{k+1} and B_{k+2}; those behind the last are zero and not stored.
        let (mut next, mut after): (Option<Array>, Option<Array>) = (None, None);
        for (k, weight) in params.weights.iter().enumerate().rev() {
            let mut sum = inputs.nodes.matmul(weight);
            if let Some(next) = &next {
                let propagated = inputs.adjacency().matmul(next);
                let twice = if k == 0 { 1.0 } else { 2.0 };
                sum = sum + twice * propagated;
            }
            if let Some(after) = &after {
                sum = sum - after;
            }
            (next, after) = (Some(sum), next);
        }
        let out = next.expect("an order of at least 1");
        inputs.with_nodes(match &params.bias {
            Some(bias) => out + bias,
            None => out,
        })
    }
}
