//! Training of a node classifier: the protocol as data, the loop, and runs in files.

mod check;
mod config;
mod fit;
mod run;
mod saved;
mod step;
mod watch;

pub use config::{Config, ConfigError, PROTOCOLS, Penalty, Protocol, Stopping, Weights};
pub use fit::Trainer;
pub use run::{EpochReport, Fit, Run};
