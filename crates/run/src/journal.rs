//! What is written after every epoch: a line of numbers, and the same for `TensorBoard`.

use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use graxe_nn::EpochReport;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::events;
use crate::folder::{EVENTS, Folder, METRICS};

/// A line of `metrics.jsonl`; a number that is none is null.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Line {
    pub(crate) epoch: usize,
    pub(crate) train_loss: Option<f64>,
    pub(crate) val_loss: Option<f64>,
    pub(crate) val_accuracy: Option<f64>,
    pub(crate) test_accuracy: Option<f64>,
    pub(crate) step_seconds: f64,
}

impl From<&EpochReport> for Line {
    fn from(report: &EpochReport) -> Self {
        let number = |x: f64| x.is_finite().then_some(x);
        Self {
            epoch: report.epoch,
            train_loss: number(report.train_loss),
            val_loss: number(report.val_loss),
            val_accuracy: number(report.val_accuracy),
            test_accuracy: number(report.test_accuracy),
            step_seconds: report.step_seconds,
        }
    }
}

/// The two files that grow from epoch to epoch.
pub(crate) struct Journal {
    metrics: Growing,
    events: Growing,
}

impl Journal {
    /// The files cut back to the lengths that a checkpoint remembers: what came after it is done again.
    pub(crate) fn open(folder: &Folder, lengths: [u64; 2]) -> Result<Self, Error> {
        let mut journal = Self {
            metrics: Growing::open(folder.file(METRICS), lengths[0])?,
            events: Growing::open(folder.file(EVENTS), lengths[1])?,
        };
        if journal.events.length == 0 {
            journal.events.append(&events::header(now()))?;
        }
        Ok(journal)
    }

    pub(crate) fn append(&mut self, report: &EpochReport) -> Result<(), Error> {
        let line = Line::from(report);
        let mut text = serde_json::to_vec(&line)
            .map_err(|error| Error::new(format!("an epoch cannot be written: {error}")))?;
        text.push(b'\n');
        self.metrics.append(&text)?;
        let values = [
            ("loss/train", line.train_loss),
            ("loss/val", line.val_loss),
            ("accuracy/val", line.val_accuracy),
            ("accuracy/test", line.test_accuracy),
        ];
        let values: Vec<(&str, f64)> = values
            .into_iter()
            .filter_map(|(tag, value)| Some((tag, value?)))
            .collect();
        let event = events::scalars(now(), line.epoch as u64, &values);
        self.events.append(&event)
    }

    /// The lengths of both files, once the disk has them.
    pub(crate) fn lengths(&mut self) -> Result<[u64; 2], Error> {
        self.metrics.sync()?;
        self.events.sync()?;
        Ok([self.metrics.length, self.events.length])
    }
}

/// The lines of a run's `metrics.jsonl`, up to one that is cut off.
pub(crate) fn lines(folder: &Path) -> Vec<Line> {
    let text = std::fs::read_to_string(folder.join(METRICS)).unwrap_or_default();
    let lines = text
        .lines()
        .map_while(|line| serde_json::from_str(line).ok());
    lines.collect()
}

/// Seconds since 1970.
fn now() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0.0, |since| since.as_secs_f64())
}

/// A file that is appended to.
struct Growing {
    path: PathBuf,
    file: File,
    length: u64,
}

impl Growing {
    fn open(path: PathBuf, length: u64) -> Result<Self, Error> {
        let open = || {
            let mut options = OpenOptions::new();
            let mut file = options
                .create(true)
                .truncate(false)
                .write(true)
                .open(&path)?;
            // A file that is shorter than it was known to be has been tampered with: it begins again.
            let there = file.metadata()?.len();
            let length = if there < length { 0 } else { length };
            file.set_len(length)?;
            file.seek(SeekFrom::Start(length))?;
            Ok((file, length))
        };
        let (file, length) = open().map_err(|error| Error::unwritable(&path, error))?;
        Ok(Self { path, file, length })
    }

    /// Appends in one call, so that no kill comes in between.
    fn append(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if let Err(error) = self.file.write_all(bytes) {
            // A part of it may be there; the first error is the one to tell.
            let _ = self.file.set_len(self.length);
            let _ = self.file.seek(SeekFrom::Start(self.length));
            return Err(Error::unwritable(&self.path, error));
        }
        self.length += bytes.len() as u64;
        Ok(())
    }

    fn sync(&mut self) -> Result<(), Error> {
        let synced = self.file.sync_data();
        synced.map_err(|error| Error::unwritable(&self.path, error))
    }
}
