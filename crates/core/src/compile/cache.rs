//! Compiled programs, shared by all functions of the process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::optimise;
use crate::device::{Code, default_backend};
use crate::ir::Program;

/// How many compiled programs are kept, the least recently used going first.
const CAPACITY: usize = 256;

#[derive(Default)]
struct Cache {
    programs: HashMap<Arc<Program>, (Arc<dyn Code>, u64)>,
    clock: u64,
}

static CACHE: Mutex<Option<Cache>> = Mutex::new(None);

/// The compiled program, and whether it was compiled now.
///
/// Programs are told apart by their equations and shapes: captures are hidden inputs, so a
/// function with other captures of the same shapes costs no compilation.
pub(crate) fn compiled(program: &Arc<Program>) -> (Arc<dyn Code>, bool) {
    let mut guard = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
    let cache = guard.get_or_insert_default();
    cache.clock += 1;
    let now = cache.clock;
    if let Some((code, used)) = cache.programs.get_mut(program) {
        *used = now;
        return (code.clone(), false);
    }
    drop(guard);
    // Another thread may compile the same meanwhile; either result serves.
    let code = default_backend().compile(&optimise(program));
    let mut guard = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
    let cache = guard.get_or_insert_default();
    if cache.programs.len() >= CAPACITY {
        let oldest = cache.programs.values().map(|(_, used)| *used).min();
        cache.programs.retain(|_, (_, used)| Some(*used) != oldest);
    }
    cache.programs.insert(program.clone(), (code.clone(), now));
    (code, true)
}
