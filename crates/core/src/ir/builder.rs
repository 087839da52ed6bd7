//! The stack of programs being built, the only thread-local state of tracing.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Atom, Aval, Closed, Equation, PatternAval, Place, Program, Type, Value, Var, vary};
use crate::array::{Array, ArrayRepr, Pattern, PatternRepr, Scalar};
use crate::ops::batching::AxisName;
use crate::ops::{Collect, Collective, Primitive};

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

/// The axes over which a value differs, a bit for each named axis by its depth in the stack.
pub(crate) type Varying = u32;

/// What is known of a trace beside the types of its inputs.
#[derive(Default)]
pub(crate) struct Setting {
    /// The axis over which the traced function is mapped, with its size.
    pub(crate) axis: Option<(AxisName, usize)>,
    /// The axes over which each input differs; where they are not told, nothing is made to differ.
    pub(crate) varying: Option<Vec<Varying>>,
    /// Axes over which everything in the trace is taken to differ.
    pub(crate) floor: Varying,
}

struct Frame {
    trace: u64,
    setting: Setting,
    /// The axes over which each variable differs.
    varying: Vec<Varying>,
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
    build_in(Setting::default(), types, body)
}

/// As [`build_with`] in a setting.
#[track_caller]
pub(crate) fn build_in<R>(
    setting: Setting,
    types: &[Type],
    body: impl FnOnce(Vec<Value>) -> (Vec<Value>, R),
) -> (Closed, R) {
    let mut frame = Frame {
        trace: NEXT_TRACE.fetch_add(1, Ordering::Relaxed),
        setting,
        varying: Vec::new(),
        types: Vec::new(),
        equations: Vec::new(),
        inputs: Vec::new(),
        captures: Vec::new(),
        captured: HashMap::new(),
    };
    let inputs = types
        .iter()
        .enumerate()
        .map(|(i, ty)| {
            let told = frame.setting.varying.as_ref().map_or(0, |v| v[i]);
            let var = frame.fresh(ty.clone(), told | frame.setting.floor);
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
            memo: Box::default(),
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
///
/// Operands that differ over fewer named axes than others are made to differ first: the transpose
/// of that sums their cotangents over the axis, once.
#[track_caller]
pub(crate) fn emit(primitive: Primitive, inputs: &[Value], outputs: Vec<Type>) -> Vec<Value> {
    let at = Place::here();
    STACK.with_borrow_mut(|stack| {
        let mut inputs = operands(stack, inputs);
        let axes = named_axes(stack);
        let Some(frame) = stack.last_mut() else {
            unreachable!("emit is called under a trace")
        };
        let mut varying = vec![frame.setting.floor; outputs.len()];
        if !axes.is_empty() && frame.setting.varying.is_some() {
            let of = |frame: &Frame, a: &Atom| a.var().map_or(0, |v| frame.varying[v.index()]);
            let mut given: Vec<Varying> = inputs.iter().map(|a| of(frame, a)).collect();
            if let Some(all) = vary::meeting(&primitive, &given, &axes) {
                for (atom, own) in inputs.iter_mut().zip(&mut given) {
                    *atom = frame.varied(atom, all & !*own, &axes, at);
                    *own |= all;
                }
            }
            varying = vary::outputs(&primitive, &given, &axes, outputs.len());
        }
        let fresh = outputs
            .into_iter()
            .zip(varying)
            .map(|(ty, v)| frame.fresh(ty, v));
        let vars: Vec<Var> = fresh.collect();
        let values = vars.iter().map(|&v| frame.tracer(v)).collect();
        frame.equations.push(Equation {
            primitive,
            inputs,
            outputs: vars,
            at,
        });
        values
    })
}

fn operands(stack: &mut [Frame], values: &[Value]) -> Vec<Atom> {
    let alive: Vec<u64> = stack.iter().map(|f| f.trace).collect();
    let differs: Vec<Varying> = values.iter().map(|v| varying_in(stack, v)).collect();
    let Some(frame) = stack.last_mut() else {
        unreachable!("operands are read under a trace")
    };
    values
        .iter()
        .zip(differs)
        .map(|(v, differs)| frame.atom(v, &alive, differs))
        .collect()
}

/// The named axes of a stack of traces, outermost first, with their sizes.
fn named_axes(stack: &[Frame]) -> Vec<(AxisName, usize)> {
    stack
        .iter()
        .filter_map(|frame| frame.setting.axis.clone())
        .collect()
}

/// The named axes of the traces under way on this thread, outermost first, with their sizes.
pub(crate) fn axes() -> Vec<(AxisName, usize)> {
    STACK.with_borrow(|stack| named_axes(stack))
}

/// The named axes over which a value differs.
pub(crate) fn varying(value: &Value) -> Varying {
    STACK.with_borrow(|stack| varying_in(stack, value))
}

fn varying_in(stack: &[Frame], value: &Value) -> Varying {
    let (Value::Array(Array {
        repr: ArrayRepr::Tracer(tracer),
        ..
    })
    | Value::Pattern(Pattern(PatternRepr::Tracer(tracer, _)))) = value
    else {
        return 0;
    };
    let frame = stack.iter().find(|f| f.trace == tracer.trace);
    frame.map_or(0, |f| f.varying[tracer.var.index()])
}

impl Frame {
    fn fresh(&mut self, ty: Type, varying: Varying) -> Var {
        self.types.push(ty);
        self.varying.push(varying);
        Var(self.types.len() as u32 - 1)
    }

    /// An array that differs over more axes.
    fn varied(
        &mut self,
        atom: &Atom,
        more: Varying,
        axes: &[(AxisName, usize)],
        at: Place,
    ) -> Atom {
        let (ty, mut own) = match atom {
            Atom::Var(v) => (self.types[v.index()].clone(), self.varying[v.index()]),
            Atom::Literal(s, weak) => (s.to_literal(*weak).aval.into(), 0),
        };
        if matches!(ty, Type::Pattern(_)) {
            return atom.clone();
        }
        let mut atom = atom.clone();
        for (depth, (axis, size)) in axes.iter().enumerate() {
            if more & (1 << depth) != 0 {
                own |= 1 << depth;
                let var = self.fresh(ty.clone(), own);
                let vary = Collective {
                    axis: axis.clone(),
                    size: *size,
                    kind: Collect::Vary,
                };
                self.equations.push(Equation {
                    primitive: vary.into(),
                    inputs: vec![atom],
                    outputs: vec![var],
                    at,
                });
                atom = Atom::Var(var);
            }
        }
        atom
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

    fn atom(&mut self, value: &Value, alive: &[u64], differs: Varying) -> Atom {
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
        let var = self.fresh(value.ty(), differs | self.setting.floor);
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
