//! Sparse matrices as scipy stores them, checked and put in order.

use crate::error::Error;

/// A sparse matrix: row pointers rise, columns rise strictly within a row, values are finite and not zero.
#[derive(Debug, PartialEq)]
pub(crate) struct CsrMatrix {
    pub(crate) num_rows: usize,
    pub(crate) num_cols: usize,
    pub(crate) row_ptr: Vec<u32>,
    pub(crate) col: Vec<u32>,
    pub(crate) values: Vec<f32>,
}

impl CsrMatrix {
    /// The matrix of scipy's `shape`, `indptr`, `indices` and `data`, of which the last two may be longer
    /// than the pointers tell.
    ///
    /// # Errors
    /// Parts that do not fit one another, a column out of range, a value that is not finite.
    pub(super) fn from_parts(
        (num_rows, num_cols): (usize, usize),
        row_ptr: Vec<u32>,
        col: Vec<u32>,
        values: Vec<f64>,
    ) -> Result<Self, Error> {
        let nnz = row_ptr.last().map_or(0, |&last| last as usize);
        let sound = num_rows.checked_add(1) == Some(row_ptr.len())
            && u32::try_from(num_cols).is_ok()
            && row_ptr[0] == 0
            && row_ptr.is_sorted()
            && nnz <= col.len()
            && col.len() == values.len();
        if !sound {
            return Err(Error::malformed(format!(
                "a csr_matrix of shape ({num_rows}, {num_cols}) does not agree with its {} row pointers, {} columns and {} values",
                row_ptr.len(),
                col.len(),
                values.len()
            )));
        }
        let mut matrix = Self::empty(num_cols);
        let mut row: Vec<(u32, f64)> = Vec::new();
        for ends in row_ptr.windows(2) {
            let span = ends[0] as usize..ends[1] as usize;
            row.clear();
            row.extend(
                col[span.clone()]
                    .iter()
                    .copied()
                    .zip(values[span].iter().copied()),
            );
            matrix.push_row(&mut row)?;
        }
        Ok(matrix)
    }

    /// What is not zero of a dense matrix, which the caller has in memory.
    ///
    /// # Errors
    /// A value that is not finite.
    pub(super) fn from_dense(
        (num_rows, num_cols): (usize, usize),
        at: impl Fn(usize, usize) -> f64,
    ) -> Result<Self, Error> {
        let mut matrix = Self::empty(num_cols);
        let mut row: Vec<(u32, f64)> = Vec::new();
        for number in 0..num_rows {
            row.clear();
            let values = (0..num_cols).map(|col| (col as u32, at(number, col)));
            row.extend(values.filter(|&(_, value)| value != 0.0));
            matrix.push_row(&mut row)?;
        }
        Ok(matrix)
    }

    fn empty(num_cols: usize) -> Self {
        Self {
            num_rows: 0,
            num_cols,
            row_ptr: vec![0],
            col: Vec::new(),
            values: Vec::new(),
        }
    }

    /// Appends a row after sorting it; as in scipy, entries of one column add up.
    fn push_row(&mut self, row: &mut [(u32, f64)]) -> Result<(), Error> {
        row.sort_by_key(|&(col, _)| col);
        let number = self.num_rows;
        for entries in row.chunk_by(|a, b| a.0 == b.0) {
            let col = entries[0].0;
            let value = entries.iter().map(|entry| entry.1).sum::<f64>() as f32;
            if col as usize >= self.num_cols {
                return Err(Error::malformed(format!(
                    "row {number} names column {col} of {}",
                    self.num_cols
                )));
            }
            if !value.is_finite() {
                return Err(Error::malformed(format!(
                    "row {number}, column {col} is not a finite number"
                )));
            }
            if value != 0.0 {
                self.col.push(col);
                self.values.push(value);
            }
        }
        self.row_ptr.push(self.col.len() as u32);
        self.num_rows += 1;
        Ok(())
    }
}
