//! `config.toml`: what it may say, and what is said where it says something else.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use graxe_data::Columns;
use graxe_run::{NamedSource, SETTINGS, Settings, Source, TableSource, reference};
use tempfile::TempDir;

use crate::{begin, bytes, refusal, toy};

/// The settings of a file with this text.
fn read(folder: &Path, text: &str) -> Result<Settings, graxe_run::Error> {
    let file = folder.join("own.toml");
    std::fs::write(&file, text).unwrap();
    Settings::read(file)
}

#[test]
fn wrong_settings_are_refused_with_their_line() {
    let dir = TempDir::new().unwrap();
    for (text, expected) in [
        ("model = \"gcn\"\n", "own.toml:1: missing field `data`"),
        (
            "\nmodle = \"gcn\"\n[data]\nname = \"karate\"\n",
            "own.toml:2: unknown field `modle`, expected one of",
        ),
        (
            "seed = 1\nmodel = \"gnc\"\n[data]\nname = \"karate\"\n",
            "own.toml:2: there is no model 'gnc': the known ones are gcn",
        ),
        (
            "seed = 1\n\nprotocol = \"kip\"\n[data]\nname = \"karate\"\n",
            "own.toml:3: there is no protocol 'kip': the known ones are kipf",
        ),
        (
            "seed = \"one\"\n[data]\nname = \"karate\"\n",
            "own.toml:1: invalid type: string \"one\", expected i64",
        ),
        (
            "[data]\nname = \"karate\"\n[training]\nepochs = -1\n",
            "own.toml:4: invalid value: integer `-1`, expected usize",
        ),
        (
            "[data]\nname = \"karate\"\n[training]\nhidden = 0\n",
            "own.toml:4: hidden is 0: it must be at least 1",
        ),
        (
            "[data]\nname = \"karate\"\n[training]\nepochs = 0\n",
            "own.toml:4: epochs is 0: it must be at least 1",
        ),
        (
            "[data]\nname = \"karate\"\n[training]\n\nlearning_rate = nan\n",
            "own.toml:5: learning rate is NaN: it must be a positive number",
        ),
        (
            "[data]\nname = \"karate\"\n[training]\nepochs = 3\ndropout = 1.0\n",
            "own.toml:5: dropout is 1: it must be at least 0 and below 1",
        ),
        (
            "[data]\nname = \"karate\"\n[training]\nweight_decay = -0.5\n",
            "own.toml:4: weight decay is -0.5: it must be 0 or more",
        ),
        (
            "[data]\nname = \"karate\"\n[training]\nlr = 1\n",
            "own.toml:4: unknown field `lr`, expected one of `epochs`",
        ),
        (
            "seed = 1\n[data]\nnodes = \"a.csv\"\n",
            "own.toml:2: the data are either `name`",
        ),
        (
            "[data]\nname = \"karate\"\ndirected = true\n",
            "own.toml:1: the data are either `name`",
        ),
        (
            "[data]\nnodes = \"a\"\nedges = \"b\"\nfolder = \"c\"\n",
            "own.toml:1: the data are either `name`",
        ),
        (
            "[data]\nname = \"karate\"\npath = \"x\"\n",
            "own.toml:3: unknown field `path`",
        ),
        (
            "[data]\nnodes = \"a\"\nedges = \"b\"\n[data.columns]\nlabels = \"x\"\n",
            "own.toml:5: unknown field `labels`",
        ),
        ("seed = 1\nseed = 2\n", "own.toml:2: duplicate key"),
        ("seed = \n", "own.toml:1: "),
        ("[data\nname = 1\n", "own.toml:1: "),
    ] {
        let line = refusal(read(dir.path(), text));
        assert!(line.contains(expected), "{text}: {line}");
        assert!(line.contains("docs/configuration.md"), "{line}");
    }
    let line = refusal(Settings::read(dir.path().join("none.toml")));
    assert!(
        line.contains("none.toml: cannot be read") && line.contains("config.toml of a run"),
        "{line}"
    );
    std::fs::write(dir.path().join("own.toml"), b"model = \"\xff\"").unwrap();
    let line = refusal(Settings::read(dir.path().join("own.toml")));
    assert!(line.contains("own.toml: cannot be read"), "{line}");
}

#[test]
fn what_is_left_out_is_the_models_own() {
    let dir = TempDir::new().unwrap();
    let short = read(dir.path(), "[data]\nname = \"karate\"\n").unwrap();
    let mut new = Settings::new("gcn", Source::named("karate")).unwrap();
    assert_eq!(short, new);
    assert_eq!(short.protocol().unwrap().name, "kipf");
    new.model = "none".to_owned();
    assert!(refusal(new.config()).contains("there is no model 'none'"));
    assert!(refusal(Settings::new("none", Source::named("karate"))).contains("gcn"));
}

#[test]
fn a_file_is_read_as_it_was_written() {
    let dir = TempDir::new().unwrap();
    let source = toy::write(dir.path(), 60);
    let mut settings = Settings::new("gat", source).unwrap();
    settings.seed = i64::MIN;
    settings.baselines = false;
    settings.training.dropout = Some(0.1 + 0.2);
    settings.training.learning_rate = Some(1e-3 / 3.0);
    let out = dir.path().join("out");
    let training = begin(&settings, &out);
    let written = training.settings().clone();
    assert_eq!(Settings::read(out.join("config.toml")).unwrap(), written);
    assert!(written.data_digest.starts_with("sha256:"));
    assert_eq!(written.training.dropout, Some(0.1 + 0.2));
    assert_eq!(written.training.learning_rate, Some(1e-3 / 3.0));
    let differences = written.differences(&settings);
    let keys: Vec<&str> = differences.iter().map(|(key, ..)| key.as_str()).collect();
    // What a run states that flags leave to tables; not when it was made.
    let stated = [
        "data_digest",
        "protocol",
        "training.epochs",
        "training.hidden",
        "training.weight_decay",
    ];
    assert_eq!(keys, stated);
}

/// The keys of the values in a table, with the tables before a point.
fn keys(table: &toml::Table, before: &str, found: &mut BTreeSet<String>) {
    for (key, value) in table {
        match value {
            toml::Value::Table(inner) => keys(inner, &format!("{before}{key}."), found),
            _ => assert!(found.insert(format!("{before}{key}"))),
        }
    }
}

#[test]
fn the_reference_lists_every_key() {
    let dir = TempDir::new().unwrap();
    let mut node_table = "key,part,x,y,class,junk\n".to_owned();
    let mut edge_table = "from,to,strength\n".to_owned();
    for i in 0..12 {
        let part = ["train", "val", "test"][i / 2 % 3];
        let (x, y, class) = (i % 5, i % 7, i % 2);
        writeln!(node_table, "n{i},{part},{x},{y},c{class},z").unwrap();
        writeln!(edge_table, "n{i},n{},0.5", (i + 1) % 12).unwrap();
    }
    let [nodes, edges] = ["nodes.csv", "edges.csv"].map(|name| dir.path().join(name));
    std::fs::write(&nodes, node_table).unwrap();
    std::fs::write(&edges, edge_table).unwrap();
    let name = |column: &str| Some(column.to_owned());
    let tables = Source::Tables(Box::new(TableSource {
        nodes,
        edges,
        directed: true,
        fractions: [0.5, 0.3, 0.2],
        split_seed: 3,
        columns: Columns {
            id: name("key"),
            label: name("class"),
            split: name("part"),
            source: name("from"),
            target: name("to"),
            weight: name("strength"),
            exclude: vec!["junk".to_owned()],
        },
    }));
    let named = Source::Named(NamedSource {
        name: "karate".to_owned(),
        folder: Some(dir.path().to_owned()),
    });
    let mut found = BTreeSet::new();
    for (out, source) in [("tables", tables), ("named", named)] {
        let out = dir.path().join(out);
        let settings = Settings::new("gcn", source).unwrap();
        let training = begin(&settings, &out);
        let text = String::from_utf8(bytes(&out, "config.toml")).unwrap();
        let mut own = BTreeSet::new();
        keys(&text.parse().unwrap(), "", &mut own);
        found.extend(own);
        drop(training);
    }
    let listed: BTreeSet<String> = SETTINGS.iter().map(|row| row.key.to_owned()).collect();
    assert_eq!(found, listed);
    assert_eq!(listed.len(), SETTINGS.len());
    assert_eq!(reference().lines().count(), 2 + SETTINGS.len());
}
