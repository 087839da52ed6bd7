//! What depends on what: over which named axes of a mapped function values differ, and which results
//! some of the inputs reach.

use std::sync::Arc;

use super::builder::Varying;
use super::{Atom, Equation, Program};
use crate::ops::batching::AxisName;
use crate::ops::{Collect, Collective, Control, Lowering, Primitive, Scan, While};

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
            of_program(&op.program, &of_steps(op, given, axes), axes)
        }
        Lowering::Control(Control::While(op)) => of_carry(op, given, axes),
        _ => vec![all; results],
    }
}

/// The axes over which the operands of any step of a loop differ, by those of the loop's.
fn of_steps(op: &Scan, given: &[Varying], axes: &[(AxisName, usize)]) -> Vec<Varying> {
    let mut given = given.to_vec();
    loop {
        let found = of_program(&op.program, &given, axes);
        if !grow(&mut given[op.consts..op.consts + op.carry], &found) {
            return given;
        }
    }
}

/// The axes over which the carry of a loop differs, at any turn.
fn of_carry(op: &While, given: &[Varying], axes: &[(AxisName, usize)]) -> Vec<Varying> {
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

/// An operation that would have places of an axis meet although it depends on the place whether it comes to
/// that: a branch chosen, or a loop ended, by what differs over the axis. `given` says over which axes
/// the inputs of the program differ.
pub(crate) fn uneven<'p>(
    program: &'p Program,
    given: &[Varying],
    axes: &[(AxisName, usize)],
) -> Option<&'p Equation> {
    let varying = of_variables(program, given, axes);
    program.equations.iter().find_map(|equation| {
        let given: Vec<Varying> = equation.inputs.iter().map(|a| read(&varying, a)).collect();
        let rules = equation.primitive.rules();
        let Lowering::Control(control) = rules.lowering() else {
            return None;
        };
        let (decided, given) = match control {
            Control::Cond(_) => (given[0], given),
            Control::Scan(op) => (0, of_steps(op, &given, axes)),
            Control::While(op) => {
                let (consts, _) = given.split_at(op.condition_consts + op.body_consts);
                let given = [consts, &of_carry(op, &given, axes)].concat();
                let asked = control.operands_of(0, &given);
                (of_program(&op.condition, &asked, axes)[0], given)
            }
            Control::Call(_) | Control::Checkpoint(_) | Control::Linear => (0, given),
        };
        let differ = |(depth, (axis, _)): (usize, &(AxisName, usize))| {
            decided & (1 << depth) != 0 && rules.programs().iter().any(|p| meets(p, axis))
        };
        if axes.iter().enumerate().any(differ) {
            return Some(equation);
        }
        let inner =
            |(i, p): (usize, &'p Arc<Program>)| uneven(p, &control.operands_of(i, &given), axes);
        run(&equation.primitive)
            .into_iter()
            .enumerate()
            .find_map(inner)
    })
}

/// The programs of an operation that run when it does.
fn run(primitive: &Primitive) -> Vec<&Arc<Program>> {
    let rules = primitive.rules();
    match rules.lowering() {
        Lowering::Control(Control::Call(_) | Control::Checkpoint(_)) => {
            rules.programs()[..1].to_vec()
        }
        Lowering::Control(Control::Linear) => Vec::new(),
        _ => rules.programs(),
    }
}

/// Whether something in the program has the places of an axis wait for each other.
fn meets(program: &Program, axis: &AxisName) -> bool {
    program.equations.iter().any(|e| match &e.primitive {
        Primitive::Collective(op) => {
            op.axis == *axis && !matches!(op.kind, Collect::Vary | Collect::Index)
        }
        other => other.rules().programs().iter().any(|p| meets(p, axis)),
    })
}

/// Adds what was found; whether that was anything new.
fn grow(carry: &mut [Varying], found: &[Varying]) -> bool {
    let before = carry.to_vec();
    carry.iter_mut().zip(found).for_each(|(c, f)| *c |= f);
    before != carry
}

fn of_program(program: &Program, given: &[Varying], axes: &[(AxisName, usize)]) -> Vec<Varying> {
    let key = (given.to_vec(), axes.to_vec());
    program.memo.varying.get_or(key, |_| {
        let varying = of_variables(program, given, axes);
        program.outputs.iter().map(|a| read(&varying, a)).collect()
    })
}

/// Which results depend on the inputs that are marked.
pub(crate) fn reached(program: &Program, marks: &[bool]) -> Vec<bool> {
    let given: Vec<Varying> = marks.iter().map(|m| Varying::from(*m)).collect();
    let found = of_program(program, &given, &[]);
    found.into_iter().map(|v| v != 0).collect()
}

fn read(varying: &[Varying], atom: &Atom) -> Varying {
    atom.var().map_or(0, |v| varying[v.index()])
}

fn of_variables(program: &Program, given: &[Varying], axes: &[(AxisName, usize)]) -> Vec<Varying> {
    let mut varying = vec![0; program.types.len()];
    for (var, v) in program.inputs.iter().zip(given) {
        varying[var.index()] = *v;
    }
    for equation in &program.equations {
        let given: Vec<Varying> = equation.inputs.iter().map(|a| read(&varying, a)).collect();
        let found = outputs(&equation.primitive, &given, axes, equation.outputs.len());
        for (var, v) in equation.outputs.iter().zip(found) {
            varying[var.index()] = v;
        }
    }
    varying
}
