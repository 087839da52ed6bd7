//! Calls of the host's functions.

use super::arena::Elements;
use crate::array::{Array, Native, with_dtype};
use crate::ops::Callback;

/// Calls a function with copies of the operands.
pub(super) fn run(callback: &Callback, operands: &[Elements<'_>]) {
    fn copy<T: Native>(x: Elements<'_>) -> Array {
        Array::from_vec(x.host::<T>().to_vec(), x.shape())
    }
    let copies: Vec<Array> = operands
        .iter()
        .map(|x| with_dtype!(x.dtype(), T => copy::<T>(*x)))
        .collect();
    (callback.call)(&copies);
}
