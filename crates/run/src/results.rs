//! What a run leaves when its training ends: the model, predictions, the report and a summary.

use graxe_nn::Fit;

use crate::baselines;
use crate::error::Error;
use crate::folder::{Folder, MODEL, PREDICTIONS, REPORT, SUMMARY};
use crate::predicted::Predicted;
use crate::presented;
use crate::report;
use crate::saved_model::SavedModel;
use crate::summary::Summary;
use crate::training::Training;

/// Writes all results, or none; `falling` says whether the validation loss was lowest at the last epoch.
pub(crate) fn write(
    training: &Training,
    folder: &Folder,
    fit: Fit,
    interrupted: bool,
    falling: bool,
) -> Result<Summary, Error> {
    let (data, settings) = (training.data(), training.settings());
    let (dataset, schema) = (&data.dataset, data.schema.as_ref());
    let mut summary = Summary {
        data: dataset.name.clone(),
        model: settings.model.clone(),
        protocol: settings.protocol.clone(),
        seed: settings.seed,
        epochs: fit.epochs,
        interrupted,
        kept_epoch: fit.report.epoch,
        test_accuracy: fit.report.test_accuracy,
        val_accuracy: fit.report.val_accuracy,
        train_loss: fit.report.train_loss,
        baselines: Vec::new(),
        hints: Vec::new(),
    };
    let model = SavedModel::new(settings, dataset, schema, fit.params, fit.state);
    let predicted = model.predict_on(dataset, training.trainer().inputs())?;
    if has_diverged(&summary, &predicted) {
        summary.hints.push(
            "training has diverged: the loss or the probabilities are no finite numbers; lower the learning rate (--lr)"
                .to_owned(),
        );
    } else if falling {
        summary.hints.push(format!(
            "the validation loss was still falling at the last epoch: go on with --resume and, say, --epochs {}",
            2 * fit.epochs
        ));
    }
    // Whoever interrupts does not want to wait for the training of another network.
    if settings.baselines && !interrupted {
        summary.baselines = baselines::scores(dataset, settings)?;
    }
    let mut table = Vec::new();
    let written = predicted.write_csv(&mut table);
    written.map_err(|error| Error::unwritable(&folder.file(PREDICTIONS), error))?;
    let page = presented::report(training, &model, &predicted, &summary)?;
    let text = serde_json::to_vec_pretty(&summary)
        .map_err(|error| Error::new(format!("the summary cannot be written: {error}")))?;

    let staged = folder.stage()?;
    model.save(&staged.file(MODEL))?;
    staged.write(PREDICTIONS, &table)?;
    staged.write(REPORT, report::html(&page).as_bytes())?;
    staged.write(SUMMARY, &text)?;
    staged.commit()?;
    Ok(summary)
}

fn has_diverged(summary: &Summary, predicted: &Predicted) -> bool {
    !summary.train_loss.is_finite() || predicted.all().iter().any(|p| !p.is_finite())
}
