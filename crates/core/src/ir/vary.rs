//! Over which named axes values differ: from axis to axis of a mapped function some arrays are the same.

use super::builder::Varying;
use super::{Atom, Program};
use crate::ops::batching::AxisName;
use crate::ops::{Collect, Collective, Control, Lowering, Primitive};

/// The axes over which all operands must differ: those over which one does, and the axis of an operation
/// between its places. None for operations that hold programs, in whose programs each meeting was seen to.
pub(super) fn meeting(
    primitive: &Primitive,
    given: &[Varying],
    axes: &[(AxisName, usize)],
) -> Option<Varying> {
    if let Primitive::Collective(op) = primitive {
        let own = given.first()?;
        let bit = bit_of(op, axes);
        let meets = op.kind != Collect::Vary && own & bit != bit;
        return meets.then_some(own | bit);
    }
    match primitive.rules().lowering() {
        // A branch that is chosen by each for itself makes all of its results differ.
        Lowering::Control(Control::Cond(_)) => Some(given[0]),
        Lowering::Control(_) => None,
        _ => {
            let all = given.iter().fold(0, |all, v| all | v);
            given.iter().any(|v| *v != all).then_some(all)
        }
    }
}

/// The axis of an operation between places, as a bit.
fn bit_of(op: &Collective, axes: &[(AxisName, usize)]) -> Varying {
    let depth = axes.iter().rposition(|(axis, _)| *axis == op.axis);
    depth.map_or(0, |d| 1 << d)
}

/// The axes over which the results of an operation differ.
pub(super) fn outputs(
    primitive: &Primitive,
    given: &[Varying],
    axes: &[(AxisName, usize)],
    results: usize,
) -> Vec<Varying> {
    let all = given.iter().fold(0, |all, v| all | v);
    if let Primitive::Collective(op) = primitive {
        let bit = bit_of(op, axes);
        return vec![match op.kind {
            Collect::Sum | Collect::Max | Collect::Min => all & !bit,
            _ => all | bit,
        }];
    }
    let rules = primitive.rules();
    match rules.lowering() {
        Lowering::Control(Control::Call(program) | Control::Checkpoint(program)) => {
            of_program(program, given, axes)
        }
        Lowering::Control(Control::Cond(op)) => {
            let mut all = vec![given[0]; op.branches[0].outputs.len()];
            for branch in &op.branches {
                let found = of_program(branch, &given[1..], axes);
                all.iter_mut().zip(found).for_each(|(a, f)| *a |= f);
            }
            all
        }
        Lowering::Control(Control::Scan(op)) => {
            let mut given = given.to_vec();
            loop {
                let found = of_program(&op.program, &given, axes);
                let carry = &mut given[op.consts..op.consts + op.carry];
                if !grow(carry, &found) {
                    return found;
                }
            }
        }
        Lowering::Control(Control::While(op)) => {
            let (consts, carry) = given.split_at(op.condition_consts + op.body_consts);
            let (asked, consts) = consts.split_at(op.condition_consts);
            let mut carry = carry.to_vec();
            loop {
                let goes_on = of_program(&op.condition, &[asked, &carry].concat(), axes)[0];
                let found = of_program(&op.body, &[consts, &carry].concat(), axes);
                let found: Vec<Varying> = found.iter().map(|v| v | goes_on).collect();
                if !grow(&mut carry, &found) {
                    return carry;
                }
            }
        }
        _ => vec![all; results],
    }
}

/// Adds what was found; whether that was anything new.
fn grow(carry: &mut [Varying], found: &[Varying]) -> bool {
    let before = carry.to_vec();
    carry.iter_mut().zip(found).for_each(|(c, f)| *c |= f);
    before != carry
}

fn of_program(program: &Program, given: &[Varying], axes: &[(AxisName, usize)]) -> Vec<Varying> {
    let mut varying = vec![0; program.types.len()];
    for (var, v) in program.inputs.iter().zip(given) {
        varying[var.index()] = *v;
    }
    let of = |varying: &[Varying], a: &Atom| a.var().map_or(0, |v| varying[v.index()]);
    for equation in &program.equations {
        let given: Vec<Varying> = equation.inputs.iter().map(|a| of(&varying, a)).collect();
        let found = outputs(&equation.primitive, &given, axes, equation.outputs.len());
        for (var, v) in equation.outputs.iter().zip(found) {
            varying[var.index()] = v;
        }
    }
    program.outputs.iter().map(|a| of(&varying, a)).collect()
}
