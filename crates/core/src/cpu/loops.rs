//! Counting, random bits, and choices by a number: what no tile computes element by element.

use graxe_kernels::{index, threefry};

use super::arena::{Elements, Room};
use crate::array::{DType, Native, PatternData, with_dtype, with_number};
use crate::ops::{Loop, Threefry};

/// Runs one of them over whole operands.
pub(super) fn run(
    op: &Loop<'_>,
    pattern: Option<&PatternData>,
    operands: &[Elements<'_>],
    out: &mut [Room<'_>],
) {
    match op {
        Loop::Iota(op) => with_number!(out[0].dtype(), T => {
            index::iota(&op.shape, op.axis, out[0].host::<T>());
        }),
        Loop::Threefry(op) => random(op, pattern, operands, out),
        Loop::Select(_) => with_dtype!(out[0].dtype(), T => choose::<T>(operands, &mut out[0])),
        Loop::Unary(_) | Loop::Binary(_) | Loop::Convert(_) | Loop::Copy => {
            unreachable!("these have one element of each operand for one of the result")
        }
    }
}

/// The case that a selector names, clamped to those there are.
fn choose<T: Native>(operands: &[Elements<'_>], out: &mut Room<'_>) {
    let cases: Vec<&[T]> = operands[1..].iter().map(|x| x.host::<T>()).collect();
    let last = cases.len() - 1;
    let pick = |i: usize| match operands[0].dtype() {
        DType::Bool => usize::from(at::<bool>(operands[0], i)),
        _ => at::<i32>(operands[0], i).clamp(0, last as i32) as usize,
    };
    for (i, out) in out.host::<T>().iter_mut().enumerate() {
        *out = cases[pick(i).min(last)][i];
    }
}

/// Element `i` of a selector, which may be one for all.
fn at<T: Native>(selector: Elements<'_>, i: usize) -> T {
    let which = selector.host::<T>();
    if let [which] = *which {
        which
    } else {
        which[i]
    }
}

/// One draw for each key.
fn random(
    op: &Threefry,
    pattern: Option<&PatternData>,
    operands: &[Elements<'_>],
    out: &mut [Room<'_>],
) {
    let words = operands[0].host::<u32>();
    let keys = words.chunks_exact(2).map(|k| [k[0], k[1]]);
    match (op, pattern) {
        (Threefry::Block, _) => {
            let (x0, x1) = (operands[1].host::<u32>(), operands[2].host::<u32>());
            let shared = operands[1].shape().len() == 1;
            let n = x0.len() / if shared { 1 } else { keys.len().max(1) };
            for (i, key) in keys.enumerate() {
                let from = if shared { 0 } else { i * n };
                for j in 0..n {
                    let words = threefry::threefry2x32(key, [x0[from + j], x1[from + j]]);
                    for (out, word) in out.iter_mut().zip(words) {
                        out.host::<u32>()[i * n + j] = word;
                    }
                }
            }
        }
        (
            Threefry::Bits {
                shape,
                dtype: DType::U64,
                layout,
            },
            _,
        ) => {
            let draws = out[0].host::<u64>().chunks_mut(shape.size().max(1));
            for (key, draw) in keys.zip(draws) {
                threefry::bits64(key, *layout, draw);
            }
        }
        (Threefry::Bits { shape, layout, .. }, _) => {
            let draws = out[0].host::<u32>().chunks_mut(shape.size().max(1));
            for (key, draw) in keys.zip(draws) {
                threefry::bits32(key, *layout, draw);
            }
        }
        (Threefry::PatternBits { layout }, Some(p)) => {
            let draws = out[0].host::<u32>().chunks_mut(p.col.len().max(1));
            for (key, draw) in keys.zip(draws) {
                threefry::bits32_at_entries(key, *layout, p.cols, &p.row_ptr, &p.col, draw);
            }
        }
        (Threefry::PlaceBits, _) => {
            let out = out[0].host::<u32>();
            out.copy_from_slice(operands[1].host::<u32>());
            threefry::bits32_of([words[0], words[1]], out);
        }
        (Threefry::PatternBits { .. }, None) => unreachable!("a pattern was inferred"),
    }
}
