//! The stack of programs being built, the only thread-local state of tracing.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Atom, Aval, Closed, Equation, PatternAval, Program, Type, Value, Var};
use crate::array::{Array, ArrayRepr, Pattern, PatternRepr, Scalar};
use crate::ops::Primitive;

static NEXT_TRACE: AtomicU64 = AtomicU64::new(1);

/// A variable of a program being built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Tracer {
    trace: u64,
    var: Var,
}

/// What a capture is known by, so that it becomes one hidden input only.
#[derive(PartialEq, Eq, Hash)]
enum Identity {
    Tracer(Tracer),
    /// The address of shared elements, with the type they are seen under.
    Shared(usize, Type),
}

struct Frame {
    trace: u64,
    types: Vec<Type>,
    equations: Vec<Equation>,
    inputs: Vec<Var>,
    captures: Vec<(Var, Value)>,
    captured: HashMap<Identity, Var>,
}

thread_local! {
    static STACK: RefCell<Vec<Frame>> = const { RefCell::new(Vec::new()) };
}

/// Whether a program is being built on this thread.
pub(crate) fn is_tracing() -> bool {
    STACK.with_borrow(|s| !s.is_empty())
}

/// Pops the frame also when the traced closure panics.
struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        STACK.with_borrow_mut(Vec::pop);
    }
}

/// Builds a program by running `body` on tracers of the given types.
#[track_caller]
pub(crate) fn build(types: &[Type], body: impl FnOnce(Vec<Value>) -> Vec<Value>) -> Closed {
    build_with(types, |inputs| (body(inputs), ())).0
}

/// As [`build`], handing out what `body` returns beside the outputs.
#[track_caller]
pub(crate) fn build_with<R>(
    types: &[Type],
    body: impl FnOnce(Vec<Value>) -> (Vec<Value>, R),
) -> (Closed, R) {
    let mut frame = Frame {
        trace: NEXT_TRACE.fetch_add(1, Ordering::Relaxed),
        types: Vec::new(),
        equations: Vec::new(),
        inputs: Vec::new(),
        captures: Vec::new(),
        captured: HashMap::new(),
    };
    let inputs = types
        .iter()
        .map(|ty| {
            let var = frame.fresh(ty.clone());
            frame.inputs.push(var);
            frame.tracer(var)
        })
        .collect();
    STACK.with_borrow_mut(|s| s.push(frame));
    let guard = Guard;
    let (outputs, rest) = body(inputs);
    let closed = STACK.with_borrow_mut(|stack| {
        let outputs = operands(stack, &outputs);
        let Some(frame) = stack.last_mut() else {
            unreachable!("the frame was pushed above")
        };
        let (vars, captures) = std::mem::take(&mut frame.captures).into_iter().unzip();
        let program = Program {
            types: std::mem::take(&mut frame.types),
            captures: vars,
            inputs: std::mem::take(&mut frame.inputs),
            equations: std::mem::take(&mut frame.equations),
            outputs,
        };
        Closed {
            program: Arc::new(program),
            captures,
        }
    });
    drop(guard);
    closed.program.verify_in_debug();
    (closed, rest)
}

/// Appends an equation to the program being built and gives its results.
pub(crate) fn emit(primitive: Primitive, inputs: &[Value], outputs: Vec<Type>) -> Vec<Value> {
    STACK.with_borrow_mut(|stack| {
        let inputs = operands(stack, inputs);
        let Some(frame) = stack.last_mut() else {
            unreachable!("emit is called under a trace")
        };
        let vars: Vec<Var> = outputs.into_iter().map(|ty| frame.fresh(ty)).collect();
        let values = vars.iter().map(|&v| frame.tracer(v)).collect();
        frame.equations.push(Equation {
            primitive,
            inputs,
            outputs: vars,
        });
        values
    })
}

fn operands(stack: &mut [Frame], values: &[Value]) -> Vec<Atom> {
    let alive: Vec<u64> = stack.iter().map(|f| f.trace).collect();
    let Some(frame) = stack.last_mut() else {
        unreachable!("operands are read under a trace")
    };
    values.iter().map(|v| frame.atom(v, &alive)).collect()
}

impl Frame {
    fn fresh(&mut self, ty: Type) -> Var {
        self.types.push(ty);
        Var(self.types.len() as u32 - 1)
    }

    fn tracer(&self, var: Var) -> Value {
        let tracer = Tracer {
            trace: self.trace,
            var,
        };
        match &self.types[var.index()] {
            Type::Array(aval) => Value::Array(Array {
                aval: aval.clone(),
                repr: ArrayRepr::Tracer(tracer),
            }),
            Type::Pattern(p) => Value::Pattern(Pattern(PatternRepr::Tracer(tracer, *p))),
        }
    }

    fn atom(&mut self, value: &Value, alive: &[u64]) -> Atom {
        let identity = match value {
            Value::Array(Array {
                repr: ArrayRepr::Tracer(t),
                ..
            })
            | Value::Pattern(Pattern(PatternRepr::Tracer(t, _))) => {
                if t.trace == self.trace {
                    return Atom::Var(t.var);
                }
                assert!(
                    alive.contains(&t.trace),
                    "a traced {} left its function and was used later: return values instead \
                     of storing them outside",
                    value.ty()
                );
                Identity::Tracer(*t)
            }
            Value::Array(
                a @ Array {
                    repr: ArrayRepr::Host(buffer),
                    ..
                },
            ) => {
                if a.rank() == 0 {
                    return Atom::Literal(Scalar::of(a), a.is_weak());
                }
                Identity::Shared(Arc::as_ptr(buffer) as usize, value.ty())
            }
            Value::Pattern(Pattern(PatternRepr::Host(data))) => {
                Identity::Shared(Arc::as_ptr(data) as usize, value.ty())
            }
        };
        if let Some(&var) = self.captured.get(&identity) {
            return Atom::Var(var);
        }
        let var = self.fresh(value.ty());
        self.captured.insert(identity, var);
        self.captures.push((var, value.clone()));
        Atom::Var(var)
    }
}

/// A value of this type that stands for nothing: the leaf of a remembered tree.
pub(crate) fn hollow(ty: &Type) -> Value {
    let tracer = Tracer {
        trace: 0,
        var: Var(0),
    };
    match ty {
        Type::Array(aval) => Value::Array(Array {
            aval: Aval::clone(aval),
            repr: ArrayRepr::Tracer(tracer),
        }),
        Type::Pattern(p) => {
            Value::Pattern(Pattern(PatternRepr::Tracer(tracer, PatternAval::clone(p))))
        }
    }
}
