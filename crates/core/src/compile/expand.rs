//! Says which operands are repeated: kernels read repetitions of rows and columns through them.

use std::sync::Arc;

use crate::ir::{Atom, Equation, Place, Program, Type, Var};
use crate::ops::{Broadcast, Primitive};

/// The program in which operands of elementwise operations have the shape of the result, or none.
pub(super) fn expand(program: &Program) -> Arc<Program> {
    let mut expanded = Program {
        equations: Vec::with_capacity(program.equations.len()),
        ..program.clone()
    };
    for equation in &program.equations {
        let mut equation = equation.clone();
        if let Primitive::Binary(_) = equation.primitive {
            let out = expanded.type_of(equation.outputs[0]).clone();
            for atom in &mut equation.inputs {
                repeat(&mut expanded, atom, &out);
            }
        }
        expanded.equations.push(equation);
    }
    Arc::new(expanded)
}

/// Repeats an operand along its extents of 1.
fn repeat(program: &mut Program, atom: &mut Atom, out: &Type) {
    let (Type::Array(own), Type::Array(out)) = (program.atom_type(atom), out) else {
        return;
    };
    if own.shape.rank() == 0 || own.shape == out.shape {
        return;
    }
    let var: Var = program.unread(own.with_shape(out.shape.clone()).into());
    let repeated = Broadcast {
        shape: out.shape.clone(),
        dims: (0..out.shape.rank()).collect(),
    };
    program.equations.push(Equation {
        primitive: repeated.into(),
        inputs: vec![atom.clone()],
        outputs: vec![var],
        at: Place::default(),
    });
    *atom = Atom::Var(var);
}
