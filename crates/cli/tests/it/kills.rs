//! A kill at any moment leaves a folder from which the run goes on to the same bits.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::runs::{TABLES, assert_same, tables};
use crate::toy::Random;
use crate::{command, stderr};

/// How long a run is to last, so that checkpoints, of which one a second is written, are among what is hit.
const LONG: Duration = Duration::from_millis(2200);

/// Kills; `GRAXE_KILLS` asks for more.
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
        } else if has("model.safetensors") {
            &mut self.while_finishing
        } else if has("checkpoint.safetensors") {
            &mut self.between_checkpoints
        } else {
            &mut self.before_a_checkpoint
        };
        *hit += 1;
    }
}

/// A run that is to be killed: where its tables lie, and how many epochs it has.
struct Victim<'a> {
    folder: &'a Path,
    epochs: usize,
}

impl Victim<'_> {
    /// Begins the run of a folder, or goes on with it.
    fn command(&self, out: &Path) -> Command {
        let name = out.display();
        if out.join("config.toml").exists() {
            return command(self.folder, &["train", &format!("--resume={name}")]);
        }
        // With baselines, for the end of a run to last longer.
        let own = [format!("--epochs={}", self.epochs), format!("--out={name}")];
        let flags = TABLES.iter().filter(|&&flag| flag != "--no-baselines");
        let flags: Vec<&str> = flags
            .copied()
            .chain(own.iter().map(String::as_str))
            .collect();
        command(self.folder, &flags)
    }

    /// Lets it end, and says how long that took.
    fn complete(&self, out: &Path) -> Duration {
        let start = Instant::now();
        let output = self.command(out).output();
        let output = output.unwrap_or_else(|e| panic!("{e}"));
        assert!(output.status.success(), "{}", stderr(&output));
        start.elapsed()
    }

    /// Whether it had not yet ended when it was killed.
    fn kill_after(&self, out: &Path, moment: Duration) -> bool {
        let mut child = self
            .command(out)
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
}

/// The lines of `metrics.jsonl`, but for the seconds at their ends.
fn lines(run: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(run.join("metrics.jsonl")).unwrap_or_default();
    let head = |line: &str| line.split(",\"step_seconds").next().map(str::to_owned);
    text.lines().filter_map(head).collect()
}

#[test]
fn killed_runs_end_as_if_they_had_not_been() {
    let kills = std::env::var("GRAXE_KILLS").ok();
    let kills = kills.and_then(|text| text.parse().ok()).unwrap_or(KILLS);
    let dir = tables(400);
    let folder = dir.path();
    // Two runs tell what an epoch takes, for a run has a beginning and an end too.
    let probe = |epochs: usize| {
        let name = format!("probe{epochs}");
        Victim { folder, epochs }.complete(&folder.join(name))
    };
    let epoch = probe(1200).saturating_sub(probe(200)).as_secs_f64() / 1000.0;
    let epochs = (LONG.as_secs_f64() / epoch.max(1e-5)) as usize;
    let victim = Victim {
        folder,
        epochs: epochs.clamp(400, 40_000),
    };
    let whole = folder.join("whole");
    // What a run takes; learned on the way, for other processes take their time too.
    let mut micros = victim.complete(&whole).as_micros() as usize;
    let mut random = Random(0x5eed_0bad_cafe_f00d);
    let (mut hits, mut done) = (Hits::default(), 0);
    for run in 0.. {
        if done >= kills {
            break;
        }
        let out = folder.join(format!("run{run}"));
        // Some runs are killed several times.
        for _ in 0..=random.below(3) {
            let left = victim.epochs - lines(&out).len().min(victim.epochs);
            let left = micros / 20 + micros * left / victim.epochs;
            let moment = match random.below(5) {
                0 => random.below(40_000.min(left)),
                1 => left * 9 / 10 + random.below(left / 5),
                _ => random.below(left),
            };
            let killed = victim.kill_after(&out, Duration::from_micros(moment as u64));
            hits.count(&out, killed);
            done += usize::from(killed);
            if !killed {
                micros = micros * 9 / 10;
            } else if moment > left * 4 / 5 {
                micros = micros * 21 / 20;
            }
        }
        victim.complete(&out);
        assert_same(&out, &whole, &format!("run {run}"));
        assert_eq!(lines(&out), lines(&whole), "run {run}");
        let _ = std::fs::remove_dir_all(&out);
    }
    eprintln!("{done} kills in runs of {} epochs: {hits:?}", victim.epochs);
}
