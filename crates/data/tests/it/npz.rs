//! The npz format: Cora as the gnn-benchmark has it, and archives that are odd.

use std::io::Write;

use graxe_data::{ErrorKind, RawDataset, load, read_npz};
use tempfile::TempDir;
use zip::write::SimpleFileOptions;

use crate::cora::data_folder;

/// The members of an archive, each a header and elements.
#[derive(Clone)]
pub(crate) struct Npz {
    pub(crate) members: Vec<(String, Vec<u8>)>,
}

impl Npz {
    /// Three nodes in a path with a loop, two features and two classes.
    pub(crate) fn toy() -> Self {
        Self {
            members: Vec::new(),
        }
        .with("adj_data", "<f4", "(3,)", &floats(&[1.0; 3]))
        .with("adj_indices", "<i4", "(3,)", &ints(&[1, 2, 2]))
        .with("adj_indptr", "<i4", "(4,)", &ints(&[0, 1, 2, 3]))
        .with("adj_shape", "<i8", "(2,)", &longs(&[3, 3]))
        .with("attr_data", "<f4", "(2,)", &floats(&[1.0, 0.5]))
        .with("attr_indices", "<i4", "(2,)", &ints(&[1, 0]))
        .with("attr_indptr", "<i4", "(4,)", &ints(&[0, 1, 1, 2]))
        .with("attr_shape", "<i8", "(2,)", &longs(&[3, 2]))
        .with("labels", "|i1", "(3,)", &[1, 255, 0])
        .with(
            "class_names",
            "<U2",
            "(2,)",
            b"a\0\0\0\0\0\0\0b\0\0\0c\0\0\0",
        )
        .with("node_names", "|S2", "(3,)", b"p\0q\0rs")
    }

    pub(crate) fn with(mut self, name: &str, descr: &str, shape: &str, data: &[u8]) -> Self {
        let header =
            format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(data);
        let name = format!("{name}.npy");
        self.members.retain(|member| member.0 != name);
        self.members.push((name, bytes));
        self
    }

    fn without(mut self, prefix: &str) -> Self {
        self.members.retain(|member| !member.0.starts_with(prefix));
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (place, (name, bytes)) in self.members.iter().enumerate() {
            // Some members stored and some deflated, as numpy writes either.
            let method = [
                zip::CompressionMethod::Stored,
                zip::CompressionMethod::Deflated,
            ];
            let options = SimpleFileOptions::default().compression_method(method[place % 2]);
            archive.start_file(name.as_str(), options).unwrap();
            archive.write_all(bytes).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    fn read(&self) -> Result<RawDataset, String> {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("toy.npz");
        std::fs::write(&path, self.bytes()).unwrap();
        read_npz(&path, "toy").map_err(|error| {
            let line = error.to_string();
            assert_eq!(line.lines().count(), 1, "{line}");
            line.replace(&format!("{}/", folder.path().display()), "")
        })
    }
}

fn ints(ints: &[i32]) -> Vec<u8> {
    ints.iter().flat_map(|int| int.to_le_bytes()).collect()
}

fn longs(longs: &[i64]) -> Vec<u8> {
    longs.iter().flat_map(|long| long.to_le_bytes()).collect()
}

fn floats(floats: &[f32]) -> Vec<u8> {
    floats
        .iter()
        .flat_map(|float| float.to_le_bytes())
        .collect()
}

#[test]
fn every_array_is_read() {
    let toy = Npz::toy().read().unwrap();
    let expected = RawDataset {
        name: "toy".to_owned(),
        num_nodes: 3,
        num_features: 2,
        feature_row_ptr: vec![0, 1, 1, 2],
        feature_col: vec![1, 0],
        feature_values: vec![1.0, 0.5],
        labels: vec![Some(1), None, Some(0)],
        class_names: vec!["a".to_owned(), "bc".to_owned()],
        node_names: ["p", "q", "rs"].map(str::to_owned).to_vec(),
        edges: vec![(0, 1), (1, 2), (2, 2)],
        split: None,
        warnings: Vec::new(),
    };
    assert_eq!(toy, expected);
    // Older names, dense features, no names, weights that are told of.
    let mut older = Npz::toy()
        .without("attr")
        .without("class_names")
        .without("node_names");
    for member in &mut older.members {
        member.0 = member.0.replace("adj_", "adj_matrix.");
    }
    let dense = older
        .with(
            "attr_matrix",
            "<f8",
            "(3, 2)",
            &[0.0, 1.0, 0.0, 0.0, 0.5, 0.0]
                .map(f64::to_le_bytes)
                .concat(),
        )
        .with("adj_matrix.data", "<f4", "(3,)", &floats(&[1.0, 2.0, 1.0]));
    let expected = RawDataset {
        class_names: vec!["0".to_owned(), "1".to_owned()],
        node_names: Vec::new(),
        warnings: vec!["the weights of edges are not read".to_owned()],
        ..expected
    };
    assert_eq!(dense.read().unwrap(), expected);
    let pickled = Npz::toy().with("class_names", "|O", "(2,)", b"\x80\x02.");
    assert_eq!(
        pickled.read().unwrap().warnings,
        ["`class_names` holds pickled objects and was left out"]
    );
}

#[test]
fn odd_archives_are_refused() {
    for (npz, expected) in [
        (
            Npz::toy().without("labels"),
            "toy.npz: the archive holds no array `labels`; expected the arrays of the gnn-benchmark: adj_*, attr_* and labels",
        ),
        (
            Npz::toy().without("adj_indptr"),
            "toy.npz: the archive holds no array `adj_indptr`; expected the arrays of the gnn-benchmark: adj_*, attr_* and labels",
        ),
        (
            Npz::toy().with("labels", "|O", "(3,)", b""),
            "toy.npz/labels.npy: expected integers, found elements of type Object",
        ),
        (
            Npz::toy().with("labels", "|i1", "(3,)", &[1, 2, 0]),
            "toy.npz/labels.npy: label 2 is none of the 2 classes",
        ),
        (
            Npz::toy()
                .with("labels", "<i8", "(3,)", &longs(&[1, i64::MAX, 0]))
                .without("class"),
            "toy.npz/labels.npy: 9223372036854775807 classes are too many, there may be 4096: so many look like ids or a quantity; number the classes of the nodes from 0 in `labels`",
        ),
        (
            Npz::toy().with("labels", "|i1", "(2,)", &[1, 0]),
            "toy.npz: an adjacency of shape (3, 3), 2 labels and features of 3 nodes do not fit one another",
        ),
        (
            Npz::toy().with("adj_indices", "<i4", "(3,)", &ints(&[1, 2, 3])),
            "toy.npz/adj_indices.npy: row 2 names column 3 of 3",
        ),
        (
            Npz::toy().with("adj_indices", "<i4", "(3,)", &ints(&[1, 2, -1])),
            "toy.npz/adj_indices.npy: index -1 is out of range",
        ),
        (
            Npz::toy().with("adj_shape", "<i8", "(2,)", &longs(&[4_000_000_000, 3])),
            "toy.npz/adj_indices.npy: a csr_matrix of shape (4000000000, 3) does not agree with its 4 row pointers, 3 columns and 3 values",
        ),
        (
            Npz::toy().with("attr_shape", "<i8", "(2,)", &longs(&[3, 4_000_000_000])),
            "toy.npz/attr_shape.npy: 4000000000 columns are too many, there may be 1073741824",
        ),
        (
            Npz::toy().with("node_names", "|S2", "(1,)", b"pq"),
            "toy.npz/node_names.npy: 1 names of 3 nodes",
        ),
    ] {
        assert_eq!(npz.read().unwrap_err(), expected);
    }
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("no.npz");
    std::fs::write(&path, b"no archive").unwrap();
    let error = read_npz(&path, "no").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed);
}

#[test]
fn the_benchmark_tells_of_the_same_cora() {
    let Some(folder) = data_folder() else { return };
    let path = folder.join("npz/cora.npz");
    let cora = load(path.to_str().unwrap(), None).unwrap();
    assert_eq!((cora.name.as_str(), cora.num_nodes()), ("cora", 2708));
    assert_eq!((cora.num_features(), cora.num_classes()), (1433, 7));
    assert_eq!(cora.graph.num_edges(), 10556);
    assert_eq!(cora.features.nnz(), 49216);
    assert_eq!(cora.warnings.len(), 1);
    // The nodes are in an order of their own; degrees and classes are the same.
    let planetoid = load("cora", Some(&folder)).unwrap();
    let shape = |dataset: &graxe_graph::Dataset| {
        let degrees = dataset.graph.in_degrees().to_vec::<i32>();
        let words = dataset
            .features
            .pattern
            .row_ptr()
            .windows(2)
            .map(|ends| ends[1] - ends[0]);
        let mut nodes: Vec<_> = degrees.into_iter().zip(words).collect();
        nodes.sort_unstable();
        let mut classes = vec![0; 7];
        dataset
            .labels
            .iter()
            .for_each(|label| classes[label.unwrap() as usize] += 1);
        classes.sort_unstable();
        (nodes, classes)
    };
    assert_eq!(shape(&cora), shape(&planetoid));
}
