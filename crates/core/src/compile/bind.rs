//! Cuts a program in two: what captures and patterns decide, once a binding, and the rest.

use std::sync::Arc;

use super::dce;
use crate::ir::{Atom, Effect, Equation, Program, Type, Var};
use crate::ops::{Index, Loop, Lowering};

/// A program and its prologue.
pub(crate) struct Split {
    /// Over the captures and the patterns among the inputs; gives what `main` captures more.
    pub(crate) prologue: Option<Arc<Program>>,
    /// Over the captures, then the prologue's results; inputs and outputs are the program's.
    pub(crate) main: Arc<Program>,
}

/// Bytes that a hoisted result may always have.
const SMALL: usize = 1 << 16;

/// Hoists every equation whose operands stay the same between calls of one binding.
///
/// Results larger than their operands are not kept, nor are broadcasts: a kernel reads through
/// them for nothing.
pub(crate) fn split(program: &Program) -> Split {
    let mut known = vec![false; program.types.len()];
    for var in program.captures.iter().chain(&patterns(program)) {
        known[var.index()] = true;
    }
    // A result that is known but costs nothing to say again.
    let mut free = vec![false; program.types.len()];
    let mut hoisted = vec![false; program.equations.len()];
    for (i, equation) in program.equations.iter().enumerate() {
        let is_known = |a: &Atom| a.var().is_none_or(|v| known[v.index()]);
        if !equation.inputs.iter().all(is_known) || equation.effect() != Effect::Pure {
            continue;
        }
        let repeats = is_repetition(equation);
        if !repeats && results(program, equation) > SMALL.max(operands(program, equation)) {
            continue;
        }
        hoisted[i] = true;
        for var in &equation.outputs {
            known[var.index()] = true;
            free[var.index()] = repeats;
        }
    }
    let mut wanted = vec![false; program.types.len()];
    let rest = || {
        program
            .equations
            .iter()
            .zip(&hoisted)
            .filter(|(_, hoisted)| !**hoisted)
    };
    let atoms = rest().flat_map(|(e, _)| &e.inputs).chain(&program.outputs);
    for var in atoms.filter_map(Atom::var) {
        wanted[var.index()] = true;
    }
    // What a repetition says again is read where it is said.
    for (equation, _) in program
        .equations
        .iter()
        .zip(&hoisted)
        .rev()
        .filter(|(_, h)| **h)
    {
        if equation
            .outputs
            .iter()
            .any(|v| wanted[v.index()] && free[v.index()])
        {
            for var in equation.inputs.iter().filter_map(Atom::var) {
                wanted[var.index()] = true;
            }
        }
    }
    let results: Vec<Var> = program
        .equations
        .iter()
        .zip(&hoisted)
        .filter(|(_, hoisted)| **hoisted)
        .flat_map(|(e, _)| &e.outputs)
        .copied()
        .filter(|v| wanted[v.index()] && !free[v.index()])
        .collect();
    if results.is_empty() {
        return Split {
            prologue: None,
            main: Arc::new(program.clone()),
        };
    }
    let prologue = Program {
        inputs: patterns(program),
        equations: program
            .equations
            .iter()
            .zip(&hoisted)
            .filter(|(_, hoisted)| **hoisted)
            .map(|(e, _)| e.clone())
            .collect(),
        outputs: results.iter().map(|v| Atom::Var(*v)).collect(),
        ..program.clone()
    };
    let kept =
        |(e, hoisted): &(&Equation, &bool)| !**hoisted || e.outputs.iter().all(|v| free[v.index()]);
    let main = Program {
        captures: program.captures.iter().copied().chain(results).collect(),
        equations: program
            .equations
            .iter()
            .zip(&hoisted)
            .filter(kept)
            .map(|(e, _)| e.clone())
            .collect(),
        ..program.clone()
    };
    let (prologue, main) = (dce(&prologue), dce(&main));
    prologue.verify_in_debug();
    main.verify_in_debug();
    Split {
        prologue: Some(prologue),
        main,
    }
}

/// The patterns among the inputs: their identities are part of a binding.
pub(crate) fn patterns(program: &Program) -> Vec<Var> {
    let is_pattern = |v: &&Var| matches!(program.type_of(**v), Type::Pattern(_));
    program.inputs.iter().filter(is_pattern).copied().collect()
}

/// Whether the equation only repeats what it reads, or counts.
fn is_repetition(equation: &Equation) -> bool {
    match equation.primitive.rules().lowering() {
        Lowering::Index(Index::Broadcast(_)) => true,
        Lowering::Index(Index::Reshape(_)) | Lowering::Loop(Loop::Copy) => {
            equation.inputs.iter().all(|a| a.var().is_none())
        }
        _ => false,
    }
}

fn bytes(ty: &Type) -> usize {
    match ty {
        Type::Array(aval) => aval.shape.size() * aval.dtype.size(),
        Type::Pattern(p) => 4 * p.nnz,
    }
}

fn results(program: &Program, equation: &Equation) -> usize {
    let outputs = equation.outputs.iter();
    outputs.map(|v| bytes(program.type_of(*v))).sum()
}

fn operands(program: &Program, equation: &Equation) -> usize {
    let inputs = equation.inputs.iter();
    inputs.map(|a| bytes(&program.atom_type(a))).sum()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::array::{Array, DType, array};
    use crate::compile::optimise;
    use crate::transform::make_program;

    #[test]
    fn what_captures_decide_is_hoisted() {
        let (scale, index) = (array([1.0, 2.0, 3.0]), array([2, 0]));
        let f = move |x: &Array| {
            let doubled = scale.sqrt() * 2;
            (x * &doubled).take(&index, 0) + doubled.sum(..)
        };
        let program = optimise(&make_program(f)(&Array::zeros([3], DType::F32)));
        let split = super::split(&program);
        let prologue = split.prologue.map(|p| p.to_string()).unwrap_or_default();
        expect![[r"
            { lambda a:f32[3] b:i32[2]; . let
                c:f32[3] = sqrt a
                d:f32[3] = mul c 2.0:f32[]
                e:bool[2] = lt b 0:i32[]
                f:i32[2] = add b 3:i32[]
                g:i32[2] = select_n e b f
                h:i32[2,1] = reshape[dimensions=None new_sizes=(2, 1)] g
                i:f32[] = reduce_sum[axes=(0,)] d
              in (d, h, i) }"]]
        .assert_eq(&prologue);
        expect![[r"
            { lambda a:f32[3] b:i32[2] c:f32[3] d:i32[2,1] e:f32[]; f:f32[3]. let
                g:f32[3] = mul f c
                h:f32[2] = gather[dimension_numbers=GatherDims { offset: [], collapsed: [0], start_index_map: [0], operand_batch: [], indices_batch: [] } mode=Fill slice_sizes=(1,)] g d
                i:f32[2] = add h e
              in (i,) }"]].assert_eq(&split.main.to_string());
    }

    #[test]
    fn nothing_is_hoisted_without_captures() {
        let program = make_program(|x: &Array| x * 2 + 1)(&Array::zeros([3], DType::F32));
        assert!(super::split(&optimise(&program)).prologue.is_none());
    }
}
