//! Random numbers: explicit keys, Threefry bit for bit JAX's.

mod distributions;
mod key;

pub use distributions::{
    bernoulli, bits, bits_at, exponential, gumbel, laplace, logistic, normal, randint,
    threefry_block, truncated_normal, uniform, uniform_at, uniform_between,
};
pub use graxe_kernels::threefry::Layout;
pub use key::Key;
