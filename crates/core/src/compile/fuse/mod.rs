//! Cuts a program into kernels: equations that walk the same rows run as one region.

mod build;
mod groups;
mod part;

pub(crate) use part::{BLOCK, rows_to_a_block};

use std::collections::HashMap;

use super::region::Kernel;
use crate::ir::{Atom, Equation, Program, Var};
use groups::Groups;

/// The program that is cut, and its kernels in an order in which they can run.
pub(crate) fn fuse(program: &Program) -> (Program, Vec<Kernel>) {
    let program = sink(program);
    let kernels = cut(&program);
    (program, kernels)
}

/// Says what is only a repetition once for each reader, so that it is stored for none of them.
fn sink(program: &Program) -> Program {
    let mut sunk = Program {
        equations: Vec::with_capacity(program.equations.len()),
        ..program.clone()
    };
    let mut repeated: HashMap<Var, &Equation> = HashMap::new();
    for equation in &program.equations {
        let mut now = equation.clone();
        for atom in &mut now.inputs {
            let Some(again) = atom.var().and_then(|v| repeated.get(&v)) else {
                continue;
            };
            let mut again = Equation::clone(again);
            sunk.types.push(program.type_of(again.outputs[0]).clone());
            let var = Var(sunk.types.len() as u32 - 1);
            again.outputs[0] = var;
            *atom = Atom::Var(var);
            sunk.equations.push(again);
        }
        let repeats = part::part(program, equation)
            .is_some_and(|part| matches!(part.result, part::Result::Repeat(_)));
        let only_inside = !program
            .outputs
            .iter()
            .any(|a| equation.outputs.iter().any(|v| a.var() == Some(*v)));
        if repeats && only_inside {
            repeated.insert(equation.outputs[0], equation);
        } else {
            sunk.equations.push(now);
        }
    }
    sunk
}

fn cut(program: &Program) -> Vec<Kernel> {
    let groups = Groups::new(program);
    let outside = build::read_outside(program, &groups);
    let order = groups.order();
    order
        .into_iter()
        .map(|g| build::kernel(program, &groups, g, &outside))
        .collect()
}
