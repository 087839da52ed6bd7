//! Operations between devices.

use super::arena::{Elements, Room};
use crate::ops::Collective;
use crate::transform::misuse;

/// Runs an operation of all devices on this one's operand.
pub(super) fn run(op: &Collective, _operands: &[Elements<'_>], _out: &mut [Room<'_>]) {
    misuse(format!("no devices are mapped over {:?}", op.axis))
}
