//! Elements that move.

use graxe_kernels::index as kernels;
use graxe_kernels::number::{Number, cast};

use super::arena::{Elements, Room};
use crate::array::{DType, Native, Scalar, with_dtype, with_number};
use crate::ops::gather::GatherDims;
use crate::ops::{Bounds, Combine, Gather, Index, Scatter};

/// Moves elements of whole operands.
pub(super) fn run(op: &Index<'_>, operands: &[Elements<'_>], out: &mut Room<'_>) {
    match op {
        Index::Gather(op) => with_dtype!(out.dtype(), T => gather::<T>(op, operands, out)),
        Index::Scatter(op) => {
            // The plan may have put the result where the operand lies.
            if !out.lies_at(operands[0]) {
                copy(operands[0], out);
            }
            scatter(op, operands[1], operands[2], out);
        }
        Index::Concatenate(op) => with_dtype!(out.dtype(), T => {
            let parts: Vec<(&[T], usize)> = operands
                .iter()
                .map(|x| (x.host::<T>(), x.shape()[op.axis]))
                .collect();
            let outer = out.shape()[..op.axis].iter().product();
            let inner = out.shape()[op.axis + 1..].iter().product();
            kernels::concatenate(&parts, outer, inner, out.host());
        }),
        Index::Reshape(_) => copy(operands[0], out),
        Index::Sort(_) => unreachable!("sorting has as many results as operands"),
        Index::Broadcast(_) | Index::Transpose(_) | Index::Slice(_) | Index::Pad(_) => {
            with_dtype!(out.dtype(), T => rearrange::<T>(op, operands, out));
        }
    }
}

/// The same elements.
pub(super) fn copy(x: Elements<'_>, out: &mut Room<'_>) {
    with_dtype!(x.dtype(), T => out.host::<T>().copy_from_slice(x.host()));
}

fn rearrange<T: Native>(op: &Index<'_>, operands: &[Elements<'_>], out: &mut Room<'_>) {
    let x = operands[0];
    let (shape, data) = (x.shape(), x.host::<T>());
    let to = out.shape();
    let result = out.host::<T>();
    match op {
        Index::Broadcast(op) => kernels::broadcast_in_dim(data, shape, to, &op.dims, result),
        Index::Transpose(op) => kernels::transpose(data, shape, &op.perm, result),
        Index::Slice(op) => kernels::slice(data, shape, &op.start, &op.stride, to, result),
        Index::Pad(op) => {
            let value = operands[1].host::<T>()[0];
            let (low, high) = (&op.low, &op.high);
            kernels::pad(data, shape, low, high, &op.interior, value, to, result);
        }
        _ => unreachable!("the other families have their own functions"),
    }
}

fn indices(x: Elements<'_>) -> Vec<i64> {
    with_number!(x.dtype(), I => x.host::<I>().iter().map(|&i| cast::<I, i64>(i)).collect())
}

/// What reading outside gives unless the operation says otherwise.
pub(super) fn default_fill(dtype: DType) -> Scalar {
    match dtype {
        DType::Bool => Scalar::Bool(true),
        DType::I32 => Scalar::I32(i32::MIN),
        DType::I64 => Scalar::I64(i64::MIN),
        DType::U32 => Scalar::U32(u32::MAX),
        DType::U64 => Scalar::U64(u64::MAX),
        DType::F32 => Scalar::F32(f32::NAN),
        DType::F64 => Scalar::F64(f64::NAN),
    }
}

fn gather<T: Native>(op: &Gather, operands: &[Elements<'_>], out: &mut Room<'_>) {
    let (x, index) = (operands[0], operands[1]);
    let fill = op
        .fill
        .unwrap_or_else(|| default_fill(out.dtype()))
        .to_array();
    let bounds = match op.bounds {
        Bounds::Fill => kernels::Bounds::Fill,
        Bounds::Clip | Bounds::Promise => kernels::Bounds::Clip,
    };
    kernels::gather(
        x.host::<T>(),
        x.shape(),
        &indices(index),
        index.shape(),
        &gather_dims(&op.dims),
        &op.slice_sizes,
        bounds,
        fill.host::<T>()[0],
        out.shape(),
        out.host(),
    );
}

fn gather_dims(dims: &GatherDims) -> kernels::GatherDims {
    kernels::GatherDims {
        offset_dims: dims.offset.clone(),
        collapsed_slice_dims: dims.collapsed.clone(),
        start_index_map: dims.start_index_map.clone(),
        operand_batching_dims: dims.operand_batch.clone(),
        start_indices_batching_dims: dims.indices_batch.clone(),
    }
}

fn scatter_dims(dims: &GatherDims) -> kernels::ScatterDims {
    kernels::ScatterDims {
        update_window_dims: dims.offset.clone(),
        inserted_window_dims: dims.collapsed.clone(),
        scatter_dims_to_operand_dims: dims.start_index_map.clone(),
        operand_batching_dims: dims.operand_batch.clone(),
        scatter_indices_batching_dims: dims.indices_batch.clone(),
    }
}

/// Scatters into what `out` holds already.
pub(super) fn scatter(
    op: &Scatter,
    index: Elements<'_>,
    updates: Elements<'_>,
    out: &mut Room<'_>,
) {
    if op.combine == Combine::Set {
        with_dtype!(out.dtype(), T => update::<T>(op, index, updates, |_, v| v, out));
        return;
    }
    with_number!(out.dtype(), T => match op.combine {
        Combine::Add => update::<T>(op, index, updates, <T as Number>::add, out),
        Combine::Mul => update::<T>(op, index, updates, <T as Number>::mul, out),
        Combine::Min => update::<T>(op, index, updates, <T as Number>::minimum, out),
        Combine::Max => update::<T>(op, index, updates, <T as Number>::maximum, out),
        Combine::Set => unreachable!("set is done above"),
    });
}

fn update<T: Native>(
    op: &Scatter,
    index: Elements<'_>,
    updates: Elements<'_>,
    combine: impl Fn(T, T) -> T,
    out: &mut Room<'_>,
) {
    let bounds = match op.bounds {
        Bounds::Clip => kernels::Bounds::Clip,
        Bounds::Fill | Bounds::Promise => kernels::Bounds::Fill,
    };
    let shape = out.shape();
    kernels::scatter(
        out.host::<T>(),
        shape,
        &indices(index),
        index.shape(),
        updates.host::<T>(),
        updates.shape(),
        &scatter_dims(&op.dims),
        bounds,
        combine,
    );
}
