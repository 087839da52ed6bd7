//! Inference against execution, and the refusal of operands that do not fit.

use std::panic::{AssertUnwindSafe, catch_unwind};

use graxe_core::ops::{Primitive, bind};
use graxe_core::{Array, DType, Pattern, Type, Value};

use super::host::{Host, same_bits};
use super::{Pair, into_arrays};

/// Results have the inferred types, operands stay as they are, and operands that nobody else
/// holds give the same results.
pub(super) fn execution(primitive: &Primitive, pair: &Pair<'_>) -> Result<(), String> {
    let types: Vec<Type> = pair.inputs.iter().map(Value::ty).collect();
    let inferred = primitive.rules().infer(&types)?;
    weak_alike(primitive, &inferred)?;
    let before = copies(&pair.inputs);
    let results = bind(primitive, pair.inputs.clone());
    agree(&results, &inferred)?;
    let held = arrays_of(&pair.inputs);
    same_bits("operands after the call", &held, &arrays_of(&before))?;
    let owned = bind(primitive, before);
    agree(&owned, &inferred)?;
    let (owned, results) = (into_arrays(owned), into_arrays(results));
    same_bits("operands given away", &owned, &results)
}

fn arrays_of(values: &[Value]) -> Vec<Array> {
    let arrays = values.iter().filter_map(|v| match v {
        Value::Array(a) => Some(a.clone()),
        Value::Pattern(_) => None,
    });
    arrays.collect()
}

/// The values in buffers of their own; weak scalars stay shared, as only scalars are weak.
fn copies(values: &[Value]) -> Vec<Value> {
    let copy = |v: &Value| match v {
        Value::Array(a) if !a.is_weak() => Host::of(a).array().into(),
        other => other.clone(),
    };
    values.iter().map(copy).collect()
}

fn agree(results: &[Value], inferred: &[Type]) -> Result<(), String> {
    let found: Vec<Type> = results.iter().map(Value::ty).collect();
    if found == inferred {
        Ok(())
    } else {
        Err(format!(
            "results are {found:?}, but {inferred:?} was inferred"
        ))
    }
}

/// Wrong operand lists are refused with a message that names the operation, or, where they
/// fit after all, run and give what was inferred. Nothing panics.
pub(super) fn refusals(primitive: &Primitive, inputs: &[Value]) -> Result<(), String> {
    let variadic = matches!(
        primitive,
        Primitive::Concatenate(_) | Primitive::Select(_) | Primitive::Sort(_)
    );
    // Programs say what they take.
    let fixed = !primitive.rules().programs().is_empty();
    for wrong in wrong_lists(inputs) {
        let types: Vec<Type> = wrong.iter().map(Value::ty).collect();
        let pairs = || types.iter().zip(inputs);
        let other = wrong.len() != inputs.len() || pairs().any(|(t, v)| !t.matches(&v.ty()));
        let must_refuse = (wrong.len() != inputs.len() && !variadic) || (other && fixed);
        fits_or_refuses(primitive, wrong, must_refuse).map_err(|e| format!("at {types:?}: {e}"))?;
    }
    Ok(())
}

/// What is chosen from, or carried, is weak where it always is.
fn weak_alike(primitive: &Primitive, inferred: &[Type]) -> Result<(), String> {
    let sources: Vec<Vec<Type>> = match primitive {
        Primitive::Cond(op) => op.branches.iter().map(|b| b.output_types()).collect(),
        Primitive::While(op) => vec![
            op.body.output_types(),
            op.body.input_types().split_off(op.body_consts),
        ],
        Primitive::Scan(op) => {
            let carried = |mut types: Vec<Type>| {
                types.truncate(op.carry);
                types
            };
            let inputs = op.program.input_types().split_off(op.consts);
            vec![carried(op.program.output_types()), carried(inputs)]
        }
        _ => return Ok(()),
    };
    let weak = |ty: &Type| matches!(ty, Type::Array(a) if a.weak);
    for k in 0..sources[0].len() {
        let always = sources.iter().all(|types| weak(&types[k]));
        if weak(&inferred[k]) != always {
            return Err(format!("result {k} is {:?} of {sources:?}", inferred[k]));
        }
    }
    Ok(())
}

/// Refuses the operands with a message that names the operation, or runs and gives what was inferred.
pub(super) fn fits_or_refuses(
    primitive: &Primitive,
    inputs: Vec<Value>,
    must_refuse: bool,
) -> Result<(), String> {
    let rules = primitive.rules();
    let types: Vec<Type> = inputs.iter().map(Value::ty).collect();
    let inferred = catch_unwind(AssertUnwindSafe(|| rules.infer(&types)))
        .map_err(|_| "infer panicked".to_owned())?;
    match inferred {
        Err(message) if message.contains(rules.name()) => Ok(()),
        Err(message) => Err(format!(
            "the message does not name the operation: {message}"
        )),
        Ok(_) if must_refuse => Err("accepted".to_owned()),
        Ok(inferred) => {
            let results = catch_unwind(AssertUnwindSafe(|| bind(primitive, inputs)))
                .map_err(|_| "accepted, but does not run".to_owned())?;
            agree(&results, &inferred)
        }
    }
}

fn wrong_lists(inputs: &[Value]) -> Vec<Vec<Value>> {
    let mut lists = Vec::new();
    let extra = Value::from(Array::from_vec(vec![1.0f32], 1));
    let last = inputs.last().unwrap_or(&extra).clone();
    lists.push([inputs, &[last]].concat());
    lists.push([inputs, &[extra]].concat());
    for i in 0..inputs.len() {
        let mut fewer = inputs.to_vec();
        fewer.remove(i);
        lists.push(fewer);
        for other in changed(&inputs[i]) {
            let mut list = inputs.to_vec();
            list[i] = other;
            lists.push(list);
        }
    }
    lists
}

pub(super) fn small_pattern() -> Pattern {
    match Pattern::new(2, vec![0, 1], vec![1]) {
        Ok(pattern) => pattern,
        Err(e) => unreachable!("the pattern is well formed: {e}"),
    }
}

/// Values of other kinds, dtypes and shapes in place of one.
fn changed(value: &Value) -> Vec<Value> {
    let Value::Array(a) = value else {
        let Ok(other) = Pattern::new(7, vec![0, 1, 1, 2], vec![6, 0]) else {
            unreachable!("the pattern is well formed")
        };
        return vec![
            Array::from_vec(vec![1.0f64; 3], 3).into(),
            Array::from_vec(vec![1i32], ()).into(),
            other.into(),
        ];
    };
    let host = Host::of(a);
    let mut out: Vec<Value> = vec![small_pattern().into()];
    let other = DType::ALL.iter().filter(|&&d| d != a.dtype());
    out.extend(other.map(|&d| Value::from(host.convert(d).array())));
    let mut shapes = vec![vec![], [&[1], host.shape.as_slice()].concat()];
    shapes.push([host.shape.as_slice(), &[2]].concat());
    for axis in 0..host.shape.len() {
        for extent in [0, 1, host.shape[axis] + 1] {
            let mut shape = host.shape.clone();
            shape[axis] = extent;
            shapes.push(shape);
        }
        let mut shape = host.shape.clone();
        shape.remove(axis);
        shapes.push(shape);
    }
    let cycle: Vec<f64> = if host.data.is_empty() {
        vec![1.0]
    } else {
        host.floats()
    };
    for shape in shapes.into_iter().filter(|s| *s != host.shape) {
        let data = cycle.iter().copied().cycle().take(shape.iter().product());
        out.push(Host::new(a.dtype(), &shape, data).array().into());
    }
    out
}
