//! The configuration reference: every key of `config.toml`, as a table.

use std::fmt::Write as _;

/// A row of the configuration reference.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its key, with the table before a point.
    pub key: &'static str,
    /// What its values are.
    pub kind: &'static str,
    /// What it is where it is left out.
    pub default: &'static str,
    /// What it says.
    pub summary: &'static str,
}

const fn row(
    key: &'static str,
    kind: &'static str,
    default: &'static str,
    summary: &'static str,
) -> Setting {
    Setting {
        key,
        kind,
        default,
        summary,
    }
}

/// Every key of `config.toml`, in its order.
pub const SETTINGS: &[Setting] = &[
    row(
        "graxe",
        "string",
        "this version",
        "the version of graxe that wrote the file",
    ),
    row(
        "created",
        "string",
        "none",
        "when the run was made, in UTC (RFC 3339)",
    ),
    row(
        "model",
        "string",
        "the first of `graxe models`",
        "the network (`--model`)",
    ),
    row(
        "protocol",
        "string",
        "the model's",
        "how it is trained and when it stops (`--protocol`)",
    ),
    row(
        "seed",
        "integer",
        "0",
        "the seed of parameters and dropout (`--seed`)",
    ),
    row(
        "baselines",
        "boolean",
        "true",
        "whether the model is held against an MLP and label propagation (`--no-baselines`)",
    ),
    row(
        "data_digest",
        "string",
        "none",
        "SHA-256 over graph, features, labels and split: a run is resumed on the same data only",
    ),
    row(
        "training.epochs",
        "integer",
        "the protocol's",
        "the most epochs, at least 1 (`--epochs`)",
    ),
    row(
        "training.hidden",
        "integer",
        "the model's",
        "features between the layers, of each head where there are heads (`--hidden`)",
    ),
    row(
        "training.learning_rate",
        "number",
        "the model's",
        "Adam's learning rate, above 0 (`--lr`)",
    ),
    row(
        "training.dropout",
        "number",
        "the model's",
        "the rate of dropout, at least 0 and below 1 (`--dropout`)",
    ),
    row(
        "training.weight_decay",
        "number",
        "the model's",
        "the strength of the penalty on large weights, at least 0 (`--weight-decay`)",
    ),
    row(
        "data.name",
        "string",
        "none",
        "a data set by its name, or by the path of its folder, file or archive; either this or two tables must be given",
    ),
    row(
        "data.folder",
        "path",
        "none",
        "where to look for a name first (`--data`)",
    ),
    row(
        "data.nodes",
        "path",
        "none",
        "the table of nodes (`--nodes`)",
    ),
    row(
        "data.edges",
        "path",
        "none",
        "the table of edges (`--edges`)",
    ),
    row(
        "data.directed",
        "boolean",
        "false",
        "whether an edge of the table leads one way only (`--directed`)",
    ),
    row(
        "data.split_seed",
        "integer",
        "0",
        "the seed of the split, where no column states one (`--split-seed`)",
    ),
    row(
        "data.fractions",
        "list of three numbers",
        "[0.6, 0.2, 0.2]",
        "of each class, how much to train, validate and test on, where no column states the split (`--fractions`)",
    ),
    row(
        "data.columns.id",
        "string",
        "guessed",
        "the column of nodes that holds their ids (`--id`)",
    ),
    row(
        "data.columns.label",
        "string",
        "guessed",
        "the column of nodes that holds their classes (`--label`)",
    ),
    row(
        "data.columns.split",
        "string",
        "guessed",
        "the column of nodes that says train, val or test (`--split`)",
    ),
    row(
        "data.columns.source",
        "string",
        "guessed",
        "the column of edges that they start from (`--source`)",
    ),
    row(
        "data.columns.target",
        "string",
        "guessed",
        "the column of edges that they lead to (`--target`)",
    ),
    row(
        "data.columns.weight",
        "string",
        "guessed",
        "the column of edges that holds their weights (`--weight`)",
    ),
    row(
        "data.columns.exclude",
        "list of strings",
        "empty",
        "columns of either table to leave out (`--exclude`)",
    ),
];

/// The configuration reference, as Markdown.
pub fn reference() -> String {
    let mut text = "| key | value | default | what it says |\n|---|---|---|---|\n".to_owned();
    for setting in SETTINGS {
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {} |",
            setting.key, setting.kind, setting.default, setting.summary
        );
    }
    text
}
