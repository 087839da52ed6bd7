//! Operations between devices: this one's part.

use super::arena::{Elements, Room};
use super::reduce;
use crate::array::{Array, Native, with_dtype};
use crate::ops::slice::slice_axis;
use crate::ops::{Collect, Collective, Fold, Reduce, Reduction};
use crate::transform::misuse;
use crate::transport::{Transport, transport};

/// Runs an operation of all devices on this one's operand.
pub(super) fn run(op: &Collective, operands: &[Elements<'_>], out: &mut [Room<'_>]) {
    let Some(transport) = transport(&op.axis) else {
        misuse(format!("no devices are mapped over {:?}", op.axis))
    };
    let out = &mut out[0];
    if op.kind == Collect::Index {
        out.host::<i32>()[0] = transport.rank() as i32;
        return;
    }
    let x = operands[0];
    with_dtype!(x.dtype(), T => with::<T>(op, &*transport, x, out));
}

fn with<T: Native>(
    op: &Collective,
    transport: &dyn Transport,
    x: Elements<'_>,
    out: &mut Room<'_>,
) {
    let own = || Array::from_vec(x.host::<T>().to_vec(), x.shape());
    let gathered = || match transport.all_gather(own()) {
        Ok(all) => all,
        Err(message) => misuse(format!("{:?}: {message}", op.axis)),
    };
    let fold = |fold: Fold, out: &mut Room<'_>| {
        let all = gathered();
        let data: Vec<T> = all.iter().flat_map(|a| a.host::<T>()).copied().collect();
        let stacked = Array::from_vec(data, [&[all.len()], x.shape()].concat());
        let op = Reduce {
            fold,
            axes: vec![0],
        };
        reduce::run(&Reduction::Fold(&op), Elements::of(&stacked), out);
    };
    match &op.kind {
        Collect::Sum => fold(Fold::Sum, out),
        Collect::Max => fold(Fold::Max, out),
        Collect::Min => fold(Fold::Min, out),
        Collect::Gather { dimension } => {
            let all = gathered();
            // The new axis stands between the axes before it and the rest.
            let inner: usize = x.shape()[*dimension..].iter().product();
            interleave(&all, inner, |a| a.host::<T>(), out.host::<T>());
        }
        Collect::Permute { pairs } => match transport.permute(own(), pairs) {
            Ok(Some(received)) => out.host::<T>().copy_from_slice(received.host::<T>()),
            Ok(None) => out.host::<T>().fill(T::default()),
            Err(message) => misuse(format!("{:?}: {message}", op.axis)),
        },
        Collect::AllToAll { split, concat } => {
            let rank = transport.rank();
            let slices: Vec<Array> = gathered()
                .iter()
                .map(|a| slice_axis(a, *split, rank, rank + 1))
                .collect();
            let rest = [&x.shape()[..*split], &x.shape()[split + 1..]].concat();
            let inner: usize = rest[*concat..].iter().product();
            interleave(&slices, inner, |a| a.host::<T>(), out.host::<T>());
        }
        Collect::Index | Collect::Vary => unreachable!("no other device is asked"),
    }
}

/// Blocks of `inner` elements of each array in turn.
fn interleave<'a, T: Copy + 'a>(
    all: &'a [Array],
    inner: usize,
    elements: impl Fn(&'a Array) -> &'a [T],
    out: &mut [T],
) {
    let blocks = out.chunks_exact_mut(inner.max(1));
    for (i, block) in blocks.enumerate() {
        let (outer, place) = (i / all.len(), i % all.len());
        block.copy_from_slice(&elements(&all[place])[outer * inner..(outer + 1) * inner]);
    }
}
