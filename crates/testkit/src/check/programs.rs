//! The program of one equation: well formed, printed, and run to the same bits.

use graxe_core::ops::{Primitive, bind};
use graxe_core::{Array, Pattern, Value, jit, make_program};

use super::host::same_bits;
use super::{Pair, into_arrays};

/// The inputs in their order again, from the lists of arrays and patterns.
fn merge(like: &[Value], arrays: &[Array], patterns: &[Pattern]) -> Vec<Value> {
    let (mut arrays, mut patterns) = (arrays.iter(), patterns.iter());
    let merged = like.iter().filter_map(|v| match v {
        Value::Array(_) => arrays.next().map(Value::from),
        Value::Pattern(_) => patterns.next().map(Value::from),
    });
    merged.collect()
}

fn split(inputs: &[Value]) -> (Vec<Array>, Vec<Pattern>) {
    let (mut arrays, mut patterns) = (Vec::new(), Vec::new());
    for v in inputs {
        match v {
            Value::Array(a) => arrays.push(a.clone()),
            Value::Pattern(p) => patterns.push(p.clone()),
        }
    }
    (arrays, patterns)
}

/// Tracing a primitive gives its one equation, which verifies and prints.
pub(super) fn equation(primitive: &Primitive, pair: &Pair<'_>) -> Result<(), String> {
    let (arrays, patterns) = split(&pair.inputs);
    let traced =
        |a: &Vec<Array>, p: &Vec<Pattern>| into_arrays(bind(primitive, merge(&pair.inputs, a, p)));
    let program = make_program(traced)(&arrays, &patterns);
    program.verify()?;
    match program.equations.as_slice() {
        [one] if one.primitive == *primitive => {}
        _ => return Err(format!("the program is not its equation:\n{program}")),
    }
    let text = program.to_string();
    let rules = primitive.rules();
    if !text.contains(&format!("= {}", rules.name())) {
        return Err(format!("the program does not print the name:\n{text}"));
    }
    match rules
        .parameters()
        .iter()
        .find(|(name, _)| !text.contains(name))
    {
        Some((name, _)) => Err(format!("the program does not print {name}:\n{text}")),
        None => Ok(()),
    }
}

/// Jitted, with operands as inputs and with operands captured, it gives the bits of running it.
pub(super) fn jitted(pair: &Pair<'_>) -> Result<(), String> {
    let wanted = into_arrays((pair.reference)(pair.inputs.clone()));
    let (arrays, patterns) = split(&pair.inputs);
    let f = jit(|a: &Vec<Array>, p: &Vec<Pattern>| {
        into_arrays((pair.subject)(merge(&pair.inputs, a, p)))
    });
    same_bits("jit", &f(&arrays, &patterns), &wanted)?;
    same_bits("jit again", &f(&arrays, &patterns), &wanted)?;
    if f.stats().traces != 1 {
        return Err(format!("jit: traced {} times", f.stats().traces));
    }
    let all = pair.positions(|_| true);
    for &position in &all {
        let one = [position];
        let f = jit(|a: &Vec<Array>| pair.call(&one, a));
        let found = f(&pair.arrays(&one));
        same_bits("jit with captured operands", &found, &wanted)?;
    }
    let given = jit(|a: Vec<Array>| pair.call(&all, &a));
    same_bits("jit by value", &given(pair.arrays(&all)), &wanted)
}
