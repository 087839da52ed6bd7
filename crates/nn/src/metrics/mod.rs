//! How good predictions are: the accuracy of a traced program, and what a report says of probabilities on the host.

mod accuracy;
mod by_degree;
mod calibration;
mod confusion;
mod predictions;

pub use accuracy::accuracy;
pub use by_degree::DegreeAccuracy;
pub use calibration::{Calibration, ReliabilityBin};
pub use confusion::{ClassScore, Confusion};
pub use predictions::Predictions;
