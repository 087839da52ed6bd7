//! The `npz` files of the gnn-benchmark: a zip archive of numpy arrays, `NAME.npz`.

use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use zip::ZipArchive;

use super::csr_matrix::CsrMatrix;
use super::npy::Npy;
use super::{Format, LONGEST_FILE};
use crate::dataset::MOST_CLASSES;
use crate::error::{Error, ErrorKind};
use crate::raw::RawDataset;

/// How the files of the gnn-benchmark are found and read.
pub(crate) const FORMAT: Format = Format {
    subfolder: "npz",
    find,
    names,
    read: read_npz,
};

const ENDING: &str = ".npz";

/// Features are counted in 32 bits by models.
const MOST_FEATURES: usize = 1 << 30;

/// Reads `NAME.npz`: the adjacency and the features as the parts of CSR matrices, labels, and names of nodes and
/// classes where there are any.
///
/// An entry `(i, j)` of the adjacency is an edge from `i` to `j`; its weight is not read. The matrices are `adj_data`,
/// `adj_indices`, `adj_indptr` and `adj_shape`, or `adj_matrix.data` and so on as older files have it, and so for
/// `attr`; features may also be one dense array `attr_matrix`. A negative label is none. The files state no split.
///
/// # Errors
///
/// A file that is no archive, an array that is missing or of a type that is not read, and arrays that do not fit one
/// another.
///
/// # Reference
///
/// Shchur et al., "Pitfalls of Graph Neural Network Evaluation", 2018; the repository shchur/gnn-benchmark.
pub fn read_npz(path: &Path, name: &str) -> Result<RawDataset, Error> {
    let mut arrays = Arrays::open(path)?;
    let adjacency = arrays
        .csr("adj")?
        .ok_or_else(|| arrays.missing("adj_data"))?;
    let labels = arrays
        .array("labels")?
        .ok_or_else(|| arrays.missing("labels"))?;
    let labels = arrays.in_member("labels", labels.to_i64())?;
    let n = adjacency.num_rows;
    let mut raw = RawDataset {
        name: name.to_owned(),
        num_nodes: n,
        feature_row_ptr: vec![0; n + 1],
        ..RawDataset::default()
    };
    let features = match arrays.csr("attr")? {
        None => arrays.dense("attr_matrix")?,
        sparse => sparse,
    };
    let fits = adjacency.num_cols == n
        && labels.len() == n
        && features
            .as_ref()
            .is_none_or(|features| features.num_rows == n);
    if !fits {
        let message = format!(
            "an adjacency of shape ({n}, {}), {} labels and features of {} nodes do not fit one another",
            adjacency.num_cols,
            labels.len(),
            features.map_or(0, |features| features.num_rows)
        );
        return Err(Error::inconsistent(message).in_file(path));
    }
    if adjacency.values.iter().any(|&value| value != 1.0) {
        raw.warnings
            .push("the weights of edges are not read".to_owned());
    }
    for (row, ends) in (0..).zip(adjacency.row_ptr.windows(2)) {
        let col = &adjacency.col[ends[0] as usize..ends[1] as usize];
        raw.edges.extend(col.iter().map(|&col| (row, col)));
    }
    if let Some(features) = features {
        raw.num_features = features.num_cols;
        raw.feature_row_ptr = features.row_ptr;
        raw.feature_col = features.col;
        raw.feature_values = features.values;
    }
    let classes = arrays.names("class_names", &mut raw.warnings)?;
    label(&labels, classes, &mut raw).map_err(|error| error.in_file(&arrays.shown("labels")))?;
    if let Some(names) = arrays.names("node_names", &mut raw.warnings)? {
        if names.len() != n {
            let message = format!("{} names of {n} nodes", names.len());
            return Err(Error::inconsistent(message).in_file(&arrays.shown("node_names")));
        }
        raw.node_names = names;
    }
    Ok(raw)
}

fn label(labels: &[i64], names: Option<Vec<String>>, raw: &mut RawDataset) -> Result<(), Error> {
    // Without names, classes are as many as the largest label says, which is not to be trusted far.
    let num_classes = match &names {
        Some(names) => names.len(),
        None => labels
            .iter()
            .max()
            .map_or(0, |&most| most.saturating_add(1).max(0) as usize),
    };
    if num_classes > MOST_CLASSES {
        let message = format!(
            "{num_classes} classes are too many, there may be {MOST_CLASSES}: so many look like ids or a quantity"
        );
        return Err(Error::new(ErrorKind::TooLarge, message)
            .with_remedy("number the classes of the nodes from 0 in `labels`"));
    }
    if let Some(stray) = labels.iter().find(|&&label| label >= num_classes as i64) {
        let message = format!("label {stray} is none of the {num_classes} classes");
        return Err(Error::inconsistent(message));
    }
    raw.labels = labels
        .iter()
        .map(|&label| u32::try_from(label).ok())
        .collect();
    raw.class_names = names.unwrap_or_else(|| (0..num_classes).map(|c| c.to_string()).collect());
    Ok(())
}

/// The arrays of an archive, unpacked when they are asked for.
struct Arrays {
    path: PathBuf,
    archive: ZipArchive<BufReader<File>>,
    /// A few bytes can stand for gigabytes; the bound holds for all arrays together.
    room: u64,
}

impl Arrays {
    fn open(path: &Path) -> Result<Self, Error> {
        let file = File::open(path).map_err(|error| Error::io(path, error))?;
        let archive = ZipArchive::new(BufReader::new(file)).map_err(|error| odd(path, &error))?;
        Ok(Self {
            path: path.to_owned(),
            archive,
            room: LONGEST_FILE,
        })
    }

    /// The path that errors show for an array.
    fn shown(&self, name: &str) -> PathBuf {
        self.path.join(format!("{name}.npy"))
    }

    fn in_member<T>(&self, name: &str, result: Result<T, Error>) -> Result<T, Error> {
        result.map_err(|error| error.in_file(&self.shown(name)))
    }

    fn missing(&self, name: &str) -> Error {
        let message = format!("the archive holds no array `{name}`");
        Error::new(ErrorKind::MissingFile, message)
            .in_file(&self.path)
            .with_remedy("expected the arrays of the gnn-benchmark: adj_*, attr_* and labels")
    }

    /// The place of the array in the archive.
    fn place(&self, name: &str) -> Option<usize> {
        let member = format!("{name}.npy");
        self.archive.index_for_name_raw(member.as_bytes())
    }

    fn array(&mut self, name: &str) -> Result<Option<Npy>, Error> {
        let Some(place) = self.place(name) else {
            return Ok(None);
        };
        let shown = self.shown(name);
        let member = self
            .archive
            .by_index(place)
            .map_err(|error| odd(&shown, &error))?;
        let mut bytes = Vec::new();
        let read = member.take(self.room + 1).read_to_end(&mut bytes);
        read.map_err(|error| odd(&shown, &error))?;
        let Some(room) = self.room.checked_sub(bytes.len() as u64) else {
            let message = format!("more than {} MiB of data", LONGEST_FILE >> 20);
            return Err(Error::new(ErrorKind::TooLarge, message).in_file(&shown));
        };
        self.room = room;
        self.in_member(name, Npy::parse(bytes)).map(Some)
    }

    /// Names, unless they are pickled objects, of which is warned.
    fn names(
        &mut self,
        name: &str,
        warnings: &mut Vec<String>,
    ) -> Result<Option<Vec<String>>, Error> {
        let Some(array) = self.array(name)? else {
            return Ok(None);
        };
        if array.is_pickled() {
            warnings.push(format!("`{name}` holds pickled objects and was left out"));
            return Ok(None);
        }
        self.in_member(name, array.to_strings()).map(Some)
    }

    /// The matrix whose parts stand under names that start with `prefix`.
    fn csr(&mut self, prefix: &str) -> Result<Option<CsrMatrix>, Error> {
        let newer = format!("{prefix}_");
        let older = format!("{prefix}_matrix.");
        let has = |stem: &String| self.place(&format!("{stem}data")).is_some();
        let Some(stem) = [newer, older].into_iter().find(has) else {
            return Ok(None);
        };
        let mut part = |part: &str| {
            let name = format!("{stem}{part}");
            let array = self.array(&name)?;
            Ok((array.ok_or_else(|| self.missing(&name))?, name))
        };
        let (shape, shape_name) = part("shape")?;
        let (row_ptr, row_ptr_name) = part("indptr")?;
        let (col, col_name) = part("indices")?;
        let (values, values_name) = part("data")?;
        let shape = self.in_member(&shape_name, shape.to_u32())?;
        let &[num_rows, num_cols] = shape.as_slice() else {
            let message = format!("expected rows and columns, found {} numbers", shape.len());
            return self.in_member(&shape_name, Err(Error::malformed(message)));
        };
        let matrix = CsrMatrix::from_parts(
            (num_rows as usize, num_cols as usize),
            self.in_member(&row_ptr_name, row_ptr.to_u32())?,
            self.in_member(&col_name, col.to_u32())?,
            self.in_member(&values_name, values.to_f64())?,
        );
        let matrix = self.in_member(&col_name, matrix)?;
        self.narrow(matrix, &shape_name).map(Some)
    }

    /// A dense matrix, of which what is not zero is kept.
    fn dense(&mut self, name: &str) -> Result<Option<CsrMatrix>, Error> {
        let Some(array) = self.array(name)? else {
            return Ok(None);
        };
        let &[rows, columns] = array.shape.as_slice() else {
            let message = format!(
                "expected a matrix, found an array of shape {:?}",
                array.shape
            );
            return self.in_member(name, Err(Error::malformed(message)));
        };
        let values = self.in_member(name, array.to_f64())?;
        if values.is_empty() {
            // A matrix without elements may claim any number of rows at no cost in bytes.
            return Ok(None);
        }
        let (row_step, column_step) = array.steps(rows, columns);
        let at = |row, column| values[row * row_step + column * column_step];
        let matrix = self.in_member(name, CsrMatrix::from_dense((rows, columns), at))?;
        self.narrow(matrix, name).map(Some)
    }

    fn narrow(&self, matrix: CsrMatrix, name: &str) -> Result<CsrMatrix, Error> {
        if matrix.num_cols <= MOST_FEATURES {
            return Ok(matrix);
        }
        let message = format!(
            "{} columns are too many, there may be {MOST_FEATURES}",
            matrix.num_cols
        );
        self.in_member(name, Err(Error::new(ErrorKind::TooLarge, message)))
    }
}

fn odd(path: &Path, error: &dyn std::error::Error) -> Error {
    Error::malformed(format!("expected a zip archive of numpy arrays: {error}")).in_file(path)
}

fn find(folder: &Path, name: &str) -> Option<PathBuf> {
    let path = folder.join(format!("{name}{ENDING}"));
    path.is_file().then_some(path)
}

/// Names of the data sets in a folder, or the name of the file.
fn names(path: &Path) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    if path.is_dir() {
        for entry in fs::read_dir(path).map_err(|error| Error::io(path, error))? {
            let entry = entry.map_err(|error| Error::io(path, error))?;
            names.extend(name_of(&entry.path()));
        }
    } else {
        names.extend(name_of(path));
    }
    names.sort();
    Ok(names)
}

fn name_of(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?.strip_suffix(ENDING)?;
    (!name.is_empty() && !name.starts_with('.')).then(|| name.to_owned())
}

#[cfg(test)]
mod tests;
