//! Functions with derivatives of their own, and functions that keep little for theirs.

use std::cell::Cell;
use std::sync::{Arc, Mutex};

use super::collectives::vary;
use super::control::with_common_captures;
use super::func::{Body, Func};
use super::jit::misuse;
use super::trace::{trace, types_of};
use super::tree::{Tree, flatten, unflatten};
use crate::array::Array;
use crate::ir::builder::{Setting, Varying, axes, build_in, is_tracing, varying};
use crate::ir::{Closed, Type, Value};
use crate::ops::custom_jvp::moving;
use crate::ops::{Checkpoint, CustomJvp, CustomVjp, Policy, bind, exactly, marked};
use crate::sync::lock;

/// `f` with a forward derivative of its own: `rule(arguments, tangents)` gives the result and its
/// tangent. JAX's `custom_jvp`; reverse mode transposes the rule.
///
/// Arguments and tangents are tuples, of one argument too. Tangents of integers are zeros.
///
/// ```
/// use graxe_core::{custom_jvp, grad, scalar, Array};
/// // log(1 + e^x), whose plain derivative overflows.
/// let log1pexp = custom_jvp(
///     |x: &Array| x.exp().log1p(),
///     |(x,), (t,)| (x.exp().log1p(), (1 - 1 / (1 + x.exp())) * t),
/// );
/// assert_eq!(grad(log1pexp)(&scalar(100.0)).item::<f32>(), 1.0);
/// ```
///
/// # Panics
/// When traced: if the rule's result or tangent has another structure, shape or dtype than the function's
/// result, or if the rule calls this very function: let it call the plain one. When differentiated: if what
/// the function holds is differentiated: pass it as an argument.
pub fn custom_jvp<'f, Args, F: Func<'f, Args>>(
    f: F,
    rule: impl Fn(F::Inputs, F::Inputs) -> (F::Out, F::Out) + Send + Sync + 'f,
) -> Box<F::Returning<F::Out>> {
    let f = f.body();
    F::wrap(Box::new(move |inputs: F::Inputs| {
        if !is_tracing() {
            return f(inputs);
        }
        let inputs = differing_alike(&inputs);
        let (leaves, _) = flatten(&inputs);
        let types = types_of(&leaves);
        let (program, template) = trace(&*f, &inputs, &types);
        let rule = one_deeper("custom_jvp", || {
            trace_rule(&rule, &inputs, &types, &program)
        });
        let (programs, captures) = with_common_captures(&[program, rule]);
        let [program, rule] = exactly(programs);
        let call = CustomJvp {
            program,
            rule,
            captures: captures.len(),
        };
        unflatten(&template, bind(&call.into(), [captures, leaves].concat()))
    }))
}

/// Arguments that all differ over the named axes over which one does: a rule does not tell them apart, and
/// the sum over an axis of the cotangents of what is shared stands outside of it.
fn differing_alike<I: Tree>(inputs: &I) -> I {
    let (leaves, _) = flatten(inputs);
    let all = leaves.iter().fold(0, |all, leaf| all | varying(leaf));
    let alike = leaves.iter().map(|leaf| vary(leaf, all & !varying(leaf)));
    unflatten(inputs, alike.collect())
}

/// A trace whose inputs differ over these axes.
fn over(differs: Vec<Varying>) -> Setting {
    Setting {
        varying: (!axes().is_empty()).then_some(differs),
        ..Setting::default()
    }
}

/// The rule over arguments and the tangents of those that are floats.
fn trace_rule<I: Tree, R: Tree>(
    rule: &(dyn Fn(I, I) -> (R, R) + '_),
    inputs: &I,
    types: &[Type],
    program: &Closed,
) -> Closed {
    let floats = moving(types);
    let mut all = types.to_vec();
    all.extend(marked(types, &floats, true));
    let outputs = program.program.output_types();
    let mut differs: Vec<Varying> = flatten(inputs).0.iter().map(varying).collect();
    differs.extend(marked(&differs, &floats, true));
    let (closed, ()) = build_in(over(differs), &all, |mut values| {
        let tangents = fill(
            &values[..types.len()],
            &floats,
            values[types.len()..].to_vec(),
        );
        values.truncate(types.len());
        let (out, moved) = rule(unflatten(inputs, values), unflatten(inputs, tangents));
        let (mut results, _) = flatten(&out);
        let (moved, _) = flatten(&moved);
        check("custom_jvp", "result", &outputs, &results);
        check("custom_jvp", "tangent", &outputs, &moved);
        // A tangent differs where its result does.
        let pairs = moved.iter().zip(&results);
        let moved: Vec<Value> = pairs
            .map(|(t, result)| vary(t, varying(result) & !varying(t)))
            .collect();
        results.extend(marked(&moved, &moving(&outputs), true));
        (results, ())
    });
    closed
}

/// Tangents or cotangents of all leaves: zeros of those that are no floats.
fn fill(leaves: &[Value], floats: &[bool], given: Vec<Value>) -> Vec<Value> {
    let mut given = given.into_iter();
    let of = |(leaf, float): (&Value, &bool)| match (leaf, float) {
        (_, true) => match given.next() {
            Some(value) => value,
            None => unreachable!("a tangent for each float"),
        },
        (Value::Array(x), false) => Array::zeros(x.shape().clone(), x.dtype()).into(),
        (Value::Pattern(p), false) => p.into(),
    };
    leaves.iter().zip(floats).map(of).collect()
}

thread_local! {
    /// How many rules are being traced inside one another.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// How deep rules may call functions with rules.
const DEEPEST: usize = 24;

/// Runs what traces a rule.
#[track_caller]
fn one_deeper<R>(name: &str, f: impl FnOnce() -> R) -> R {
    struct Restore(usize);
    impl Drop for Restore {
        fn drop(&mut self) {
            DEPTH.set(self.0);
        }
    }
    let depth = DEPTH.get();
    if depth == DEEPEST {
        misuse(format!(
            "{name}: rules call functions with rules {DEEPEST} deep: a rule calls its own function; let it \
             call the plain one"
        ));
    }
    let _restore = Restore(depth);
    DEPTH.set(depth + 1);
    f()
}

/// Checks what a rule gives against what it should.
fn check(name: &str, what: &str, wanted: &[Type], found: &[Value]) {
    let counts = |w: &Type| what == "result" || w.is_differentiable();
    let fits = |(w, f): (&Type, &Value)| !counts(w) || w.matches(&f.ty());
    if wanted.len() != found.len() || !wanted.iter().zip(found).all(fits) {
        let found = types_of(found);
        misuse(format!(
            "{name}: the rule gives {found:?} as {what}, expected {wanted:?}"
        ));
    }
}

/// `f` with a backward derivative of its own: `forward(arguments)` gives the result and residuals, and
/// `backward(residuals, cotangent)` the cotangents of all arguments, a tuple. JAX's `custom_vjp`.
///
/// Cotangents of integers are ignored. Forward mode does not go through it.
///
/// ```
/// use graxe_core::{custom_vjp, grad, scalar, Array};
/// let clipped = custom_vjp(
///     |x: &Array| x.clone(),
///     |(x,)| (x, ()),
///     |(), cotangent: Array| (cotangent.clip(-1.0, 1.0),),
/// );
/// assert_eq!(grad(move |x: &Array| clipped(x) * 5)(&scalar(1.0)).item::<f32>(), 1.0);
/// ```
///
/// # Panics
/// When traced: if the rules give other structures, shapes or dtypes than they should, or call this very
/// function: let them call the plain one. In forward mode, and when what the function holds is
/// differentiated: pass it as an argument.
pub fn custom_vjp<'f, Args, F: Func<'f, Args>, Res: Tree>(
    f: F,
    forward: impl Fn(F::Inputs) -> (F::Out, Res) + Send + Sync + 'f,
    backward: impl Fn(Res, F::Out) -> F::Inputs + Send + Sync + 'f,
) -> Box<F::Returning<F::Out>> {
    let f = f.body();
    F::wrap(Box::new(move |inputs: F::Inputs| {
        if !is_tracing() {
            return f(inputs);
        }
        let inputs = differing_alike(&inputs);
        let (leaves, _) = flatten(&inputs);
        let types = types_of(&leaves);
        let (program, template) = trace(&*f, &inputs, &types);
        let differs: Mutex<Vec<Varying>> = Mutex::default();
        let noting = |inputs| {
            let out = forward(inputs);
            let found = flatten(&out).0.iter().map(varying).collect();
            *lock(&differs) = found;
            out
        };
        let (ahead, (found, residuals)) =
            one_deeper("custom_vjp", || trace(&noting, &inputs, &types));
        let outputs = program.program.output_types();
        check("custom_vjp", "result", &outputs, &flatten(&found).0);
        let mut differs = std::mem::take(&mut *lock(&differs));
        let kept = differs.split_off(outputs.len());
        let differs = [kept, marked(&differs, &moving(&outputs), true)].concat();
        let shapes = (&residuals, &template);
        let back = one_deeper("custom_vjp", || {
            trace_backward(&backward, shapes, (&outputs, &types), differs)
        });
        let (programs, captures) = with_common_captures(&[program, ahead, back]);
        let [program, forward, backward] = exactly(programs);
        let call = CustomVjp {
            program,
            forward,
            backward,
            captures: captures.len(),
        };
        unflatten(&template, bind(&call.into(), [captures, leaves].concat()))
    }))
}

/// The backward rule over residuals and the cotangents of the results that are floats.
fn trace_backward<I: Tree, R: Tree, Res: Tree>(
    backward: &(dyn Fn(Res, R) -> I + '_),
    (residuals, template): (&Res, &R),
    (outputs, arguments): (&[Type], &[Type]),
    differs: Vec<Varying>,
) -> Closed {
    let (kept, _) = flatten(residuals);
    let floats = moving(outputs);
    let mut all = types_of(&kept);
    all.extend(marked(outputs, &floats, true));
    let (closed, ()) = build_in(over(differs), &all, |mut values| {
        let given = values.split_off(kept.len());
        let (hollow, _) = flatten(template);
        let cotangents = unflatten(template, fill(&hollow, &floats, given));
        let (pulled, _) = flatten(&backward(unflatten(residuals, values), cotangents));
        check("custom_vjp", "cotangent", arguments, &pulled);
        (marked(&pulled, &moving(arguments), true), ())
    });
    closed
}

/// `f` whose intermediate values are computed again for a derivative instead of kept; JAX's
/// `checkpoint`, or `remat`.
///
/// ```
/// use graxe_core::{checkpoint, grad, scalar, Array};
/// let f = |x: &Array| x.sin().sin();
/// assert_eq!(
///     grad(checkpoint(f))(&scalar(1.0)).item::<f32>(),
///     grad(f)(&scalar(1.0)).item::<f32>(),
/// );
/// ```
pub fn checkpoint<'f, Args, F: Func<'f, Args>>(f: F) -> Box<F::Returning<F::Out>> {
    checkpoint_with(f, Policy::NothingSaveable)
}

/// As [`checkpoint`], keeping what the policy says.
pub fn checkpoint_with<'f, Args, F: Func<'f, Args>>(
    f: F,
    policy: Policy,
) -> Box<F::Returning<F::Out>> {
    let f: Arc<Body<'f, F::Inputs, F::Out>> = f.body();
    F::wrap(Box::new(move |inputs: F::Inputs| {
        if !is_tracing() {
            return f(inputs);
        }
        let (leaves, _) = flatten(&inputs);
        let (closed, template) = trace(&*f, &inputs, &types_of(&leaves));
        let call = Checkpoint {
            program: closed.lifted(),
            policy,
        };
        unflatten(
            &template,
            bind(&call.into(), [closed.captures, leaves].concat()),
        )
    }))
}
