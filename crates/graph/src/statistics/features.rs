//! How full the features are, and which of them say nothing.

use super::rows::Rows;

/// The entries of the features that are not 0. A stored 0 is none, and entries of the same place are one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Features {
    /// The number of features of a node.
    pub num_features: usize,
    /// How many entries are not 0.
    pub nonzero: usize,
    /// Their share of all entries; `None` if there are none.
    pub density: Option<f64>,
    /// How many columns are 0 for all nodes.
    pub empty_columns: usize,
    /// How many columns have the same number other than 0 for all nodes.
    pub constant_columns: usize,
    /// How many nodes have nothing but zeros.
    pub empty_rows: usize,
}

impl Features {
    pub(super) fn of(rows: &Rows) -> Self {
        // How often a column is not 0, and its value as long as that is the only one.
        let mut columns: Vec<(usize, Option<u64>)> = vec![(0, None); rows.cols];
        let mut empty_rows = 0;
        let num_nodes = rows.iter().len();
        for (cols, values) in rows.iter() {
            empty_rows += usize::from(cols.is_empty());
            for (&col, &value) in cols.iter().zip(values) {
                let (count, only) = &mut columns[col as usize];
                *only = (*count == 0 || *only == Some(value)).then_some(value);
                *count += 1;
            }
        }
        let places = num_nodes as f64 * rows.cols as f64;
        let constant =
            |&&(count, only): &&(usize, Option<u64>)| count == num_nodes && only.is_some();
        Self {
            num_features: rows.cols,
            nonzero: rows.nnz(),
            density: (places > 0.0).then(|| rows.nnz() as f64 / places),
            empty_columns: columns.iter().filter(|(count, _)| *count == 0).count(),
            constant_columns: columns.iter().filter(constant).count(),
            empty_rows,
        }
    }
}
