//! Compiled programs, shared by all functions of the process.

use std::sync::{Arc, LazyLock, Mutex};

use super::optimise;
use crate::device::{Code, default_backend};
use crate::ir::Program;
use crate::sync::{Cache, lock};

type Programs = Mutex<Cache<Arc<Program>, Arc<dyn Code>>>;

static PROGRAMS: LazyLock<Programs> = LazyLock::new(Mutex::default);

/// The compiled program, and whether it was compiled now.
///
/// Programs are told apart by their equations and shapes: captures are hidden inputs, so a
/// function with other captures of the same shapes costs no compilation.
pub(crate) fn compiled(program: &Arc<Program>) -> (Arc<dyn Code>, bool) {
    if let Some(code) = lock(&PROGRAMS).get(program) {
        return (code, false);
    }
    // Another thread may compile the same meanwhile; either result serves.
    let code = default_backend().compile(&optimise(program));
    lock(&PROGRAMS).insert(program.clone(), code.clone());
    (code, true)
}
