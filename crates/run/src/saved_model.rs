//! `model.safetensors`: the parameters of a trained model with all that is needed to use them.

use std::path::Path;

use graxe_data::Schema;
use graxe_graph::Dataset;
use graxe_nn::checkpoint::{Notes, load_arrays, load_notes, save_arrays};
use graxe_nn::{Architecture, Config, Inputs, Model, Parameters, Sizes};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Error;
use crate::predicted::Predicted;
use crate::settings::Settings;

/// What the note `format` says.
const FORMAT: &str = "graxe model 1";

/// Names of the layers' state are behind this.
const STATE: &str = "state.";

/// A trained model: parameters, how the network is built, its classes, and how tables become its inputs.
pub(crate) struct SavedModel {
    settings: Settings,
    pub(crate) classes: Vec<String>,
    num_features: usize,
    pub(crate) schema: Option<Schema>,
    pub(crate) params: Parameters,
    pub(crate) state: Parameters,
}

impl SavedModel {
    pub(crate) fn new(
        settings: &Settings,
        dataset: &Dataset,
        schema: Option<&Schema>,
        params: Parameters,
        state: Parameters,
    ) -> Self {
        Self {
            // The same run at another time gives the same file.
            settings: Settings {
                created: String::new(),
                ..settings.clone()
            },
            classes: dataset.class_names.clone(),
            num_features: dataset.num_features(),
            schema: schema.cloned(),
            params,
            state,
        }
    }

    pub(crate) fn save(&self, path: &Path) -> Result<(), Error> {
        let state = self.state.iter();
        let state = state.map(|(name, array)| (format!("{STATE}{name}"), array.clone()));
        let arrays = self.params.clone().into_iter().chain(state).collect();
        let json = |name: &str, value: serde_json::Result<String>| {
            let value = value.map_err(|e| Error::new(format!("{name} cannot be written: {e}")))?;
            Ok::<_, Error>((name.to_owned(), value))
        };
        let mut notes = Notes::from([
            json("settings", text(&self.settings))?,
            json("classes", text(&self.classes))?,
            json("schema", text(&self.schema))?,
        ]);
        notes.insert("format".into(), FORMAT.into());
        notes.insert("features".into(), self.num_features.to_string());
        Ok(save_arrays(path, &arrays, &notes)?)
    }

    pub(crate) fn load(path: &Path) -> Result<Self, Error> {
        let notes = load_notes(path)?;
        let damaged = |what: &str| {
            Error::of(
                path,
                format_args!("{what} is missing or damaged"),
                "train the model again",
            )
        };
        if notes.get("format").map(String::as_str) != Some(FORMAT) {
            return Err(Error::of(
                path,
                "is a safetensors file, but not the model of a run",
                "name the folder of a run",
            ));
        }
        let mut params = load_arrays(path)?;
        let state = params.extract_if(.., |name, _| name.starts_with(STATE));
        let state = state.map(|(name, array)| (name[STATE.len()..].to_owned(), array));
        let state = state.collect();
        let saved = Self {
            settings: note(&notes, "settings").ok_or_else(|| damaged("settings"))?,
            classes: note(&notes, "classes").ok_or_else(|| damaged("classes"))?,
            num_features: note(&notes, "features").ok_or_else(|| damaged("features"))?,
            schema: note(&notes, "schema").ok_or_else(|| damaged("schema"))?,
            params,
            state,
        };
        saved.check(path)?;
        Ok(saved)
    }

    /// Refuses parameters that the network does not have.
    fn check(&self, path: &Path) -> Result<(), Error> {
        let agrees = self.schema.as_ref().is_none_or(|schema| {
            let features = schema.num_features();
            // Without columns of features, every node has one of its own.
            schema.classes() == self.classes && (features == 0 || features == self.num_features)
        });
        if !agrees || self.classes.is_empty() {
            return Err(Error::of(
                path,
                "its notes contradict one another",
                "train the model again",
            ));
        }
        let (architecture, config) = self.network()?;
        config.check_features(self.num_features)?;
        let model = (architecture.build)(Sizes {
            nodes: 1,
            features: self.num_features,
            hidden: config.hidden,
            classes: self.classes.len(),
            dropout: config.dropout,
        });
        let (params, state) = model.init(&graxe_core::random::Key::new(0));
        for (wanted, found) in [(&params, &self.params), (&state, &self.state)] {
            for (name, array) in wanted {
                let fits = found.get(name).is_some_and(|own| {
                    own.shape() == array.shape() && own.dtype() == array.dtype()
                });
                if !fits {
                    return Err(Error::of(
                        path,
                        format_args!("{name} is missing or of another shape than the model's"),
                        "train the model again",
                    ));
                }
            }
        }
        Ok(())
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    fn network(&self) -> Result<(&'static Architecture, Config), Error> {
        Ok((self.settings.architecture()?, self.settings.config()?))
    }

    /// The network for the nodes of a data set.
    ///
    /// # Errors
    /// If the data set has other features or classes.
    pub(crate) fn model(&self, dataset: &Dataset) -> Result<Model, Error> {
        let (architecture, config) = self.network()?;
        let features = dataset.num_features();
        if features != self.num_features {
            return Err(Error::new(format!(
                "{}: its nodes have {features} features, and the model was trained on {}; give data of the same kind",
                dataset.name, self.num_features
            )));
        }
        Ok(architecture.model(dataset, &config))
    }

    /// The classes of all nodes of a data set.
    pub(crate) fn predict(&self, dataset: &Dataset) -> Result<Predicted, Error> {
        self.predict_on(dataset, &self.network()?.0.inputs(dataset))
    }

    /// The same on inputs that were made of the data set before.
    pub(crate) fn predict_on(
        &self,
        dataset: &Dataset,
        inputs: &Inputs,
    ) -> Result<Predicted, Error> {
        let model = self.model(dataset)?;
        let probabilities = model.predict(&self.params, &self.state, inputs);
        Ok(Predicted::new(
            &self.classes,
            ids(dataset),
            probabilities.to_vec::<f32>(),
        ))
    }
}

/// The ids of nodes, or their numbers where they have none.
fn ids(dataset: &Dataset) -> Vec<String> {
    if dataset.node_names.is_empty() {
        return (0..dataset.num_nodes())
            .map(|node| node.to_string())
            .collect();
    }
    dataset.node_names.clone()
}

fn text(value: &impl Serialize) -> serde_json::Result<String> {
    serde_json::to_string(value)
}

fn note<T: DeserializeOwned>(notes: &Notes, name: &str) -> Option<T> {
    serde_json::from_str(notes.get(name)?).ok()
}
