//! Wrong tables, settings and runs get one clear line and exit code 2.

use std::fs;
use std::path::Path;

use crate::runs::{TABLES, tables, train};
use crate::{graxe_in, stderr, stdout};

/// Runs in a folder and gives the error, which is the last line and the only error.
fn refused(folder: &Path, args: &[&str]) -> String {
    let output = graxe_in(folder, args);
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{args:?}: {text}");
    assert_eq!(stdout(&output), "", "{args:?}");
    let line = text.lines().last().unwrap_or_default().to_owned();
    assert!(line.starts_with("error: "), "{args:?}: {text}");
    assert_eq!(text.matches("error: ").count(), 1, "{text}");
    line
}

fn write(folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(name), text).unwrap_or_else(|e| panic!("{name}: {e}"));
}

#[test]
fn wrong_tables_are_refused_with_their_line() {
    let dir = tables(60);
    let path = dir.path();
    let train = |more: &[&str]| refused(path, &[&["train"], more].concat());
    let line = train(&["--nodes=none.csv", "--edges=edges.csv"]);
    assert!(line.contains("none.csv"), "{line}");
    let line = train(&["--nodes=nodes.csv", "--edges=edges.csv", "--label=kin"]);
    assert!(
        line.contains("nodes.csv") && line.contains("kin") && line.contains("kind"),
        "{line}"
    );
    write(path, "bad.csv", "source,target\nn1,n2\nn1,nobody\n");
    let line = train(&["--nodes=nodes.csv", "--edges=bad.csv", "--label=kind"]);
    assert!(
        line.contains("bad.csv:3") && line.contains("nobody"),
        "{line}"
    );
    write(path, "bad.csv", "id,height,kind\na,1,ash\nb,2\n");
    let line = train(&["--nodes=bad.csv", "--edges=edges.csv", "--label=kind"]);
    assert!(line.contains("bad.csv:3"), "{line}");
    assert!(train(&["--nodes=nodes.csv"]).contains("--edges"));
    let line = train(&["--label=kind"]);
    assert!(
        line.contains("--nodes") && line.contains("--edges"),
        "{line}"
    );
    assert!(train(&["karate", "--nodes=nodes.csv", "--edges=edges.csv"]).contains("--nodes"));
    // Nothing is left on disk by what was refused.
    assert!(!path.join("runs").exists());
}

#[test]
fn a_folder_that_is_used_is_refused() {
    let dir = tables(60);
    let path = dir.path();
    train(path, &["--epochs=2", "--out=out"]);
    let again = [&TABLES[..], &["--out=out"]].concat();
    let line = refused(path, &again);
    assert!(
        line.contains("out: holds a run already; resume it with --resume"),
        "{line}"
    );
    let line = refused(path, &[&TABLES[..], &["--out=."]].concat());
    assert!(line.contains("name one that is not there yet"), "{line}");
    let line = refused(path, &[&TABLES[..], &["--out=nodes.csv/run"]].concat());
    assert!(line.contains("nodes.csv/run: cannot be written"), "{line}");
    for flags in [
        ["--resume=out", "--seed=1"],
        ["--resume=out", "--model=mlp"],
        ["--resume=out", "--runs=2"],
        ["--resume=out", "--out=x"],
    ] {
        let line = refused(path, &["train", flags[0], flags[1]]);
        assert!(line.contains("cannot be used with"), "{line}");
    }
    let line = refused(path, &["train", "--resume=out", "--epochs=1"]);
    assert!(
        line.contains("has trained 2 epochs, not 1; give as many"),
        "{line}"
    );
}

#[test]
fn what_is_no_run_is_refused_by_every_command() {
    let dir = tables(60);
    let path = dir.path();
    for args in [
        &["train", "--resume", "none"][..],
        &["evaluate", "none"],
        &["predict", "none"],
        &["compare", "none"],
    ] {
        let line = refused(path, args);
        assert!(
            line.contains("none: there is no such folder; name the folder of a run"),
            "{line}"
        );
    }
    let line = refused(path, &["evaluate", "."]);
    assert!(
        line.contains(".: holds no run: config.toml is missing"),
        "{line}"
    );
    let line = refused(path, &["predict", "nodes.csv"]);
    assert!(
        line.contains("nodes.csv: is a file, and a run is a folder"),
        "{line}"
    );
    assert!(refused(path, &["compare"]).contains("<RUN>"));
}

#[test]
fn damaged_runs_are_refused_by_every_command() {
    let dir = tables(60);
    let path = dir.path();
    train(path, &["--epochs=2", "--out=out"]);
    let model = path.join("out/model.safetensors");
    let whole = fs::read(&model).unwrap_or_else(|e| panic!("{e}"));
    fs::write(&model, &whole[..whole.len() - 9]).unwrap_or_else(|e| panic!("{e}"));
    for args in [
        &["evaluate", "out"][..],
        &["predict", "out"],
        &["compare", "out"],
    ] {
        let line = refused(path, args);
        assert!(
            line.contains("out/model.safetensors: is not a whole"),
            "{line}"
        );
    }
    // Training needs no model, and writes it again.
    crate::runs::well(path, &["train", "--resume=out"]);
    assert!(fs::read(&model).is_ok_and(|bytes| bytes == whole));
    fs::remove_file(path.join("out/summary.json")).unwrap_or_else(|e| panic!("{e}"));
    let line = refused(path, &["compare", "out"]);
    assert!(line.contains("out/summary.json: cannot be read"), "{line}");
    fs::remove_file(&model).unwrap_or_else(|e| panic!("{e}"));
    let line = refused(path, &["predict", "out"]);
    assert!(
        line.contains("has no model yet") && line.contains("--resume"),
        "{line}"
    );
}

#[test]
fn wrong_settings_are_refused_with_their_line() {
    let dir = tables(60);
    let path = dir.path();
    write(
        path,
        "own.toml",
        "seed = 1\nmodel = \"gnc\"\n[data]\nname = \"karate\"\n",
    );
    let line = refused(path, &["train", "--config=own.toml"]);
    assert!(
        line.contains("own.toml:2: there is no model 'gnc': the known ones are gcn"),
        "{line}"
    );
    write(
        path,
        "own.toml",
        "[data]\nname = \"karate\"\n[training]\nrate = 1\n",
    );
    let line = refused(path, &["train", "--config=own.toml"]);
    assert!(line.contains("own.toml:4: unknown field `rate`"), "{line}");
    let line = refused(path, &["train", "--config=none.toml"]);
    assert!(line.contains("none.toml: cannot be read"), "{line}");
    write(
        path,
        "own.toml",
        "model = \"mlp\"\n[data]\nname = \"karate\"\n[training]\nepochs = 2\n",
    );
    crate::runs::well(path, &["train", "--config=own.toml", "--out=out"]);
}

#[test]
fn wrong_new_nodes_are_refused_with_their_line() {
    let dir = tables(60);
    let path = dir.path();
    train(path, &["--epochs=2", "--out=out"]);
    let predict = |more: &[&str]| refused(path, &[&["predict", "out"], more].concat());
    write(path, "new.csv", "id,height,weight,soil\nq,1,2,clay\n");
    let line = predict(&["--nodes=new.csv"]);
    assert!(line.contains("new.csv") && line.contains("wet"), "{line}");
    write(
        path,
        "new.csv",
        "id,height,weight,soil,wet\nq,1,2,clay,no\nr,x,2,clay,no\n",
    );
    let line = predict(&["--nodes=new.csv"]);
    assert!(
        line.contains("new.csv:3") && line.contains("height"),
        "{line}"
    );
    assert!(predict(&["--edges=edges.csv"]).contains("--nodes"));
    let line = predict(&["--out=/nonexistent/table.csv"]);
    assert!(line.contains("/nonexistent/table.csv"), "{line}");
    let nodes = fs::read_to_string(path.join("nodes.csv")).unwrap_or_default();
    write(path, "nodes.csv", &nodes.replacen("ash\n", "beech\n", 1));
    for args in [
        &["predict", "out"][..],
        &["evaluate", "out"],
        &["train", "--resume=out"],
    ] {
        let line = refused(path, args);
        assert!(line.contains("have changed since the run began"), "{line}");
    }
}
