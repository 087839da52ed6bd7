//! Identities: equations that an operand, a literal or a cheaper equation can stand for.
//!
//! Every rule but the order of products (`products`) gives the same bits. `x + 0` is not among
//! them: it turns -0 to 0.

mod products;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::array::Scalar;
use crate::compile::bind::patterns;
use crate::device::default_backend;
use crate::ir::{Atom, Effect, Equation, Place, Program, Type, Value, Var};
use crate::ops::{Binary, Broadcast, Convert, Lowering, Primitive, Reshape, Transpose, Unary};

/// The program with every identity applied until none is left.
pub(crate) fn simplify(program: &Program) -> Arc<Program> {
    let mut pass = Simplifier {
        program,
        types: program.types.clone(),
        stands_for: (0..program.types.len())
            .map(|i| Atom::Var(Var(i as u32)))
            .collect(),
        made_by: vec![None; program.types.len()],
        uses: program.uses(),
        known: vec![false; program.types.len()],
        equations: Vec::with_capacity(program.equations.len()),
    };
    for var in program.captures.iter().chain(&patterns(program)) {
        pass.known[var.index()] = true;
    }
    for equation in &program.equations {
        pass.equation(equation);
    }
    let outputs = program.outputs.iter().map(|a| pass.now(a)).collect();
    Arc::new(Program {
        types: pass.types,
        equations: pass.equations,
        outputs,
        ..program.clone()
    })
}

struct Simplifier<'a> {
    program: &'a Program,
    types: Vec<Type>,
    /// What now stands for each variable.
    stands_for: Vec<Atom>,
    /// The equation, among those kept, that binds a variable.
    made_by: Vec<Option<usize>>,
    uses: Vec<usize>,
    /// What captures and patterns alone decide, once a binding.
    known: Vec<bool>,
    equations: Vec<Equation>,
}

/// What becomes of an equation.
enum Outcome {
    /// Its only result is this.
    Is(Atom),
    /// It is replaced by this application, to be looked at again.
    Becomes(Primitive, Vec<Atom>),
    Stays,
}

impl Simplifier<'_> {
    fn now(&self, atom: &Atom) -> Atom {
        match atom {
            Atom::Var(v) => self.stands_for[v.index()].clone(),
            literal @ Atom::Literal(..) => literal.clone(),
        }
    }

    fn type_of(&self, atom: &Atom) -> Type {
        match atom {
            Atom::Var(v) => self.types[v.index()].clone(),
            literal @ Atom::Literal(..) => self.program.atom_type(literal),
        }
    }

    fn is_known(&self, atom: &Atom) -> bool {
        atom.var().is_none_or(|v| self.known[v.index()])
    }

    /// The primitive and operands that bind an atom.
    fn maker(&self, atom: &Atom) -> Option<(&Primitive, &[Atom])> {
        let equation = &self.equations[self.made_by[atom.var()?.index()]?];
        Some((&equation.primitive, &equation.inputs))
    }

    fn equation(&mut self, equation: &Equation) {
        let mut inputs: Vec<Atom> = equation.inputs.iter().map(|a| self.now(a)).collect();
        let mut primitive = equation.primitive.clone();
        if let [out] = equation.outputs[..]
            && equation.effect() == Effect::Pure
        {
            loop {
                match self.look(&primitive, &inputs, out) {
                    Outcome::Is(atom) => {
                        self.stands_for[out.index()] = atom;
                        return;
                    }
                    Outcome::Becomes(next, operands) => (primitive, inputs) = (next, operands),
                    Outcome::Stays => break,
                }
            }
        }
        let known = inputs.iter().all(|a| self.is_known(a));
        for var in &equation.outputs {
            self.made_by[var.index()] = Some(self.equations.len());
            self.known[var.index()] = known;
        }
        self.equations.push(Equation {
            primitive,
            inputs,
            outputs: equation.outputs.clone(),
            at: equation.at,
        });
    }

    /// Appends an equation of one result.
    fn bind(&mut self, primitive: Primitive, inputs: Vec<Atom>) -> Option<Atom> {
        let types: Vec<Type> = inputs.iter().map(|a| self.type_of(a)).collect();
        let [ty] = <[Type; 1]>::try_from(primitive.rules().infer(&types).ok()?).ok()?;
        let var = Var(self.types.len() as u32);
        self.types.push(ty);
        self.stands_for.push(Atom::Var(var));
        self.uses.push(1);
        self.known.push(inputs.iter().all(|a| self.is_known(a)));
        self.made_by.push(Some(self.equations.len()));
        self.equations.push(Equation {
            primitive,
            inputs,
            outputs: vec![var],
            at: Place::default(),
        });
        Some(Atom::Var(var))
    }

    fn look(&mut self, primitive: &Primitive, inputs: &[Atom], out: Var) -> Outcome {
        if let Some(literal) = self.fold(primitive, inputs, out) {
            return Outcome::Is(literal);
        }
        // Standing for the result needs its very type, weakness included.
        let same = |atom: &Atom| self.type_of(atom) == self.types[out.index()];
        let kept = |atom: &Atom| {
            if same(atom) {
                Outcome::Is(atom.clone())
            } else {
                Outcome::Stays
            }
        };
        match primitive {
            Primitive::Binary(op) => {
                if let Some(atom) = identity(*op, inputs)
                    && same(atom)
                {
                    return Outcome::Is(atom.clone());
                }
                if *op == Binary::Div
                    && let Atom::Literal(divisor, weak) = &inputs[1]
                    && let Some(factor) = exact_reciprocal(*divisor)
                {
                    let factor = Atom::Literal(factor, *weak);
                    return Outcome::Becomes(Binary::Mul.into(), vec![inputs[0].clone(), factor]);
                }
                self.sink_broadcast(*op, inputs)
            }
            Primitive::Unary(Unary::Neg) => match self.maker(&inputs[0]) {
                Some((Primitive::Unary(Unary::Neg), inner)) => kept(&inner[0]),
                _ => Outcome::Stays,
            },
            Primitive::Select(_) if inputs.len() == 3 && inputs[1] == inputs[2] => kept(&inputs[1]),
            Primitive::Convert(Convert::Value { .. }) => kept(&inputs[0]),
            Primitive::Convert(Convert::Bits { .. }) => match self.maker(&inputs[0]) {
                Some((Primitive::Convert(Convert::Bits { .. }), inner)) => kept(&inner[0]),
                _ => kept(&inputs[0]),
            },
            Primitive::Reshape(reshape) => self.reshape(reshape, inputs, out),
            Primitive::Broadcast(outer) => self.broadcast(outer, inputs, out),
            Primitive::Transpose(outer) => self.transpose(outer, inputs, out),
            Primitive::Dot(dot) => self.dot(dot, inputs),
            Primitive::Spmm(spmm) => self.spmm(*spmm, inputs).unwrap_or(Outcome::Stays),
            _ => Outcome::Stays,
        }
    }

    /// The result of an equation over literals, if it is a scalar.
    fn fold(&self, primitive: &Primitive, inputs: &[Atom], out: Var) -> Option<Atom> {
        let Type::Array(aval) = &self.types[out.index()] else {
            return None;
        };
        let runs = !matches!(primitive.rules().lowering(), Lowering::Control(_));
        if aval.shape.rank() != 0 || inputs.is_empty() || !runs {
            return None;
        }
        let operands: Option<Vec<Value>> = inputs
            .iter()
            .map(|a| match a {
                Atom::Literal(scalar, weak) => Some(Value::Array(scalar.to_literal(*weak))),
                Atom::Var(_) => None,
            })
            .collect();
        let ty = self.types[out.index()].clone();
        let results = default_backend().execute(primitive, operands?, &[ty]);
        let result = results.first()?.array();
        Some(Atom::Literal(Scalar::of(result), aval.weak))
    }

    /// A scalar broadcast to the other operand's shape is that scalar.
    fn sink_broadcast(&self, op: Binary, inputs: &[Atom]) -> Outcome {
        for (i, atom) in inputs.iter().enumerate() {
            let other = &inputs[1 - i];
            let Some((Primitive::Broadcast(_), inner)) = self.maker(atom) else {
                continue;
            };
            let (Type::Array(small), Type::Array(large), Type::Array(full)) = (
                self.type_of(&inner[0]),
                self.type_of(other),
                self.type_of(atom),
            ) else {
                continue;
            };
            if small.shape.rank() == 0 && full.shape.rank() > 0 && large.shape == full.shape {
                let mut operands = inputs.to_vec();
                operands[i] = inner[0].clone();
                return Outcome::Becomes(op.into(), operands);
            }
        }
        Outcome::Stays
    }

    fn reshape(&self, outer: &Reshape, inputs: &[Atom], out: Var) -> Outcome {
        if self.type_of(&inputs[0]) == self.types[out.index()] {
            return Outcome::Is(inputs[0].clone());
        }
        match self.maker(&inputs[0]) {
            Some((Primitive::Reshape(_), inner)) => {
                Outcome::Becomes(outer.clone().into(), inner.to_vec())
            }
            _ => Outcome::Stays,
        }
    }

    fn broadcast(&self, outer: &Broadcast, inputs: &[Atom], out: Var) -> Outcome {
        if self.type_of(&inputs[0]) == self.types[out.index()] {
            return Outcome::Is(inputs[0].clone());
        }
        match self.maker(&inputs[0]) {
            Some((Primitive::Broadcast(inner), operand)) => {
                let dims = inner.dims.iter().map(|&d| outer.dims[d]).collect();
                let whole = Broadcast {
                    shape: outer.shape.clone(),
                    dims,
                };
                Outcome::Becomes(whole.into(), operand.to_vec())
            }
            _ => Outcome::Stays,
        }
    }

    fn transpose(&self, outer: &Transpose, inputs: &[Atom], out: Var) -> Outcome {
        let identity = outer.perm.iter().enumerate().all(|(i, &p)| i == p);
        if identity && self.type_of(&inputs[0]) == self.types[out.index()] {
            return Outcome::Is(inputs[0].clone());
        }
        match self.maker(&inputs[0]) {
            Some((Primitive::Transpose(inner), operand)) => {
                let perm = outer.perm.iter().map(|&p| inner.perm[p]).collect();
                Outcome::Becomes(Transpose { perm }.into(), operand.to_vec())
            }
            _ => Outcome::Stays,
        }
    }
}

/// The factor whose products are the quotients, to the bit: the reciprocal of a power of two, if
/// both are normal numbers. Dividing takes several times as long.
fn exact_reciprocal(divisor: Scalar) -> Option<Scalar> {
    match divisor {
        Scalar::F32(x) => {
            let power = x.to_bits() << 9 == 0 && x.is_normal() && x.recip().is_normal();
            power.then(|| Scalar::F32(x.recip()))
        }
        Scalar::F64(x) => {
            let power = x.to_bits() << 12 == 0 && x.is_normal() && x.recip().is_normal();
            power.then(|| Scalar::F64(x.recip()))
        }
        _ => None,
    }
}

/// The operand that `x · 1`, `1 · x`, `x / 1` and `x - 0` are.
fn identity(op: Binary, inputs: &[Atom]) -> Option<&Atom> {
    let is = |atom: &Atom, value: f64| match atom {
        Atom::Literal(s, _) => s.is(value),
        Atom::Var(_) => false,
    };
    // Not -0: taking it away turns -0 into 0.
    let is_zero =
        |atom: &Atom| matches!(atom, Atom::Literal(s, _) if *s == Scalar::zero(s.dtype()));
    match op {
        Binary::Mul if is(&inputs[0], 1.0) => Some(&inputs[1]),
        Binary::Mul | Binary::Div if is(&inputs[1], 1.0) => Some(&inputs[0]),
        Binary::Sub if is_zero(&inputs[1]) => Some(&inputs[0]),
        _ => None,
    }
}
