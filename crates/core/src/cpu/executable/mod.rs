//! A compiled program, its bindings, and calls of them.

mod binding;
mod call;
mod flow;
mod run;
mod tasks;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Instant;

use crate::compile::{Explanation, Reached, Split, patterns, reach, split};
use crate::device::{Code, Executable};
use crate::ir::{Program, Value, Var, evaluate};
use crate::sync::lock;
use binding::Binding;
use tasks::{Shared, Task};

/// A program ready to be bound.
#[derive(Clone)]
pub(super) struct Compiled {
    prologue: Option<Arc<Program>>,
    /// Over the captures, then the prologue's results.
    main: Arc<Program>,
    /// The places of the patterns among the inputs.
    patterns: Vec<usize>,
    /// The program cut into kernels, for bindings that reach all of its rows.
    whole: Arc<OnceLock<Arc<Shared>>>,
}

/// A compiled program with what it was bound to.
struct Bound {
    compiled: Compiled,
    bindings: Mutex<Vec<Arc<Binding>>>,
}

/// How many bindings of a program are kept, the least recently made going first.
const BINDINGS: usize = 8;

impl Compiled {
    pub(super) fn new(program: &Arc<Program>) -> Self {
        let Split { prologue, main } = split(program);
        let is = |v: &Var| main.inputs.iter().position(|i| i == v);
        Self {
            prologue,
            patterns: patterns(&main).iter().filter_map(is).collect(),
            main,
            whole: Arc::default(),
        }
    }

    /// A binding of values that are `given`: captures, then patterns among the inputs.
    fn bind(&self, captures: &[Value], inputs: &[Value], given: Vec<Value>) -> Binding {
        let mut all = captures.to_vec();
        if let Some(prologue) = &self.prologue {
            let patterns = self.patterns.iter().map(|&i| inputs[i].clone()).collect();
            all.extend(evaluate(prologue, captures, patterns));
        }
        if let Some(Reached { program, captures }) = reach(&self.main, &all, inputs) {
            let shared = Arc::new(Shared::new(&program));
            return Binding::new(&shared, given, &captures, inputs);
        }
        let whole = || Arc::new(Shared::new(&self.main));
        Binding::new(self.whole.get_or_init(whole), given, &all, inputs)
    }
}

impl Code for Compiled {
    fn executable(&self) -> Box<dyn Executable> {
        Box::new(Bound {
            compiled: self.clone(),
            bindings: Mutex::default(),
        })
    }
}

impl Bound {
    /// The binding of these captures and patterns, made if it is new.
    fn bind(&self, captures: &[Value], inputs: &[Value], count: &AtomicUsize) -> Arc<Binding> {
        let patterns = &self.compiled.patterns;
        let given = || captures.iter().chain(patterns.iter().map(|&i| &inputs[i]));
        let mut bindings = lock(&self.bindings);
        if let Some(found) = bindings.iter().find(|b| b.is_of(given())) {
            return found.clone();
        }
        let given = given().cloned().collect();
        let binding = Arc::new(self.compiled.bind(captures, inputs, given));
        count.fetch_add(1, Ordering::Relaxed);
        if bindings.len() == BINDINGS {
            bindings.remove(0);
        }
        bindings.push(binding.clone());
        binding
    }
}

impl Executable for Bound {
    fn run(&self, captures: &[Value], inputs: Vec<Value>, bindings: &AtomicUsize) -> Vec<Value> {
        let binding = self.bind(captures, &inputs, bindings);
        let mut call = binding.call();
        let results = call.run(inputs);
        binding.give_back(call);
        results
    }

    fn explain(
        &self,
        captures: &[Value],
        inputs: Vec<Value>,
        bindings: &AtomicUsize,
    ) -> (Vec<Value>, Explanation) {
        let binding = self.bind(captures, &inputs, bindings);
        let mut call = binding.call();
        call.watch(true);
        let start = Instant::now();
        let results = call.run(inputs);
        let elapsed = start.elapsed();
        let parts: Vec<usize> = binding.data.tasks.iter().map(Task::parts).collect();
        let shared = &binding.data.shared;
        let mut explanation = Explanation::new(&shared.program, &shared.plan, &parts);
        explanation.register_bytes = binding.data.registers.iter().sum();
        explanation.add(call.watch(false), elapsed, call.allocations);
        binding.give_back(call);
        (results, explanation)
    }
}
