//! Functions traced once for each kind of argument, then run as programs.

use std::any::Any;
use std::cell::Cell;
use std::collections::HashMap;
use std::fmt;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::func::{Body, Func, Signature};
use super::trace::{trace, types_of};
use super::tree::{Structure, Tree, flatten, unflatten};
use crate::array::Scope;
use crate::compile::dce;
use crate::device::{Executable, default_backend};
use crate::ir::builder::is_tracing;
use crate::ir::{Closed, Program, Type};
use crate::ops::call;

/// A compiled function; it derefs to the function itself.
///
/// It is traced once for each combination of structure, dtypes, shapes and weakness of its
/// arguments. Arguments taken by value are given away: their buffers are reused if nobody
/// else holds them. It can be differentiated, batched and jitted again.
pub struct Jit<D: Signature + ?Sized> {
    pub(super) call: Arc<D>,
    pub(super) attempt: Arc<D::Attempt>,
    pub(super) lower: Arc<D::Lower>,
    pub(super) counters: Arc<Counters>,
}

impl<D: Signature + ?Sized> Deref for Jit<D> {
    type Target = D;
    fn deref(&self) -> &D {
        &self.call
    }
}

impl<D: Signature + ?Sized> Clone for Jit<D> {
    fn clone(&self) -> Self {
        Self {
            call: self.call.clone(),
            attempt: self.attempt.clone(),
            lower: self.lower.clone(),
            counters: self.counters.clone(),
        }
    }
}

#[derive(Debug, Default)]
pub struct Counters {
    calls: AtomicUsize,
    traces: AtomicUsize,
}

/// How often a jitted function was called and traced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JitStats {
    /// Calls, traced ones among them.
    pub calls: usize,
    /// Traces: one for each new combination of argument types.
    pub traces: usize,
}

impl<D: Signature + ?Sized> Jit<D> {
    /// Calls and traces so far.
    pub fn stats(&self) -> JitStats {
        JitStats {
            calls: self.counters.calls.load(Ordering::Relaxed),
            traces: self.counters.traces.load(Ordering::Relaxed),
        }
    }

    /// The function with errors for panics: `f.try_call()(&x)` is `Err` where shapes or dtypes
    /// do not fit, with the message and the line of the operation.
    pub fn try_call(&self) -> &D::Attempt {
        &self.attempt
    }

    /// A function that gives the program for its arguments instead of running it:
    /// `f.lower()(&x)`.
    pub fn lower(&self) -> &D::Lower {
        &self.lower
    }
}

/// Array code that does not fit its operands, as [`Jit::try_call`](Jit) reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misuse {
    message: String,
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Misuse {}

thread_local! {
    /// How many `try_call`s are under way on this thread.
    static ATTEMPTS: Cell<usize> = const { Cell::new(0) };
}

/// Panics at the caller's line, or carries the message to the `try_call` under way.
#[track_caller]
pub(crate) fn misuse(message: String) -> ! {
    if ATTEMPTS.get() > 0 {
        let message = format!("{message} (at {})", Location::caller());
        resume_unwind(Box::new(Misuse { message }));
    }
    panic!("{message}")
}

fn attempt<R>(f: impl FnOnce() -> R) -> Result<R, Misuse> {
    ATTEMPTS.set(ATTEMPTS.get() + 1);
    let result = catch_unwind(AssertUnwindSafe(f));
    ATTEMPTS.set(ATTEMPTS.get() - 1);
    result.map_err(|payload: Box<dyn Any + Send>| match payload.downcast::<Misuse>() {
        Ok(misuse) => *misuse,
        Err(payload) => resume_unwind(payload),
    })
}

#[derive(PartialEq, Eq, Hash)]
struct CacheKey {
    structure: Structure,
    types: Vec<Type>,
    scope: Scope,
}

struct Entry<R> {
    closed: Closed,
    executable: Arc<dyn Executable>,
    template: R,
}

struct Core<'f, I, R> {
    f: Arc<Body<'f, I, R>>,
    entries: Mutex<HashMap<CacheKey, Arc<Entry<R>>>>,
    counters: Arc<Counters>,
}

impl<I: Tree, R: Tree> Core<'_, I, R> {
    fn entry(&self, inputs: &I, structure: Structure, types: Vec<Type>) -> Arc<Entry<R>> {
        let key = CacheKey { structure, types, scope: Scope::current() };
        let lock = || self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = lock().get(&key) {
            return entry.clone();
        }
        self.counters.traces.fetch_add(1, Ordering::Relaxed);
        let (mut closed, template) = trace(&*self.f, inputs, &key.types);
        closed.program = dce(&closed.program);
        let executable = default_backend().compile(&closed.program);
        let entry = Arc::new(Entry { closed, executable, template });
        lock().insert(key, entry.clone());
        entry
    }

    fn call(&self, inputs: I) -> R {
        self.counters.calls.fetch_add(1, Ordering::Relaxed);
        let (leaves, structure) = flatten(&inputs);
        let entry = self.entry(&inputs, structure, types_of(&leaves));
        drop(inputs);
        let results = if is_tracing() {
            call::call(&entry.closed, leaves)
        } else {
            entry.executable.run(&entry.closed.captures, leaves)
        };
        unflatten(&entry.template, results)
    }

    fn lower(&self, inputs: &I) -> Program {
        let (leaves, structure) = flatten(inputs);
        let entry = self.entry(inputs, structure, types_of(&leaves));
        Program::clone(&entry.closed.program)
    }
}

/// The function compiled, its fallible form, its programs, and its counters.
#[allow(clippy::type_complexity, reason = "three closures over the same core")]
pub(super) fn compile<'f, I: Tree, R: Tree>(
    f: Arc<Body<'f, I, R>>,
) -> (
    Box<Body<'f, I, R>>,
    Box<Body<'f, I, Result<R, Misuse>>>,
    Box<Body<'f, I, Program>>,
    Arc<Counters>,
) {
    let counters = Arc::new(Counters::default());
    let core = Arc::new(Core { f, entries: Mutex::default(), counters: counters.clone() });
    let (second, third) = (core.clone(), core.clone());
    (
        Box::new(move |inputs| core.call(inputs)),
        Box::new(move |inputs| attempt(|| second.call(inputs))),
        Box::new(move |inputs| third.lower(&inputs)),
        counters,
    )
}

/// Compiles `f`: it is traced at its first call for each kind of argument, and then run
/// without calling the closure again.
///
/// ```
/// use graxe_core::{jit, scalar, Array};
/// let f = jit(|x: &Array| x * x);
/// assert_eq!(f(&scalar(3.0)).item::<f32>(), 9.0);
/// assert_eq!(f(&scalar(4.0)).item::<f32>(), 16.0);
/// assert_eq!(f.stats().traces, 1);
/// ```
pub fn jit<'f, Args, F: Func<'f, Args>>(f: F) -> Jit<F::Returning<F::Out>>
where
    F::Returning<F::Out>: Signature,
{
    f.jit()
}
