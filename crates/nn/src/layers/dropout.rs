//! Inverted dropout, the same bits on dense and sparse features.

use graxe_core::random::{Key, bits, bits_at};
use graxe_core::{Array, Csr, DType, scalar, select};

use crate::layer::{Context, Inputs, Stateless};
use crate::matrix::Matrix;

/// Each element of the node features becomes 0 with probability `rate`, else `x / (1 - rate)`;
/// nothing happens in evaluation.
///
/// Which elements stay is what JAX's `bernoulli(key, 1 - rate, shape)` says for a
/// single-precision probability, and for sparse features what it says at their entries: a
/// stored entry and the same element of a dense matrix always share their fate.
///
/// # Shapes
/// Any; they stay.
///
/// # Reference
/// Srivastava et al., Dropout, 2014, section 10 (scaled in training instead of in evaluation).
#[derive(Clone, Copy, Debug)]
pub struct Dropout {
    rate: f64,
}

impl Dropout {
    /// Dropout with probability `rate`.
    ///
    /// # Panics
    /// If `rate` is not in `[0, 1)`.
    #[track_caller]
    pub fn new(rate: f64) -> Self {
        assert!(
            (0.0..1.0).contains(&rate),
            "dropout: the rate {rate} is not in [0, 1)"
        );
        Self { rate }
    }

    fn keep(self) -> f64 {
        1.0 - self.rate
    }

    /// `x` with its dropout, if the layer is being trained.
    pub(crate) fn of(self, x: &Array, context: &Context) -> Array {
        match context.key() {
            Some(key) if self.rate > 0.0 => self.thin(x, &bits(key, x.shape(), DType::U32)),
            _ => x.clone(),
        }
    }

    /// `x / keep` where `bits` say so, else 0.
    fn thin(self, x: &Array, bits: &Array) -> Array {
        select(&kept(bits, self.keep() as f32), x / scalar(self.keep()), 0)
    }
}

/// Where `uniform < keep` for the uniform number that `bits` make.
///
/// The number is `(bits >> 9) · 2⁻²³` exactly, so integers compare just as well:
/// `bits >> 9 < ⌈keep · 2²³⌉`, that is `bits <= ⌈keep · 2²³⌉ · 2⁹ - 1`.
fn kept(bits: &Array, keep: f32) -> Array {
    let count = (f64::from(keep) * f64::from(1u32 << 23)).ceil() as u64;
    let last = ((count << 9) - 1) as u32;
    bits.less_equal(Array::from_vec(vec![last], ()))
}

impl Stateless for Dropout {
    type Params = ();

    fn parameters(&self, _: &Key, input_shape: &[usize]) -> (Vec<usize>, ()) {
        (input_shape.to_vec(), ())
    }

    fn forward(&self, (): &(), inputs: &Inputs, context: &Context) -> Inputs {
        let key = match context.key() {
            Some(key) if self.rate > 0.0 => key,
            _ => return inputs.clone(),
        };
        let nodes: Matrix = match &inputs.nodes {
            Matrix::Dense(x) => self.of(x, context).into(),
            Matrix::Sparse(x) => {
                let values = self.thin(&x.values, &bits_at(key, &x.pattern));
                Csr::new(x.pattern.clone(), values).into()
            }
        };
        inputs.with_nodes(nodes)
    }
}
