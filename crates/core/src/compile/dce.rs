//! Removes equations whose results nobody reads.

use std::sync::Arc;

use crate::ir::{Atom, Effect, Equation, Program};
use crate::ops::marked;

/// The program without dead equations; effects stay, inputs stay.
pub(crate) fn dce(program: &Program) -> Arc<Program> {
    let mut needed = vec![false; program.types.len()];
    for var in program.outputs.iter().filter_map(Atom::var) {
        needed[var.index()] = true;
    }
    let mut equations = Vec::with_capacity(program.equations.len());
    for equation in program.equations.iter().rev() {
        let used = equation.outputs.iter().any(|v| needed[v.index()]);
        if used || equation.effect() == Effect::Ordered {
            let equation = without_unused(equation, &needed);
            for var in equation.inputs.iter().filter_map(Atom::var) {
                needed[var.index()] = true;
            }
            equations.push(equation);
        }
    }
    equations.reverse();
    Arc::new(Program {
        equations,
        ..program.clone()
    })
}

/// The equation; one that holds programs is left with what its needed results take.
fn without_unused(equation: &Equation, needed: &[bool]) -> Equation {
    let used: Vec<bool> = equation.outputs.iter().map(|v| needed[v.index()]).collect();
    if !used.contains(&false) {
        return equation.clone();
    }
    match equation.primitive.rules().prune(&used) {
        Some(pruned) => Equation {
            primitive: pruned.primitive,
            inputs: marked(&equation.inputs, &pruned.inputs, true),
            outputs: marked(&equation.outputs, &pruned.outputs, true),
            at: equation.at,
        },
        None => equation.clone(),
    }
}

#[cfg(test)]
mod tests {
    use crate::array::{Array, scalar};
    use crate::transform::make_program;

    #[test]
    fn unused_equations_go() {
        let program = make_program(|x: &Array| {
            let _unused = x.sin();
            x.cos()
        })(&scalar(1.0));
        assert_eq!(program.equations.len(), 2);
        let program = super::dce(&program);
        assert_eq!(
            program.to_string(),
            "{ lambda ; a:f32[]. let\n    b:f32[] = cos a\n  in (b,) }"
        );
    }
}
