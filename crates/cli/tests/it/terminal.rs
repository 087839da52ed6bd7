//! The command in a terminal, as a person sees it: a bar, Ctrl-C, and what to do next.

use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use crate::runs::tables;

/// The longest that something may take to be seen.
const PATIENCE: Duration = Duration::from_secs(30);

/// A terminal of its own, which ends with the test.
struct Terminal {
    socket: String,
}

impl Terminal {
    /// A terminal where these commands run, where there is `tmux`; CI demands it.
    fn open(folder: &Path, script: &str) -> Option<Self> {
        if Command::new("tmux").arg("-V").output().is_err() {
            assert!(std::env::var_os("CI").is_none(), "CI needs tmux");
            eprintln!("skipped: there is no tmux");
            return None;
        }
        let terminal = Self {
            socket: format!("graxe-{}", std::process::id()),
        };
        // The shell outlives Ctrl-C, and what was printed stays to be seen.
        let script = format!("trap : INT; {script}; exec cat");
        let size = [
            "-f",
            "/dev/null",
            "new-session",
            "-d",
            "-x",
            "110",
            "-y",
            "40",
            "-c",
        ];
        let folder = folder.display().to_string();
        let output = terminal.tmux(&[&size[..], &[&folder, "sh", "-c", &script]].concat());
        assert!(output.status.success(), "{output:?}");
        Some(terminal)
    }

    fn tmux(&self, args: &[&str]) -> Output {
        let mut tmux = Command::new("tmux");
        tmux.args(["-L", &self.socket])
            .args(args)
            .env_remove("TMUX");
        tmux.output().unwrap_or_else(|e| panic!("{e}"))
    }

    /// What is on the screen once it holds this.
    fn await_text(&self, text: &str) -> String {
        let start = Instant::now();
        loop {
            let output = self.tmux(&["capture-pane", "-p", "-J"]);
            let screen = String::from_utf8_lossy(&output.stdout).into_owned();
            if screen.contains(text) {
                return screen;
            }
            assert!(
                start.elapsed() < PATIENCE,
                "no `{text}` on the screen:\n{screen}"
            );
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.tmux(&["kill-server"]);
    }
}

#[test]
fn a_person_sees_progress_and_stops_it() {
    let dir = tables(60);
    let graxe = env!("CARGO_BIN_EXE_graxe");
    let flags = "--nodes nodes.csv --edges edges.csv --label kind --protocol best";
    let script = format!(
        "TERM=screen {graxe} train {flags} --epochs 1000000 --out out; echo ended with $?; \
         {graxe} train --resume out --epochs 1000000 --quiet; echo again $?"
    );
    let Some(terminal) = Terminal::open(dir.path(), &script) else {
        return;
    };
    let screen = terminal.await_text("/1000000 epochs  val_loss ");
    assert!(
        screen.contains("val_acc") && !screen.contains("epoch   10"),
        "{screen}"
    );
    terminal.tmux(&["send-keys", "C-c"]);
    let screen = terminal.await_text("ended with 1");
    assert!(
        screen.contains("go on with `graxe train --resume out`"),
        "{screen}"
    );
    assert!(
        screen.contains("out holds the model, predictions.csv and report.html"),
        "{screen}"
    );
    // What Ctrl-C itself prints may part the bar from what takes it away; no more than that one stays.
    assert!(screen.matches("/1000000 epochs").count() <= 1, "{screen}");
    let begins = |line: &str| line.starts_with("stopping after this epoch");
    assert!(screen.lines().any(begins), "{screen}");
    let lines = || {
        let text = std::fs::read_to_string(dir.path().join("out/metrics.jsonl"));
        text.unwrap_or_default().lines().count()
    };
    let before = lines();
    let start = Instant::now();
    while lines() <= before && start.elapsed() < PATIENCE {}
    assert!(lines() > before, "it does not go on");
    terminal.tmux(&["send-keys", "C-c"]);
    let screen = terminal.await_text("again 1");
    assert!(screen.matches("val_loss").count() <= 1, "{screen}");
}
