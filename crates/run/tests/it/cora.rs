//! Cora as a user would have it: two tables, a run, and predictions for papers by their own ids.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use graxe_data::{RawDataset, read_linqs};
use graxe_run::{Predicted, Settings, Source, Trained};
use tempfile::TempDir;

use crate::{bytes, names, plain, trained};

/// The folder of test data beside the project, or `GRAXE_DATA`; CI demands it.
fn data_folder() -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = std::env::var_os("GRAXE_DATA").map_or(beside, PathBuf::from);
    if folder.join("linqs/cora.tgz").is_file() {
        return Some(folder);
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "CI needs the data in {}",
        folder.display()
    );
    eprintln!("skipped: no Cora in {}", folder.display());
    None
}

fn cora() -> Option<RawDataset> {
    let archive = data_folder()?.join("linqs/cora.tgz");
    Some(read_linqs(&archive, "cora").unwrap())
}

/// The table of some papers, with a topic or without.
fn papers(cora: &RawDataset, papers: impl Iterator<Item = usize>, topics: bool) -> String {
    let mut table = "id".to_owned();
    for word in 0..cora.num_features {
        write!(table, ",w{word}").unwrap();
    }
    table += if topics { ",topic\n" } else { "\n" };
    for paper in papers {
        write!(table, "p{}", cora.node_names[paper]).unwrap();
        let ends = &cora.feature_row_ptr[paper..paper + 2];
        let own = &cora.feature_col[ends[0] as usize..ends[1] as usize];
        let mut words = vec![0; cora.num_features];
        for &word in own {
            words[word as usize] = 1;
        }
        for word in words {
            write!(table, ",{word}").unwrap();
        }
        if topics {
            write!(table, ",{}", topic(cora, paper)).unwrap();
        }
        table.push('\n');
    }
    table
}

fn topic(cora: &RawDataset, paper: usize) -> &str {
    &cora.class_names[cora.labels[paper].unwrap() as usize]
}

fn citations(cora: &RawDataset, keep: impl Fn(usize, usize) -> bool) -> String {
    let mut table = "citing,cited\n".to_owned();
    for &(src, dst) in &cora.edges {
        if keep(src as usize, dst as usize) {
            let [src, dst] = [src, dst].map(|paper| &cora.node_names[paper as usize]);
            writeln!(table, "p{src},p{dst}").unwrap();
        }
    }
    table
}

/// Writes both tables and names the files.
fn write(folder: &Path, name: &str, nodes: String, edges: String) -> [PathBuf; 2] {
    let files = ["papers", "cites"].map(|kind| folder.join(format!("{name}-{kind}.csv")));
    std::fs::write(&files[0], nodes).unwrap();
    std::fs::write(&files[1], edges).unwrap();
    files
}

fn source([nodes, edges]: &[PathBuf; 2]) -> Source {
    Source::tables(nodes, edges).with_label("topic")
}

/// Every prediction by its id: the class and the bits of the probabilities.
fn by_id(predicted: &Predicted) -> BTreeMap<String, (String, Vec<u32>)> {
    let bits = |node| predicted.probabilities(node).iter().map(|p| p.to_bits());
    let row = |node| {
        let class = predicted.class(node).to_owned();
        (predicted.id(node).to_owned(), (class, bits(node).collect()))
    };
    (0..predicted.num_nodes()).map(row).collect()
}

/// The same from a table.
fn table_by_id(run: &Path) -> BTreeMap<String, (String, Vec<u32>)> {
    let table = bytes(run, "predictions.csv");
    let mut table = csv::Reader::from_reader(&table[..]);
    let row = |record: csv::StringRecord| {
        let bits = record
            .iter()
            .skip(2)
            .map(|p| p.parse::<f32>().unwrap().to_bits());
        (record[0].to_owned(), (record[1].to_owned(), bits.collect()))
    };
    table.records().map(|record| row(record.unwrap())).collect()
}

fn accuracy(cora: &RawDataset, predicted: &Predicted) -> f64 {
    let topics: BTreeMap<String, &str> = (0..cora.num_nodes)
        .map(|paper| (format!("p{}", cora.node_names[paper]), topic(cora, paper)))
        .collect();
    let right = (0..predicted.num_nodes())
        .filter(|&node| topics[predicted.id(node)] == predicted.class(node))
        .count();
    right as f64 / predicted.num_nodes() as f64
}

#[test]
fn two_tables_become_a_run_that_answers_to_the_bit() {
    let Some(cora) = cora() else { return };
    let dir = TempDir::new().unwrap();
    let files = write(
        dir.path(),
        "cora",
        papers(&cora, 0..cora.num_nodes, true),
        citations(&cora, |_, _| true),
    );
    let out = dir.path().join("out");
    let settings = Settings::new("gcn", source(&files)).unwrap();
    let summary = trained(&settings, &out);
    assert!(summary.test_accuracy >= 0.84, "{}", summary.test_accuracy);
    let baselines: Vec<&str> = summary.baselines.iter().map(|b| b.name.as_str()).collect();
    assert_eq!(
        baselines,
        ["mlp", "label propagation", "most frequent class"]
    );
    for baseline in &summary.baselines {
        assert!(baseline.test_accuracy < summary.test_accuracy + 0.01);
    }
    let expected = [
        "checkpoint.safetensors",
        "config.toml",
        "events.out.tfevents.graxe",
        "metrics.jsonl",
        "model.safetensors",
        "predictions.csv",
        "report.html",
        "summary.json",
    ];
    assert_eq!(names(&out), expected);

    let run = Trained::open(&out).unwrap();
    let predicted = run.predict().unwrap();
    assert_eq!(predicted.num_nodes(), cora.num_nodes);
    for (node, name) in cora.node_names.iter().enumerate() {
        assert_eq!(predicted.id(node), format!("p{name}"));
    }
    let written = table_by_id(&out);
    assert!(written == by_id(&predicted));
    assert!(accuracy(&cora, &predicted) > 0.84);
    let evaluation = run.evaluate().unwrap();
    assert_eq!(evaluation.test.accuracy, summary.test_accuracy);
    assert_eq!(evaluation.val.accuracy, summary.val_accuracy);
    let support: u64 = evaluation.classes.iter().map(|class| class.support).sum();
    assert_eq!(support as usize, evaluation.test.nodes);
    let parts = [evaluation.train, evaluation.val, evaluation.test];
    let parts = parts.iter().map(|part| part.nodes).sum::<usize>();
    assert_eq!(parts, cora.num_nodes);

    // The same graph as a new one: in another order, without topics.
    let backwards = write(
        dir.path(),
        "backwards",
        papers(&cora, (0..cora.num_nodes).rev(), false),
        citations(&cora, |_, _| true),
    );
    let again = run
        .predict_tables(&backwards[0], Some(&backwards[1]))
        .unwrap();
    assert_eq!(
        again.id(0),
        format!("p{}", cora.node_names[cora.num_nodes - 1])
    );
    let again = by_id(&again);
    assert_eq!(again.len(), cora.num_nodes);
    for (id, (_, bits)) in &written {
        for (ours, theirs) in bits.iter().zip(&again[id].1) {
            // Sums over neighbours are in another order.
            let [ours, theirs] = [ours, theirs].map(|&bits| f32::from_bits(bits));
            assert!((ours - theirs).abs() < 1e-5, "{id}: {ours}, {theirs}");
        }
    }
}

#[test]
fn papers_that_were_held_out_are_told_as_new_nodes() {
    let Some(cora) = cora() else { return };
    let dir = TempDir::new().unwrap();
    let is_new = |paper: usize| paper.is_multiple_of(9) && paper < 2700;
    let old = (0..cora.num_nodes).filter(|&paper| !is_new(paper));
    let new: Vec<usize> = (0..cora.num_nodes).filter(|&paper| is_new(paper)).collect();
    assert_eq!(new.len(), 300);
    let files = write(
        dir.path(),
        "old",
        papers(&cora, old, true),
        citations(&cora, |src, dst| !is_new(src) && !is_new(dst)),
    );
    let out = dir.path().join("out");
    trained(&plain(&source(&files)), &out);
    let held_out = write(
        dir.path(),
        "new",
        papers(&cora, new.iter().copied(), false),
        citations(&cora, |src, dst| is_new(src) || is_new(dst)),
    );
    let run = Trained::open(&out).unwrap();
    let predicted = run
        .predict_tables(&held_out[0], Some(&held_out[1]))
        .unwrap();
    assert_eq!(predicted.num_nodes(), 300);
    for (node, &paper) in new.iter().enumerate() {
        assert_eq!(predicted.id(node), format!("p{}", cora.node_names[paper]));
    }
    let attached = accuracy(&cora, &predicted);
    assert!(attached >= 0.80, "{attached}");
    // Without edges they are told by their words alone, which is worse but no chance.
    let alone = accuracy(&cora, &run.predict_tables(&held_out[0], None).unwrap());
    eprintln!("attached {attached}, alone {alone}");
    assert!((0.5..attached).contains(&alone), "{alone}");
}
