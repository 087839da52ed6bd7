//! Elements that move.

use std::sync::Arc;

use graxe_kernels::index as kernels;
use graxe_kernels::number::{Number, cast};

use super::{finish, room};
use crate::array::{Array, ArrayRepr, DType, Native, Scalar, with_dtype, with_number};
use crate::ir::{Aval, Value};
use crate::ops::gather::GatherDims;
use crate::ops::{Bounds, Combine, Gather, Index, Scatter};

pub(super) fn run(op: &Index<'_>, mut inputs: Vec<Value>, out: &Aval) -> Array {
    match op {
        Index::Reshape(_) => {
            let mut array = inputs.swap_remove(0).into_array();
            array.aval = out.clone();
            array
        }
        Index::Gather(op) => with_dtype!(out.dtype, T => gather::<T>(op, &inputs, out)),
        Index::Scatter(op) => scatter(op, inputs, out),
        Index::Concatenate(op) => with_dtype!(out.dtype, T => {
            let parts: Vec<(&[T], usize)> = inputs
                .iter()
                .map(|v| (v.array().host::<T>(), v.array().shape()[op.axis]))
                .collect();
            let outer = out.shape[..op.axis].iter().product();
            let inner = out.shape[op.axis + 1..].iter().product();
            let mut data = room::<T>(&out.shape);
            kernels::concatenate(&parts, outer, inner, &mut data);
            finish(data, out)
        }),
        Index::Broadcast(_) | Index::Transpose(_) | Index::Slice(_) | Index::Pad(_) => {
            with_dtype!(out.dtype, T => rearrange::<T>(op, &inputs, out))
        }
    }
}

fn rearrange<T: Native>(op: &Index<'_>, inputs: &[Value], out: &Aval) -> Array {
    let x = inputs[0].array();
    let (shape, data) = (x.shape(), x.host::<T>());
    let mut result = room::<T>(&out.shape);
    match op {
        Index::Broadcast(op) => {
            kernels::broadcast_in_dim(data, shape, &out.shape, &op.dims, &mut result);
        }
        Index::Transpose(op) => kernels::transpose(data, shape, &op.perm, &mut result),
        Index::Slice(op) => {
            kernels::slice(data, shape, &op.start, &op.stride, &out.shape, &mut result);
        }
        Index::Pad(op) => {
            let value = inputs[1].array().host::<T>()[0];
            let (low, high) = (&op.low, &op.high);
            kernels::pad(
                data,
                shape,
                low,
                high,
                &op.interior,
                value,
                &out.shape,
                &mut result,
            );
        }
        _ => unreachable!("the other families have their own functions"),
    }
    finish(result, out)
}

fn indices(array: &Array) -> Vec<i64> {
    with_number!(array.dtype(), I => array.host::<I>().iter().map(|&i| cast::<I, i64>(i)).collect())
}

/// What reading outside gives unless the operation says otherwise.
fn default_fill(dtype: DType) -> Scalar {
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

fn gather<T: Native>(op: &Gather, inputs: &[Value], out: &Aval) -> Array {
    let (x, index) = (inputs[0].array(), inputs[1].array());
    let fill = op
        .fill
        .unwrap_or_else(|| default_fill(out.dtype))
        .to_array();
    let bounds = match op.bounds {
        Bounds::Fill => kernels::Bounds::Fill,
        Bounds::Clip | Bounds::Promise => kernels::Bounds::Clip,
    };
    let mut data = room::<T>(&out.shape);
    kernels::gather(
        x.host::<T>(),
        x.shape(),
        &indices(index),
        index.shape(),
        &gather_dims(&op.dims),
        &op.slice_sizes,
        bounds,
        fill.host::<T>()[0],
        &out.shape,
        &mut data,
    );
    finish(data, out)
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

fn scatter(op: &Scatter, mut inputs: Vec<Value>, out: &Aval) -> Array {
    let updates = inputs.swap_remove(2).into_array();
    let index = inputs.swap_remove(1).into_array();
    let x = inputs.swap_remove(0).into_array();
    if op.combine == Combine::Set {
        return with_dtype!(out.dtype, T => update::<T>(op, x, &index, &updates, |_, v| v, out));
    }
    with_number!(out.dtype, T => match op.combine {
        Combine::Add => update::<T>(op, x, &index, &updates, <T as Number>::add, out),
        Combine::Mul => update::<T>(op, x, &index, &updates, <T as Number>::mul, out),
        Combine::Min => update::<T>(op, x, &index, &updates, <T as Number>::minimum, out),
        Combine::Max => update::<T>(op, x, &index, &updates, <T as Number>::maximum, out),
        Combine::Set => unreachable!("set is done above"),
    })
}

/// The elements of an array to be changed: its own if nobody else holds them.
pub(super) fn take<T: Native>(x: Array) -> Vec<T> {
    match x.repr {
        ArrayRepr::Host(buffer) => match Arc::try_unwrap(buffer) {
            Ok(owned) => T::take(owned).unwrap_or_default(),
            Err(shared) => T::slice(&shared).unwrap_or_default().to_vec(),
        },
        ArrayRepr::Tracer(_) => unreachable!("the backend sees concrete arrays only"),
    }
}

fn update<T: Native>(
    op: &Scatter,
    x: Array,
    index: &Array,
    updates: &Array,
    combine: impl Fn(T, T) -> T,
    out: &Aval,
) -> Array {
    let mut data = take::<T>(x);
    let bounds = match op.bounds {
        Bounds::Clip => kernels::Bounds::Clip,
        Bounds::Fill | Bounds::Promise => kernels::Bounds::Fill,
    };
    kernels::scatter(
        &mut data,
        &out.shape,
        &indices(index),
        index.shape(),
        updates.host::<T>(),
        updates.shape(),
        &scatter_dims(&op.dims),
        bounds,
        combine,
    );
    finish(data, out)
}
