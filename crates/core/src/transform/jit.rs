//! Functions traced once for each kind of argument, then run as programs.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use super::debug;
use super::func::{Body, Func};
use super::trace::{trace, types_of};
use super::tree::{Structure, Tree, flatten, unflatten};
use crate::array::Scope;
use crate::compile::{Explanation, compiled, dce};
use crate::device::Executable;
use crate::ir::builder::{Varying, axes, is_tracing, varying};
use crate::ir::{Closed, Program, Type, Value, evaluate};
use crate::ops::batching::AxisName;
use crate::ops::call;
use crate::sync::{Cache, lock};

/// A compiled function; it derefs to the function itself.
///
/// It is traced once for each combination of structure, dtypes, shapes and weakness of its
/// arguments. Arguments taken by value are given away: their buffers are reused if nobody
/// else holds them. It can be differentiated, batched and jitted again.
pub struct Jit<D: ?Sized> {
    pub(super) call: Arc<D>,
    pub(super) counters: Arc<Counters>,
}

impl<D: ?Sized> Deref for Jit<D> {
    type Target = D;
    fn deref(&self) -> &D {
        &self.call
    }
}

impl<D: ?Sized> Clone for Jit<D> {
    fn clone(&self) -> Self {
        Self {
            call: self.call.clone(),
            counters: self.counters.clone(),
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    calls: AtomicUsize,
    traces: AtomicUsize,
    compilations: AtomicUsize,
    bindings: AtomicUsize,
}

/// How often a jitted function was called and traced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JitStats {
    /// Calls, traced ones among them.
    pub calls: usize,
    /// Traces: one for each new combination of argument types.
    pub traces: usize,
    /// Programs that were compiled; others were found, compiled for another function.
    pub compilations: usize,
    /// Bindings to new captures or patterns, for each of which what they alone decide is computed.
    /// The last eight of a trace are kept.
    pub bindings: usize,
}

impl<D: ?Sized> Jit<D> {
    /// Calls and traces so far.
    pub fn stats(&self) -> JitStats {
        JitStats {
            calls: self.counters.calls.load(Ordering::Relaxed),
            traces: self.counters.traces.load(Ordering::Relaxed),
            compilations: self.counters.compilations.load(Ordering::Relaxed),
            bindings: self.counters.bindings.load(Ordering::Relaxed),
        }
    }

    /// Calls the function so that misuse is an error instead of a panic:
    /// `f.try_call(|f| f(&x))`.
    ///
    /// # Errors
    /// If shapes or dtypes do not fit; the message names the operation, the operands and the
    /// line in the traced function.
    pub fn try_call<R>(&self, call: impl FnOnce(&D) -> R) -> Result<R, Misuse> {
        attempt(|| call(&self.call))
    }

    /// What the function compiles to, with the time of each kernel over the calls that the closure
    /// makes: `f.explain(|f| f(&x))`.
    ///
    /// # Panics
    /// If the closure does not call the function outside of other traces.
    #[track_caller]
    pub fn explain<R>(&self, call: impl FnOnce(&D) -> R) -> Explanation {
        struct Restore(Option<Watch>);
        impl Drop for Restore {
            fn drop(&mut self) {
                WATCH.set(self.0.take());
            }
        }
        let watch = Watch {
            whom: Arc::as_ptr(&self.counters) as usize,
            seen: None,
        };
        let restore = Restore(WATCH.replace(Some(watch)));
        call(&self.call);
        let watch = WATCH.take();
        drop(restore);
        match watch.and_then(|w| w.seen) {
            Some(explanation) => explanation,
            None => misuse("explain: the closure did not call the function".to_owned()),
        }
    }

    /// The program for the arguments of a call, which is compiled but not run:
    /// `f.lower(|f| f(&x))`. What the call gives inside has shapes but no elements.
    ///
    /// # Panics
    /// If the closure does not call the function.
    pub fn lower<R>(&self, call: impl FnOnce(&D) -> R) -> Program {
        struct Restore(Option<Lowering>);
        impl Drop for Restore {
            fn drop(&mut self) {
                LOWERING.set(self.0.take().unwrap_or(Lowering::Off));
            }
        }
        let restore = Restore(Some(LOWERING.replace(Lowering::Wanted)));
        call(&self.call);
        let left = LOWERING.replace(Lowering::Off);
        drop(restore);
        match left {
            Lowering::Done(program) => program,
            _ => misuse("lower: the closure did not call the function".to_owned()),
        }
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

/// An `explain` under way.
struct Watch {
    /// The function that is explained, by the address of its counters.
    whom: usize,
    seen: Option<Explanation>,
}

enum Lowering {
    Off,
    Wanted,
    Done(Program),
}

thread_local! {
    /// How many `try_call`s are under way on this thread.
    static ATTEMPTS: Cell<usize> = const { Cell::new(0) };
    /// Whether a `lower` is under way, and the program its first jitted call left.
    static LOWERING: RefCell<Lowering> = const { RefCell::new(Lowering::Off) };
    /// Whether an `explain` is under way, and what it has seen.
    static WATCH: RefCell<Option<Watch>> = const { RefCell::new(None) };
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
    result.map_err(
        |payload: Box<dyn Any + Send>| match payload.downcast::<Misuse>() {
            Ok(misuse) => *misuse,
            Err(payload) => resume_unwind(payload),
        },
    )
}

#[derive(PartialEq, Eq, Hash)]
struct CacheKey {
    structure: Structure,
    types: Vec<Type>,
    scope: Scope,
    /// The named axes around, and over which of them each leaf differs.
    axes: Vec<(AxisName, usize)>,
    varying: Vec<Varying>,
}

struct Entry<R> {
    closed: Closed,
    /// Made at the first call that is not part of another trace.
    executable: OnceLock<Box<dyn Executable>>,
    /// Whether each result is weak.
    weak: Vec<bool>,
    template: R,
}

impl<R: Tree> Entry<R> {
    /// The result of its leaves. Compiled code does not care what is weak.
    fn tree(&self, mut results: Vec<Value>) -> R {
        for (value, weak) in results.iter_mut().zip(&self.weak) {
            if let Value::Array(x) = value {
                x.aval.weak = *weak;
            }
        }
        unflatten(&self.template, results)
    }
}

struct Core<'f, I, R> {
    f: Arc<Body<'f, I, R>>,
    cache: Mutex<Cache<CacheKey, Arc<Entry<R>>>>,
    counters: Arc<Counters>,
}

impl<I: Tree, R: Tree> Core<'_, I, R> {
    fn entry(&self, inputs: &I, structure: Structure, leaves: &[Value]) -> Arc<Entry<R>> {
        let axes = axes();
        let differs = if axes.is_empty() { &[] } else { leaves };
        let key = CacheKey {
            structure,
            types: types_of(leaves),
            scope: Scope::current(),
            varying: differs.iter().map(varying).collect(),
            axes,
        };
        if let Some(entry) = lock(&self.cache).get(&key) {
            return entry;
        }
        self.counters.traces.fetch_add(1, Ordering::Relaxed);
        let (mut closed, template) = trace(&*self.f, inputs, &key.types);
        closed.program = dce(&closed.program);
        let is_weak = |ty: &Type| matches!(ty, Type::Array(a) if a.weak);
        let outputs = closed.program.output_types();
        let entry = Arc::new(Entry {
            weak: outputs.iter().map(is_weak).collect(),
            closed,
            executable: OnceLock::new(),
            template,
        });
        lock(&self.cache).insert(key, entry.clone());
        entry
    }

    fn call(&self, inputs: I) -> R {
        // Taken before tracing, or a jitted function called inside would answer for this one.
        let wanted = LOWERING.with_borrow(|l| matches!(l, Lowering::Wanted));
        if wanted {
            LOWERING.set(Lowering::Off);
        }
        self.counters.calls.fetch_add(1, Ordering::Relaxed);
        let (leaves, structure) = flatten(&inputs);
        let entry = self.entry(&inputs, structure, &leaves);
        drop(inputs);
        let executable = || {
            entry.executable.get_or_init(|| {
                let (code, new) = compiled(&entry.closed.program);
                let counter = &self.counters.compilations;
                counter.fetch_add(usize::from(new), Ordering::Relaxed);
                code.executable()
            })
        };
        if wanted {
            if !is_tracing() {
                executable();
            }
            LOWERING.set(Lowering::Done(Program::clone(&entry.closed.program)));
            return entry.template.clone();
        }
        if is_tracing() {
            return unflatten(&entry.template, call::call(&entry.closed, leaves));
        }
        let captures = &entry.closed.captures;
        if debug::is_checked() {
            // Held, so that they are not given away.
            let kept = leaves.clone();
            let bindings = AtomicUsize::new(0);
            let results = executable().run(captures, leaves, &bindings);
            if results.iter().any(debug::has_nan) {
                evaluate(&entry.closed.program, captures, kept);
                misuse(
                    "check_nans: the compiled function gives NaN, but no equation of it alone"
                        .to_owned(),
                );
            }
            return entry.tree(results);
        }
        let bindings = &self.counters.bindings;
        let results = if self.is_watched() {
            let (results, explanation) = executable().explain(captures, leaves, bindings);
            WATCH.with_borrow_mut(|watch| {
                if let Some(watch) = watch {
                    match &mut watch.seen {
                        Some(seen) => seen.merge(explanation),
                        None => watch.seen = Some(explanation),
                    }
                }
            });
            results
        } else {
            executable().run(captures, leaves, bindings)
        };
        entry.tree(results)
    }

    fn is_watched(&self) -> bool {
        let own = Arc::as_ptr(&self.counters) as usize;
        WATCH.with_borrow(|watch| watch.as_ref().is_some_and(|w| w.whom == own))
    }
}

/// The function compiled, and its counters.
#[allow(
    clippy::type_complexity,
    reason = "a boxed closure over the caller's types"
)]
fn compile<I: Tree, R: Tree>(f: Arc<Body<'_, I, R>>) -> (Box<Body<'_, I, R>>, Arc<Counters>) {
    let counters = Arc::new(Counters::default());
    let core = Core {
        f,
        cache: Mutex::default(),
        counters: counters.clone(),
    };
    (Box::new(move |inputs| core.call(inputs)), counters)
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
pub fn jit<'f, Args, F: Func<'f, Args>>(f: F) -> Jit<F::Returning<F::Out>> {
    let (call, counters) = compile(f.body());
    Jit {
        call: F::wrap(call).into(),
        counters,
    }
}
