//! The refusal of programs that do not fit the primitive that holds them.

use std::sync::Arc;

use graxe_core::ops::Primitive;
use graxe_core::{Array, Atom, Equation, Program, Scalar, Type, Value, Var, make_program};

use super::types::{fits_or_refuses, small_pattern};

/// With programs that give other types, or more or fewer results, or that take or give patterns, the
/// primitive is refused as with wrong operands, or runs and gives what was inferred.
pub(super) fn refusals(primitive: &Primitive, inputs: &[Value]) -> Result<(), String> {
    let rules = primitive.rules();
    let programs: Vec<Program> = rules.programs().iter().map(|p| Program::clone(p)).collect();
    if programs.is_empty() {
        return Ok(());
    }
    // What is chosen from, or carried, cannot be a pattern: there may be one for each example.
    let arrays_only = matches!(
        primitive,
        Primitive::Cond(_) | Primitive::While(_) | Primitive::Scan(_)
    );
    let check = |programs: Vec<Program>, inputs: &[Value]| {
        let types: Vec<_> = programs.iter().map(Program::output_types).collect();
        let pattern = |ty: &Type| matches!(ty, Type::Pattern(_));
        // Of a loop that a condition ends, everything that its programs give is fixed.
        let must_refuse = matches!(primitive, Primitive::While(_))
            || (arrays_only && types.concat().iter().any(pattern));
        let wrong = rules.with_programs(programs.into_iter().map(Arc::new).collect());
        fits_or_refuses(&wrong, inputs.to_vec(), must_refuse)
            .map_err(|e| format!("with programs giving {types:?}: {e}"))
    };
    for (i, program) in programs.iter().enumerate() {
        for wrong in with_other_outputs(program) {
            let mut all = programs.clone();
            all[i] = wrong;
            check(all, inputs)?;
        }
    }
    for k in 0..programs[0].outputs.len() {
        let mut all = programs.clone();
        for program in &mut all {
            give_pattern(program, k);
        }
        if all != programs {
            check(all, inputs)?;
        }
    }
    for i in 0..inputs.len() {
        if let Some(all) = with_a_pattern(&programs, inputs.len() - i) {
            let mut inputs = inputs.to_vec();
            inputs[i] = small_pattern().into();
            check(all, &inputs)?;
        }
    }
    Ok(())
}

/// Gives the first pattern that the program takes as its result `k`, if there are both.
fn give_pattern(program: &mut Program, k: usize) {
    let is_pattern = |v: &&Var| matches!(program.type_of(**v), Type::Pattern(_));
    let pattern = program.inputs.iter().find(is_pattern).copied();
    if let (Some(pattern), Some(output)) = (pattern, program.outputs.get_mut(k)) {
        *output = Atom::Var(pattern);
    }
}

/// The programs with a pattern as the input of this number from the end, if none computes with that one.
fn with_a_pattern(programs: &[Program], from_end: usize) -> Option<Vec<Program>> {
    let changed = programs.iter().map(|program| {
        let mut program = program.clone();
        if let Some(i) = program.inputs.len().checked_sub(from_end) {
            let var = program.inputs[i];
            let mut read = program.equations.iter().flat_map(|e| &e.inputs);
            if read.any(|a| a.var() == Some(var)) {
                return None;
            }
            program.types[var.0 as usize] = Value::from(small_pattern()).ty();
        }
        Some(program)
    });
    changed.collect()
}

/// The program with a result of another type in each place, with one fewer, and with one more.
fn with_other_outputs(program: &Program) -> Vec<Program> {
    let number = Scalar::F64(0.5);
    let constants = [Scalar::Bool(true), Scalar::I32(2), number].map(|s| Atom::Literal(s, false));
    let inputs = program.inputs.iter().map(|v| Atom::Var(*v));
    let others: Vec<Atom> = inputs.chain(constants).collect();
    let mut all = Vec::new();
    let mut give = |outputs: Vec<Atom>| {
        let mut other = program.clone();
        other.outputs = outputs;
        all.push(other);
    };
    for (i, output) in program.outputs.iter().enumerate() {
        let mut seen = vec![program.atom_type(output)];
        for other in &others {
            let ty = program.atom_type(other);
            if !seen.iter().any(|s| s.matches(&ty)) {
                seen.push(ty);
                let mut list = program.outputs.clone();
                list[i] = other.clone();
                give(list);
            }
        }
    }
    if let Some((last, fewer)) = program.outputs.split_last() {
        give(fewer.to_vec());
        give([&program.outputs[..], std::slice::from_ref(last)].concat());
    }
    all.extend((0..program.outputs.len()).filter_map(|i| repeated(program, i)));
    all
}

/// The program with its result `i` twice, along a new axis.
fn repeated(program: &Program, i: usize) -> Option<Program> {
    let Type::Array(aval) = program.atom_type(&program.outputs[i]) else {
        return None;
    };
    let shape = [&[2], &aval.shape[..]].concat();
    let twice = make_program(|x: &Array| x.broadcast_to(shape.as_slice()));
    let twice = twice(&Array::zeros(aval.shape.clone(), aval.dtype));
    let [equation] = twice.equations.as_slice() else {
        return None;
    };
    let mut program = program.clone();
    let var = Var(program.types.len() as u32);
    program.types.extend(twice.output_types());
    program.equations.push(Equation {
        inputs: vec![program.outputs[i].clone()],
        outputs: vec![var],
        ..equation.clone()
    });
    program.outputs[i] = Atom::Var(var);
    Some(program)
}
