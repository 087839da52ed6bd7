//! Runs from data to a folder and back.

mod cora;
mod damage;
mod journal;
mod refusals;
mod resume;
mod settings;
mod tensorboard;
mod toy;

use std::collections::BTreeMap;
use std::path::Path;

use graxe_run::{Settings, Source, Summary, Training};

/// What a file of a run folder holds.
fn bytes(run: &Path, name: &str) -> Vec<u8> {
    let file = run.join(name);
    std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The files of a folder, hidden ones left out.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| !name.starts_with('.')).collect();
    names.sort();
    names
}

/// A GCN without baselines, which only cost time.
fn plain(source: &Source) -> Settings {
    let mut settings = Settings::new("gcn", source.clone()).unwrap();
    settings.baselines = false;
    settings
}

/// A run in a new folder, before its first epoch.
fn begin(settings: &Settings, out: &Path) -> Training {
    let data = settings.data.load().unwrap();
    Training::create(data, settings.clone(), out).unwrap()
}

/// Trains a run to its end.
fn complete(mut training: Training) -> Summary {
    while !training.is_over() {
        training.advance().unwrap();
    }
    training.finish().unwrap()
}

/// A run from its beginning to its end.
fn trained(settings: &Settings, out: &Path) -> Summary {
    complete(begin(settings, out))
}

/// The lines of `metrics.jsonl` but for the seconds, which no two runs share.
fn metrics(run: &Path) -> Vec<BTreeMap<String, serde_json::Value>> {
    let text = String::from_utf8(bytes(run, "metrics.jsonl")).unwrap();
    let lines = text.lines().map(|line| {
        let mut line: BTreeMap<String, serde_json::Value> = serde_json::from_str(line).unwrap();
        assert!(line.remove("step_seconds").is_some());
        line
    });
    lines.collect()
}

/// The line of an error: one, and no more.
fn refusal<T>(result: Result<T, graxe_run::Error>) -> String {
    let Err(error) = result else {
        panic!("it was not refused")
    };
    let line = error.to_string();
    assert_eq!(line.lines().count(), 1, "{line}");
    line
}
