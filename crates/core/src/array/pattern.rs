//! The sparsity of a matrix as a value that programs take.

use std::fmt;
use std::sync::{Arc, OnceLock};

use graxe_kernels::segment::transpose_pattern;

use crate::ir::PatternAval;
use crate::ir::builder::Tracer;
use crate::transform::misuse;

/// The transpose of a pattern and where its entries stand in the pattern itself.
#[derive(Debug)]
pub(crate) struct Transposed {
    pub(crate) col_ptr: Vec<u32>,
    pub(crate) row: Vec<u32>,
    /// `edge[k]` is the position in row order of the transpose's entry `k`.
    pub(crate) edge: Vec<u32>,
}

#[derive(Debug)]
pub(crate) struct PatternData {
    pub(crate) rows: usize,
    pub(crate) cols: usize,
    pub(crate) row_ptr: Vec<u32>,
    pub(crate) col: Vec<u32>,
    transposed: OnceLock<Transposed>,
    symmetric: OnceLock<bool>,
    places: OnceLock<Vec<u32>>,
}

impl PatternData {
    /// `row · cols + col` of every entry: its place in the dense matrix, which has at most 2³²
    /// elements. Kept once found.
    pub(crate) fn places(&self) -> &[u32] {
        self.places.get_or_init(|| {
            let mut places = Vec::with_capacity(self.col.len());
            for (r, ends) in self.row_ptr.windows(2).enumerate() {
                let first = (r * self.cols) as u32;
                let entries = &self.col[ends[0] as usize..ends[1] as usize];
                places.extend(entries.iter().map(|c| first.wrapping_add(*c)));
            }
            places
        })
    }

    pub(crate) fn transposed(&self) -> &Transposed {
        self.transposed.get_or_init(|| {
            let (col_ptr, row, edge) =
                transpose_pattern(self.rows, self.cols, &self.row_ptr, &self.col);
            Transposed { col_ptr, row, edge }
        })
    }
}

#[derive(Clone)]
pub(crate) enum PatternRepr {
    Host(Arc<PatternData>),
    Tracer(Tracer, PatternAval),
}

/// Which entries of a `[rows, cols]` matrix are stored, in row order (CSR).
///
/// Immutable and shared; a clone is a reference count. Columns may repeat within a row
/// (a multigraph) and stand in the order given. Under a trace a pattern is symbolic, with
/// rows, columns and the number of entries fixed.
#[derive(Clone)]
pub struct Pattern(pub(crate) PatternRepr);

impl Pattern {
    /// A pattern from row pointers (`rows + 1` of them, ascending from 0) and columns.
    ///
    /// # Errors
    /// If the pointers do not ascend from 0 to `col.len()`, a column is not below `cols`, or
    /// rows, columns or entries are more than 2³² - 1.
    pub fn new(cols: usize, row_ptr: Vec<u32>, col: Vec<u32>) -> Result<Self, String> {
        refuse_beyond_u32(row_ptr.len().saturating_sub(1), cols, col.len())?;
        let ends = row_ptr.first() == Some(&0) && row_ptr.last() == Some(&(col.len() as u32));
        if !ends || row_ptr.windows(2).any(|w| w[0] > w[1]) {
            return Err(format!(
                "pattern: row pointers must ascend from 0 to the {} entries",
                col.len()
            ));
        }
        if let Some(c) = col.iter().find(|&&c| c as usize >= cols) {
            return Err(format!("pattern: column {c} is not below {cols}"));
        }
        Ok(Self(PatternRepr::Host(Arc::new(PatternData {
            rows: row_ptr.len() - 1,
            cols,
            row_ptr,
            col,
            transposed: OnceLock::new(),
            symmetric: OnceLock::new(),
            places: OnceLock::new(),
        }))))
    }

    /// A pattern from coordinates, with the position each given entry took in row order.
    ///
    /// The sort by row, then column, is stable: repeated entries keep their order.
    ///
    /// # Errors
    /// If the lists differ in length, an index is out of range, or rows, columns or entries are
    /// more than 2³² - 1.
    pub fn from_coordinates(
        rows: usize,
        cols: usize,
        row: &[u32],
        col: &[u32],
    ) -> Result<(Self, Vec<u32>), String> {
        if row.len() != col.len() {
            return Err(format!(
                "pattern: {} rows but {} columns",
                row.len(),
                col.len()
            ));
        }
        refuse_beyond_u32(rows, cols, row.len())?;
        if let Some(r) = row.iter().find(|&&r| r as usize >= rows) {
            return Err(format!("pattern: row {r} is not below {rows}"));
        }
        if let Some(c) = col.iter().find(|&&c| c as usize >= cols) {
            return Err(format!("pattern: column {c} is not below {cols}"));
        }
        let mut order: Vec<u32> = (0..row.len() as u32).collect();
        order.sort_by_key(|&e| (row[e as usize], col[e as usize]));
        let mut row_ptr = vec![0u32; rows + 1];
        for &r in row {
            row_ptr[r as usize + 1] += 1;
        }
        for i in 0..rows {
            row_ptr[i + 1] += row_ptr[i];
        }
        let sorted = order.iter().map(|&e| col[e as usize]).collect();
        let mut place = vec![0u32; row.len()];
        for (k, &e) in order.iter().enumerate() {
            place[e as usize] = k as u32;
        }
        Ok((Self::new(cols, row_ptr, sorted)?, place))
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.aval().rows
    }

    /// The number of columns.
    pub fn cols(&self) -> usize {
        self.aval().cols
    }

    /// The number of stored entries.
    pub fn nnz(&self) -> usize {
        self.aval().nnz
    }

    /// Whether this is a symbolic pattern of a trace.
    pub fn is_traced(&self) -> bool {
        matches!(self.0, PatternRepr::Tracer(..))
    }

    pub(crate) fn aval(&self) -> PatternAval {
        match &self.0 {
            PatternRepr::Host(p) => PatternAval {
                rows: p.rows,
                cols: p.cols,
                nnz: p.col.len(),
            },
            PatternRepr::Tracer(_, aval) => *aval,
        }
    }

    #[track_caller]
    pub(crate) fn host(&self) -> &PatternData {
        match &self.0 {
            PatternRepr::Host(p) => p,
            PatternRepr::Tracer(..) => misuse(
                "a pattern has no entries while it is traced: change graphs (self loops, \
                 duplicates, transposes) on the host, before the traced function"
                    .to_owned(),
            ),
        }
    }

    /// Row pointers, `rows + 1` of them.
    ///
    /// # Panics
    /// If the pattern is traced; so do the other methods that read entries.
    #[track_caller]
    pub fn row_ptr(&self) -> &[u32] {
        &self.host().row_ptr
    }

    /// Columns in row order.
    #[track_caller]
    pub fn col(&self) -> &[u32] {
        &self.host().col
    }

    /// The row of each entry, in row order.
    #[track_caller]
    pub fn row(&self) -> Vec<u32> {
        let p = self.host();
        let mut row = Vec::with_capacity(p.col.len());
        for r in 0..p.rows {
            row.extend(std::iter::repeat_n(
                r as u32,
                (p.row_ptr[r + 1] - p.row_ptr[r]) as usize,
            ));
        }
        row
    }

    /// Whether the transpose has the same entries; kept once found. (Values may differ.)
    #[track_caller]
    pub fn is_symmetric(&self) -> bool {
        let p = self.host();
        *p.symmetric.get_or_init(|| {
            let t = p.transposed();
            p.rows == p.cols && t.col_ptr == p.row_ptr && {
                (0..p.rows).all(|r| {
                    let (a, b) = (p.row_ptr[r] as usize, p.row_ptr[r + 1] as usize);
                    let mut cols = p.col[a..b].to_vec();
                    cols.sort_unstable();
                    cols == t.row[a..b]
                })
            }
        })
    }

    /// The transposed pattern, and for each of its entries the position in this one.
    #[track_caller]
    pub fn transposed(&self) -> (Self, Vec<u32>) {
        let p = self.host();
        let t = p.transposed();
        let pattern = PatternData {
            rows: p.cols,
            cols: p.rows,
            row_ptr: t.col_ptr.clone(),
            col: t.row.clone(),
            transposed: OnceLock::new(),
            symmetric: OnceLock::new(),
            places: OnceLock::new(),
        };
        (Self(PatternRepr::Host(Arc::new(pattern))), t.edge.clone())
    }

    /// Whether both are the same shared pattern (not merely equal entries).
    pub fn same(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (PatternRepr::Host(a), PatternRepr::Host(b)) => Arc::ptr_eq(a, b),
            (PatternRepr::Tracer(a, _), PatternRepr::Tracer(b, _)) => a == b,
            _ => false,
        }
    }
}

/// Row pointers, rows and columns are kept in 32 bits.
fn refuse_beyond_u32(rows: usize, cols: usize, nnz: usize) -> Result<(), String> {
    if [rows, cols, nnz].iter().any(|&n| u32::try_from(n).is_err()) {
        return Err(format!(
            "pattern: [{rows}, {cols}] with {nnz} entries: none may be more than {}",
            u32::MAX
        ));
    }
    Ok(())
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({})", self.aval())
    }
}
