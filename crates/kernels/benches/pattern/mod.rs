//! Inputs of the benches: seeded random patterns and numbers.

use std::time::Duration;

use criterion::Criterion;

/// A random sparse pattern.
pub(crate) struct Pattern {
    pub(crate) rows: usize,
    pub(crate) cols: usize,
    pub(crate) row_ptr: Vec<u32>,
    pub(crate) col: Vec<u32>,
}

impl Pattern {
    /// `entries` entries, each in a random row and column.
    pub(crate) fn random(rows: usize, cols: usize, entries: usize) -> Self {
        let mut state = 1;
        let mut row_ptr = vec![0; rows + 1];
        for _ in 0..entries {
            row_ptr[below(rows, &mut state) + 1] += 1;
        }
        for r in 0..rows {
            row_ptr[r + 1] += row_ptr[r];
        }
        let col = (0..entries).map(|_| below(cols, &mut state) as u32);
        let col = col.collect();
        Self {
            rows,
            cols,
            row_ptr,
            col,
        }
    }
}

/// A random number below `n`, by Knuth's linear congruences.
fn below(n: usize, state: &mut u64) -> usize {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    (((*state >> 33) * n as u64) >> 31) as usize
}

/// Numbers between -1 and 1.
pub(crate) fn numbers(n: usize) -> Vec<f32> {
    (0..n).map(|i| (i * 37 % 101) as f32 / 50.0 - 1.0).collect()
}

/// Few samples: the whole bench takes seconds.
pub(crate) fn quick() -> Criterion {
    Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(400))
}
