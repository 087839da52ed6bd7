//! Arrays and patterns cut to some rows.

use std::collections::HashMap;
use std::rc::Rc;

use crate::array::{Array, Pattern, PatternData, with_dtype};

/// Ascending rows, known by their number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct List(usize);

/// Lists of rows; equal ones are one, so that what is cut by them is cut once.
#[derive(Default)]
pub(super) struct Lists {
    all: Vec<Rc<Vec<u32>>>,
    numbers: HashMap<Rc<Vec<u32>>, List>,
}

impl Lists {
    pub(super) fn add(&mut self, rows: Vec<u32>) -> List {
        if let Some(number) = self.numbers.get(&rows) {
            return *number;
        }
        let (rows, number) = (Rc::new(rows), List(self.all.len()));
        self.all.push(rows.clone());
        self.numbers.insert(rows, number);
        number
    }

    pub(super) fn rows(&self, list: List) -> &Rc<Vec<u32>> {
        &self.all[list.0]
    }

    /// The rank of each row of so many in a list, if it is there.
    pub(super) fn ranks(&self, list: List, extent: usize) -> Vec<Option<u32>> {
        let mut ranks = vec![None; extent];
        for (rank, row) in self.rows(list).iter().enumerate() {
            ranks[*row as usize] = Some(rank as u32);
        }
        ranks
    }

    /// A pattern at some rows, columns and entries, all where there is no list, and which entries
    /// are left.
    pub(super) fn cut(
        &self,
        pattern: &PatternData,
        lists: [Option<List>; 3],
    ) -> Option<(Pattern, Vec<u32>)> {
        let extents = [pattern.rows, pattern.cols, pattern.col.len()];
        let ranks = [0, 1, 2].map(|i| Some(self.ranks(lists[i]?, extents[i])));
        let rank = |axis: usize, at: usize| match &ranks[axis] {
            Some(ranks) => ranks[at],
            None => Some(at as u32),
        };
        let [rows, cols] =
            [0, 1].map(|i| lists[i].map_or(extents[i], |list| self.rows(list).len()));
        let mut row_ptr = vec![0; rows + 1];
        let (mut col, mut left) = (Vec::new(), Vec::new());
        pattern.entries(|e, r, c| {
            if let (Some(r), Some(c), Some(_)) = (rank(0, r), rank(1, c), rank(2, e)) {
                row_ptr[r as usize + 1] += 1;
                col.push(c);
                left.push(e as u32);
            }
        });
        for r in 0..rows {
            row_ptr[r + 1] += row_ptr[r];
        }
        let pattern = Pattern::new(cols, row_ptr, col).ok()?;
        Some((pattern, left))
    }
}

/// Some rows of a known array.
pub(super) fn take_rows(array: &Array, rows: &[u32]) -> Array {
    let shape = array.shape().with_extent(rows.len());
    let width: usize = shape.iter().skip(1).product();
    let mut cut = with_dtype!(array.dtype(), T => {
        let elements = array.host::<T>();
        let mut cut: Vec<T> = Vec::with_capacity(rows.len() * width);
        for r in rows {
            let first = *r as usize * width;
            cut.extend_from_slice(&elements[first..first + width]);
        }
        Array::from_vec(cut, shape)
    });
    cut.aval.weak = array.is_weak();
    cut
}
