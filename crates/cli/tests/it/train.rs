//! Training runs and what they print.

use serde_json::Value;

use crate::{graxe, shared_data, stderr, stdout};

pub(crate) fn json(args: &[&str]) -> Value {
    let output = graxe(args);
    assert!(output.status.success(), "{}", stderr(&output));
    let text = stdout(&output);
    assert_eq!(
        text.lines().count(),
        1,
        "one object and nothing else: {text}"
    );
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

fn accuracy(summary: &Value) -> f64 {
    summary["test_accuracy"].as_f64().unwrap_or(f64::NAN)
}

#[test]
fn without_data_it_trains_on_the_karate_club() {
    let output = graxe(&["train"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.contains("epoch   10"), "{text}");
    assert!(text.contains("karate with gcn (kipf)"), "{text}");
    assert!(accuracy(&json(&["train", "--json"])) > 0.85);
}

#[test]
fn json_has_every_field() {
    let summary = json(&[
        "train",
        "--json",
        "--epochs",
        "5",
        "--runs",
        "2",
        "--threads",
        "2",
    ]);
    let fields = [
        "data",
        "model",
        "protocol",
        "runs",
        "epochs",
        "test_accuracy",
        "test_std",
        "val_accuracy",
        "train_loss",
        "step_ms_median",
        "step_ms_min",
        "compile_ms",
        "total_s",
        "threads",
        "peak_bytes",
        "interrupted",
        "baselines",
        "out",
    ];
    assert_eq!(
        summary.as_object().map(serde_json::Map::len),
        Some(fields.len())
    );
    // Several runs have no folder.
    assert!(
        fields.iter().all(|f| (*f == "out") == summary[f].is_null()),
        "{summary}"
    );
    assert_eq!(summary["runs"], 2);
    assert_eq!(summary["threads"], 2);
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let run = |threads: &str| {
        let args = ["train", "--json", "--epochs", "30", "--threads", threads];
        let summary = json(&args);
        [
            summary["train_loss"].clone(),
            summary["val_accuracy"].clone(),
            summary["test_accuracy"].clone(),
        ]
    };
    let one = run("1");
    assert_eq!(run("2"), one);
    assert_eq!(run("5"), one);
}

#[test]
fn a_step_is_explained_and_drawn() {
    let folder = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (trace, graph) = (path("trace.json"), path("step.dot"));
    let output = graxe(&[
        "train",
        "--epochs=2",
        "--explain",
        "--trace",
        &trace,
        "--graphviz",
        &graph,
    ]);
    assert!(output.status.success());
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        text.contains("region: ") && text.contains("allocations a call"),
        "{text}"
    );
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{e}"));
    let trace: serde_json::Value =
        serde_json::from_str(&read(&trace)).unwrap_or_else(|e| panic!("{e}"));
    assert!(
        trace["traceEvents"]
            .as_array()
            .is_some_and(|events| events.len() > 10)
    );
    assert!(read(&graph).starts_with("digraph program {"));
}

#[test]
fn the_same_seed_gives_the_same_bits() {
    let run = |seed: &str| {
        let args = ["train", "--json", "--epochs", "30", "--seed", seed];
        let mut summary = json(&args);
        // Times differ, and so does a name that is made of one.
        for field in [
            "step_ms_median",
            "step_ms_min",
            "compile_ms",
            "total_s",
            "out",
        ] {
            summary[field] = Value::Null;
        }
        summary
    };
    assert_eq!(run("3"), run("3"));
    assert_ne!(run("3")["train_loss"], run("4")["train_loss"]);
}

#[test]
fn more_runs_need_no_more_memory() {
    let peak = |runs: &str| {
        let summary = json(&["train", "--json", "--epochs", "3", "--runs", runs]);
        summary["peak_bytes"].as_u64()
    };
    assert_eq!(peak("2"), peak("9"));
}

#[test]
fn help_lists_the_tables() {
    let text = stdout(&graxe(&["train", "--help"]));
    for (name, summary) in graxe_nn::MODELS
        .iter()
        .map(|m| (m.name, m.summary))
        .chain(graxe_nn::PROTOCOLS.iter().map(|p| (p.name, p.summary)))
    {
        assert!(text.contains(name) && text.contains(summary), "{text}");
    }
    assert!(text.contains("cora") && text.contains("hidden 16, lr 0.01"));
}

#[test]
fn cora_reaches_its_accuracy_and_stays_sparse() {
    let Some(folder) = shared_data() else { return };
    let planetoid = folder.join("planetoid");
    let planetoid = planetoid.to_string_lossy();
    let gcn = json(&["train", "cora", "--data", &planetoid, "--json"]);
    assert!(accuracy(&gcn) > 0.79, "{gcn}");
    assert!(gcn["peak_bytes"].as_u64() < Some(10_000_000), "{gcn}");
    let mlp = json(&[
        "train", "cora", "--data", &planetoid, "--json", "--model", "mlp",
    ]);
    assert!((0.5..0.65).contains(&accuracy(&mlp)), "{mlp}");
    let archive = folder.join("linqs/cora.tgz");
    let linqs = json(&[
        "train",
        &archive.to_string_lossy(),
        "--json",
        "--epochs",
        "20",
    ]);
    assert_eq!(linqs["data"], "cora");
}
