//! The index kernels against loops over every index.

use super::*;
use proptest::prelude::*;

/// Every index of a shape in row-major order.
fn indices_of(shape: &[usize]) -> Vec<Vec<usize>> {
    (0..size(shape))
        .map(|mut i| {
            let mut index = vec![0; shape.len()];
            for d in (0..shape.len()).rev() {
                index[d] = i % shape[d];
                i /= shape[d];
            }
            index
        })
        .collect()
}

fn offset(shape: &[usize], index: &[usize]) -> usize {
    index.iter().zip(shape).fold(0, |o, (i, len)| o * len + i)
}

fn numbered(shape: &[usize]) -> Vec<i32> {
    (0..size(shape) as i32).collect()
}

fn shape(ranks: std::ops::Range<usize>) -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(1..5usize, ranks)
}

proptest! {
#![proptest_config(crate::fixed_seed())]

    #[test]
    fn transposing_moves_every_index(
        (shape, perm) in shape(0..5).prop_flat_map(|shape| {
            let perm: Vec<usize> = (0..shape.len()).collect();
            (Just(shape), Just(perm).prop_shuffle())
        }),
    ) {
        let x = numbered(&shape);
        let mut out = vec![-1; x.len()];
        transpose(&x, &shape, &perm, &mut out);
        let out_shape: Vec<usize> = perm.iter().map(|&p| shape[p]).collect();
        let mut back = vec![-1; x.len()];
        let mut inverse = vec![0; perm.len()];
        for (i, &p) in perm.iter().enumerate() {
            inverse[p] = i;
        }
        for index in indices_of(&shape) {
            let moved: Vec<usize> = perm.iter().map(|&p| index[p]).collect();
            prop_assert_eq!(out[offset(&out_shape, &moved)], x[offset(&shape, &index)]);
        }
        transpose(&out, &out_shape, &inverse, &mut back);
        prop_assert_eq!(back, x);
    }

    #[test]
    fn large_matrices_are_transposed_by_blocks(batch in 1..3usize, m in 1..50usize, n in 1..50usize) {
        let x = numbered(&[batch, m, n]);
        let mut out = vec![-1; x.len()];
        transpose(&x, &[batch, m, n], &[0, 2, 1], &mut out);
        for i in indices_of(&[batch, m, n]) {
            prop_assert_eq!(out[(i[0] * n + i[2]) * m + i[1]], x[(i[0] * m + i[1]) * n + i[2]]);
        }
    }

    #[test]
    fn broadcasting_repeats(
        out_shape in shape(0..5), ones in any::<[bool; 5]>(), absent in any::<[bool; 5]>(),
    ) {
        let dims: Vec<usize> = (0..out_shape.len()).filter(|&d| !absent[d]).collect();
        let x_shape: Vec<usize> =
            dims.iter().map(|&d| if ones[d] { 1 } else { out_shape[d] }).collect();
        let x = numbered(&x_shape);
        let mut out = vec![-1; size(&out_shape)];
        broadcast_in_dim(&x, &x_shape, &out_shape, &dims, &mut out);
        for index in indices_of(&out_shape) {
            let from: Vec<usize> =
                dims.iter().zip(&x_shape).map(|(&d, &len)| index[d] % len).collect();
            prop_assert_eq!(out[offset(&out_shape, &index)], x[offset(&x_shape, &from)]);
        }
    }

    #[test]
    fn slicing_and_reversing_pick(
        shape in shape(0..4), start in any::<[usize; 4]>(), stride in [1..4usize, 1..4, 1..4, 1..4],
        back in any::<[bool; 4]>(),
    ) {
        let x = numbered(&shape);
        let start: Vec<usize> = shape.iter().zip(start).map(|(len, s)| s % len).collect();
        let stride = &stride[..shape.len()];
        let out_shape: Vec<usize> =
            (0..shape.len()).map(|d| (shape[d] - start[d]).div_ceil(stride[d])).collect();
        let mut out = vec![-1; size(&out_shape)];
        slice(&x, &shape, &start, stride, &out_shape, &mut out);
        for index in indices_of(&out_shape) {
            let from: Vec<usize> =
                (0..shape.len()).map(|d| start[d] + index[d] * stride[d]).collect();
            prop_assert_eq!(out[offset(&out_shape, &index)], x[offset(&shape, &from)]);
        }
        let axes: Vec<usize> = (0..shape.len()).filter(|&d| back[d]).collect();
        let mut out = vec![-1; x.len()];
        reverse(&x, &shape, &axes, &mut out);
        for index in indices_of(&shape) {
            let from: Vec<usize> = (0..shape.len())
                .map(|d| if back[d] { shape[d] - 1 - index[d] } else { index[d] })
                .collect();
            prop_assert_eq!(out[offset(&shape, &index)], x[offset(&shape, &from)]);
        }
    }

    #[test]
    fn padding_spreads_and_crops(
        shape in prop::collection::vec(0..5usize, 0..4),
        ends in [(-4..5isize, -4..5isize), (-4..5isize, -4..5isize), (-4..5isize, -4..5isize)],
        interior in [0..3usize, 0..3, 0..3],
    ) {
        let rank = shape.len();
        let (low, high): (Vec<isize>, Vec<isize>) = ends[..rank].iter().copied().unzip();
        let spread = |d: usize| (shape[d] + shape[d].saturating_sub(1) * interior[d]) as isize;
        let out_shape: Vec<isize> = (0..rank).map(|d| low[d] + spread(d) + high[d]).collect();
        prop_assume!(out_shape.iter().all(|&len| len >= 0));
        let out_shape: Vec<usize> = out_shape.iter().map(|&len| len as usize).collect();
        let x = numbered(&shape);
        let mut out = vec![-2; size(&out_shape)];
        pad(&x, &shape, &low, &high, &interior[..rank], -1, &out_shape, &mut out);
        let mut want = vec![-1; out.len()];
        for index in indices_of(&shape) {
            let to: Option<Vec<usize>> = (0..rank)
                .map(|d| usize::try_from(low[d] + (index[d] * (interior[d] + 1)) as isize).ok())
                .zip(&out_shape)
                .map(|(to, &len)| to.filter(|&to| to < len))
                .collect();
            if let Some(to) = to {
                want[offset(&out_shape, &to)] = x[offset(&shape, &index)];
            }
        }
        prop_assert_eq!(out, want);
    }
}

#[test]
fn parts_are_joined_along_the_middle() {
    let (a, b) = ([1, 2, 3, 4], [5, 6, 7, 8, 9, 10, 11, 12]);
    let mut out = [0; 12];
    concatenate(&[(&a, 1), (&[], 0), (&b, 2)], 2, 2, &mut out);
    assert_eq!(out, [1, 2, 5, 6, 7, 8, 3, 4, 9, 10, 11, 12]);
}

#[test]
fn iota_counts_along_its_axis() {
    let mut out = [0.0f32; 6];
    iota(&[3, 2], 0, &mut out);
    assert_eq!(out, [0.0, 0.0, 1.0, 1.0, 2.0, 2.0]);
    iota(&[3, 2], 1, &mut out);
    assert_eq!(out, [0.0, 1.0, 0.0, 1.0, 0.0, 1.0]);
}

/// A gather and the scatter that goes back, with random dimension numbers.
#[derive(Clone, Debug)]
struct Case {
    x_shape: Vec<usize>,
    /// For each axis of the operand whether it is a batching axis.
    batching: Vec<bool>,
    /// For each axis whether the window lacks it (its extent is then one) and whether it is indexed.
    collapsed: Vec<bool>,
    indexed: Vec<bool>,
    sizes: Vec<usize>,
    /// The extents of the indices' own batch axes.
    batch: Vec<usize>,
    /// Which axes of the output are the windows'.
    window_first: bool,
    indices: Vec<i64>,
    bounds: Bounds,
}

fn cases() -> impl Strategy<Value = Case> {
    let flags = || prop::collection::vec(any::<bool>(), 3);
    (
        shape(1..4),
        (flags(), flags(), flags()),
        prop::collection::vec(0..5usize, 3),
        shape(0..3),
        any::<bool>(),
        prop::collection::vec(-3..7i64, 2000),
        prop::sample::select(vec![Bounds::Clip, Bounds::Fill]),
    )
        .prop_map(
            |(x_shape, flags, sizes, batch, window_first, indices, bounds)| {
                let rank = x_shape.len();
                // Batching axes are rarer, so that windows stay interesting.
                let batching: Vec<bool> = (0..rank).map(|d| flags.0[d] && flags.1[d]).collect();
                let collapsed: Vec<bool> = (0..rank).map(|d| flags.1[d] && !batching[d]).collect();
                let indexed = (0..rank).map(|d| flags.2[d] && !batching[d]).collect();
                let sizes = (0..rank)
                    .map(|d| {
                        if batching[d] || collapsed[d] {
                            1
                        } else {
                            sizes[d] % x_shape[d] + 1
                        }
                    })
                    .collect();
                Case {
                    x_shape,
                    batching,
                    collapsed,
                    indexed,
                    sizes,
                    batch,
                    window_first,
                    indices,
                    bounds,
                }
            },
        )
}

impl Case {
    fn axes(&self, flags: &[bool]) -> Vec<usize> {
        (0..self.x_shape.len()).filter(|&d| flags[d]).collect()
    }

    fn kept(&self) -> Vec<usize> {
        let lacks = |d: usize| self.batching[d] || self.collapsed[d];
        (0..self.x_shape.len()).filter(|&d| !lacks(d)).collect()
    }

    /// The batch shape of the indices: the batching axes of the operand, then their own.
    fn batch_shape(&self) -> Vec<usize> {
        let batching = self.axes(&self.batching);
        batching
            .iter()
            .map(|&d| self.x_shape[d])
            .chain(self.batch.clone())
            .collect()
    }

    fn indices_shape(&self) -> Vec<usize> {
        let mut shape = self.batch_shape();
        shape.push(self.axes(&self.indexed).len());
        shape
    }

    /// The shape of the gathered or scattered windows, and which of its axes are the windows'.
    fn windows_shape(&self) -> (Vec<usize>, Vec<usize>) {
        let window: Vec<usize> = self.kept().iter().map(|&d| self.sizes[d]).collect();
        let (batch, rank) = (self.batch_shape(), window.len());
        if self.window_first {
            ([window, batch].concat(), (0..rank).collect())
        } else {
            let dims = (batch.len()..batch.len() + rank).collect();
            ([batch, window].concat(), dims)
        }
    }

    /// The place in the operand that goes with an index of the windows' array, by the definition.
    fn place(&self, index: &[usize]) -> Option<usize> {
        let (batch_rank, rank) = (self.batch_shape().len(), self.kept().len());
        let (batch, window) = if self.window_first {
            (&index[rank..], &index[..rank])
        } else {
            (&index[..batch_rank], &index[batch_rank..])
        };
        let depth = self.axes(&self.indexed).len();
        let row = offset(&self.batch_shape(), batch) * depth;
        let mut at = vec![0; self.x_shape.len()];
        for (k, d) in self.axes(&self.indexed).into_iter().enumerate() {
            let last = (self.x_shape[d] - self.sizes[d]) as i64;
            let start = self.indices[row + k];
            if self.bounds == Bounds::Fill && !(0..=last).contains(&start) {
                return None;
            }
            at[d] = start.clamp(0, last) as usize;
        }
        for (i, d) in self.axes(&self.batching).into_iter().enumerate() {
            at[d] = batch[i];
        }
        for (d, i) in self.kept().into_iter().zip(window) {
            at[d] += i;
        }
        Some(offset(&self.x_shape, &at))
    }
}

proptest! {
#![proptest_config(crate::fixed_seed())]

    #[test]
    fn windows_are_gathered_and_scattered_as_defined(case in cases()) {
        let (windows_shape, window_dims) = case.windows_shape();
        let indices_shape = case.indices_shape();
        let batching = case.axes(&case.batching);
        let indices = &case.indices[..size(&indices_shape)];
        let x = numbered(&case.x_shape);
        let dims = GatherDims {
            offset_dims: window_dims.clone(),
            collapsed_slice_dims: case.axes(&case.collapsed),
            start_index_map: case.axes(&case.indexed),
            operand_batching_dims: batching.clone(),
            start_indices_batching_dims: (0..batching.len()).collect(),
        };
        let mut out = vec![-2; size(&windows_shape)];
        gather(
            &x, &case.x_shape, indices, &indices_shape, &dims, &case.sizes, case.bounds, -1,
            &windows_shape, &mut out,
        );
        let places: Vec<_> =
            indices_of(&windows_shape).iter().map(|index| case.place(index)).collect();
        let want: Vec<i32> = places.iter().map(|place| place.map_or(-1, |p| x[p])).collect();
        prop_assert_eq!(out, want);

        let dims = ScatterDims {
            update_window_dims: window_dims,
            inserted_window_dims: case.axes(&case.collapsed),
            scatter_dims_to_operand_dims: case.axes(&case.indexed),
            operand_batching_dims: batching.clone(),
            scatter_indices_batching_dims: (0..batching.len()).collect(),
        };
        // Digits keep the order of the updates apart.
        let digits = |x: i32, update: i32| x.wrapping_mul(31).wrapping_add(update);
        let updates = numbered(&windows_shape);
        let mut got = x.clone();
        scatter(
            &mut got, &case.x_shape, indices, &indices_shape, &updates, &windows_shape, &dims,
            case.bounds, digits,
        );
        let mut want = x;
        for (&update, place) in updates.iter().zip(places) {
            if let Some(place) = place {
                want[place] = digits(want[place], update);
            }
        }
        prop_assert_eq!(got, want);
    }
}
