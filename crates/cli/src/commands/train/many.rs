//! Several seeds, of which only the accuracy is wanted.

use std::time::Instant;

use anyhow::Result;
use graxe_nn::{Fit, Trainer};

use super::{Train, step_ms};
use crate::commands::source::load;
use crate::output::{Progress, Summary, warning};

/// Trains from one seed after another and prints means over the runs.
pub(super) fn train(flags: &Train, start: Instant) -> Result<()> {
    let settings = flags.settings()?;
    let dataset = load(&settings.data)?.dataset;
    let config = settings.config()?;
    let trainer = Trainer::new(&dataset, settings.architecture()?, &config)?;
    for line in dataset.warnings.iter().chain(trainer.warnings()) {
        warning(line);
    }
    let progress = Progress::new(flags.runs, config.epochs, flags.json);
    let mut fits = Vec::with_capacity(flags.runs.min(1 << 16));
    for i in 0..flags.runs {
        let mut run = trainer.start(settings.seed.wrapping_add(i as i64));
        while !trainer.is_over(&run) {
            run = trainer.advance(run);
            if let Some(report) = run.last() {
                progress.epoch(i, report);
            }
        }
        let mut fit = run.finish();
        // Many runs need not hold their parameters.
        fit.params.clear();
        fit.state.clear();
        fits.push(fit);
    }
    progress.finish();
    let mean = |of: &dyn Fn(&Fit) -> f64| fits.iter().map(of).sum::<f64>() / fits.len() as f64;
    let test_accuracy = mean(&|fit| fit.report.test_accuracy);
    let variance = mean(&|fit| (fit.report.test_accuracy - test_accuracy).powi(2));
    let steps: Vec<f64> = fits
        .iter()
        .flat_map(|fit| &fit.step_seconds)
        .copied()
        .collect();
    let (step_ms_median, step_ms_min) = step_ms(&steps);
    let summary = Summary {
        data: dataset.name.clone(),
        model: settings.model.clone(),
        protocol: settings.protocol()?.name.to_owned(),
        runs: fits.len(),
        epochs: mean(&|fit| fit.epochs as f64),
        test_accuracy,
        test_std: variance.sqrt(),
        val_accuracy: mean(&|fit| fit.report.val_accuracy),
        train_loss: mean(&|fit| fit.report.train_loss),
        step_ms_median,
        step_ms_min,
        compile_ms: fits.iter().map(|fit| fit.compile_seconds * 1e3).sum(),
        total_s: start.elapsed().as_secs_f64(),
        threads: graxe_core::threads(),
        peak_bytes: graxe_core::peak_bytes(),
        interrupted: false,
        baselines: Vec::new(),
        out: None,
    };
    flags.report(&summary, &trainer, settings.seed)
}
