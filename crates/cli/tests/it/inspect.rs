//! What is told of data before anything is trained.

use std::fs;

use expect_test::expect;
use serde_json::{Value, json as object};

use crate::train::json;
use crate::wrong_input::refused;
use crate::{graxe, shared_data, stderr, stdout};

/// The page without what the machine decides.
fn page(args: &[&str]) -> String {
    let output = graxe(args);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(stderr(&output), "");
    let text = stdout(&output);
    let measured = |line: &str| match line.trim_start().split_once("  ") {
        Some((name @ ("time" | "memory"), _)) => format!("  {name} ..."),
        _ => line.to_owned(),
    };
    let lines: Vec<String> = text.lines().map(measured).collect();
    lines.join("\n") + "\n"
}

/// The kinds of the warnings.
fn kinds(inspection: &Value) -> Vec<&str> {
    let warnings = inspection["warnings"].as_array();
    let kinds = warnings.into_iter().flatten().map(|w| w["kind"].as_str());
    kinds.flatten().collect()
}

/// A folder in the LINQS layout with these lines.
fn linqs(content: &str, cites: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
    for (name, text) in [("own.content", content), ("own.cites", cites)] {
        let written = fs::write(folder.path().join(name), text);
        written.unwrap_or_else(|e| panic!("{name}: {e}"));
    }
    let path = folder.path().to_string_lossy().into_owned();
    (folder, path)
}

#[expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]
#[test]
fn the_karate_club_is_a_page() {
    expect![[r#"
        karate

        Graph
          nodes           34
          edges           78, undirected
          listed          78, with no self loops and no duplicates
          isolated        0 nodes
          components      1

        Degrees
          1 to 17, median 3, mean 4.59
              1   1  ██▋
              2  11  █████████████████████████████▍
            3–4  12  ████████████████████████████████
            5–8   5  █████████████▍
           9–16   4  ██████████▋
          17–32   1  ██▋

        Features
          number          34
                          one of its own for each node (the identity)

        Labels
          2 classes                         all              train       val      test
          Mr. Hi                             17   50.0 %         1         8         8
          Officer                            17   50.0 %         1         8         8

        Homophily
          edges           85.9 % of the edges join nodes of one class
          nodes           88.8 % of a node's neighbours are of its class
          beyond chance   0.718, from 0 (by chance) to 1
          Neighbours mostly share a class, which is what GNNs thrive on.

        Split
          train            2    5.9 %
          validate        16   47.1 %
          test            16   47.1 %
          leaks           none

        Training gcn (kipf)
          time ...
          memory ...

        Warnings
          ! fewer than 10 training nodes for every class, as few as 1
            label more nodes, or train several seeds (--runs 10) and mind the deviation
          ! there are only 16 nodes to validate on, so that chance says when to stop
            validate on more, or use --protocol cucurull, which never stops early
          ! there are only 16 nodes to test on, each of which is 6.2 % of the accuracy
            test on more nodes, or compare means over several seeds (--runs 10)
          ! the features say nothing of a node but which one it is
            give features if there are any: edges alone say nothing about new nodes
    "#]]
    .assert_eq(&page(&["inspect"]));
    assert_eq!(page(&["inspect", "karate", "--quiet"]), page(&["inspect"]));
}

#[expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]
#[test]
fn cora_is_as_it_is_known() {
    let Some(folder) = shared_data() else { return };
    let archive = folder.join("linqs/cora.tgz");
    let archive = archive.to_string_lossy();
    expect![[r#"
        cora

        Graph
          nodes           2,708
          edges           5,278, undirected
          listed          5,429, with no self loops and no duplicates
          isolated        0 nodes
          components      78, the largest with 2,485 nodes (91.8 %)

        Degrees
          1 to 168, median 3, mean 3.90
                1  485  ████████████████▌
                2  583  ███████████████████▊
              3–4  942  ████████████████████████████████
              5–8  551  ██████████████████▊
             9–16  107  ███▋
            17–32   30  █
            33–64    6  ▎
           65–128    3  ▏
          129–256    1  ▏

        Features
          number          1,433
          not 0           49,216, 1.27 % of all
          always 0        1 feature
          as another      27 nodes (1.0 %)

        Labels
          7 classes                         all              train       val      test
          Neural_Networks                   818   30.2 %        20       161       312
          Probabilistic_Methods             426   15.7 %        20        79       155
          Genetic_Algorithms                418   15.4 %        20        94       157
          Theory                            351   13.0 %        20        65       119
          Case_Based                        298   11.0 %        20        50       112
          Reinforcement_Learning            217    8.0 %        20        30        84
          Rule_Learning                     180    6.6 %        20        21        61

        Homophily
          edges           81.0 % of the edges join nodes of one class
          nodes           82.5 % of a node's neighbours are of its class
          beyond chance   0.766, from 0 (by chance) to 1
          Neighbours mostly share a class, which is what GNNs thrive on.

        Split
          train             140    5.2 %
          validate          500   18.5 %
          test            1,000   36.9 %
          unused          1,068   39.4 %
          leaks           3 validation and 1 test nodes have a training node's features

        Training mlp (kipf)
          time ...
          memory ...

        Warnings
          ! the files state no split, so it is drawn at random with seed 0 in the
            manner of Planetoid
    "#]]
    .assert_eq(&page(&["inspect", &archive, "--model", "mlp"]));
    let linqs = json(&["inspect", &archive, "--json"]);
    assert_eq!(
        linqs["graph"]["listed"],
        object!({"edges": 5429, "self_loops": 0, "duplicates": 0})
    );
    let planetoid = folder.join("planetoid");
    let planetoid = planetoid.to_string_lossy();
    let planetoid = json(&["inspect", "cora", "--data", &planetoid, "--json"]);
    assert_eq!(planetoid["graph"]["listed"]["duplicates"], 302);
    assert_eq!(planetoid["graph"]["messages"], 10_556);
    assert_eq!(planetoid["graph"], {
        let mut graph = linqs["graph"].clone();
        graph["listed"] = planetoid["graph"]["listed"].clone();
        graph
    });
    assert_eq!(planetoid["homophily"]["level"], "high");
    assert!(kinds(&planetoid).is_empty(), "{planetoid}");
}

#[test]
fn json_has_every_field() {
    let inspection = json(&["inspect", "--json"]);
    let names = |value: &Value| {
        let object = value.as_object();
        let names: Vec<String> = object
            .into_iter()
            .flatten()
            .map(|(n, _)| n.clone())
            .collect();
        names.join(" ")
    };
    expect!["data degrees features graph homophily labels split training warnings"]
        .assert_eq(&names(&inspection));
    for (part, expected) in [
        (
            "graph",
            "components edges isolated largest_component listed messages nodes self_loops undirected",
        ),
        ("degrees", "histogram max mean median min"),
        (
            "features",
            "constant_columns count density empty_columns empty_nodes identical_nodes identity nonzero",
        ),
        ("labels", "classes labelled unlabelled"),
        ("homophily", "class_insensitive edge level node"),
        ("split", "leaks test train unused val"),
        (
            "training",
            "epoch_seconds first_epoch_seconds may_stop_early model most_epochs peak_bytes protocol seconds threads",
        ),
    ] {
        assert_eq!(names(&inspection[part]), expected);
    }
    assert_eq!(
        inspection["labels"]["classes"][0],
        object!({"name": "Mr. Hi", "all": 17, "train": 1, "val": 8, "test": 8})
    );
    assert_eq!(inspection["degrees"]["histogram"][1]["nodes"], 1);
    let warning = names(&inspection["warnings"][0]);
    assert_eq!(warning, "finding kind remedy");
    let training = &inspection["training"];
    assert_eq!(training["most_epochs"], 200);
    let seconds = |name: &str| training[name].as_f64().unwrap_or(f64::NAN);
    let expected = seconds("first_epoch_seconds") + 199.0 * seconds("epoch_seconds");
    assert!((seconds("seconds") - expected).abs() < 1e-9, "{training}");
    assert!(training["peak_bytes"].as_u64() > Some(10_000), "{training}");
}

#[test]
fn data_that_will_hurt_are_warned_of() {
    // A star of class b around one node of class a, far from most nodes; all features alike.
    let row = |i: usize| format!("p{i}\t1\t0\t{}\n", if i < 14 { "a" } else { "b" });
    let content: String = (0..140).map(row).collect();
    let cites: Vec<String> = (14..60).map(|i| format!("p0\tp{i}\n")).collect();
    let (_kept, path) = linqs(&content, &cites.concat());
    let inspection = json(&["inspect", &path, "--json"]);
    assert_eq!(inspection["homophily"]["level"], "low");
    assert_eq!(
        kinds(&inspection),
        [
            "leaking-rows",
            "few-labels",
            "majority-class",
            "few-to-validate",
            "low-homophily",
            "isolated-nodes",
            "reading",
        ]
    );
}

#[test]
fn many_classes_are_folded_and_long_names_are_cut() {
    let name = |i: usize| match i % 30 {
        0 => "a class whose name is longer than its column".to_owned(),
        class => format!("class {class:02}"),
    };
    let row = |i: usize| format!("p{i}\t{}\t1\t{}\n", i % 2, name(i));
    let content: String = (0..600).map(row).collect();
    let (_kept, path) = linqs(&content, "p0\tp1\np2\tp3\n");
    let text = page(&["inspect", &path]);
    assert!(text.contains("  30 classes "), "{text}");
    assert!(text.contains("  a class whose name is lon…"), "{text}");
    let folded = text.lines().find(|line| line.contains("and 18 more"));
    assert!(
        folded.is_some_and(|line| line.contains("360   60.0 %")),
        "{text}"
    );
    let wide = text.lines().find(|line| line.chars().count() > 80);
    assert_eq!(wide, None);
}

#[test]
fn training_that_is_refused_is_a_warning() {
    let row = |i: usize| format!("p{i}\t1\t0.5\tonly\x1b[31m\n");
    let content: String = (0..6).map(row).collect();
    let (_kept, path) = linqs(&content, "p0\tp1\n");
    let text = page(&["inspect", &path]);
    assert!(
        text.contains("! training is refused: own: 'only?[31m' is"),
        "{text}"
    );
    assert!(
        !text.contains('\x1b') && !text.contains("\nTraining"),
        "{text}"
    );
    // The command that would train says so in one line, whatever the class is called.
    let output = graxe(&["train", &path, "--quiet"]);
    let error = stderr(&output);
    assert!(
        error.starts_with("error: own: 'only?[31m' is the only class")
            && error.lines().count() == 1,
        "{error}"
    );
    let inspection = json(&["inspect", &path, "--json"]);
    assert!(inspection["training"].is_null(), "{inspection}");
    assert_eq!(kinds(&inspection)[0], "refused");
}

#[test]
fn wrong_input_is_refused() {
    for (args, expected) in [
        (
            ["/nonexistent/graph.tgz", "--json"],
            "there is no such file",
        ),
        (["cora", "--data=/nonexistent"], "/nonexistent"),
        (
            ["--model", "x"],
            "there is no model 'x': the known ones are gcn",
        ),
        (["karate", "--epochs"], "--epochs"),
    ] {
        let line = refused(&["inspect", args[0], args[1]]);
        assert!(line.contains(expected), "{line}");
    }
}
