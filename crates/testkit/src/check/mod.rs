//! Checks that an operation's rules agree with what it computes, on every operation there is.

mod batching;
mod catalogue;
mod cutting;
mod derivatives;
mod forward_only;
mod host;
mod linear;
mod misfits;
mod precision;
mod programs;
mod pruning;
mod reverse_only;
mod types;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

pub use catalogue::{ELSEWHERE, FAMILIES, catalogue, family};
use graxe_core::ops::{Primitive, bind};
use graxe_core::{Array, Value, with_x64};

/// A function over values, as [`bind`] is for a primitive.
pub type Function<'a> = dyn Fn(Vec<Value>) -> Vec<Value> + Send + Sync + 'a;

/// Two functions that should be one: `reference` is run on concrete values only, `subject` is
/// what is traced, differentiated and batched.
struct Pair<'a> {
    reference: &'a Function<'a>,
    subject: &'a Function<'a>,
    inputs: Vec<Value>,
    /// How many of the inputs are captures of a function with its own rule, which have no derivative.
    held: usize,
    derivatives: Derivatives,
}

/// What derivatives a function has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Derivatives {
    /// In both modes, of any order.
    Both,
    /// In forward mode; reverse mode is refused.
    Forward,
    /// In reverse mode; forward mode is refused.
    Reverse,
    /// Zero by declaration, whatever the values do.
    Zero,
}

impl Derivatives {
    fn of(primitive: &Primitive) -> Self {
        match primitive {
            Primitive::StopGradient(_) => Self::Zero,
            Primitive::While(_) => Self::Forward,
            Primitive::CustomVjp(_) => Self::Reverse,
            _ => Self::Both,
        }
    }
}

/// How many leading inputs of a primitive are captures.
fn held(primitive: &Primitive) -> usize {
    match primitive {
        Primitive::CustomJvp(call) => call.captures,
        Primitive::CustomVjp(call) => call.captures,
        _ => 0,
    }
}

impl Pair<'_> {
    /// Positions of the inputs that `wanted` picks among the arrays.
    fn positions(&self, wanted: impl Fn(&Array) -> bool) -> Vec<usize> {
        let all = self.inputs.iter().enumerate();
        all.filter(|(_, v)| matches!(v, Value::Array(a) if wanted(a)))
            .map(|(i, _)| i)
            .collect()
    }

    /// Positions of the float inputs that may be differentiated.
    fn floats(&self) -> Vec<usize> {
        let mut floats = self.positions(|a| a.dtype().is_float());
        floats.retain(|&i| i >= self.held);
        floats
    }

    fn array(&self, position: usize) -> &Array {
        match &self.inputs[position] {
            Value::Array(a) => a,
            Value::Pattern(_) => unreachable!("positions are those of arrays"),
        }
    }

    fn arrays(&self, positions: &[usize]) -> Vec<Array> {
        positions.iter().map(|&i| self.array(i).clone()).collect()
    }

    /// The inputs with `arrays` at `positions`.
    fn with(&self, positions: &[usize], arrays: &[Array]) -> Vec<Value> {
        let mut inputs = self.inputs.clone();
        for (&i, a) in positions.iter().zip(arrays) {
            inputs[i] = a.into();
        }
        inputs
    }

    /// Results of the reference with `arrays` at `positions`.
    fn expected(&self, positions: &[usize], arrays: &[Array]) -> Vec<Array> {
        into_arrays((self.reference)(self.with(positions, arrays)))
    }

    /// Results of the subject with `arrays` at `positions`.
    fn call(&self, positions: &[usize], arrays: &[Array]) -> Vec<Array> {
        into_arrays((self.subject)(self.with(positions, arrays)))
    }
}

fn into_arrays(values: Vec<Value>) -> Vec<Array> {
    let arrays = values.into_iter().map(|v| match v {
        Value::Array(a) => a,
        Value::Pattern(p) => panic!("a pattern {p:?} was given as a result"),
    });
    arrays.collect()
}

/// The items whose mark is `wanted`.
fn chosen<T: Clone>(items: &[T], marks: &[bool], wanted: bool) -> Vec<T> {
    let pairs = items.iter().zip(marks).filter(|(_, m)| **m == wanted);
    pairs.map(|(item, _)| item.clone()).collect()
}

/// Marks of every subset of a few items; of many, none, all, each alone and all but each.
fn subsets(items: usize) -> Vec<Vec<bool>> {
    const FEW: usize = 5;
    if items <= FEW {
        let marks = |subset: usize| (0..items).map(|i| subset >> i & 1 == 1).collect();
        return (0..1 << items).map(marks).collect();
    }
    let mut all = vec![vec![false; items], vec![true; items]];
    for i in 0..items {
        all.extend([true, false].map(|own| (0..items).map(|k| (k == i) == own).collect()));
    }
    all
}

/// Checks all rules of a primitive at `inputs`: inference against execution, the program of
/// one equation, what is left of it where some results are used and its parts where some operands
/// are known, derivatives of the first and second order, transposition, batching, and single
/// precision against double.
///
/// Derivatives are compared with finite differences where every float input is f64: such
/// inputs must stand away from kinks and jumps. Inputs at kinks belong into f32 cases.
///
/// # Errors
/// One line for each check that failed, naming the primitive and what differs.
pub fn check_primitive(primitive: &Primitive, inputs: Vec<Value>) -> Result<(), String> {
    let apply = |inputs: Vec<Value>| bind(primitive, inputs);
    let pair = Pair {
        reference: &apply,
        subject: &apply,
        derivatives: Derivatives::of(primitive),
        held: held(primitive),
        inputs,
    };
    let mut failures = Failures::default();
    failures.run("infer", || types::execution(primitive, &pair));
    failures.run("refusal", || types::refusals(primitive, &pair.inputs));
    failures.run("refused programs", || {
        misfits::refusals(primitive, &pair.inputs)
    });
    failures.run("equation", || programs::equation(primitive, &pair));
    failures.run("prune", || pruning::rule(primitive, &pair));
    failures.run("partial eval", || cutting::rule(primitive, &pair));
    if pair.derivatives != Derivatives::Reverse {
        failures.run("jvp rule", || derivatives::rule(primitive, &pair));
    }
    if pair.derivatives != Derivatives::Forward {
        failures.run("transpose rule", || linear::rule(primitive, &pair));
        failures.run("f32", || precision::single(primitive, &pair));
    }
    run_shared(&mut failures, &pair);
    failures.finish(&format!("{primitive:?}"), &pair.inputs)
}

/// Checks that jit, derivatives and batching of `subject` agree with running `reference`, as
/// [`check_primitive`] does for a primitive.
///
/// # Errors
/// One line for each check that failed, naming it and what differs.
pub fn check_pair(
    name: &str,
    reference: &Function<'_>,
    subject: &Function<'_>,
    inputs: Vec<Value>,
) -> Result<(), String> {
    let pair = Pair {
        reference,
        subject,
        inputs,
        held: 0,
        derivatives: Derivatives::Both,
    };
    let mut failures = Failures::default();
    run_shared(&mut failures, &pair);
    failures.finish(name, &pair.inputs)
}

fn run_shared(failures: &mut Failures, pair: &Pair<'_>) {
    failures.run("jit", || programs::jitted(pair));
    failures.run("batch", || batching::once(pair));
    failures.run("batch of batch", || batching::twice(pair));
    // Rust numbers in rules are as precise as the arrays they meet only in this scope.
    with_x64(|| {
        if pair.derivatives == Derivatives::Reverse {
            failures.run("refused jvp", || reverse_only::refusal(pair));
            failures.run("transpose", || derivatives::transpose(pair));
            failures.run("second derivative", || reverse_only::second(pair));
            failures.run("batch of grad", || batching::of_grad(pair));
            failures.run("grad of batch", || reverse_only::shared(pair));
            return;
        }
        failures.run("jvp", || derivatives::forward(pair));
        if pair.derivatives == Derivatives::Forward {
            failures.run("refused transpose", || forward_only::refusal(pair));
            failures.run("second derivative", || forward_only::second(pair));
            failures.run("batch of jvp", || forward_only::batch_of_tangents(pair));
            return;
        }
        failures.run("transpose", || derivatives::transpose(pair));
        failures.run("second derivative", || derivatives::second(pair));
        failures.run("batch of grad", || batching::of_grad(pair));
        failures.run("grad of batch", || batching::in_grad(pair));
    });
}

/// What a panic said.
fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
    text.unwrap_or("without a message")
}

/// The checks that failed so far, a line each.
#[derive(Default)]
struct Failures(Vec<String>);

impl Failures {
    /// Runs one check; a panic inside is a failure with the panic's message.
    fn run(&mut self, check: &str, body: impl FnOnce() -> Result<(), String>) {
        let message = match catch_unwind(AssertUnwindSafe(body)) {
            Ok(Ok(())) => return,
            Ok(Err(message)) => message,
            Err(payload) => format!("panicked: {}", message(payload.as_ref())),
        };
        self.0.push(format!("{check}: {message}"));
    }

    fn finish(self, name: &str, inputs: &[Value]) -> Result<(), String> {
        if self.0.is_empty() {
            return Ok(());
        }
        let types: Vec<_> = inputs.iter().map(Value::ty).collect();
        let lines = self.0.iter().map(|l| format!("{name} at {types:?}: {l}"));
        Err(lines.collect::<Vec<_>>().join("\n"))
    }
}
