//! Cora as the golden file describes it, from the real Planetoid and LINQS files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use graxe_data::{RawDataset, load, read_linqs, read_planetoid};
use serde_json::Value;

/// The folder of data, or `None` on a machine without it; CI must have it.
pub(crate) fn data_folder() -> Option<PathBuf> {
    let folder = std::env::var_os("GRAXE_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    if folder.join("planetoid/ind.cora.x").is_file() {
        return Some(folder);
    }
    assert!(
        std::env::var_os("CI").is_none(),
        "CI demands the data, but {} holds no planetoid/ind.cora.x",
        folder.display()
    );
    eprintln!(
        "skipped: {} holds no planetoid/ind.cora.x; GRAXE_DATA may name another folder",
        folder.display()
    );
    None
}

fn planetoid() -> Option<RawDataset> {
    let folder = data_folder()?.join("planetoid");
    Some(read_planetoid(&folder, "cora").unwrap())
}

/// One case of the golden file.
fn golden(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testkit/golden/planetoid.json");
    let cases: Vec<Value> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    cases.into_iter().find(|case| case["name"] == name).unwrap()
}

fn integers(value: &Value) -> Vec<u64> {
    let items = value.as_array().unwrap().iter();
    items.map(|item| item.as_u64().unwrap()).collect()
}

fn widened(items: &[u32]) -> Vec<u64> {
    items.iter().map(|&item| item.into()).collect()
}

/// Both directions of every edge, without loops and repeats, sorted.
fn undirected(dataset: &RawDataset) -> BTreeSet<(u32, u32)> {
    let edges = dataset.edges.iter();
    edges
        .flat_map(|&(src, dst)| [(src, dst), (dst, src)])
        .filter(|(src, dst)| src != dst)
        .collect()
}

fn features_of(dataset: &RawDataset, node: usize) -> &[u32] {
    let ends = &dataset.feature_row_ptr[node..node + 2];
    &dataset.feature_col[ends[0] as usize..ends[1] as usize]
}

fn class_counts(dataset: &RawDataset, nodes: impl IntoIterator<Item = u32>) -> Vec<u64> {
    let mut counts = vec![0; dataset.num_classes()];
    for node in nodes {
        counts[dataset.labels[node as usize].unwrap() as usize] += 1;
    }
    counts
}

#[test]
fn counts_and_labels_agree_with_the_golden_facts() {
    let Some(cora) = planetoid() else { return };
    let facts = &golden("cora_facts")["facts"];
    let number = |key: &str| facts[key].as_u64().unwrap();
    assert_eq!(cora.num_nodes as u64, number("num_nodes"));
    assert_eq!(cora.num_features as u64, number("num_features"));
    assert_eq!(cora.num_classes() as u64, number("num_classes"));
    assert_eq!(
        cora.edges.len() as u64,
        number("adjacency list entries (raw, directed, with repeats)")
    );
    let distinct: BTreeSet<_> = cora.edges.iter().collect();
    assert_eq!(distinct.len() as u64, number("distinct (a,b) entries"));
    let edges = undirected(&cora);
    assert_eq!(
        edges.len() as u64,
        number("directed edges after symmetrising, no loops")
    );
    let products = edges
        .iter()
        .map(|&(src, dst)| u64::from(src) * u64::from(dst));
    assert_eq!(products.sum::<u64>(), number("sum over edges of src*dst"));

    let labels: Vec<u32> = cora.labels.iter().map(|label| label.unwrap()).collect();
    assert_eq!(
        widened(&labels[..20]),
        integers(&facts["labels of nodes 0..19"])
    );
    assert_eq!(
        widened(&labels[2698..]),
        integers(&facts["labels of the last 10 nodes"])
    );
    let checksum = (0u64..)
        .zip(&labels)
        .map(|(i, &label)| i * u64::from(label));
    assert_eq!(
        checksum.sum::<u64>(),
        number("label checksum (sum i*label_i over labelled)")
    );
    assert_eq!(
        class_counts(&cora, 0..2708),
        integers(&facts["class counts"])
    );
}

#[test]
fn the_split_agrees_with_the_golden_facts() {
    let Some(cora) = planetoid() else { return };
    let facts = &golden("cora_facts")["facts"];
    let (train, val, test) = cora.split.clone().unwrap();
    assert_eq!(train, (0..140).collect::<Vec<_>>());
    assert_eq!(val, (140..640).collect::<Vec<_>>());
    assert_eq!(test, (1708..2708).collect::<Vec<_>>());
    for (name, nodes) in [("train", train), ("val", val), ("test", test)] {
        let expected = integers(&facts[format!("{name} class counts")]);
        assert_eq!(class_counts(&cora, nodes), expected, "{name}");
    }
}

#[test]
fn features_agree_with_the_golden_rows() {
    let Some(cora) = planetoid() else { return };
    let facts = &golden("cora_facts")["facts"];
    let rows = golden("cora_feature_rows");
    for row in integers(&rows["params"]["rows"]) {
        let expected = integers(&rows["outputs"][format!("row{row}")]["data"]);
        assert_eq!(widened(features_of(&cora, row as usize)), expected);
    }
    assert_eq!(
        cora.feature_values.len() as u64,
        facts["features nnz"].as_u64().unwrap()
    );
    assert!(cora.feature_values.iter().all(|&value| value == 1.0));
    let columns = cora.feature_col.iter().map(|&col| u64::from(col));
    assert_eq!(
        columns.sum::<u64>(),
        facts["feature column sum checksum (sum j*colsum_j)"]
            .as_u64()
            .unwrap()
    );
    let rows = (0..cora.num_nodes).map(|i| (i * features_of(&cora, i).len()) as u64);
    assert_eq!(
        rows.sum::<u64>(),
        facts["feature checksum (sum i*rowsum_i)"].as_u64().unwrap()
    );
}

#[test]
fn neighbours_and_degrees_agree_with_the_golden_lists() {
    let Some(cora) = planetoid() else { return };
    let mut neighbours = vec![Vec::new(); cora.num_nodes];
    for (src, dst) in undirected(&cora) {
        neighbours[src as usize].push(dst);
    }
    let golden_lists = golden("cora_neighbours");
    for (key, list) in golden_lists["outputs"].as_object().unwrap() {
        let node: usize = key.strip_prefix("node").unwrap().parse().unwrap();
        assert_eq!(widened(&neighbours[node]), integers(&list["data"]), "{key}");
    }
    let histogram = golden("cora_degree_histogram");
    let expected = integers(&histogram["outputs"]["histogram"]["data"]);
    let mut found = vec![0; expected.len()];
    for list in &neighbours {
        found[list.len()] += 1;
    }
    assert_eq!(found, expected);
}

#[test]
fn the_linqs_archive_tells_of_the_same_cora() {
    let Some(folder) = data_folder() else { return };
    let linqs = read_linqs(&folder.join("linqs/cora.tgz"), "cora").unwrap();
    let planetoid = read_planetoid(&folder.join("planetoid"), "cora").unwrap();
    assert_eq!(linqs.num_nodes, planetoid.num_nodes);
    assert_eq!(linqs.num_features, planetoid.num_features);
    assert_eq!(linqs.num_classes(), planetoid.num_classes());
    assert_eq!(linqs.feature_values.len(), planetoid.feature_values.len());
    assert_eq!(undirected(&linqs).len(), undirected(&planetoid).len());
    let sorted_counts = |dataset| {
        let mut counts = class_counts(dataset, 0..2708);
        counts.sort_unstable();
        counts
    };
    assert_eq!(sorted_counts(&linqs), sorted_counts(&planetoid));
    assert_eq!(linqs.edges.len(), 5429);
    assert_eq!(linqs.warnings, Vec::<String>::new());
    assert_eq!(linqs.split, None);
    assert_eq!(
        linqs.class_names,
        [
            "Case_Based",
            "Genetic_Algorithms",
            "Neural_Networks",
            "Probabilistic_Methods",
            "Reinforcement_Learning",
            "Rule_Learning",
            "Theory"
        ]
    );
    // The first line of the citations: 1033 cites 35.
    let node = |id: &str| linqs.node_names.iter().position(|name| name == id).unwrap() as u32;
    assert_eq!(linqs.edges[0], (node("1033"), node("35")));
}

#[test]
fn cora_is_found_by_name_and_by_path() {
    let Some(folder) = data_folder() else { return };
    let by_name = load("Cora", Some(&folder)).unwrap();
    assert_eq!(by_name.name, "cora");
    for path in ["planetoid", "planetoid/ind.cora.graph"] {
        let by_path = load(folder.join(path).to_str().unwrap(), None).unwrap();
        assert_eq!(format!("{by_path:?}"), format!("{by_name:?}"));
    }
    let archive = folder.join("linqs/cora.tgz");
    let linqs = load(archive.to_str().unwrap(), None).unwrap();
    assert_eq!((linqs.name.as_str(), linqs.num_nodes()), ("cora", 2708));
    assert_eq!(linqs.graph.num_edges(), 10556);
    let split = &linqs.split;
    let sizes = [&split.train, &split.val, &split.test].map(Vec::len);
    assert_eq!(sizes, [140, 500, 1000]);
    assert_eq!(linqs.warnings.len(), 1);
}

#[test]
fn the_graph_of_cora_keeps_the_planetoid_protocol() {
    let Some(folder) = data_folder() else { return };
    let cora = load("cora", Some(&folder)).unwrap();
    let raw = planetoid().unwrap();
    assert_eq!(cora.graph.num_edges(), 10556);
    assert!(cora.graph.is_symmetric());
    let pattern = cora.graph.pattern();
    let edges: Vec<(u32, u32)> = pattern
        .row()
        .into_iter()
        .zip(pattern.col().to_vec())
        .collect();
    assert!(undirected(&raw).into_iter().eq(edges));
    assert_eq!(cora.features.nnz(), 49216);
    assert_eq!(cora.features.pattern.col(), raw.feature_col);
    assert_eq!(cora.labels, raw.labels);
    let split = cora.split;
    assert_eq!(raw.split, Some((split.train, split.val, split.test)));
    assert_eq!(cora.warnings, Vec::<String>::new());
}
