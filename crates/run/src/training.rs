//! A run under way: epochs, and a folder that is behind by a second, or by a twentieth of the time that training takes.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use graxe_nn::checkpoint::{Notes, load_notes};
use graxe_nn::{EpochReport, Run, Trainer};

use crate::digest::digest;
use crate::error::Error;
use crate::folder::{CHECKPOINT, CONFIG, Folder};
use crate::journal::Journal;
use crate::results;
use crate::settings::Settings;
use crate::source::Data;
use crate::summary::Summary;
use crate::trained::load_again;

/// Between two checkpoints.
const PAUSE: Duration = Duration::from_secs(1);

/// How many times longer training goes on than a checkpoint takes to write.
const SHARE: u32 = 20;

/// The note of a checkpoint that says how long `metrics.jsonl` and the events were.
const LENGTHS: &str = "journal";

/// A run under way, and its folder.
pub struct Training {
    folder: Folder,
    settings: Settings,
    data: Data,
    trainer: Trainer,
    /// Taken while an epoch is trained.
    run: Option<Run>,
    journal: Journal,
    saved: Instant,
    pause: Duration,
}

impl Training {
    /// Begins a run in a new folder.
    ///
    /// # Errors
    /// If a setting is wrong, nothing can be learned from the data, or the folder is there already or cannot be written.
    pub fn create(data: Data, settings: Settings, path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::create_at_first(data, settings, std::iter::once(path.as_ref().to_owned()))
    }

    /// Begins a run in the first of several folders that is nobody's yet.
    ///
    /// # Errors
    /// As [`Self::create`], and if all of them are taken.
    pub fn create_at_first(
        data: Data,
        settings: Settings,
        paths: impl IntoIterator<Item = PathBuf>,
    ) -> Result<Self, Error> {
        let mut settings = settings.resolved()?;
        settings.data_digest = digest(&data.dataset);
        settings.created = jiff::Timestamp::now().strftime("%FT%TZ").to_string();
        // Nothing is made on disk for data that nothing can be learned from.
        let trainer = trainer(&data, &settings)?;
        let config = settings.to_toml()?;
        let mut made = Err(Error::new("there is no folder to write the run to"));
        for path in paths {
            made = Folder::create(&path, &config);
            if !made.as_ref().is_err_and(Error::is_taken) {
                break;
            }
        }
        let run = trainer.start(settings.seed);
        Self::begin(made?, settings, data, trainer, run, [0, 0])
    }

    /// Goes on with the run of a folder, to the same bits as without the stop; perhaps for another number of epochs.
    ///
    /// # Errors
    /// If it is no run, its data have changed, a file is damaged, or another process is training it.
    pub fn resume(path: impl AsRef<Path>, epochs: Option<usize>) -> Result<Self, Error> {
        let path = path.as_ref();
        let folder = Folder::open(path)?;
        let mut settings = Settings::read(path.join(CONFIG))?;
        let before = settings.training.epochs;
        settings.training.epochs = epochs.or(before);
        let data = load_again(path, &settings)?;
        let trainer = trainer(&data, &settings)?;
        let (run, lengths) = go_on(&folder, &trainer, settings.seed)?;
        if let Some(epochs) = epochs.filter(|&epochs| epochs < run.epochs()) {
            return Err(Error::of(
                path,
                format_args!("has trained {} epochs, not {epochs}", run.epochs()),
                "give as many or more, or train from the start",
            ));
        }
        if settings.training.epochs != before {
            folder.write(CONFIG, settings.to_toml()?.as_bytes())?;
        }
        Self::begin(folder, settings, data, trainer, run, lengths)
    }

    fn begin(
        folder: Folder,
        settings: Settings,
        data: Data,
        trainer: Trainer,
        run: Run,
        lengths: [u64; 2],
    ) -> Result<Self, Error> {
        Ok(Self {
            journal: Journal::open(&folder, lengths)?,
            folder,
            settings,
            data,
            trainer,
            run: Some(run),
            saved: Instant::now(),
            pause: PAUSE,
        })
    }

    /// Where the run is written.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// What is trained, with every number that decides it.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What it is trained on.
    pub fn data(&self) -> &Data {
        &self.data
    }

    /// The programs of training, to look at.
    pub fn trainer(&self) -> &Trainer {
        &self.trainer
    }

    /// How many epochs were trained.
    pub fn epochs(&self) -> usize {
        self.run.as_ref().map_or(0, Run::epochs)
    }

    /// Seconds for tracing before the first step.
    pub fn compile_seconds(&self) -> f64 {
        self.run.as_ref().map_or(0.0, Run::compile_seconds)
    }

    /// Whether the last epoch has been trained.
    pub fn is_over(&self) -> bool {
        self.run
            .as_ref()
            .is_none_or(|run| self.trainer.is_over(run))
    }

    /// Trains an epoch and writes what came of it; now and then, the checkpoint too.
    ///
    /// # Errors
    /// If the folder cannot be written. The run goes on from its last checkpoint when it is resumed.
    pub fn advance(&mut self) -> Result<Option<EpochReport>, Error> {
        let Some(run) = self.run.take() else {
            return Ok(None);
        };
        let run = self.trainer.advance(run);
        let report = run.last().copied();
        if let Some(report) = &report {
            // Without its line in the journal, the epoch is not to be in a checkpoint either.
            self.journal.append(report)?;
        }
        self.run = Some(run);
        if self.saved.elapsed() >= self.pause {
            self.save()?;
        }
        Ok(report)
    }

    /// Writes the checkpoint, from which the run goes on.
    ///
    /// # Errors
    /// If the folder cannot be written; the checkpoint before stays. If the run was finished, or cut off by an error.
    pub fn save(&mut self) -> Result<(), Error> {
        let Some(run) = &self.run else {
            return Err(self.ended());
        };
        let start = Instant::now();
        let lengths = self.journal.lengths()?;
        let lengths = serde_json::to_string(&lengths)
            .map_err(|error| Error::new(format!("a checkpoint cannot be written: {error}")))?;
        let notes = Notes::from([(LENGTHS.to_owned(), lengths)]);
        self.trainer
            .save(run, self.folder.file(CHECKPOINT), &notes)?;
        self.saved = Instant::now();
        self.pause = PAUSE.max(SHARE * start.elapsed());
        Ok(())
    }

    /// Writes the model, its predictions, the report and the summary, all of them or none, whether the run is over or is
    /// to be resumed; this process trains it no further.
    ///
    /// # Errors
    /// If no epoch was trained, or the folder cannot be written. The checkpoint is written first, so that nothing is lost.
    pub fn finish(&mut self) -> Result<Summary, Error> {
        self.save()?;
        let Some(run) = self.run.take() else {
            return Err(self.ended());
        };
        if run.last().is_none() {
            return Err(Error::of(
                self.path(),
                "no epoch was trained, so that there is no model",
                "resume the run with --resume",
            ));
        }
        let interrupted = !self.trainer.is_over(&run);
        let falling = !interrupted && run.is_improving();
        let summary = results::write(self, &self.folder, run.finish(), interrupted, falling)?;
        self.folder.release();
        Ok(summary)
    }

    fn ended(&self) -> Error {
        Error::of(
            self.path(),
            "the run was finished, or cut off by an error",
            "resume it with --resume",
        )
    }
}

/// The run of a folder's checkpoint, and how long the journal was then; a run cut off within its first second has none.
fn go_on(folder: &Folder, trainer: &Trainer, seed: i64) -> Result<(Run, [u64; 2]), Error> {
    let checkpoint = folder.file(CHECKPOINT);
    if !checkpoint.exists() {
        return Ok((trainer.start(seed), [0, 0]));
    }
    let run = trainer.resume(&checkpoint)?;
    if run.seed() != seed {
        return Err(Error::of(
            &checkpoint,
            format_args!("was trained from seed {}, not {seed}", run.seed()),
            "give the same, or train from the start",
        ));
    }
    let notes = load_notes(&checkpoint)?;
    let lengths = notes
        .get(LENGTHS)
        .and_then(|text| serde_json::from_str(text).ok());
    let lengths = lengths.ok_or_else(|| {
        Error::of(
            &checkpoint,
            "is no checkpoint of a run folder",
            "train from the start",
        )
    })?;
    Ok((run, lengths))
}

fn trainer(data: &Data, settings: &Settings) -> Result<Trainer, Error> {
    let (architecture, config) = (settings.architecture()?, settings.config()?);
    Ok(Trainer::new(&data.dataset, architecture, &config)?)
}
