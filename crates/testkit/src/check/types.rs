//! Inference against execution, and the refusal of operands and programs that do not fit.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use graxe_core::ops::{Primitive, bind};
use graxe_core::{Array, Atom, DType, Pattern, Program, Scalar, Type, Value};

use super::host::{Host, same_bits};
use super::{Pair, into_arrays};

/// Results have the inferred types, operands stay as they are, and operands that nobody else
/// holds give the same results.
pub(super) fn execution(primitive: &Primitive, pair: &Pair<'_>) -> Result<(), String> {
    let types: Vec<Type> = pair.inputs.iter().map(Value::ty).collect();
    let inferred = primitive.rules().infer(&types)?;
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
    for wrong in wrong_lists(inputs) {
        let must_refuse = wrong.len() != inputs.len() && !variadic;
        let types: Vec<Type> = wrong.iter().map(Value::ty).collect();
        fits_or_refuses(primitive, wrong, must_refuse).map_err(|e| format!("at {types:?}: {e}"))?;
    }
    Ok(())
}

/// With a program that gives other types, or more or fewer results, the primitive is refused as with wrong
/// operands, or runs and gives what was inferred.
pub(super) fn misfits(primitive: &Primitive, inputs: &[Value]) -> Result<(), String> {
    let rules = primitive.rules();
    let programs: Vec<Arc<Program>> = rules.programs().into_iter().cloned().collect();
    for (i, program) in programs.iter().enumerate() {
        for outputs in wrong_outputs(program) {
            let mut wrong = Program::clone(program);
            wrong.outputs = outputs;
            let types = wrong.output_types();
            let mut all = programs.clone();
            all[i] = Arc::new(wrong);
            fits_or_refuses(&rules.with_programs(all), inputs.to_vec(), false)
                .map_err(|e| format!("with program {i} giving {types:?}: {e}"))?;
        }
    }
    Ok(())
}

/// Outputs of the program with one of another type in each place, one fewer, and one more.
fn wrong_outputs(program: &Program) -> Vec<Vec<Atom>> {
    let number = Scalar::F64(0.5);
    let constants = [Scalar::Bool(true), Scalar::I32(2), number].map(|s| Atom::Literal(s, false));
    let inputs = program.inputs.iter().map(|v| Atom::Var(*v));
    let others: Vec<Atom> = inputs.chain(constants).collect();
    let mut lists = Vec::new();
    for (i, output) in program.outputs.iter().enumerate() {
        let mut seen = vec![program.atom_type(output)];
        for other in &others {
            let ty = program.atom_type(other);
            if !seen.iter().any(|s| s.matches(&ty)) {
                seen.push(ty);
                let mut list = program.outputs.clone();
                list[i] = other.clone();
                lists.push(list);
            }
        }
    }
    if let Some((last, fewer)) = program.outputs.split_last() {
        lists.push(fewer.to_vec());
        lists.push([&program.outputs[..], &[last.clone()]].concat());
    }
    lists
}

/// Refuses the operands with a message that names the operation, or runs and gives what was inferred.
fn fits_or_refuses(
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
    let Ok(pattern) = Pattern::new(2, vec![0, 1], vec![1]) else {
        unreachable!("the pattern is well formed")
    };
    let mut out: Vec<Value> = vec![pattern.into()];
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
