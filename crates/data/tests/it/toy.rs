//! Small made-up Planetoid data sets: what Citeseer's gaps become and how contradictions are told.

use graxe_data::{Error, ErrorKind, RawDataset, read_planetoid};
use tempfile::TempDir;

use crate::writer::{Planetoid, csr, lists, matrix};

fn read(files: &Planetoid) -> Result<RawDataset, Error> {
    let folder = TempDir::new().unwrap();
    files.write(folder.path(), "toy");
    read_planetoid(folder.path(), "toy")
}

/// The kind and the line of the error without the folder and the remedy.
fn refusal(files: &Planetoid) -> (ErrorKind, String) {
    let error = read(files).unwrap_err();
    let text = error.to_string();
    assert_eq!(text.lines().count(), 1, "{text}");
    let (_, line) = text.split_once("ind.toy.").unwrap();
    (error.kind(), line.split("; ").next().unwrap().to_owned())
}

#[test]
fn missing_test_nodes_are_empty_and_edges_stay_raw() {
    let toy = read(&Planetoid::toy()).unwrap();
    assert_eq!((toy.num_nodes, toy.num_features), (6, 2));
    assert_eq!(toy.class_names, ["0", "1"]);
    // Row 0 of tx is node 5, row 1 is node 3; node 4 has neither features nor a label.
    assert_eq!(toy.feature_row_ptr, [0, 1, 2, 2, 3, 3, 5]);
    assert_eq!(toy.feature_col, [0, 1, 0, 0, 1]);
    assert_eq!(toy.feature_values, [1.0, 0.5, 3.0, 5.0, 2.0]);
    assert_eq!(toy.labels, [Some(0), Some(1), Some(0), None, None, Some(1)]);
    assert_eq!(
        toy.edges,
        [(0, 1), (0, 1), (4, 4), (4, 5), (1, 0), (1, 0), (5, 4)]
    );
    assert_eq!(toy.split, Some((vec![0], vec![1, 2], vec![3, 5])));
    assert!(toy.node_names.is_empty() && toy.warnings.is_empty());
}

#[test]
fn carriage_returns_in_the_test_index_are_harmless() {
    let files = Planetoid::toy();
    let plain = read(&files).unwrap();
    assert_eq!(
        read(&files.with("test.index", b"5\r\n3\r\n")).unwrap(),
        plain
    );
}

#[test]
fn a_graph_without_edges_is_a_graph() {
    let toy = read(&Planetoid::toy().with("graph", lists(&[]))).unwrap();
    assert_eq!((toy.num_nodes, toy.edges.len()), (6, 0));
}

#[test]
fn columns_are_sorted_and_repeats_add_up() {
    let known = csr(
        &[
            &[(1, 2.0), (0, 1.0), (1, 0.5)],
            &[(0, 0.0)],
            &[(1, 1.0), (1, -1.0)],
        ],
        2,
    );
    let toy = read(&Planetoid::toy().with("allx", known)).unwrap();
    assert_eq!(toy.feature_row_ptr[..4], [0, 2, 2, 2]);
    assert_eq!(toy.feature_col[..2], [0, 1]);
    assert_eq!(toy.feature_values[..2], [1.0, 2.5]);
}

#[test]
fn contradictions_name_the_file_and_both_sides() {
    let toy = Planetoid::toy;
    for (files, kind, expected) in [
        (
            toy().with("graph", b""),
            ErrorKind::Malformed,
            "graph: the file is empty, expected a pickle",
        ),
        (
            toy().with("graph", lists(&[(0, &[6])])),
            ErrorKind::Inconsistent,
            "graph: node 0 lists neighbour 6, but there are 6 nodes",
        ),
        (
            toy().with("graph", lists(&[(0, &[-1])])),
            ErrorKind::Malformed,
            "graph: expected a node number, found the integer -1",
        ),
        (
            toy().with("graph", lists(&[(0, &[]), (0, &[])])),
            ErrorKind::Malformed,
            "graph: node 0 has two lists of neighbours",
        ),
        (
            toy().with("test.index", b"5\nfour\n"),
            ErrorKind::Malformed,
            "test.index:2: expected a node number, found `four`",
        ),
        (
            toy().with("test.index", b"5\n"),
            ErrorKind::Inconsistent,
            "test.index: it has 1 rows, but ind.toy.tx has 2",
        ),
        (
            toy().with("test.index", b"5\n2\n"),
            ErrorKind::Inconsistent,
            "test.index:2: test node 2 is one of the 3 rows of allx",
        ),
        (
            toy().with("y", matrix(&[[1, 0], [0, 1]])),
            ErrorKind::Inconsistent,
            "y: it has 2 rows, but ind.toy.x has 1",
        ),
        (
            toy().with("ty", matrix(&[[0, 0, 1], [0, 0, 0]])),
            ErrorKind::Inconsistent,
            "ty: expected 2 classes as in ally, found 3",
        ),
        (
            toy().with("ty", matrix(&[[0, 1], [0, 2]])),
            ErrorKind::Malformed,
            "ty: row 1 of the labels is not one-hot: it holds 2 in column 1",
        ),
        (
            toy().with("x", csr(&[&[]], 3)),
            ErrorKind::Inconsistent,
            "x: expected 2 features as in allx, found 3",
        ),
        (
            toy().with("tx", csr(&[&[(2, 1.0)], &[]], 2)),
            ErrorKind::Malformed,
            "tx: row 0 names column 2 of 2",
        ),
        (
            toy().with("tx", csr(&[&[(-1, 1.0)], &[]], 2)),
            ErrorKind::Malformed,
            "tx: index -1 is out of range",
        ),
        (
            toy().with("tx", csr(&[&[(1, f64::MAX)], &[]], 2)),
            ErrorKind::Malformed,
            "tx: row 0, column 1 is not a finite number",
        ),
    ] {
        assert_eq!(refusal(&files), (kind, expected.to_owned()));
    }
}

#[test]
fn a_stray_huge_node_does_not_size_the_arrays() {
    let (kind, line) = refusal(&Planetoid::toy().with("graph", lists(&[(4_000_000_000, &[])])));
    assert_eq!(kind, ErrorKind::Inconsistent);
    assert!(
        line.starts_with("graph: node 4000000000 is far beyond what the "),
        "{line}"
    );
}

#[test]
fn a_missing_file_is_named_with_its_source() {
    let folder = TempDir::new().unwrap();
    Planetoid::toy().write(folder.path(), "toy");
    let missing = folder.path().join("ind.toy.allx");
    std::fs::remove_file(&missing).unwrap();
    let error = read_planetoid(folder.path(), "toy").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::MissingFile);
    assert_eq!(
        error.to_string(),
        format!(
            "{}: the file is missing; the Planetoid files come from the repository kimiyoung/planetoid, folder data",
            missing.display()
        )
    );
}
