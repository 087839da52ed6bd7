//! Cases of reading and writing at computed places.

use graxe_core::ops::{Bounds, Combine, Gather, GatherDims, Primitive, Scatter};
use graxe_core::{Array, DType, Scalar, Value};

use super::Case;
use super::operands::{doubles, indices, sample, values};

/// Windows of an operand: which axes belong together, their extents, operand and indices.
struct Windows {
    dims: GatherDims,
    slice_sizes: Vec<usize>,
    operand: Vec<usize>,
    indices: Array,
    /// Whether every window lies inside.
    inside: bool,
}

impl Windows {
    /// The shape that gathering gives and scattering takes.
    fn shape(&self) -> Vec<usize> {
        let dims = &self.dims;
        let window = (0..self.operand.len())
            .filter(|a| !dims.collapsed.contains(a) && !dims.operand_batch.contains(a));
        let mut window = window.map(|a| self.slice_sizes[a]);
        let batch = self.indices.shape();
        let mut batch = batch[..batch.len() - 1].iter().copied();
        let rank = batch.len() + dims.offset.len();
        let shape = (0..rank).filter_map(|a| {
            if dims.offset.contains(&a) {
                window.next()
            } else {
                batch.next()
            }
        });
        shape.collect()
    }
}

#[allow(clippy::too_many_lines, reason = "a flat table")]
fn windows() -> Vec<Windows> {
    let dims = |offset: &[usize], collapsed: &[usize], map: &[usize]| GatherDims {
        offset: offset.to_vec(),
        collapsed: collapsed.to_vec(),
        start_index_map: map.to_vec(),
        ..GatherDims::default()
    };
    let batched = |dims: GatherDims, operand: &[usize], indices: &[usize]| GatherDims {
        operand_batch: operand.to_vec(),
        indices_batch: indices.to_vec(),
        ..dims
    };
    let all = [
        // Whole rows, one of them twice, some outside.
        (
            dims(&[1], &[0], &[0]),
            &[1, 3][..],
            &[4, 3][..],
            indices(&[3, 1], [2, 0, 2]),
            true,
        ),
        (
            dims(&[1], &[0], &[0]),
            &[1, 3],
            &[4, 3],
            indices(&[4, 1], [3, 4, -1, 9]),
            false,
        ),
        // Single elements, the components of an index in another order than the axes.
        (
            dims(&[], &[0, 1], &[1, 0]),
            &[1, 1],
            &[4, 3],
            indices(&[2, 2, 2], [2, 1, 0, 3, 2, 1, 1, 0]),
            true,
        ),
        (
            dims(&[], &[0, 1], &[1, 0]),
            &[1, 1],
            &[4, 3],
            indices(&[3, 2], [3, 0, -1, 2, 0, 5]),
            false,
        ),
        // Windows that overlap, with the batch between their axes, and one beyond the edge.
        (
            dims(&[0, 2], &[], &[0, 1]),
            &[2, 2],
            &[4, 3],
            indices(&[3, 2], [0, 0, 1, 1, 2, 0]),
            true,
        ),
        (
            dims(&[0, 2], &[], &[0, 1]),
            &[2, 2],
            &[4, 3],
            indices(&[2, 2], [3, 1, 1, -1]),
            false,
        ),
        // A column by its index, windows first.
        (
            dims(&[0], &[1], &[1]),
            &[4, 1],
            &[4, 3],
            indices(&[2, 1], [2, 0]),
            true,
        ),
        // Batch axes kept in step, in place and scrambled.
        (
            batched(dims(&[2], &[1], &[1]), &[0], &[0]),
            &[1, 1, 2],
            &[3, 4, 2],
            indices(&[3, 2, 1], [0, 3, 1, 1, 2, 0]),
            true,
        ),
        (
            batched(dims(&[], &[0], &[0]), &[1], &[1]),
            &[1, 1],
            &[4, 3],
            indices(&[2, 3, 1], [0, 3, 1, 3, 2, 4]),
            false,
        ),
        (
            batched(dims(&[], &[1], &[1]), &[0, 2], &[1, 0]),
            &[1, 1, 1],
            &[2, 4, 3],
            indices(&[3, 2, 1], [0, 3, 1, 3, 2, 2]),
            true,
        ),
        // One index vector, no index vectors, and an empty window.
        (
            dims(&[0], &[0], &[0]),
            &[1, 3],
            &[4, 3],
            indices(&[1], [1]),
            true,
        ),
        (
            dims(&[1], &[0], &[0]),
            &[1, 3],
            &[4, 3],
            indices(&[0, 1], []),
            true,
        ),
        (
            dims(&[1], &[0], &[0]),
            &[1, 0],
            &[4, 0],
            indices(&[2, 1], [1, 3]),
            true,
        ),
        // An index of no components always addresses the origin.
        (dims(&[0], &[], &[]), &[2], &[3], indices(&[0], []), true),
    ];
    let all = all
        .into_iter()
        .map(|(dims, sizes, operand, indices, inside)| Windows {
            dims,
            slice_sizes: sizes.to_vec(),
            operand: operand.to_vec(),
            indices,
            inside,
        });
    all.collect()
}

pub(super) fn gather() -> Vec<Case> {
    let mut cases = Vec::new();
    let op = |w: &Windows, bounds, fill| {
        Primitive::from(Gather {
            dims: w.dims.clone(),
            slice_sizes: w.slice_sizes.clone(),
            bounds,
            fill,
        })
    };
    for w in windows() {
        let operands = |dtype| values([sample(dtype, &w.operand, 0), w.indices.clone()]);
        cases.push((op(&w, Bounds::Clip, None), operands(DType::F64)));
        let fill = Some(Scalar::F64(0.25));
        cases.push((op(&w, Bounds::Fill, fill), operands(DType::F64)));
        // Filling with NaN, and promises that are broken, have no differences.
        let plain = if w.inside { DType::F64 } else { DType::F32 };
        cases.push((op(&w, Bounds::Fill, None), operands(plain)));
        cases.push((op(&w, Bounds::Promise, None), operands(plain)));
    }
    for w in windows().iter().take(3) {
        for dtype in DType::ALL {
            let operands = |indices: Array| values([sample(dtype, &w.operand, 0), indices]);
            cases.push((op(w, Bounds::Clip, None), operands(w.indices.clone())));
            if !dtype.is_float() {
                cases.push((op(w, Bounds::Fill, None), operands(w.indices.clone())));
            }
        }
        for dtype in [DType::I64, DType::U32, DType::U64] {
            let wide = super::super::host::Host::of(&w.indices).convert(dtype);
            if w.inside {
                let operands = values([doubles(&w.operand, 0), wide.array()]);
                cases.push((op(w, Bounds::Fill, None), operands));
            }
        }
    }
    cases
}

pub(super) fn scatter() -> Vec<Case> {
    let mut cases = Vec::new();
    let op = |w: &Windows, bounds, combine| {
        Primitive::from(Scatter {
            dims: w.dims.clone(),
            slice_sizes: w.slice_sizes.clone(),
            bounds,
            combine,
        })
    };
    let operands = |w: &Windows, dtype| -> Vec<Value> {
        let updates = sample(dtype, &w.shape(), 1);
        values([sample(dtype, &w.operand, 0), w.indices.clone(), updates])
    };
    for w in windows() {
        for combine in Combine::ALL {
            for bounds in [Bounds::Clip, Bounds::Fill] {
                cases.push((op(&w, bounds, combine), operands(&w, DType::F64)));
            }
        }
    }
    for w in windows().iter().take(2) {
        for combine in Combine::ALL {
            for dtype in DType::ALL {
                if dtype != DType::Bool || combine == Combine::Set {
                    cases.push((op(w, Bounds::Fill, combine), operands(w, dtype)));
                }
            }
        }
    }
    cases
}
