//! Puts the equations of called programs in the place of the calls.

use std::collections::HashMap;
use std::sync::Arc;

use crate::ir::{Atom, Equation, Place, Program, Type, Var};
use crate::ops::{Barrier, Control, Convert, Lowering, Primitive};

/// The program without calls.
pub(crate) fn inline(program: &Program) -> Arc<Program> {
    if !program.equations.iter().any(|e| called(e).is_some()) {
        return Arc::new(program.clone());
    }
    let mut inliner = Inliner {
        types: program.types.clone(),
        equations: Vec::with_capacity(program.equations.len()),
    };
    let vars = (0..program.types.len() as u32).map(Var);
    let mut atoms: HashMap<Var, Atom> = vars.map(|v| (v, Atom::Var(v))).collect();
    inliner.equations(program, &mut atoms, true);
    let outputs = program.outputs.iter().map(|a| now(&atoms, a)).collect();
    Arc::new(Program {
        types: inliner.types,
        equations: inliner.equations,
        outputs,
        ..program.clone()
    })
}

/// The program that an equation calls.
fn called(equation: &Equation) -> Option<&Arc<Program>> {
    match equation.primitive.rules().lowering() {
        Lowering::Control(Control::Call(program) | Control::Checkpoint(program)) => Some(program),
        _ => None,
    }
}

struct Inliner {
    types: Vec<Type>,
    equations: Vec<Equation>,
}

/// What stands for an atom of a program that is being copied.
fn now(atoms: &HashMap<Var, Atom>, atom: &Atom) -> Atom {
    match atom {
        Atom::Var(v) => atoms[v].clone(),
        literal @ Atom::Literal(..) => literal.clone(),
    }
}

impl Inliner {
    /// Operands as weak as the inputs of the program that is called, which takes strong ones for weak ones.
    fn as_weak(&mut self, atoms: Vec<Atom>, program: &Program) -> Vec<Atom> {
        let one = |(atom, ty): (Atom, Type)| match (&atom, &ty) {
            (Atom::Literal(scalar, _), Type::Array(a)) => Atom::Literal(*scalar, a.weak),
            (Atom::Var(v), Type::Array(a)) if self.types[v.index()] != ty => {
                let convert = Convert::Value {
                    dtype: a.dtype,
                    weak: a.weak,
                };
                self.append(convert.into(), atom, ty)
            }
            _ => atom,
        };
        atoms
            .into_iter()
            .zip(program.input_types())
            .map(one)
            .collect()
    }

    /// Appends an operation on one operand.
    fn append(&mut self, primitive: Primitive, input: Atom, ty: Type) -> Atom {
        self.types.push(ty);
        let var = Var(self.types.len() as u32 - 1);
        self.equations.push(Equation {
            primitive,
            inputs: vec![input],
            outputs: vec![var],
            at: Place::default(),
        });
        Atom::Var(var)
    }

    /// Copies of arrays, so that what is computed of them is not shared with the same elsewhere.
    fn behind_barriers(&mut self, atoms: Vec<Atom>, program: &Program) -> Vec<Atom> {
        let copy = |(atom, ty): (Atom, Type)| {
            if atom.var().is_none() || matches!(ty, Type::Pattern(_)) {
                return atom;
            }
            self.append(Barrier.into(), atom, ty)
        };
        atoms
            .into_iter()
            .zip(program.input_types())
            .map(copy)
            .collect()
    }

    /// Appends the equations of `program`; results get new variables unless they are `own`.
    fn equations(&mut self, program: &Program, atoms: &mut HashMap<Var, Atom>, own: bool) {
        for equation in &program.equations {
            let inputs: Vec<Atom> = equation.inputs.iter().map(|a| now(atoms, a)).collect();
            if let Some(inner) = called(equation) {
                let inputs = self.as_weak(inputs, inner);
                let inputs = match equation.primitive {
                    Primitive::Checkpoint(_) => self.behind_barriers(inputs, inner),
                    _ => inputs,
                };
                let mut inside: HashMap<Var, Atom> =
                    inner.inputs.iter().copied().zip(inputs).collect();
                self.equations(inner, &mut inside, false);
                for (var, atom) in equation.outputs.iter().zip(&inner.outputs) {
                    atoms.insert(*var, now(&inside, atom));
                }
                continue;
            }
            let outputs = equation.outputs.iter().map(|&var| {
                if own {
                    return var;
                }
                self.types.push(program.type_of(var).clone());
                let fresh = Var(self.types.len() as u32 - 1);
                atoms.insert(var, Atom::Var(fresh));
                fresh
            });
            let outputs = outputs.collect();
            self.equations.push(Equation {
                primitive: equation.primitive.clone(),
                inputs,
                outputs,
                at: equation.at,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::array::{Array, scalar};
    use crate::transform::{jit, make_program};

    #[test]
    fn calls_are_replaced_by_what_they_call() {
        let inner = jit(|x: &Array| x.sin());
        let outer = jit(move |x: &Array| inner(&inner(x)) * 2);
        let program = make_program(move |x: &Array| outer(x) + x)(&scalar(1.0));
        let inlined = super::inline(&program);
        assert_eq!(inlined.verify(), Ok(()));
        expect![[r"
            { lambda ; a:f32[]. let
                b:f32[] = sin a
                c:f32[] = sin b
                d:f32[] = mul c 2.0:f32[]
                e:f32[] = add d a
              in (e,) }"]]
        .assert_eq(&inlined.to_string());
    }
}
