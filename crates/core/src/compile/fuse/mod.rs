//! Cuts a program into kernels: equations that walk the same rows run as one region.

mod again;
mod build;
mod groups;
mod part;

pub(crate) use part::{BLOCK, rows_to_a_block};

use super::region::Kernel;
use crate::ir::Program;
use groups::Groups;

/// The program that is cut, and its kernels in an order in which they can run.
pub(crate) fn fuse(program: &Program) -> (Program, Vec<Kernel>) {
    // What is said again for a reader may itself read a repetition.
    let program = again::sink(&again::recompute(&again::sink(program)));
    let kernels = cut(&program);
    (program, kernels)
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
