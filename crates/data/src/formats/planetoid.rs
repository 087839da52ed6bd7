//! The Planetoid files `ind.NAME.{x,y,tx,ty,allx,ally,graph,test.index}` (Yang et al., 2016).

use std::collections::{BTreeSet, HashSet};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::csr_matrix::CsrMatrix;
use super::pickle::{self, Adjacency, OneHot};
use super::{Format, read_file};
use crate::error::{Error, ErrorKind, quoted};
use crate::raw::RawDataset;

/// How the Planetoid files are found and read.
pub(crate) const FORMAT: Format = Format {
    subfolder: "planetoid",
    find,
    names,
    read: read_planetoid,
};

const PARTS: [&str; 8] = ["x", "y", "tx", "ty", "allx", "ally", "graph", "test.index"];
const SOURCE: &str =
    "the Planetoid files come from the repository kimiyoung/planetoid, folder data";
const NUM_VALIDATION: usize = 500;

/// Reads the eight Planetoid files of the data set `name` from `folder`, which may also be one of the files.
///
/// Row `i` of `tx` and `ty` belongs to the node on line `i` of `test.index`, counted from 0. Nodes that
/// neither `allx` nor `test.index` names get no features and no label (Citeseer has 15). The split is
/// the rows of `x`, the next 500 rows of `allx`, and the test nodes.
///
/// # Errors
///
/// A missing or unreadable file, a pickle of any other form, files that disagree on their counts, an
/// index or a label out of range.
///
/// # Reference
///
/// Yang, Cohen and Salakhutdinov, "Revisiting Semi-Supervised Learning with Graph Embeddings", 2016.
pub fn read_planetoid(folder: &Path, name: &str) -> Result<RawDataset, Error> {
    let folder = match folder.parent() {
        Some(parent) if folder.is_file() => parent,
        _ => folder,
    };
    let mut files = Files {
        folder,
        name,
        total_bytes: 0,
    };
    let train = files.rows("x", "y")?;
    let test = files.rows("tx", "ty")?;
    let known = files.rows("allx", "ally")?;
    let lists = files.pickle("graph", pickle::adjacency)?;
    let index = files.read("test.index")?;
    let test_nodes = parse_test_index(&index, known.len())
        .map_err(|error| error.in_file(&files.path("test.index")))?;
    files.check(&train, &test, &known, &test_nodes)?;
    let num_nodes = files.num_nodes(known.len(), &test_nodes, &lists)?;
    let edges = collect_edges(&lists, num_nodes).map_err(|e| e.in_file(&files.path("graph")))?;

    let split = split(train.len(), known.len(), test_nodes.clone());
    let mut dataset = RawDataset {
        name: name.to_owned(),
        num_nodes,
        num_features: known.features.num_cols,
        class_names: (0..known.labels.num_classes)
            .map(|class| class.to_string())
            .collect(),
        feature_row_ptr: known.features.row_ptr,
        feature_col: known.features.col,
        feature_values: known.features.values,
        labels: known.labels.class_of_row,
        edges,
        split: Some(split),
        ..RawDataset::default()
    };
    append_test_rows(&mut dataset, &test, &test_nodes);
    Ok(dataset)
}

/// The first rows train, the next validate, the nodes of `test.index` test.
fn split(
    num_train: usize,
    num_known: usize,
    mut test_nodes: Vec<u32>,
) -> (Vec<u32>, Vec<u32>, Vec<u32>) {
    let end = (num_train + NUM_VALIDATION).min(num_known) as u32;
    let num_train = num_train as u32;
    test_nodes.sort_unstable();
    (
        (0..num_train).collect(),
        (num_train..end).collect(),
        test_nodes,
    )
}

/// Appends the nodes beyond the known ones, in order; a node without a row in `tx` is empty.
fn append_test_rows(dataset: &mut RawDataset, test: &Rows, test_nodes: &[u32]) {
    let num_known = dataset.labels.len();
    let mut row_of_node = vec![None; dataset.num_nodes - num_known];
    for (row, &node) in test_nodes.iter().enumerate() {
        row_of_node[node as usize - num_known] = Some(row);
    }
    let features = &test.features;
    for row in row_of_node {
        if let Some(row) = row {
            let span = features.row_ptr[row] as usize..features.row_ptr[row + 1] as usize;
            dataset
                .feature_col
                .extend_from_slice(&features.col[span.clone()]);
            dataset
                .feature_values
                .extend_from_slice(&features.values[span]);
        }
        dataset
            .labels
            .push(row.and_then(|row| test.labels.class_of_row[row]));
        let end = dataset.feature_col.len() as u32;
        dataset.feature_row_ptr.push(end);
    }
}

/// Features and labels of some nodes, row by row.
struct Rows {
    features: CsrMatrix,
    labels: OneHot,
}

impl Rows {
    fn len(&self) -> usize {
        self.features.num_rows
    }
}

/// The files of one data set.
struct Files<'a> {
    folder: &'a Path,
    name: &'a str,
    /// Length of all files read so far.
    total_bytes: usize,
}

impl Files<'_> {
    fn path(&self, part: &str) -> PathBuf {
        self.folder.join(format!("ind.{}.{part}", self.name))
    }

    fn read(&mut self, part: &str) -> Result<Vec<u8>, Error> {
        let path = self.path(part);
        if !path.exists() {
            return Err(Error::new(ErrorKind::MissingFile, "the file is missing")
                .in_file(&path)
                .with_remedy(SOURCE));
        }
        let bytes = read_file(&path)?;
        self.total_bytes += bytes.len();
        Ok(bytes)
    }

    fn pickle<T>(
        &mut self,
        part: &str,
        parse: impl Fn(&[u8]) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let bytes = self.read(part)?;
        parse(&bytes).map_err(|error| error.in_file(&self.path(part)).with_remedy(SOURCE))
    }

    fn rows(&mut self, features_part: &str, labels_part: &str) -> Result<Rows, Error> {
        let features = self.pickle(features_part, pickle::csr)?;
        let labels = self.pickle(labels_part, pickle::one_hot)?;
        let num_rows = labels.class_of_row.len();
        self.agree(labels_part, num_rows, features_part, features.num_rows)?;
        Ok(Rows { features, labels })
    }

    /// Whether the files that are sound by themselves agree on their counts.
    fn check(
        &self,
        train: &Rows,
        test: &Rows,
        known: &Rows,
        test_nodes: &[u32],
    ) -> Result<(), Error> {
        self.agree("test.index", test_nodes.len(), "tx", test.len())?;
        if known.len() == 0 || train.len() > known.len() {
            return Err(self.contradiction(
                "allx",
                format!(
                    "it has {} rows, but must hold the {} rows of ind.{}.x and at least one",
                    known.len(),
                    train.len(),
                    self.name
                ),
            ));
        }
        for (part, rows) in [("x", train), ("tx", test)] {
            let (found, expected) = (rows.features.num_cols, known.features.num_cols);
            if found != expected {
                let message = format!("expected {expected} features as in allx, found {found}");
                return Err(self.contradiction(part, message));
            }
        }
        for (part, rows) in [("y", train), ("ty", test)] {
            let (found, expected) = (rows.labels.num_classes, known.labels.num_classes);
            if found != expected {
                let message = format!("expected {expected} classes as in ally, found {found}");
                return Err(self.contradiction(part, message));
            }
        }
        Ok(())
    }

    fn agree(&self, part: &str, rows: usize, other: &str, other_rows: usize) -> Result<(), Error> {
        if rows == other_rows {
            return Ok(());
        }
        let name = self.name;
        let message = format!("it has {rows} rows, but ind.{name}.{other} has {other_rows}");
        Err(self.contradiction(part, message))
    }

    /// One more than the highest node that any file describes.
    fn num_nodes(
        &self,
        num_known: usize,
        test_nodes: &[u32],
        lists: &Adjacency,
    ) -> Result<usize, Error> {
        let keys = lists.iter().map(|list| list.0);
        let highest = keys.chain(test_nodes.iter().copied()).max();
        let num_nodes = num_known.max(highest.map_or(0, |node| node as usize + 1));
        // Every real node takes a byte and more; a stray huge number must not size the arrays.
        if num_nodes > self.total_bytes {
            return Err(self.contradiction(
                "graph",
                format!(
                    "node {} is far beyond what the {} bytes of the files could describe",
                    num_nodes - 1,
                    self.total_bytes
                ),
            ));
        }
        Ok(num_nodes)
    }

    fn contradiction(&self, part: &str, message: String) -> Error {
        Error::inconsistent(message)
            .in_file(&self.path(part))
            .with_remedy(SOURCE)
    }
}

fn parse_test_index(bytes: &[u8], num_known: usize) -> Result<Vec<u32>, Error> {
    let mut nodes = Vec::new();
    let mut seen = HashSet::new();
    for (index, line) in bytes.split(|&byte| byte == b'\n').enumerate() {
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        let node = std::str::from_utf8(line)
            .ok()
            .and_then(|text| text.parse::<u32>().ok())
            .ok_or_else(|| {
                Error::malformed(format!("expected a node number, found {}", quoted(line)))
            });
        let node = node.and_then(|node| {
            if (node as usize) < num_known {
                Err(Error::inconsistent(format!(
                    "test node {node} is one of the {num_known} rows of allx"
                )))
            } else if seen.insert(node) {
                Ok(node)
            } else {
                Err(Error::malformed(format!("test node {node} appears twice")))
            }
        });
        nodes.push(node.map_err(|error| error.at_line(index + 1))?);
    }
    Ok(nodes)
}

fn collect_edges(lists: &Adjacency, num_nodes: usize) -> Result<Vec<(u32, u32)>, Error> {
    let mut seen = vec![false; num_nodes];
    let mut edges = Vec::with_capacity(lists.iter().map(|list| list.1.len()).sum());
    for (src, neighbours) in lists {
        if std::mem::replace(&mut seen[*src as usize], true) {
            return Err(Error::malformed(format!(
                "node {src} has two lists of neighbours"
            )));
        }
        for &dst in neighbours {
            if dst as usize >= num_nodes {
                return Err(Error::inconsistent(format!(
                    "node {src} lists neighbour {dst}, but there are {num_nodes} nodes"
                )));
            }
            edges.push((*src, dst));
        }
    }
    Ok(edges)
}

fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    PARTS
        .iter()
        .any(|part| folder.join(format!("ind.{name}.{part}")).is_file())
        .then(|| folder.to_owned())
}

/// Names of the data sets in a folder, or the name that a path to one of the files bears.
fn names(path: &Path) -> Result<Vec<String>, Error> {
    if !path.is_dir() {
        return Ok(path
            .file_name()
            .and_then(name_of_file)
            .into_iter()
            .collect());
    }
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(path).map_err(|error| Error::io(path, error))? {
        let entry = entry.map_err(|error| Error::io(path, error))?;
        names.extend(name_of_file(&entry.file_name()));
    }
    Ok(names.into_iter().collect())
}

fn name_of_file(file_name: &OsStr) -> Option<String> {
    let rest = file_name.to_str()?.strip_prefix("ind.")?;
    let name = PARTS
        .iter()
        .find_map(|part| rest.strip_suffix(part)?.strip_suffix('.'))?;
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_from_whole_parts() {
        let name = |text: &str| name_of_file(OsStr::new(text));
        assert_eq!(name("ind.cora.tx").as_deref(), Some("cora"));
        assert_eq!(name("ind.nell.0.001.allx").as_deref(), Some("nell.0.001"));
        assert_eq!(name("ind.cora.test.index").as_deref(), Some("cora"));
        assert_eq!(name("ind.x"), None);
        assert_eq!(name("ind.cora.txt"), None);
    }

    #[test]
    fn the_test_index_tolerates_carriage_returns_and_refuses_repeats() {
        assert_eq!(parse_test_index(b"7\r\n5\r\n\r\n", 5).unwrap(), [7, 5]);
        let error = parse_test_index(b"7\n5\n7\n", 5).unwrap_err();
        assert_eq!(error.line(), Some(3));
        let error = parse_test_index(b"7\n4\n", 5).unwrap_err();
        assert_eq!(
            error.to_string(),
            ":2: test node 4 is one of the 5 rows of allx"
        );
    }
}
