//! Edges gathered by the row that they stand in: counting sorts on plain lists, for graphs of millions of edges.

use graxe_core::{Array, Csr, Pattern};

use crate::edges::check_counts;
use crate::error::GraphError;
use crate::graph::Graph;

/// The entries of a square matrix in the order of rows; without weights every weight is 1.
///
/// Each entry takes 4 bytes, or 8 with a weight, and no step needs more than one copy beside it.
pub(crate) struct Rows {
    row_ptr: Vec<u32>,
    col: Vec<u32>,
    weights: Option<Vec<f32>>,
}

impl Rows {
    /// The entries `(row[e], col[e])`, columns rising within a row; repeats keep their order.
    ///
    /// The caller has checked that both lists name rows below `num_rows` and that there are at most 2³⁰ entries.
    pub(crate) fn counted(
        num_rows: usize,
        row: &[u32],
        col: &[u32],
        weights: Option<&[f32]>,
    ) -> Self {
        let mut rows = Self::scattered(num_rows, row.iter().copied(), col, weights);
        rows.sort();
        rows
    }

    /// The entries of a graph, with weights only where these are asked for and one `f32` an edge.
    #[track_caller]
    pub(crate) fn of(graph: &Graph, weighted: bool) -> Self {
        let pattern = graph.pattern();
        let mut rows = Self {
            row_ptr: pattern.row_ptr().to_vec(),
            col: pattern.col().to_vec(),
            weights: weighted.then(|| graph.adjacency.values.to_vec()),
        };
        rows.sort();
        rows
    }

    /// A stable counting sort by row alone.
    fn scattered(
        num_rows: usize,
        row: impl Iterator<Item = u32> + Clone,
        col: &[u32],
        weights: Option<&[f32]>,
    ) -> Self {
        let mut row_ptr = vec![0u32; num_rows + 1];
        for row in row.clone() {
            row_ptr[row as usize + 1] += 1;
        }
        for row in 0..num_rows {
            row_ptr[row + 1] += row_ptr[row];
        }
        // While the entries are placed, a row's pointer runs from its start to its end, which is
        // the next row's start; one shift afterwards restores them all.
        let mut sorted = vec![0u32; col.len()];
        let mut sorted_weights = weights.map(|weights| vec![0f32; weights.len()]);
        for (entry, row) in row.enumerate() {
            let place = row_ptr[row as usize] as usize;
            row_ptr[row as usize] += 1;
            sorted[place] = col[entry];
            if let (Some(sorted), Some(weights)) = (&mut sorted_weights, weights) {
                sorted[place] = weights[entry];
            }
        }
        row_ptr.copy_within(..num_rows, 1);
        row_ptr[0] = 0;
        Self {
            row_ptr,
            col: sorted,
            weights: sorted_weights,
        }
    }

    fn num_rows(&self) -> usize {
        self.row_ptr.len() - 1
    }

    fn span(&self, row: usize) -> std::ops::Range<usize> {
        self.row_ptr[row] as usize..self.row_ptr[row + 1] as usize
    }

    /// Sorts every row by column; entries of one column keep their order.
    fn sort(&mut self) {
        let mut pairs: Vec<(u32, f32)> = Vec::new();
        for row in 0..self.num_rows() {
            let span = self.span(row);
            let col = &mut self.col[span.clone()];
            if col.is_sorted() {
                continue;
            }
            let Some(weights) = &mut self.weights else {
                col.sort_unstable();
                continue;
            };
            let weights = &mut weights[span];
            pairs.clear();
            pairs.extend(col.iter().copied().zip(weights.iter().copied()));
            pairs.sort_by_key(|pair| pair.0);
            for (slot, pair) in col.iter_mut().zip(weights).zip(&pairs) {
                (*slot.0, *slot.1) = *pair;
            }
        }
    }

    /// Drops the entries on the diagonal, unless they are to be kept, and adds those of one place up;
    /// returns how many were dropped for either reason.
    pub(crate) fn simplify(&mut self, keep_loops: bool) -> (usize, usize) {
        let (mut loops, mut repeats, mut kept) = (0, 0, 0);
        for row in 0..self.num_rows() {
            let span = self.span(row);
            let first = kept;
            for entry in span {
                let col = self.col[entry];
                if col as usize == row && !keep_loops {
                    loops += 1;
                } else if kept > first && self.col[kept - 1] == col {
                    repeats += 1;
                    if let Some(weights) = &mut self.weights {
                        weights[kept - 1] += weights[entry];
                    }
                } else {
                    self.col[kept] = col;
                    if let Some(weights) = &mut self.weights {
                        weights[kept] = weights[entry];
                    }
                    kept += 1;
                }
            }
            // No later row reads this pointer, so the new ones may take the place of the old.
            self.row_ptr[row] = first as u32;
        }
        let num_rows = self.num_rows();
        self.row_ptr[num_rows] = kept as u32;
        self.col.truncate(kept);
        if let Some(weights) = &mut self.weights {
            weights.truncate(kept);
        }
        (loops, repeats)
    }

    /// Adds empty rows, and columns with them, up to `num_rows`.
    pub(crate) fn grow(&mut self, num_rows: usize) {
        self.row_ptr.resize(num_rows + 1, self.col.len() as u32);
    }

    /// The matrix with rows and columns exchanged.
    pub(crate) fn transposed(&self) -> Self {
        let rows = (0..self.num_rows() as u32).flat_map(|row| {
            let span = self.span(row as usize);
            std::iter::repeat_n(row, span.len())
        });
        let row_of_entry: Vec<u32> = rows.collect();
        Self::scattered(
            self.num_rows(),
            self.col.iter().copied(),
            &row_of_entry,
            self.weights.as_deref(),
        )
    }

    /// The sum of two matrices without repeats, of the same number of rows: an entry in both is kept once
    /// and its weights are added.
    ///
    /// # Errors
    /// If the entries of both are too many for a graph.
    pub(crate) fn sum(&self, other: &Self) -> Result<Self, GraphError> {
        let most = self.col.len() + other.col.len();
        check_counts(self.num_rows(), most)?;
        let mut col = Vec::with_capacity(most);
        let weighted = self.weights.as_deref().zip(other.weights.as_deref());
        let mut weights = weighted.map(|_| Vec::with_capacity(most));
        let mut row_ptr = Vec::with_capacity(self.row_ptr.len());
        row_ptr.push(0);
        for row in 0..self.num_rows() {
            let (mine, theirs) = (self.span(row), other.span(row));
            let (mut a, mut b) = (mine.start, theirs.start);
            while a < mine.end || b < theirs.end {
                let left = self.col[..mine.end].get(a).copied().unwrap_or(u32::MAX);
                let right = other.col[..theirs.end].get(b).copied().unwrap_or(u32::MAX);
                let (takes_left, takes_right) = (left <= right, right <= left);
                col.push(left.min(right));
                if let (Some(weights), Some((mine, theirs))) = (&mut weights, weighted) {
                    let left = if takes_left { mine[a] } else { 0.0 };
                    let right = if takes_right { theirs[b] } else { 0.0 };
                    weights.push(left + right);
                }
                a += usize::from(takes_left);
                b += usize::from(takes_right);
            }
            row_ptr.push(col.len() as u32);
        }
        Ok(Self {
            row_ptr,
            col,
            weights,
        })
    }

    /// The graph of these entries.
    pub(crate) fn into_graph(self) -> Graph {
        let nnz = self.col.len();
        let weights = self.weights.unwrap_or_else(|| vec![1.0; nnz]);
        let num_rows = self.row_ptr.len() - 1;
        let pattern = Pattern::new(num_rows, self.row_ptr, self.col)
            .expect("the pointers count the entries, whose columns were checked");
        Graph {
            adjacency: Csr::new(pattern, Array::from_vec(weights, nnz)),
        }
    }
}
