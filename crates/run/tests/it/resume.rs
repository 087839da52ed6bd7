//! A run that was stopped anywhere ends with the bits of one that was not.

use std::path::Path;

use graxe_run::{Settings, Summary, Trained, Training};
use tempfile::TempDir;

use crate::{begin, bytes, complete, metrics, names, plain, refusal, toy, trained};

/// How a run is left alone.
#[derive(Clone, Copy, Debug)]
enum Stop {
    /// As a kill leaves it: what was written last is not yet in the checkpoint.
    Dropped,
    /// With a checkpoint, and two epochs more of which only the journal knows.
    SavedBefore,
    /// As Ctrl-C leaves it.
    Finished,
}

fn stop(settings: &Settings, out: &Path, epochs: usize, how: Stop) {
    let mut training = begin(settings, out);
    for _ in 0..epochs {
        training.advance().unwrap();
    }
    match how {
        Stop::Dropped => {}
        Stop::SavedBefore => {
            training.save().unwrap();
            for _ in 0..2 {
                training.advance().unwrap();
            }
        }
        Stop::Finished if epochs == 0 => {
            let line = refusal(training.finish());
            assert!(line.contains("no epoch was trained"), "{line}");
        }
        Stop::Finished => {
            let over = training.is_over();
            assert_eq!(training.finish().unwrap().interrupted, !over);
        }
    }
}

/// Both folders hold the same run, but for what the clock says.
fn assert_same(run: &Path, other: &Path, of: &str) {
    assert_eq!(names(run), names(other), "{of}");
    for name in ["model.safetensors", "predictions.csv", "summary.json"] {
        assert!(bytes(run, name) == bytes(other, name), "{of}: {name}");
    }
    assert_eq!(metrics(run), metrics(other), "{of}");
    let config = |run: &Path| {
        let text = String::from_utf8(bytes(run, "config.toml")).unwrap();
        let lines = text.lines().filter(|line| !line.starts_with("created"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(config(run), config(other), "{of}");
}

fn numbered(summary: &Summary, run: &Path) {
    let lines = metrics(run);
    assert_eq!(lines.len(), summary.epochs);
    for (line, epoch) in lines.iter().zip(1..) {
        assert_eq!(line["epoch"], serde_json::Value::from(epoch));
    }
}

#[test]
fn a_resumed_run_has_the_same_bits() {
    let dir = TempDir::new().unwrap();
    let source = toy::write(dir.path(), 90);
    for (model, protocol, epochs) in [
        ("gcn", "kipf", 40),
        ("gcn", "best", 12),
        ("gat", "velickovic", 9),
        ("gcn", "pyg", 12),
        ("gcn", "cucurull", 12),
    ] {
        let mut settings = plain(&source);
        settings.model = model.to_owned();
        settings.protocol = protocol.to_owned();
        settings.training.epochs = Some(epochs);
        let whole = dir.path().join(format!("whole-{protocol}"));
        let summary = trained(&settings, &whole);
        numbered(&summary, &whole);
        for at in [0, 1, 5, summary.epochs] {
            for how in [Stop::Dropped, Stop::SavedBefore, Stop::Finished] {
                if at == summary.epochs && matches!(how, Stop::SavedBefore) {
                    continue;
                }
                let of = format!("{protocol} at {at}, {how:?}");
                let out = dir.path().join(&of);
                stop(&settings, &out, at, how);
                complete(Training::resume(&out, None).unwrap());
                assert_same(&out, &whole, &of);
            }
        }
    }
}

#[test]
fn a_run_may_be_stopped_again_and_again() {
    let dir = TempDir::new().unwrap();
    let source = toy::write(dir.path(), 60);
    let mut settings = Settings::new("gcn", source).unwrap();
    settings.protocol = "best".to_owned();
    settings.training.epochs = Some(10);
    let (whole, out) = (dir.path().join("whole"), dir.path().join("out"));
    let summary = trained(&settings, &whole);
    assert_eq!(summary.baselines.len(), 3);
    stop(&settings, &out, 1, Stop::Finished);
    // Whoever interrupts does not wait for baselines.
    assert_eq!(
        Trained::open(&out)
            .unwrap()
            .summary()
            .unwrap()
            .baselines
            .len(),
        0
    );
    for _ in 0..20 {
        let mut training = Training::resume(&out, None).unwrap();
        if training.is_over() {
            break;
        }
        training.advance().unwrap();
        training.save().unwrap();
    }
    complete(Training::resume(&out, None).unwrap());
    assert_same(&out, &whole, "stopped after every epoch");
}

#[test]
fn a_finished_run_takes_more_epochs_but_no_fewer() {
    let dir = TempDir::new().unwrap();
    let source = toy::write(dir.path(), 60);
    let mut settings = plain(&source);
    settings.protocol = "best".to_owned();
    let (whole, out) = (dir.path().join("whole"), dir.path().join("out"));
    settings.training.epochs = Some(20);
    trained(&settings, &whole);
    settings.training.epochs = Some(8);
    trained(&settings, &out);
    let config = bytes(&out, "config.toml");
    let line = refusal(Training::resume(&out, Some(7)));
    assert!(
        line.contains("has trained 8 epochs, not 7") && line.contains("give as many"),
        "{line}"
    );
    refusal(Training::resume(&out, Some(0)));
    assert_eq!(bytes(&out, "config.toml"), config);
    let summary = complete(Training::resume(&out, Some(20)).unwrap());
    assert_eq!((summary.epochs, summary.interrupted), (20, false));
    assert_same(&out, &whole, "more epochs");
}

#[test]
fn settings_of_a_run_repeat_it() {
    let dir = TempDir::new().unwrap();
    let source = toy::write(dir.path(), 60);
    let (first, second) = (dir.path().join("first"), dir.path().join("second"));
    let mut settings = plain(&source);
    settings.seed = -7;
    trained(&settings, &first);
    let again = Settings::read(first.join("config.toml")).unwrap();
    trained(&again, &second);
    assert_same(&first, &second, "repeated");
    settings.seed = 8;
    let third = dir.path().join("third");
    trained(&settings, &third);
    assert!(bytes(&third, "model.safetensors") != bytes(&first, "model.safetensors"));
    assert!(bytes(&third, "predictions.csv") != bytes(&first, "predictions.csv"));
}
