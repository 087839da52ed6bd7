//! A kill at any moment leaves a folder from which the run goes on to the same bits.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::runs::{TABLES, assert_same, bytes, tables, well};
use crate::toy::Random;
use crate::{command, stderr};

/// Epochs for a run of some seconds, so that checkpoints, of which one a second is written, are among what is hit.
const EPOCHS: &str = "--epochs=2500";

/// Runs that are killed; `GRAXE_KILLS` asks for more.
const KILLS: usize = 4;

/// What a kill hit.
#[derive(Default, Debug)]
struct Hits {
    before_the_folder: usize,
    before_a_checkpoint: usize,
    between_checkpoints: usize,
    while_finishing: usize,
    /// It had ended already.
    none: usize,
}

impl Hits {
    fn count(&mut self, out: &Path, killed: bool) {
        let has = |name: &str| out.join(name).exists();
        let hit = if !killed {
            &mut self.none
        } else if !has("config.toml") {
            &mut self.before_the_folder
        } else if has("model.safetensors") || has(".model.safetensors") {
            &mut self.while_finishing
        } else if has("checkpoint.safetensors") {
            &mut self.between_checkpoints
        } else {
            &mut self.before_a_checkpoint
        };
        *hit += 1;
    }
}

/// Begins the run of a folder, or goes on with it.
fn arguments(out: &Path) -> Vec<String> {
    let name = out.display();
    if out.join("config.toml").exists() {
        return vec!["train".to_owned(), format!("--resume={name}")];
    }
    let flags = TABLES.iter().chain(&[EPOCHS]).map(|&flag| flag.to_owned());
    flags.chain([format!("--out={name}")]).collect()
}

/// Whether it had not yet ended when it was killed.
fn kill_after(folder: &Path, out: &Path, moment: Duration) -> bool {
    let args = arguments(out);
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let mut child = command(folder, &args)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|e| panic!("{e}"));
    std::thread::sleep(moment);
    child.kill().unwrap_or_else(|e| panic!("{e}"));
    let output = child.wait_with_output().unwrap_or_else(|e| panic!("{e}"));
    let ended = output.status.success();
    assert!(
        ended || output.status.code().is_none(),
        "{}",
        stderr(&output)
    );
    !ended
}

#[test]
fn killed_runs_end_as_if_they_had_not_been() {
    let kills = std::env::var("GRAXE_KILLS")
        .ok()
        .and_then(|text| text.parse().ok());
    let kills = kills.unwrap_or(KILLS);
    let dir = tables(400);
    let path = dir.path();
    let whole = path.join("whole");
    let args = arguments(&whole);
    let start = Instant::now();
    well(path, &args.iter().map(String::as_str).collect::<Vec<_>>());
    let micros = start.elapsed().as_micros() as usize;
    let mut random = Random(0x5eed_0bad_cafe_f00d);
    let mut hits = Hits::default();
    let mut done = 0;
    for run in 0.. {
        if done >= kills {
            break;
        }
        let out = path.join(format!("run{run}"));
        // Some runs are killed several times.
        for _ in 0..1 + random.below(3) {
            let moment = match random.below(5) {
                0 => random.below(40_000.min(micros)),
                1 => micros * 9 / 10 + random.below(micros / 5),
                _ => random.below(micros),
            };
            let killed = kill_after(path, &out, Duration::from_micros(moment as u64));
            hits.count(&out, killed);
            done += usize::from(killed);
        }
        let args = arguments(&out);
        well(path, &args.iter().map(String::as_str).collect::<Vec<_>>());
        assert_same(&out, &whole, &format!("run {run}"));
        let epochs = |run: &Path| {
            let text = String::from_utf8_lossy(&bytes(run, "metrics.jsonl")).into_owned();
            let head = |line: &str| line.split(",\"step_seconds").next().map(str::to_owned);
            text.lines().filter_map(head).collect::<Vec<_>>()
        };
        assert_eq!(epochs(&out), epochs(&whole), "run {run}");
        let _ = std::fs::remove_dir_all(&out);
    }
    eprintln!("{done} kills in runs of {} ms: {hits:?}", micros / 1000);
}
