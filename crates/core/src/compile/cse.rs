//! Computes equal expressions once.

use std::collections::HashMap;
use std::sync::Arc;

use crate::ir::{Atom, Effect, Program, Var};
use crate::ops::Primitive;

/// The program with every equation that repeats an earlier one left out; effects stay.
pub(crate) fn cse(program: &Program) -> Arc<Program> {
    let mut same: Vec<Var> = (0..program.types.len()).map(|i| Var(i as u32)).collect();
    let mut seen: HashMap<(Primitive, Vec<Atom>), Vec<Var>> = HashMap::new();
    let mut equations = Vec::with_capacity(program.equations.len());
    let renamed = |same: &[Var], atom: &Atom| match atom {
        Atom::Var(v) => Atom::Var(same[v.index()]),
        literal @ Atom::Literal(..) => literal.clone(),
    };
    for equation in &program.equations {
        let mut equation = equation.clone();
        for atom in &mut equation.inputs {
            *atom = renamed(&same, atom);
        }
        if equation.effect() == Effect::Pure {
            let key = (equation.primitive.clone(), equation.inputs.clone());
            if let Some(outputs) = seen.get(&key) {
                for (var, first) in equation.outputs.iter().zip(outputs) {
                    same[var.index()] = *first;
                }
                continue;
            }
            seen.insert(key, equation.outputs.clone());
        }
        equations.push(equation);
    }
    let outputs = program.outputs.iter().map(|a| renamed(&same, a)).collect();
    Arc::new(Program {
        equations,
        outputs,
        ..program.clone()
    })
}

#[cfg(test)]
mod tests {
    use crate::array::{Array, scalar};
    use crate::compile::dce;
    use crate::transform::{grad, make_program};

    #[test]
    fn repeated_equations_are_shared() {
        let f = |x: &Array| x.sin() * x.cos();
        let program = make_program(grad(f))(&scalar(1.0));
        expect_test::expect![[r"
            { lambda ; a:f32[]. let
                b:f32[] = sin a
                c:f32[] = cos a
                d:f32[] = cos a
                e:f32[] = sin a
                _:f32[] = mul b d
                f:f32[] = mul b 1.0:f32[]
                g:f32[] = mul 1.0:f32[] d
                h:f32[] = neg f
                i:f32[] = mul h e
                j:f32[] = mul g c
                k:f32[] = add_any i j
              in (k,) }"]]
        .assert_eq(&program.to_string());
        let shared = dce(&super::cse(&program));
        assert_eq!(shared.verify(), Ok(()));
        expect_test::expect![[r"
            { lambda ; a:f32[]. let
                b:f32[] = sin a
                c:f32[] = cos a
                d:f32[] = mul b 1.0:f32[]
                e:f32[] = mul 1.0:f32[] c
                f:f32[] = neg d
                g:f32[] = mul f b
                h:f32[] = mul e c
                i:f32[] = add_any g h
              in (i,) }"]]
        .assert_eq(&shared.to_string());
    }
}
