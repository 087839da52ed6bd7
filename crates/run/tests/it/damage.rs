//! Damaged files: each is refused in one line that names it, and none ends the process.

use std::path::{Path, PathBuf};

use graxe_run::{Trained, Training};
use tempfile::TempDir;

use crate::{begin, bytes, plain, refusal, toy};

/// A run after an epoch, with its data in the same folder.
fn stopped() -> (TempDir, PathBuf) {
    let dir = TempDir::new().unwrap();
    let mut settings = plain(&toy::write(dir.path(), 60));
    settings.training.epochs = Some(3);
    let out = dir.path().join("out");
    let mut training = begin(&settings, &out);
    training.advance().unwrap();
    training.finish().unwrap();
    (dir, out)
}

/// Puts a file with other bytes in place, opens and resumes the run, and says what was refused first.
fn open_with(out: &Path, name: &str, damaged: &[u8]) -> Option<String> {
    std::fs::write(out.join(name), damaged).unwrap();
    let opened = Trained::open(out).and_then(|run| run.predict()).err();
    let resumed = Training::resume(out, None).err();
    let error = opened.or(resumed)?;
    let line = error.to_string();
    assert_eq!(line.lines().count(), 1, "{line}");
    Some(line)
}

#[test]
fn files_that_are_cut_off_are_refused() {
    let (_dir, out) = stopped();
    for name in ["model.safetensors", "checkpoint.safetensors"] {
        let whole = bytes(&out, name);
        for length in [0, 1, 7, 8, 9, 200, whole.len() / 2, whole.len() - 1] {
            let line = open_with(&out, name, &whole[..length]);
            let line = line.unwrap_or_else(|| panic!("{name} of {length} bytes is no error"));
            assert!(
                line.contains(name) && line.contains("is not a whole safetensors file"),
                "{line}"
            );
        }
        assert_eq!(open_with(&out, name, &whole), None);
    }
    let whole = bytes(&out, "config.toml");
    for length in [0, 3, 30] {
        let line = open_with(&out, "config.toml", &whole[..length]);
        let line = line.unwrap_or_else(|| panic!("{length} bytes of settings are no error"));
        assert!(line.contains("config.toml:"), "{line}");
    }
    std::fs::write(out.join("config.toml"), &whole).unwrap();
    let summary = bytes(&out, "summary.json");
    std::fs::write(out.join("summary.json"), &summary[..summary.len() / 2]).unwrap();
    let line = refusal(Trained::open(&out).unwrap().summary());
    assert!(
        line.contains("summary.json: is damaged") && line.contains("resume the run"),
        "{line}"
    );
}

#[test]
fn headers_with_other_bytes_are_refused_or_read() {
    let (_dir, out) = stopped();
    let mut refused = 0;
    for name in ["model.safetensors", "checkpoint.safetensors", "config.toml"] {
        let whole = bytes(&out, name);
        let header = if name == "config.toml" {
            whole.len()
        } else {
            8 + u64::from_le_bytes(whole[..8].try_into().unwrap()) as usize
        };
        for i in 0..40 {
            let mut damaged = whole.clone();
            // Letters become other letters, and digits other digits.
            damaged[i * header / 40] ^= 1;
            refused += usize::from(open_with(&out, name, &damaged).is_some());
        }
        std::fs::write(out.join(name), &whole).unwrap();
    }
    assert!(refused > 60, "{refused} of 120");
    assert!(Training::resume(&out, None).is_ok());
}

#[test]
fn files_of_another_kind_are_refused() {
    let (_dir, out) = stopped();
    let (model, checkpoint) = ("model.safetensors", "checkpoint.safetensors");
    let [trained, saved] = [model, checkpoint].map(|name| bytes(&out, name));
    let line = open_with(&out, model, &saved).unwrap_or_default();
    assert!(line.contains("but not the model of a run"), "{line}");
    std::fs::write(out.join(model), &trained).unwrap();
    let line = open_with(&out, checkpoint, &trained).unwrap_or_default();
    assert!(line.contains("but not a checkpoint of a run"), "{line}");
}

#[test]
fn settings_that_are_not_those_of_the_checkpoint_are_refused() {
    let (_dir, out) = stopped();
    let text = String::from_utf8(bytes(&out, "config.toml")).unwrap();
    for (before, after, expected) in [
        (
            "hidden = 16",
            "hidden = 17",
            "was trained with hidden 16, not 17",
        ),
        (
            "dropout = 0.5",
            "dropout = 0.4",
            "was trained with dropout 0.5, not 0.4",
        ),
        (
            "protocol = \"kipf\"",
            "protocol = \"best\"",
            "was trained with stopping",
        ),
        ("seed = 0", "seed = 1", "was trained from seed 0, not 1"),
    ] {
        assert!(text.contains(before), "{before}: {text}");
        std::fs::write(out.join("config.toml"), text.replacen(before, after, 1)).unwrap();
        let line = refusal(Training::resume(&out, None));
        assert!(line.contains(expected), "{line}");
    }
}
