//! Rows of sparse features in one form each, so that equal rows are equal lists.

use graxe_core::{Csr, DType};

/// The entries of each row that are not 0, by rising columns and each column once.
pub(super) struct Rows {
    pub(super) cols: usize,
    row_ptr: Vec<usize>,
    col: Vec<u32>,
    /// The values by their bits, which are equal if the numbers are: none is a zero of either sign.
    value: Vec<u64>,
}

/// A row: columns and the bits of their values.
pub(super) type Row<'a> = (&'a [u32], &'a [u64]);

impl Rows {
    /// The rows of features `[num_nodes, num_features]`; entries of the same place are added.
    #[track_caller]
    pub(super) fn of(features: &Csr) -> Self {
        let values: Vec<f64> = features.values.astype(DType::F64).to_vec();
        let pattern = &features.pattern;
        let mut rows = Self {
            cols: features.cols(),
            row_ptr: vec![0],
            col: Vec::with_capacity(values.len()),
            value: Vec::with_capacity(values.len()),
        };
        let mut entries: Vec<(u32, f64)> = Vec::new();
        for ends in pattern.row_ptr().windows(2) {
            let range = ends[0] as usize..ends[1] as usize;
            let columns = pattern.col()[range.clone()].iter().copied();
            entries.clear();
            entries.extend(columns.zip(values[range].iter().copied()));
            entries.sort_by_key(|&(col, _)| col);
            for same in entries.chunk_by(|a, b| a.0 == b.0) {
                let sum: f64 = same.iter().map(|&(_, value)| value).sum();
                if sum != 0.0 {
                    rows.col.push(same[0].0);
                    rows.value.push(sum.to_bits());
                }
            }
            rows.row_ptr.push(rows.col.len());
        }
        rows
    }

    /// How many entries are not 0.
    pub(super) fn nnz(&self) -> usize {
        self.col.len()
    }

    /// The rows in their order.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = Row<'_>> {
        let ranges = self.row_ptr.windows(2).map(|w| w[0]..w[1]);
        ranges.map(|range| (&self.col[range.clone()], &self.value[range]))
    }
}
