//! The typed program: inputs, equations, outputs.

use std::sync::Arc;

use super::{Aval, Effect, Memo, Place, Type, Value};
use crate::array::Scalar;
use crate::ops::Primitive;
use crate::ops::batching::AxisName;

/// A variable of a program: an index into its types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Var(pub u32);

impl Var {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// What an equation reads: a variable, or a scalar written in place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Atom {
    /// A variable.
    Var(Var),
    /// A scalar; the flag says whether it is weak.
    Literal(Scalar, bool),
}

impl Atom {
    /// The variable, if it is one.
    pub fn var(&self) -> Option<Var> {
        match self {
            Self::Var(v) => Some(*v),
            Self::Literal(..) => None,
        }
    }
}

/// One application of a primitive.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Equation {
    /// What is applied.
    pub primitive: Primitive,
    /// To what.
    pub inputs: Vec<Atom>,
    /// The variables it binds.
    pub outputs: Vec<Var>,
    /// Where it comes from.
    pub at: Place,
}

impl Equation {
    /// Whether the equation must stay where it is.
    pub fn effect(&self) -> Effect {
        self.primitive.rules().effect()
    }
}

/// A typed program in static single assignment form.
///
/// `captures` are hidden inputs: arrays and patterns that the traced closure held or that
/// belong to an outer trace. Every variable is bound once, before it is read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Program {
    /// The type of every variable, by its index.
    pub types: Vec<Type>,
    /// Hidden inputs.
    pub captures: Vec<Var>,
    /// Inputs.
    pub inputs: Vec<Var>,
    /// Equations in order.
    pub equations: Vec<Equation>,
    /// Results.
    pub outputs: Vec<Atom>,
    /// What was found out about it.
    pub(crate) memo: Box<Memo>,
}

impl Program {
    /// The type of a variable.
    pub fn type_of(&self, var: Var) -> &Type {
        &self.types[var.index()]
    }

    /// The type of an atom.
    pub fn atom_type(&self, atom: &Atom) -> Type {
        match atom {
            Atom::Var(v) => self.type_of(*v).clone(),
            Atom::Literal(s, weak) => Type::Array(Aval {
                dtype: s.dtype(),
                shape: ().into(),
                weak: *weak,
            }),
        }
    }

    /// The types of the inputs, captures not among them.
    pub fn input_types(&self) -> Vec<Type> {
        self.inputs
            .iter()
            .map(|v| self.type_of(*v).clone())
            .collect()
    }

    /// What the program does beyond its results.
    pub(crate) fn effect(&self) -> Effect {
        let all = || self.equations.iter().map(Equation::effect).max();
        *self
            .memo
            .effect
            .get_or_init(|| all().unwrap_or(Effect::Pure))
    }

    /// The named axes of the collectives in the program, those of its sub-programs among them.
    pub(crate) fn named_axes(&self) -> &[AxisName] {
        self.memo.axes.get_or_init(|| {
            let mut all: Vec<AxisName> = Vec::new();
            for equation in &self.equations {
                for axis in equation.primitive.rules().named_axes() {
                    if !all.contains(&axis) {
                        all.push(axis);
                    }
                }
            }
            all
        })
    }

    /// A new variable that no equation reads yet.
    pub(crate) fn unread(&mut self, ty: Type) -> Var {
        self.types.push(ty);
        Var(self.types.len() as u32 - 1)
    }

    /// How often each variable is read.
    pub(crate) fn uses(&self) -> Vec<usize> {
        let mut uses = vec![0; self.types.len()];
        let atoms = self
            .equations
            .iter()
            .flat_map(|e| &e.inputs)
            .chain(&self.outputs);
        for var in atoms.filter_map(Atom::var) {
            uses[var.index()] += 1;
        }
        uses
    }

    /// The types of the results.
    pub fn output_types(&self) -> Vec<Type> {
        self.outputs.iter().map(|a| self.atom_type(a)).collect()
    }
}

/// A program together with the values of its captures.
#[derive(Clone, Debug)]
pub struct Closed {
    /// The program.
    pub program: Arc<Program>,
    /// One value for each of its captures.
    pub captures: Vec<Value>,
}

impl Closed {
    /// The program with its captures as leading inputs.
    pub(crate) fn lifted(&self) -> Arc<Program> {
        if self.captures.is_empty() {
            return self.program.clone();
        }
        let mut program = Program::clone(&self.program);
        let captures = std::mem::take(&mut program.captures);
        program.inputs.splice(0..0, captures);
        Arc::new(program)
    }
}
