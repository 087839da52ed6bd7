//! Elementwise operations over slices: whole arrays, and tiles of them.

use graxe_kernels::map;
use graxe_kernels::number::cast;

use super::arena::{Elements, Room};
use super::table;
use crate::array::{DType, Native, with_dtype};
use crate::ops::{Convert, Loop};

/// A loop over operands that have as many elements as the result, or one for all.
pub(super) type Function = Box<dyn Fn(&[Elements<'_>], &mut Room<'_>) + Send + Sync>;

/// The loop of an elementwise operation, found once for many tiles: `operand` is the dtype of what
/// is computed with, which the selector of a choice is not.
pub(super) fn function(op: &Loop<'_>, operand: DType, result: DType) -> Function {
    match op {
        Loop::Unary(op) => table::unary(*op, operand),
        Loop::Binary(op) => table::binary(*op, operand),
        Loop::Select(_) => with_dtype!(result, T => select::<T>()),
        Loop::Convert(Convert::Value { .. }) => {
            with_dtype!(operand, T => with_dtype!(result, U => convert(cast::<T, U>)))
        }
        Loop::Convert(Convert::Bits { .. }) => table::bits(operand, result),
        Loop::Copy | Loop::Iota(_) | Loop::Threefry(_) => {
            with_dtype!(result, T => convert(|v: T| v))
        }
    }
}

/// Runs an elementwise operation over whole operands.
pub(super) fn run(op: &Loop<'_>, operands: &[Elements<'_>], out: &mut Room<'_>) {
    function(op, operands[0].dtype(), out.dtype())(operands, out);
}

/// Whether an operation is one of those that [`run`] runs.
pub(super) fn is_elementwise(op: &Loop<'_>, operands: &[Elements<'_>]) -> bool {
    match op {
        Loop::Unary(_) | Loop::Binary(_) | Loop::Convert(_) | Loop::Copy => true,
        Loop::Select(_) => operands.len() == 3 && operands[0].dtype() == DType::Bool,
        Loop::Iota(_) | Loop::Threefry(_) => false,
    }
}

/// The loop of a function of one operand.
pub(super) fn one<T: Native, U: Native>(
    f: impl Fn(T) -> U + Copy + Send + Sync + 'static,
) -> Function {
    Box::new(move |operands, out| match operands[0].host::<T>() {
        [x] => out.host().fill(f(*x)),
        x => map::map(x, out.host(), f),
    })
}

/// The loop of a function of two operands.
pub(super) fn two<T: Native, U: Native>(
    f: impl Fn(T, T) -> U + Copy + Send + Sync + 'static,
) -> Function {
    Box::new(move |operands, out| {
        map::map2(operands[0].host(), operands[1].host(), out.host(), f);
    })
}

/// The loop of a conversion. These are loads and stores: one loop for every instruction set.
pub(super) fn convert<T: Native, U: Native>(
    f: impl Fn(T) -> U + Copy + Send + Sync + 'static,
) -> Function {
    Box::new(move |operands, out| match operands[0].host::<T>() {
        [x] => out.host().fill(f(*x)),
        x => {
            for (out, &x) in out.host().iter_mut().zip(x) {
                *out = f(x);
            }
        }
    })
}

fn select<T: Native>() -> Function {
    Box::new(|operands, out| {
        let (which, off, on) = (operands[0].host(), operands[1].host(), operands[2].host());
        map::map3(
            which,
            on,
            off,
            out.host(),
            |w: bool, a: T, b: T| {
                if w { a } else { b }
            },
        );
    })
}
