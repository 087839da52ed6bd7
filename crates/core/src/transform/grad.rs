//! Derivatives of closures: forward, reverse, at any argument, with auxiliary outputs.

use std::sync::Arc;

use super::func::{Arg0, Body, Func, Positions};
use super::jit::misuse;
use super::jvp::{forward, jvp_eval, moving_types};
use super::partial_eval::partial_eval;
use super::trace::{trace, types_of};
use super::transpose::backward;
use super::tree::{self, Step, Tree, flatten, named_leaves, unflatten};
use crate::array::Array;
use crate::ir::{Closed, Program, Type, Value, evaluate};
use crate::ops::{Input, Tangent, spread};

/// The linear part of a function at a point, ready to be applied or pulled back through.
pub(super) struct Linear {
    program: Arc<Program>,
    residuals: Vec<Value>,
    /// The types of the tangents that go in.
    types: Vec<Type>,
    /// Which outputs have tangents.
    out_with: Vec<bool>,
}

impl Linear {
    /// Cotangents of the differentiated inputs.
    pub(super) fn pull(&self, cotangents: Vec<Tangent>) -> Vec<Tangent> {
        let mut inputs: Vec<Input> = self.residuals.iter().cloned().map(Input::Known).collect();
        let residuals = inputs.len();
        inputs.extend(self.types.iter().cloned().map(Input::Linear));
        let given = cotangents.into_iter().zip(&self.out_with);
        let given: Vec<Tangent> = given.filter(|(_, w)| **w).map(|(c, _)| c).collect();
        backward(&self.program, &[], &inputs, &given).split_off(residuals)
    }

    /// Tangents of the outputs.
    fn push(&self, tangents: Vec<Value>) -> Vec<Tangent> {
        let mut inputs = self.residuals.clone();
        inputs.extend(tangents);
        spread(&self.out_with, evaluate(&self.program, &[], inputs))
    }
}

/// Runs a program at `primals` and linearises it there in the inputs that `with` marks.
pub(super) fn linearise(
    closed: &Closed,
    primals: Vec<Value>,
    with: &[bool],
) -> (Vec<Value>, Linear) {
    let (forward, mut out_with) = forward(&closed.program, &closed.captures, with);
    let types = moving_types(&closed.program, with);
    let mut known = vec![true; primals.len()];
    known.resize(primals.len() + types.len(), false);
    let cut = partial_eval(&forward.program, &known, &[]);
    let mut results = evaluate(&cut.known, &forward.captures, primals);
    let residuals = results.split_off(results.len() - cut.residuals);
    // A tangent that turned out not to depend on the inputs is known: it is zero in value.
    let count = closed.program.outputs.len();
    results.truncate(count);
    let mut tangents = cut.known_outputs[count..].iter();
    for w in out_with.iter_mut().filter(|w| **w) {
        if tangents.next() == Some(&true) {
            *w = false;
        }
    }
    (
        results,
        Linear {
            program: cut.unknown,
            residuals,
            types,
            out_with,
        },
    )
}

/// The leaves to differentiate: those of the arguments at `positions`.
pub(super) fn differentiated<I: Tree>(name: &str, inputs: &I, positions: &[usize]) -> Vec<bool> {
    named_leaves(inputs)
        .into_iter()
        .map(|(path, leaf)| {
            let Some(Step::Index(argument)) = path.0.first() else {
                return false;
            };
            if !positions.contains(argument) {
                return false;
            }
            let Value::Array(array) = &leaf else {
                return false;
            };
            if !array.dtype().is_float() {
                misuse(format!(
                    "{name}: {} is {}: only floats have gradients; mark the field \
                     #[tree(static)] or pass it as another argument",
                    path.argument(),
                    array.aval
                ));
            }
            true
        })
        .collect()
}

/// The gradient leaves for the arguments at `positions`, in order of the positions.
fn collect<I: Tree>(inputs: &I, positions: &[usize], pulled: Vec<Tangent>) -> Vec<Value> {
    let mut pulled = pulled.into_iter();
    let mut by_argument: Vec<Vec<Value>> = Vec::new();
    for (path, leaf) in named_leaves(inputs) {
        let Some(Step::Index(argument)) = path.0.first() else {
            continue;
        };
        if by_argument.len() <= *argument {
            by_argument.resize(argument + 1, Vec::new());
        }
        if !positions.contains(argument) {
            continue;
        }
        by_argument[*argument].push(match leaf {
            Value::Pattern(p) => Value::Pattern(p),
            Value::Array(x) => match pulled.next().flatten() {
                Some(cotangent) => cotangent.into(),
                None => Array::zeros(x.shape().clone(), x.dtype()).into(),
            },
        });
    }
    positions
        .iter()
        .flat_map(|&p| by_argument.get(p).cloned().unwrap_or_default())
        .collect()
}

/// Value, auxiliary outputs and gradient; `loss` picks the scalar out of the outputs' leaves.
pub(super) fn reverse<I: Tree, R: Tree>(
    name: &str,
    f: &Body<'_, I, R>,
    inputs: &I,
    positions: &[usize],
) -> (R, Vec<Value>) {
    let (leaves, _) = flatten(inputs);
    let with = differentiated(name, inputs, positions);
    let (closed, template) = trace(f, inputs, &types_of(&leaves));
    let Some(Type::Array(loss)) = closed.program.output_types().into_iter().next() else {
        misuse(format!("{name}: the function gives no array"))
    };
    if !loss.dtype.is_float() || loss.shape.rank() != 0 {
        misuse(format!(
            "{name}: the function must give a float of shape [], it gives {loss}"
        ));
    }
    let (results, linear) = linearise(&closed, leaves, &with);
    let mut cotangents: Vec<Tangent> = vec![None; results.len()];
    cotangents[0] = Some(Array::full((), 1, loss.dtype));
    let pulled = linear.pull(cotangents);
    (
        unflatten(&template, results),
        collect(inputs, positions, pulled),
    )
}

/// The gradient of a scalar function in its first argument.
///
/// It has the argument's own type: patterns are passed through, integer leaves are refused.
///
/// ```
/// use graxe_core::{grad, scalar, Array};
/// let f = |x: &Array| x.powi(3);
/// assert_eq!(grad(f)(&scalar(2.0)).item::<f32>(), 12.0);
/// assert_eq!(grad(grad(grad(f)))(&scalar(2.0)).item::<f32>(), 6.0);
/// ```
///
/// # Panics
/// When called, if the result is not a float of shape `[]`.
pub fn grad<'f, Args, F>(f: F) -> Box<F::Returning<F::First>>
where
    F: Func<'f, Args, Out = Array>,
    Arg0: Positions<F::Inputs, Output = F::First>,
{
    let f = f.body();
    F::wrap(Box::new(move |inputs: F::Inputs| {
        let (_, leaves) = reverse("grad", &*f, &inputs, &[0]);
        Arg0::rebuild(&inputs, leaves)
    }))
}

/// The value of a scalar function and its gradient in the first argument.
pub fn value_and_grad<'f, Args, F>(f: F) -> Box<F::Returning<(Array, F::First)>>
where
    F: Func<'f, Args, Out = Array>,
    Arg0: Positions<F::Inputs, Output = F::First>,
{
    let f = f.body();
    F::wrap(Box::new(move |inputs: F::Inputs| {
        let (value, leaves) = reverse("value_and_grad", &*f, &inputs, &[0]);
        (value, Arg0::rebuild(&inputs, leaves))
    }))
}

/// The gradient in the arguments at `positions`: [`Arg0`], `(Arg0, Arg2)` and so on.
///
/// ```
/// use graxe_core::{grad_at, scalar, Arg0, Arg1, Array};
/// let f = |x: &Array, y: &Array| x * y;
/// let (dx, dy) = grad_at(f, (Arg0, Arg1))(&scalar(3.0), &scalar(4.0));
/// assert_eq!((dx.item::<f32>(), dy.item::<f32>()), (4.0, 3.0));
/// ```
pub fn grad_at<'f, Args, F, P>(f: F, _positions: P) -> Box<F::Returning<P::Output>>
where
    F: Func<'f, Args, Out = Array>,
    P: Positions<F::Inputs> + 'f,
{
    let f = f.body();
    F::wrap(Box::new(move |inputs: F::Inputs| {
        let (_, leaves) = reverse("grad_at", &*f, &inputs, &P::indices());
        P::rebuild(&inputs, leaves)
    }))
}

/// The value and the gradient in the arguments at `positions`.
pub fn value_and_grad_at<'f, Args, F, P>(
    f: F,
    _positions: P,
) -> Box<F::Returning<(Array, P::Output)>>
where
    F: Func<'f, Args, Out = Array>,
    P: Positions<F::Inputs> + 'f,
{
    let f = f.body();
    F::wrap(Box::new(move |inputs: F::Inputs| {
        let (value, leaves) = reverse("value_and_grad_at", &*f, &inputs, &P::indices());
        (value, P::rebuild(&inputs, leaves))
    }))
}

/// The gradient of the first of two results in the first argument, and the second result.
pub fn grad_aux<'f, Args, F, Aux>(f: F) -> Box<F::Returning<(F::First, Aux)>>
where
    F: Func<'f, Args, Out = (Array, Aux)>,
    Aux: Tree,
    Arg0: Positions<F::Inputs, Output = F::First>,
{
    let f = f.body();
    F::wrap(Box::new(move |inputs: F::Inputs| {
        let ((_, aux), leaves) = reverse("grad_aux", &*f, &inputs, &[0]);
        (Arg0::rebuild(&inputs, leaves), aux)
    }))
}

/// As [`grad_aux`], with the value: `((value, auxiliary), gradient)`.
#[allow(
    clippy::type_complexity,
    reason = "a boxed closure over the caller's types"
)]
pub fn value_and_grad_aux<'f, Args, F, Aux>(f: F) -> Box<F::Returning<((Array, Aux), F::First)>>
where
    F: Func<'f, Args, Out = (Array, Aux)>,
    Aux: Tree,
    Arg0: Positions<F::Inputs, Output = F::First>,
{
    let f = f.body();
    F::wrap(Box::new(move |inputs: F::Inputs| {
        let (out, leaves) = reverse("value_and_grad_aux", &*f, &inputs, &[0]);
        (out, Arg0::rebuild(&inputs, leaves))
    }))
}

/// The marks of the leaves that carry tangents: floating point arrays.
fn moving_leaves(leaves: &[Value]) -> Vec<bool> {
    leaves.iter().map(|v| v.ty().is_differentiable()).collect()
}

/// Checks tangents or cotangents against the values they belong to.
#[track_caller]
pub(super) fn check_like(name: &str, what: &str, values: &[Type], given: &[Value]) {
    if values.len() != given.len() {
        misuse(format!("{name}: the {what}s have another structure"));
    }
    for (want, got) in values.iter().zip(given) {
        if let (Type::Array(want), Type::Array(got)) = (want, got.ty())
            && want.dtype.is_float()
            && (want.shape != got.shape || want.dtype != got.dtype)
        {
            misuse(format!(
                "{name}: the {what} {got} does not fit the value {want}"
            ));
        }
    }
}

pub(super) fn or_zeros(values: &[Value], tangents: Vec<Tangent>) -> Vec<Value> {
    let pairs = values.iter().zip(tangents);
    pairs
        .map(|(v, t)| match (v, t) {
            (_, Some(t)) => t.into(),
            (Value::Array(a), None) => Array::zeros(a.shape().clone(), a.dtype()).into(),
            (Value::Pattern(p), None) => p.into(),
        })
        .collect()
}

/// The result of `f` and its tangent along `tangents` (forward mode).
///
/// Both are tuples of all arguments: `jvp(f, (x, y), (dx, dy))`. Tangents of integer leaves
/// are ignored.
///
/// # Panics
/// If a tangent's shape or dtype is not that of its value.
#[track_caller]
pub fn jvp<'f, Args, F: Func<'f, Args>>(
    f: F,
    primals: F::Inputs,
    tangents: F::Inputs,
) -> (F::Out, F::Out) {
    let f = f.body();
    let (leaves, _) = flatten(&primals);
    let types = types_of(&leaves);
    let (closed, template) = trace(&*f, &primals, &types);
    let given = tree::leaves(&tangents);
    check_like("jvp", "tangent", &types, &given);
    let with = moving_leaves(&leaves);
    let given = given
        .into_iter()
        .zip(with)
        .map(|(t, w)| w.then(|| t.into_array()))
        .collect();
    let (results, tangents) = jvp_eval(&closed.program, &closed.captures, leaves, given);
    let tangents = or_zeros(&results, tangents);
    (
        unflatten(&template, results),
        unflatten(&template, tangents),
    )
}

/// A linear map from tangents or cotangents, as [`linearize`] and [`vjp`] give it.
pub type LinearMap<'f, From, To> = Box<dyn Fn(&From) -> To + Send + Sync + 'f>;

/// The result of `f` and its linear part: a map from tangents of the arguments (a tuple) to
/// tangents of the result, which does not run `f` again.
#[track_caller]
pub fn linearize<'f, Args, F: Func<'f, Args>>(
    f: F,
    primals: F::Inputs,
) -> (F::Out, LinearMap<'static, F::Inputs, F::Out>) {
    let f = f.body();
    let (leaves, _) = flatten(&primals);
    let types = types_of(&leaves);
    let (closed, template) = trace(&*f, &primals, &types);
    let with = moving_leaves(&leaves);
    let (results, linear) = linearise(&closed, leaves, &with);
    let out = unflatten(&template, results.clone());
    let shape = out.clone();
    let push = move |tangents: &F::Inputs| {
        let given = tree::leaves(tangents);
        check_like("linearize", "tangent", &types, &given);
        let given = given
            .into_iter()
            .zip(&with)
            .filter(|(_, w)| **w)
            .map(|(t, _)| t);
        unflatten(&shape, or_zeros(&results, linear.push(given.collect())))
    };
    (out, Box::new(push))
}

/// The transpose of a linear `f`: a map from cotangents of the result to cotangents of the arguments
/// (a tuple), given arguments of the right types. JAX's `linear_transpose`. Integers and patterns among the
/// arguments are what `f` is given.
///
/// ```
/// use graxe_core::{array, linear_transpose, Array};
/// let double = |x: &Array| x * 2;
/// let transpose = linear_transpose(double, (array([0.0, 0.0]),));
/// assert_eq!(transpose(&array([1.0, 2.0])).0.to_vec::<f32>(), [2.0, 4.0]);
/// ```
///
/// # Panics
/// When the map is called: if `f` is not linear, naming the operation, or if a cotangent does not fit.
#[track_caller]
pub fn linear_transpose<'f, Args, F: Func<'f, Args>>(
    f: F,
    primals: F::Inputs,
) -> LinearMap<'static, F::Out, F::Inputs> {
    let f = f.body();
    let (leaves, _) = flatten(&primals);
    let (closed, _) = trace(&*f, &primals, &types_of(&leaves));
    let with = moving_leaves(&leaves);
    let types = closed.program.output_types();
    Box::new(move |cotangents: &F::Out| {
        let given = tree::leaves(cotangents);
        check_like("linear_transpose", "cotangent", &types, &given);
        let given: Vec<Tangent> = given
            .into_iter()
            .map(|v| match v {
                Value::Array(a) if a.dtype().is_float() => Some(a),
                _ => None,
            })
            .collect();
        let inputs: Vec<Input> = leaves
            .iter()
            .zip(&with)
            .map(|(leaf, w)| match w {
                true => Input::Linear(leaf.ty()),
                false => Input::Known(leaf.clone()),
            })
            .collect();
        let pulled = backward(&closed.program, &closed.captures, &inputs, &given);
        unflatten(&primals, or_zeros(&leaves, pulled))
    })
}

/// The result of `f` and its pullback: a map from cotangents of the result to cotangents of
/// the arguments (a tuple). Integer leaves have zeros.
#[track_caller]
pub fn vjp<'f, Args, F: Func<'f, Args>>(
    f: F,
    primals: F::Inputs,
) -> (F::Out, LinearMap<'static, F::Out, F::Inputs>) {
    let f = f.body();
    let (leaves, _) = flatten(&primals);
    let (closed, template) = trace(&*f, &primals, &types_of(&leaves));
    let with = moving_leaves(&leaves);
    let (results, linear) = linearise(&closed, leaves.clone(), &with);
    let out = unflatten(&template, results);
    let types = closed.program.output_types();
    let pull = move |cotangents: &F::Out| {
        let given = tree::leaves(cotangents);
        check_like("vjp", "cotangent", &types, &given);
        let given = given.into_iter().map(|v| match v {
            Value::Array(a) if a.dtype().is_float() => Some(a),
            _ => None,
        });
        let mut pulled = linear.pull(given.collect()).into_iter();
        let all = with
            .iter()
            .map(|&w| if w { pulled.next().flatten() } else { None });
        let all = all.collect();
        unflatten(&primals, or_zeros(&leaves, all))
    };
    (out, Box::new(pull))
}
