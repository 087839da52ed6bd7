//! Arrays sorted together.

use graxe_kernels::sort::Order;

use super::arena::{Elements, Room};
use crate::array::with_dtype;
use crate::ops::Sort;

/// Sorts whole operands.
pub(super) fn run(op: &Sort, operands: &[Elements<'_>], out: &mut [Room<'_>]) {
    let mut order = Order::new(operands[0].shape(), op.axis);
    // Each sort leaves what is equal to it in the order of the key behind.
    for key in operands[..op.num_keys].iter().rev() {
        with_dtype!(key.dtype(), T => order.sort_by(key.host::<T>()));
    }
    for (x, out) in operands.iter().zip(out) {
        with_dtype!(x.dtype(), T => order.apply(x.host::<T>(), out.host()));
    }
}
