//! A run folder whose model answers.

use std::path::{Path, PathBuf};

use crate::digest::digest;
use crate::error::Error;
use crate::evaluation::Evaluation;
use crate::folder::{CONFIG, Folder, MODEL, SUMMARY, check};
use crate::predicted::Predicted;
use crate::saved_model::SavedModel;
use crate::settings::Settings;
use crate::source::Data;
use crate::staged::is_unsettled;
use crate::summary::Summary;

/// The trained model of a run folder.
pub struct Trained {
    path: PathBuf,
    settings: Settings,
    model: SavedModel,
}

impl Trained {
    /// Opens the folder of a run that has ended or was interrupted.
    ///
    /// # Errors
    /// If it is none, or its files are damaged, or it has no model yet.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        check(path)?;
        if is_unsettled(path) {
            // A process was killed while its results took their places.
            Folder::open(path)?;
        }
        let settings = Settings::read(path.join(CONFIG))?;
        let file = path.join(MODEL);
        if !file.is_file() {
            let (problem, remedy) = if Folder::is_busy(path) {
                (
                    "is still being trained",
                    "wait for it, or stop it by Ctrl-C",
                )
            } else {
                (
                    "has no model yet, for its training was cut off",
                    "resume it with --resume",
                )
            };
            return Err(Error::of(path, problem, remedy));
        }
        let model = SavedModel::load(&file)?;
        Ok(Self {
            path: path.to_owned(),
            // A resumed run may be meant for more epochs than this model has seen.
            settings: Settings {
                training: model.settings().training,
                ..settings
            },
            model,
        })
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What was trained, on what, and how.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What the run came to.
    ///
    /// # Errors
    /// If `summary.json` is not there or damaged.
    pub fn summary(&self) -> Result<Summary, Error> {
        let file = self.path.join(SUMMARY);
        let again = "resume the run to write it again";
        let text = std::fs::read(&file).map_err(|error| Error::unreadable(&file, error, again))?;
        serde_json::from_slice(&text)
            .map_err(|error| Error::of(&file, format_args!("is damaged ({error})"), again))
    }

    /// The data that it was trained on.
    ///
    /// # Errors
    /// If they cannot be read, or have changed since.
    pub fn data(&self) -> Result<Data, Error> {
        load_again(&self.path, &self.settings)
    }

    /// The classes of all nodes of the graph that it was trained on.
    ///
    /// # Errors
    /// As [`Self::data`].
    pub fn predict(&self) -> Result<Predicted, Error> {
        self.model.predict(&self.data()?.dataset)
    }

    /// The classes of new nodes from tables with the same columns. Where their edges lead to nodes that are not among them,
    /// they are attached to the graph that the model was trained on; otherwise they are a graph of their own.
    ///
    /// # Errors
    /// If the run was not trained on tables, or these have other columns or wrong lines.
    pub fn predict_tables(&self, nodes: &Path, edges: Option<&Path>) -> Result<Predicted, Error> {
        let Some(schema) = &self.model.schema else {
            return Err(Error::of(
                &self.path,
                "was not trained on tables, so that it cannot read others",
                "train on a table of nodes and one of edges, or leave --nodes out",
            ));
        };
        let attached = match edges {
            Some(edges) => schema.names_others(nodes, edges)?,
            None => false,
        };
        let base = if attached {
            Some(self.data()?.dataset)
        } else {
            None
        };
        let new = schema.read(nodes, edges, base.as_ref())?;
        Ok(self.model.predict(&new.dataset)?.from(new.first_new))
    }

    /// How good it is on the data that it was trained on.
    ///
    /// # Errors
    /// As [`Self::data`].
    pub fn evaluate(&self) -> Result<Evaluation, Error> {
        let dataset = self.data()?.dataset;
        Ok(Evaluation::of(&dataset, &self.model.predict(&dataset)?))
    }
}

/// The data that a run in `path` began with.
pub(crate) fn load_again(path: &Path, settings: &Settings) -> Result<Data, Error> {
    let data = settings.data.load().map_err(|error| {
        Error::new(format!(
            "{}: its data cannot be read again: {error}",
            path.display()
        ))
    })?;
    if settings.data_digest.is_empty() || settings.data_digest == digest(&data.dataset) {
        return Ok(data);
    }
    Err(Error::of(
        path,
        format_args!(
            "the data '{}' have changed since the run began",
            data.dataset.name
        ),
        "put the old files back, or train anew with --config and the run's config.toml",
    ))
}
