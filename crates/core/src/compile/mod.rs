//! Passes over programs, then kernels and memory; the verifier runs after each pass in debug builds.

mod bind;
mod cache;
mod cse;
mod dce;
mod expand;
mod explain;
mod fuse;
mod inline;
mod plan;
mod reach;
pub(crate) mod region;
mod simplify;
mod unroll;

use std::sync::Arc;

use crate::ir::{Equation, Program};

pub(crate) use bind::{Split, patterns, split};
pub(crate) use cache::compiled;
pub(crate) use cse::cse;
pub(crate) use dce::dce;
use expand::expand;
pub(crate) use explain::TimeSpan;
pub use explain::{Explanation, KernelReport};
pub(crate) use fuse::{BLOCK, fuse, rows_to_a_block};
pub(crate) use inline::inline;
pub(crate) use plan::{Output, Place, Plan, literals, partials_of, tall};
pub(crate) use reach::{Reached, reach};
pub(crate) use simplify::simplify;
use unroll::unroll;

/// The program that a backend is given: no calls, nothing dead, nothing twice, identities applied;
/// in branches and loops neither.
pub(crate) fn optimise(program: &Program) -> Arc<Program> {
    let passes: [fn(&Program) -> Arc<Program>; 10] = [
        inline, dce, unroll, inline, expand, inner, simplify, cse, simplify, dce,
    ];
    passes
        .iter()
        .fold(Arc::new(program.clone()), |program, pass| {
            let program = pass(&program);
            program.verify_in_debug();
            program
        })
}

/// The program with the programs of its branches and loops optimised.
fn inner(program: &Program) -> Arc<Program> {
    let equations = program.equations.iter().map(|equation| {
        let rules = equation.primitive.rules();
        let programs = rules.programs();
        if programs.is_empty() {
            return equation.clone();
        }
        let programs = programs.iter().map(|p| optimise(p)).collect();
        Equation {
            primitive: rules.with_programs(programs),
            ..equation.clone()
        }
    });
    Arc::new(Program {
        equations: equations.collect(),
        ..program.clone()
    })
}
