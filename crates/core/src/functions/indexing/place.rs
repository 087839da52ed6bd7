//! From an index to the axes, indices and shapes of a gather or scatter.

use super::item::{Index, Item};
use crate::array::{Array, DType, Scalar, Shape, broadcast_shapes};
use crate::functions::logic::select;
use crate::ops::gather::GatherDims;
use crate::ops::{Bounds, Gather, bind1, broadcast, concatenate, iota, reshape, slice};
use crate::transform::misuse;

/// Where an index reads or writes, as gather's axes.
pub(super) struct Place {
    pub(super) dims: GatherDims,
    pub(super) slice_sizes: Vec<usize>,
    pub(super) indices: Array,
    /// The shape with the new axes of the index.
    pub(super) shape: Shape,
    /// The shape without them, as gather gives it.
    pub(super) gathered: Shape,
}

/// Negative indices count from the end.
pub(super) fn wrap_negative(index: &Array, n: usize) -> Array {
    if index.dtype().is_unsigned() {
        return index.astype(DType::default_int());
    }
    select(&index.less(0), index + n as i32, index)
}

/// A slice's first position, count and step on an axis of extent `n`, as Python has it.
pub(super) fn resolve_slice(
    from: Option<isize>,
    to: Option<isize>,
    by: isize,
    n: usize,
) -> (isize, usize) {
    let n = n as isize;
    let (low, high) = if by > 0 { (0, n) } else { (-1, n - 1) };
    let end = |v: Option<isize>, default: isize| match v {
        None => default,
        Some(v) if v < 0 => (v + n).clamp(low, high),
        Some(v) => v.clamp(low, high),
    };
    let (from, to) = if by > 0 {
        (end(from, 0), end(to, n))
    } else {
        (end(from, n - 1), end(to, -1))
    };
    let count = if by > 0 {
        (to - from + by - 1) / by
    } else {
        (from - to - by - 1) / -by
    };
    (from, count.max(0) as usize)
}

/// What an axis of the result comes from.
pub(super) enum Axis {
    Whole(usize),
    /// The arrays' common shape.
    Block,
    Counted {
        axis: usize,
        from: isize,
        count: usize,
        by: isize,
    },
    New,
}

#[track_caller]
pub(super) fn place(x: &Array, index: &Index) -> Place {
    let taken = index
        .0
        .iter()
        .filter(|i| !matches!(i, Item::NewAxis | Item::Ellipsis))
        .count();
    if taken > x.rank() {
        misuse(format!("index: {taken} indices for {}", x.aval));
    }
    let mut items = Vec::new();
    let mut filled = false;
    for item in &index.0 {
        if matches!(item, Item::Ellipsis) && !filled {
            filled = true;
            items.extend((0..x.rank() - taken).map(|_| Item::Slice(None, None, 1)));
        } else if !matches!(item, Item::Ellipsis) {
            items.push(item.clone());
        }
    }
    if !filled {
        items.extend((0..x.rank() - taken).map(|_| Item::Slice(None, None, 1)));
    }
    let advanced: Vec<usize> = (0..items.len())
        .filter(|&i| matches!(items[i], Item::At(_) | Item::Array(_)))
        .collect();
    let arrays = items.iter().any(|i| matches!(i, Item::Array(_)));
    // Arrays (and with them single positions) set apart by a slice go to the front.
    let together = advanced.windows(2).all(|w| w[1] == w[0] + 1);
    let block_at = match advanced.first() {
        Some(&first) if arrays => Some(if together { first } else { 0 }),
        _ => None,
    };
    let mut axes: Vec<Axis> = Vec::new();
    let mut chosen: Vec<(usize, Array)> = Vec::new();
    let mut axis = 0;
    for (i, item) in items.iter().enumerate() {
        if block_at == Some(i) {
            axes.push(Axis::Block);
        }
        match item {
            Item::NewAxis => {
                axes.push(Axis::New);
                continue;
            }
            Item::At(at) => {
                let n = x.shape()[axis] as isize;
                let at = if *at < 0 { at + n } else { *at };
                let at = Array::from_vec(vec![at.clamp(-1, n) as i32], ());
                chosen.push((axis, at));
            }
            Item::Array(a) => {
                if !a.dtype().is_integer() {
                    misuse(format!("index: {} is not an integer array", a.aval));
                }
                chosen.push((axis, wrap_negative(a, x.shape()[axis])));
            }
            Item::Slice(None, None, 1) => axes.push(Axis::Whole(axis)),
            Item::Slice(from, to, by) => {
                if *by == 0 {
                    misuse("index: a slice has step 0".to_owned());
                }
                let (from, count) = resolve_slice(*from, *to, *by, x.shape()[axis]);
                axes.push(Axis::Counted {
                    axis,
                    from,
                    count,
                    by: *by,
                });
            }
            Item::Ellipsis => {}
        }
        axis += 1;
    }
    assemble(x, &axes, chosen)
}

/// Turns the axes of a result into gather's dimension numbers and index vectors.
#[track_caller]
pub(super) fn assemble(x: &Array, axes: &[Axis], mut chosen: Vec<(usize, Array)>) -> Place {
    let Some(block) = broadcast_shapes(chosen.iter().map(|(_, a)| a.shape())) else {
        misuse(format!(
            "index: the index arrays do not broadcast for {}",
            x.aval
        ))
    };
    let mut vector_shape: Vec<usize> = Vec::new();
    let mut offset = Vec::new();
    let (mut shape, mut gathered): (Vec<usize>, Vec<usize>) = (Vec::new(), Vec::new());
    let mut block_from = 0;
    let mut counted = Vec::new();
    for a in axes {
        match a {
            Axis::New => shape.push(1),
            Axis::Whole(axis) => {
                offset.push(gathered.len());
                gathered.push(x.shape()[*axis]);
                shape.push(x.shape()[*axis]);
            }
            Axis::Block => {
                block_from = vector_shape.len();
                vector_shape.extend(block.iter());
                gathered.extend(block.iter());
                shape.extend(block.iter());
            }
            Axis::Counted {
                axis,
                from,
                count,
                by,
            } => {
                counted.push((*axis, *from, *by, *count, vector_shape.len()));
                vector_shape.push(*count);
                gathered.push(*count);
                shape.push(*count);
            }
        }
    }
    let vector_shape = Shape::from(vector_shape);
    for (_, array) in &mut chosen {
        let dims: Vec<usize> =
            (block_from + block.rank() - array.rank()..block_from + block.rank()).collect();
        *array =
            broadcast::broadcast_in_dim(&array.astype(DType::I32), vector_shape.clone(), &dims);
    }
    for (axis, from, by, count, at) in counted {
        let line = iota::iota(DType::I32, count) * by as i32 + from as i32;
        chosen.push((
            axis,
            broadcast::broadcast_in_dim(&line, vector_shape.clone(), &[at]),
        ));
    }
    chosen.sort_by_key(|(axis, _)| *axis);
    let parts: Vec<Array> = chosen.iter().map(|(_, a)| a.expand_dims(-1)).collect();
    let indices = if parts.is_empty() {
        Array::zeros([vector_shape.as_ref(), &[0usize][..]].concat(), DType::I32)
    } else {
        concatenate::concatenate(&parts, vector_shape.rank())
    };
    let picked: Vec<usize> = chosen.iter().map(|(axis, _)| *axis).collect();
    let slice_sizes = (0..x.rank())
        .map(|a| {
            if picked.contains(&a) {
                1.min(x.shape()[a])
            } else {
                x.shape()[a]
            }
        })
        .collect();
    let dims = GatherDims {
        offset,
        collapsed: picked.clone(),
        start_index_map: picked,
        ..GatherDims::default()
    };
    Place {
        dims,
        slice_sizes,
        indices,
        shape: shape.into(),
        gathered: gathered.into(),
    }
}

/// An index of positions and forward slices is one static slice.
pub(super) fn static_window(x: &Array, index: &Index) -> Option<Array> {
    let plain = |i: &Item| match i {
        Item::At(_) | Item::NewAxis | Item::Ellipsis => true,
        Item::Slice(_, _, by) => *by > 0,
        Item::Array(_) => false,
    };
    let taken = index
        .0
        .iter()
        .filter(|i| !matches!(i, Item::NewAxis | Item::Ellipsis))
        .count();
    if !index.0.iter().all(plain) || taken > x.rank() {
        return None;
    }
    let missing = x.rank() - taken;
    let (mut start, mut limit, mut stride) = (Vec::new(), Vec::new(), Vec::new());
    let mut shape: Vec<usize> = Vec::new();
    let mut rest = Some(missing);
    let whole = |start: &mut Vec<usize>,
                 limit: &mut Vec<usize>,
                 stride: &mut Vec<usize>,
                 shape: &mut Vec<usize>,
                 count: usize| {
        for _ in 0..count {
            let n = x.shape()[start.len()];
            start.push(0);
            limit.push(n);
            stride.push(1);
            shape.push(n);
        }
    };
    for item in &index.0 {
        match item {
            Item::NewAxis => shape.push(1),
            Item::Ellipsis => {
                let count = rest.take().unwrap_or(0);
                whole(&mut start, &mut limit, &mut stride, &mut shape, count);
            }
            Item::At(at) => {
                let n = x.shape()[start.len()] as isize;
                if n == 0 {
                    return None;
                }
                let at = (if *at < 0 { at + n } else { *at }).clamp(0, n - 1) as usize;
                start.push(at);
                limit.push(at + 1);
                stride.push(1);
            }
            Item::Slice(from, to, by) => {
                let (from, count) = resolve_slice(*from, *to, *by, x.shape()[start.len()]);
                let by = *by as usize;
                start.push(from as usize);
                limit.push(if count == 0 {
                    from as usize
                } else {
                    from as usize + (count - 1) * by + 1
                });
                stride.push(by);
                shape.push(count);
            }
            Item::Array(_) => return None,
        }
    }
    let count = rest.take().unwrap_or(0);
    whole(&mut start, &mut limit, &mut stride, &mut shape, count);
    Some(reshape::reshape(
        &slice::slice(x, &start, &limit, &stride),
        shape,
    ))
}

/// The window of `sizes` at `start`, one integer scalar for each axis.
#[track_caller]
pub(super) fn window(x: &Array, name: &str, start: &[&Array], sizes: &[usize]) -> Place {
    let fits = start.len() == x.rank()
        && sizes.len() == x.rank()
        && sizes.iter().zip(x.shape().iter()).all(|(s, n)| s <= n);
    if !fits {
        misuse(format!(
            "{name}: a window {sizes:?} at {} starts does not fit {}",
            start.len(),
            x.aval
        ));
    }
    let starts: Vec<Array> = start
        .iter()
        .zip(x.shape().iter())
        .map(|(s, &n)| wrap_negative(s, n).astype(DType::I32).expand_dims(0))
        .collect();
    let all: Vec<usize> = (0..x.rank()).collect();
    let indices = if starts.is_empty() {
        Array::zeros([0usize], DType::I32)
    } else {
        concatenate::concatenate(&starts, 0)
    };
    let dims = GatherDims {
        offset: all.clone(),
        start_index_map: all,
        ..GatherDims::default()
    };
    let shape = Shape::from(sizes);
    let gathered = shape.clone();
    Place {
        dims,
        slice_sizes: sizes.to_vec(),
        indices,
        shape,
        gathered,
    }
}

/// The elements at `place`, without the new axes of its index.
pub(super) fn gather(x: &Array, place: &Place, bounds: Bounds, fill: Option<Scalar>) -> Array {
    let op = Gather {
        dims: place.dims.clone(),
        slice_sizes: place.slice_sizes.clone(),
        bounds,
        fill,
    };
    bind1(op, vec![x.into(), (&place.indices).into()])
}
