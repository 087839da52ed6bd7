//! Predictions propagated by a personalised page rank.

use graxe_core::Array;
use graxe_core::random::Key;

use crate::layer::{Context, Inputs, Stateless};
use crate::layers::Dropout;
use crate::matrix::Matrix;

/// `z ← (1 - α) A z + α x`, `K` times from `z = x`. It has no parameters.
///
/// `A` is the adjacency as it is given, usually `normalise::gcn` of the graph crate, sparse or dense. Dropout, if any,
/// is of the adjacency's values, anew at every step.
///
/// # Shapes
/// Dense `X: [num_nodes, features]` gives the same.
///
/// # Panics
/// If `X` is sparse.
///
/// # Reference
/// Klicpera, Bojchevski and Günnemann, Predict then propagate: graph neural networks meet personalized `PageRank`,
/// 2019, equation 4 without its softmax; `APPNP` of `PyG`.
#[derive(Clone, Copy, Debug)]
pub struct Appnp {
    steps: usize,
    alpha: f64,
    dropout: Dropout,
}

impl Appnp {
    /// `steps` (`K`) steps with the probability `alpha` of going back, without dropout.
    pub fn new(steps: usize, alpha: f64) -> Self {
        Self {
            steps,
            alpha,
            dropout: Dropout::new(0.0),
        }
    }

    /// The same with dropout of the adjacency's values at this rate.
    ///
    /// # Panics
    /// If `rate` is not in `[0, 1)`.
    #[track_caller]
    pub fn with_dropout(mut self, rate: f64) -> Self {
        self.dropout = Dropout::new(rate);
        self
    }
}

impl Stateless for Appnp {
    type Params = ();

    fn parameters(&self, _: &Key, input_shape: &[usize]) -> (Vec<usize>, ()) {
        (input_shape.to_vec(), ())
    }

    fn forward(&self, (): &(), inputs: &Inputs, context: &Context) -> Inputs {
        let x = inputs.dense();
        let back = self.alpha * x;
        let step = |z: Array, context: &Context| {
            let adjacency: Matrix = match inputs.adjacency() {
                Matrix::Dense(a) => self.dropout.of(a, context).into(),
                Matrix::Sparse(a) => a.with_values(self.dropout.of(&a.values, context)).into(),
            };
            (1.0 - self.alpha) * adjacency.matmul(&z) + &back
        };
        let contexts = context.split(self.steps);
        inputs.with_nodes(contexts.iter().fold(x.clone(), step))
    }
}
