//! Cora written as two tables gives what its own files give, whole and with nodes attached later.

use std::fmt::Write;

use graxe_data::{RawDataset, Tables, import, read_linqs};
use graxe_graph::Dataset;
use tempfile::TempDir;

use crate::cora::data_folder;

/// The papers of these numbers as a node table, and the citations that `keep` keeps as an edge table.
fn tables(
    cora: &RawDataset,
    papers: impl Iterator<Item = usize>,
    keep: impl Fn(u32, u32) -> bool,
) -> [String; 2] {
    let mut nodes = "id".to_owned();
    for word in 0..cora.num_features {
        write!(nodes, ",w{word}").unwrap();
    }
    nodes += ",topic\n";
    for paper in papers {
        write!(nodes, "p{}", cora.node_names[paper]).unwrap();
        let ends = &cora.feature_row_ptr[paper..paper + 2];
        let mut words = cora.feature_col[ends[0] as usize..ends[1] as usize]
            .iter()
            .peekable();
        for word in 0..cora.num_features as u32 {
            nodes += if words.next_if_eq(&&word).is_some() {
                ",1"
            } else {
                ",0"
            };
        }
        let class = cora.labels[paper].unwrap() as usize;
        writeln!(nodes, ",{}", cora.class_names[class]).unwrap();
    }
    let mut edges = "citing,cited\n".to_owned();
    for &(src, dst) in cora.edges.iter().filter(|edge| keep(edge.0, edge.1)) {
        let [src, dst] = [src, dst].map(|paper| &cora.node_names[paper as usize]);
        writeln!(edges, "p{src},p{dst}").unwrap();
    }
    [nodes, edges]
}

/// Everything of a data set but its names, warnings and split.
fn contents(dataset: &Dataset) -> impl PartialEq + std::fmt::Debug {
    let (graph, features) = (&dataset.graph, &dataset.features);
    (
        graph.pattern().row_ptr().to_vec(),
        graph.pattern().col().to_vec(),
        graph.adjacency.values.to_vec::<f32>(),
        features.pattern.row_ptr().to_vec(),
        features.pattern.col().to_vec(),
        features.values.to_vec::<f32>(),
        dataset.labels.clone(),
        dataset.class_names.clone(),
    )
}

#[test]
fn tables_of_cora_are_cora() {
    let Some(folder) = data_folder() else { return };
    let cora = read_linqs(&folder.join("linqs/cora.tgz"), "cora").unwrap();
    let dir = TempDir::new().unwrap();
    let [nodes, edges] = ["papers.csv", "cites.csv"].map(|name| dir.path().join(name));
    let write = |[node_table, edge_table]: [String; 2]| {
        std::fs::write(&nodes, node_table).unwrap();
        std::fs::write(&edges, edge_table).unwrap();
    };
    write(tables(&cora, 0..cora.num_nodes, |_, _| true));
    let whole = import(&Tables::new(&nodes, &edges)).unwrap();
    let original = cora.clone().into_dataset().unwrap();
    assert_eq!(whole.dataset.warnings.len(), 1, "only the split is made up");
    assert!(contents(&whole.dataset) == contents(&original));
    assert_eq!(whole.dataset.listed, original.listed);
    assert_eq!(whole.dataset.scaling, original.scaling);
    assert_eq!(
        whole.dataset.node_names[0],
        format!("p{}", cora.node_names[0])
    );

    // The last 300 papers are held out with their citations, then attached; the order of nodes is the same.
    let first = cora.num_nodes - 300;
    let old = |paper: u32| (paper as usize) < first;
    write(tables(&cora, 0..first, |src, dst| old(src) && old(dst)));
    let part = import(&Tables::new(&nodes, &edges)).unwrap();
    assert_eq!(part.dataset.num_nodes(), first);
    write(tables(&cora, first..cora.num_nodes, |src, dst| {
        !old(src) || !old(dst)
    }));
    assert!(part.schema.names_others(&nodes, &edges).unwrap());
    let attached = part
        .schema
        .read(&nodes, Some(&edges), Some(&part.dataset))
        .unwrap();
    assert_eq!(attached.first_new, first);
    assert!(contents(&attached.dataset) == contents(&whole.dataset));
    assert_eq!(attached.dataset.listed, whole.dataset.listed);
    assert_eq!(attached.dataset.node_names, whole.dataset.node_names);
}
