//! Runs in files: a checkpoint holds all that the next epoch depends on, to the bit.

use std::collections::BTreeMap;
use std::path::Path;

use graxe_core::{Array, DType, Tree, Value, tree};

use super::fit::Trainer;
use super::run::{Best, EpochReport, Run};
use super::step::{Data, TrainState};
use super::watch::Watch;
use crate::checkpoint::{CheckpointError, Notes, little_endian, load, save_arrays};
use crate::model::Parameters;

/// What the note `format` of a checkpoint says.
const FORMAT: &str = "graxe checkpoint 1";

type Arrays = BTreeMap<String, Array>;

impl Trainer {
    /// Writes a run to a safetensors file, whole or not at all: the state of training by its
    /// paths (`params.layers[1].weight`, `optimiser[0].mu.layers[1].weight`, `key.data`), the
    /// best epoch's behind `best.`, what the stopping rule remembers, and notes of the
    /// configuration, the seed and the data. `notes` are more of your own.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(
        &self,
        run: &Run,
        path: impl AsRef<Path>,
        notes: &Notes,
    ) -> Result<(), CheckpointError> {
        let mut arrays = named(&run.state);
        arrays.insert("watch".into(), numbers(&watch_to_numbers(&run.watch)));
        arrays.insert("recent".into(), numbers(&run.watch.recent));
        if let Some(last) = &run.last {
            arrays.insert("last".into(), numbers(&report_to_numbers(last)));
        }
        if let Some(best) = &run.best {
            arrays.insert("best".into(), numbers(&report_to_numbers(&best.report)));
            let parts = [("params", &best.params), ("state", &best.state)];
            for (part, parameters) in parts {
                let of_best = |(name, array): (&String, &Array)| {
                    (format!("best.{part}.{name}"), array.clone())
                };
                arrays.extend(parameters.iter().map(of_best));
            }
        }
        let mut all = notes.clone();
        all.insert("format".into(), FORMAT.into());
        all.insert("seed".into(), run.seed.to_string());
        all.insert("epochs".into(), self.config.epochs.to_string());
        all.insert("data".into(), self.name.clone());
        all.insert("data digest".into(), self.digest().into());
        for (name, value) in self.config.settings() {
            all.insert(name.into(), value);
        }
        save_arrays(path, &arrays, &all)
    }

    fn digest(&self) -> &str {
        self.digest.get_or_init(|| digest(&self.data))
    }

    /// The run of a file that [`Self::save`] has written; it goes on with the same bits as if it
    /// had never stopped. The number of epochs may be another.
    ///
    /// # Errors
    /// If the file cannot be read, is damaged or no checkpoint, or was written with other data, other
    /// numbers, or a model whose parameters have other names or shapes.
    pub fn resume(&self, path: impl AsRef<Path>) -> Result<Run, CheckpointError> {
        let path = path.as_ref();
        let (arrays, notes) = load(path)?;
        let file = Saved {
            path,
            arrays,
            notes,
        };
        file.check(self)?;
        let seed = file.note("seed")?;
        let seed: i64 = seed.parse().map_err(|_| file.damaged("seed"))?;
        let begun = self.objective.begin(seed);
        let state: TrainState = file.tree("", &begun)?;
        let [lowest_loss, highest_accuracy, waited, stopped] = file.numbers("watch")?;
        let recent = file.array("recent")?;
        if recent.dtype() != DType::F64 || recent.rank() != 1 {
            return Err(file.damaged("recent"));
        }
        let last = file.report("last")?;
        if stopped != 0.0 && last.is_none() {
            return Err(file.damaged("last"));
        }
        let best = match file.report("best")? {
            None => None,
            Some(report) => Some(Best {
                report,
                params: file.parameters("best.params.", &begun.params)?,
                state: file.parameters("best.state.", &begun.state)?,
            }),
        };
        Ok(Run {
            watch: Watch {
                recent: recent.to_vec(),
                lowest_loss,
                highest_accuracy,
                waited: waited as usize,
                stopped: stopped != 0.0,
            },
            last,
            best,
            ..Run::new(seed, state)
        })
    }
}

/// A checkpoint that was read.
struct Saved<'a> {
    path: &'a Path,
    arrays: Arrays,
    notes: Notes,
}

impl Saved<'_> {
    fn refuse(&self, problem: String, remedy: &str) -> CheckpointError {
        CheckpointError::new(self.path, problem, remedy)
    }

    fn damaged(&self, part: &str) -> CheckpointError {
        let problem = format!("{part} is missing or damaged");
        self.refuse(problem, "name another checkpoint, or train from the start")
    }

    /// Checks that the trainer is the one that wrote it, but for the number of epochs.
    fn check(&self, trainer: &Trainer) -> Result<(), CheckpointError> {
        if self.notes.get("format").map(String::as_str) != Some(FORMAT) {
            return Err(self.refuse(
                "is a safetensors file, but not a checkpoint of a run".into(),
                "name one that was written while training",
            ));
        }
        if self.note("data digest")? != trainer.digest() {
            let (theirs, ours) = (self.note("data")?, &trainer.name);
            return Err(self.refuse(
                format!("was trained on '{theirs}', whose data differ from those of '{ours}' here"),
                "give the same data and model, or train from the start",
            ));
        }
        for (name, ours) in trainer.config.settings() {
            let theirs = self.note(name)?;
            if theirs != ours {
                return Err(self.refuse(
                    format!("was trained with {name} {theirs}, not {ours}"),
                    "give the same, or train from the start",
                ));
            }
        }
        Ok(())
    }

    fn note(&self, name: &str) -> Result<&str, CheckpointError> {
        let note = self.notes.get(name).map(String::as_str);
        note.ok_or_else(|| self.damaged(name))
    }

    fn array(&self, name: &str) -> Result<&Array, CheckpointError> {
        self.arrays.get(name).ok_or_else(|| self.damaged(name))
    }

    fn numbers<const N: usize>(&self, name: &str) -> Result<[f64; N], CheckpointError> {
        let array = self.array(name)?;
        let found = (array.dtype() == DType::F64).then(|| array.to_vec::<f64>());
        let numbers = found.and_then(|found| found.try_into().ok());
        numbers.ok_or_else(|| self.damaged(name))
    }

    fn report(&self, name: &str) -> Result<Option<EpochReport>, CheckpointError> {
        if !self.arrays.contains_key(name) {
            return Ok(None);
        }
        let [
            epoch,
            step_seconds,
            train_loss,
            val_loss,
            val_accuracy,
            test_accuracy,
        ] = self.numbers(name)?;
        Ok(Some(EpochReport {
            epoch: epoch as usize,
            step_seconds,
            train_loss,
            val_loss,
            val_accuracy,
            test_accuracy,
        }))
    }

    /// The array of this name, of the shape and dtype of another.
    fn like(&self, name: &str, template: &Array) -> Result<Array, CheckpointError> {
        let Some(array) = self.arrays.get(name) else {
            let problem = format!("{name} is missing, which this model has");
            return Err(self.refuse(problem, "give the model that it was written for"));
        };
        let kind = |a: &Array| format!("{}{}", a.dtype(), a.shape());
        let (found, wanted) = (kind(array), kind(template));
        if found != wanted {
            let problem = format!("{name} is {found} where this model has {wanted}");
            return Err(self.refuse(problem, "give the model that it was written for"));
        }
        Ok(array.clone())
    }

    /// A tree of the arrays whose names are its paths behind a prefix.
    fn tree<T: Tree>(&self, prefix: &str, template: &T) -> Result<T, CheckpointError> {
        let leaves = named_in_order(template).into_iter().map(|(name, leaf)| {
            let array = self.like(&format!("{prefix}{name}"), &leaf)?;
            Ok(Value::Array(array))
        });
        Ok(tree::unflatten(template, leaves.collect::<Result<_, _>>()?))
    }

    fn parameters(
        &self,
        prefix: &str,
        template: &Parameters,
    ) -> Result<Parameters, CheckpointError> {
        let named = template.iter().map(|(name, leaf)| {
            let array = self.like(&format!("{prefix}{name}"), leaf)?;
            Ok((name.clone(), array))
        });
        named.collect()
    }
}

/// The arrays of a tree by their paths, in its order.
fn named_in_order(tree: &impl Tree) -> Vec<(String, Array)> {
    tree::named_leaves(tree)
        .into_iter()
        .filter_map(|(path, leaf)| match leaf {
            Value::Array(array) => Some((path.to_string(), array)),
            // A state of training is made of parameters, which hold none.
            Value::Pattern(_) => None,
        })
        .collect()
}

fn named(tree: &impl Tree) -> Arrays {
    named_in_order(tree).into_iter().collect()
}

fn numbers(values: &[f64]) -> Array {
    Array::from_vec(values.to_vec(), values.len())
}

fn watch_to_numbers(watch: &Watch) -> [f64; 4] {
    [
        watch.lowest_loss,
        watch.highest_accuracy,
        watch.waited as f64,
        f64::from(u8::from(watch.stopped)),
    ]
}

fn report_to_numbers(report: &EpochReport) -> [f64; 6] {
    [
        report.epoch as f64,
        report.step_seconds,
        report.train_loss,
        report.val_loss,
        report.val_accuracy,
        report.test_accuracy,
    ]
}

/// A number for what is trained on: FNV-1a over the inputs as they were prepared, the labels
/// and the split.
fn digest(data: &Data) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut take = |bytes: &[u8]| {
        for byte in bytes {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    for leaf in tree::leaves(data) {
        match leaf {
            Value::Array(array) => {
                take(&(array.size() as u64).to_le_bytes());
                take(&little_endian(&array));
            }
            Value::Pattern(pattern) => {
                for &index in pattern.row_ptr().iter().chain(pattern.col()) {
                    take(&index.to_le_bytes());
                }
            }
        }
    }
    format!("{hash:016x}")
}
