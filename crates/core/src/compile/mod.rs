//! Passes over programs; the verifier runs after each in debug builds.

mod cse;
mod dce;
mod fuse;
mod simplify;

use std::sync::Arc;

use crate::ir::Program;

pub(crate) use cse::cse;
pub(crate) use dce::dce;
pub(crate) use fuse::{Access, Kernel, LoopKernel, Slot, Step, fuse};
pub(crate) use simplify::simplify;

/// The program that a backend is given: nothing dead, nothing twice, identities applied.
pub(crate) fn optimise(program: &Program) -> Arc<Program> {
    let passes: [fn(&Program) -> Arc<Program>; 5] = [dce, simplify, cse, simplify, dce];
    passes
        .iter()
        .fold(Arc::new(program.clone()), |program, pass| {
            let program = pass(&program);
            program.verify_in_debug();
            program
        })
}
