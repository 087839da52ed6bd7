//! What training will take: a few epochs are timed, and the rest is multiplication.

use std::time::{Duration, Instant};

use graxe_graph::Dataset;
use graxe_nn::{Architecture, ConfigError, Stopping, Trainer};

use super::facts::Training;

/// The most epochs that are timed after the first.
const TIMED: usize = 10;

/// After so long no further epoch is begun.
const PATIENCE: Duration = Duration::from_secs(2);

/// Times epochs under the model's own protocol.
///
/// # Errors
/// If training is refused.
pub(super) fn measure(
    dataset: &Dataset,
    architecture: &'static Architecture,
) -> Result<Training, ConfigError> {
    graxe_core::reset_peak_bytes();
    let protocol = architecture.protocol();
    let config = architecture.config(protocol);
    let trainer = Trainer::new(dataset, architecture, &config)?;
    let start = Instant::now();
    let mut run = trainer.advance(trainer.start(0));
    let first = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let mut seconds = Vec::new();
    while seconds.is_empty() || (seconds.len() < TIMED && start.elapsed() < PATIENCE) {
        let epoch = Instant::now();
        run = trainer.advance(run);
        seconds.push(epoch.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    let epoch = seconds[seconds.len() / 2];
    Ok(Training {
        model: architecture.name,
        protocol: protocol.name,
        most_epochs: config.epochs,
        may_stop_early: config.stopping != Stopping::Never,
        first_epoch_seconds: first,
        epoch_seconds: epoch,
        seconds: first + epoch * config.epochs.saturating_sub(1) as f64,
        threads: graxe_core::threads(),
        peak_bytes: graxe_core::peak_bytes(),
    })
}
