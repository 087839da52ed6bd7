//! Training of a node classifier: the protocol as data, and the loop.

mod config;
mod fit;
mod step;

pub use config::{Config, ConfigError, PROTOCOLS, Penalty, Protocol, Weights};
pub use fit::{EpochReport, Fit, Trainer};
