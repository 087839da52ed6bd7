//! The two files that grow, cut back to where training goes on.

use std::fs::OpenOptions;
use std::io::Write as _;

use graxe_run::Training;
use tempfile::TempDir;

use crate::{begin, bytes, complete, metrics, plain, tensorboard, toy, trained};

#[test]
fn lines_behind_the_checkpoint_are_written_once() {
    let dir = TempDir::new().unwrap();
    let mut settings = plain(&toy::write(dir.path(), 60));
    settings.protocol = "best".to_owned();
    settings.training.epochs = Some(12);
    let (whole, out) = (dir.path().join("whole"), dir.path().join("out"));
    trained(&settings, &whole);
    let mut training = begin(&settings, &out);
    for _ in 0..3 {
        training.advance().unwrap();
    }
    training.save().unwrap();
    for _ in 0..4 {
        training.advance().unwrap();
    }
    drop(training);
    assert_eq!(metrics(&out).len(), 7);
    // As a full disk leaves them: with half of what was to be written.
    for name in ["metrics.jsonl", "events.out.tfevents.graxe"] {
        let file = OpenOptions::new().append(true).open(out.join(name));
        file.unwrap().write_all(b"{\"epoch\":8,\"tra").unwrap();
    }
    complete(Training::resume(&out, None).unwrap());
    assert_eq!(metrics(&out), metrics(&whole));
    assert_eq!(
        tensorboard::scalars(&bytes(&out, "events.out.tfevents.graxe")),
        tensorboard::scalars(&bytes(&whole, "events.out.tfevents.graxe"))
    );
}

#[test]
fn a_journal_that_was_removed_begins_again() {
    let dir = TempDir::new().unwrap();
    let mut settings = plain(&toy::write(dir.path(), 60));
    settings.protocol = "best".to_owned();
    settings.training.epochs = Some(6);
    let out = dir.path().join("out");
    let mut training = begin(&settings, &out);
    training.advance().unwrap();
    training.save().unwrap();
    drop(training);
    std::fs::remove_file(out.join("metrics.jsonl")).unwrap();
    std::fs::remove_file(out.join("events.out.tfevents.graxe")).unwrap();
    complete(Training::resume(&out, None).unwrap());
    let epochs = metrics(&out).into_iter().map(|line| line["epoch"].clone());
    assert_eq!(epochs.collect::<Vec<_>>(), [2, 3, 4, 5, 6]);
    assert_eq!(
        tensorboard::scalars(&bytes(&out, "events.out.tfevents.graxe")).len(),
        5
    );
}
