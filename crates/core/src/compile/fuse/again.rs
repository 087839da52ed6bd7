//! What is computed again instead of being stored: repetitions, and cheap steps from values that
//! are stored anyway.

use std::collections::HashMap;

use super::build::read_outside;
use super::groups::Groups;
use super::part::{Result, Role, part};
use super::sweep::Turned;
use crate::array::DType;
use crate::ir::{Atom, Equation, Program, Type, Var};
use crate::ops::{Binary, Loop, Lowering, Unary};

/// Bytes from which a value is rather computed again than stored.
const LARGE: usize = 1 << 16;

/// Says what is only a repetition once for each reader, so that it is stored for none of them.
pub(super) fn sink(program: &Program) -> Program {
    let repeats = |equation: &Equation| {
        part(program, equation).is_some_and(|part| matches!(part.result, Result::Repeat(_)))
    };
    let again: HashMap<Var, &Equation> = program
        .equations
        .iter()
        .filter(|e| repeats(e) && !is_output(program, e))
        .map(|e| (e.outputs[0], e))
        .collect();
    rewrite(program, &again, |_, reader| Some(reader)).0
}

/// Says cheap steps again for readers in other groups, where all that the step reads by rows is
/// one value that is stored anyway. In a backward pass this saves most of what the forward pass
/// would keep.
pub(super) fn recompute(program: &Program) -> Program {
    let groups = Groups::new(program, &Turned::default());
    let outside = read_outside(program, &groups);
    let stored = |var: Var| outside[var.index()] || groups.made_by[var.index()].is_none();
    // Chains of steps are computed again whole, from the stored value they begin with.
    let mut again: HashMap<Var, &Equation> = HashMap::new();
    for (i, equation) in program.equations.iter().enumerate() {
        let [out] = equation.outputs[..] else {
            continue;
        };
        let cheap =
            is_cheap(equation) && bytes(program, out) >= LARGE && !is_output(program, equation);
        let Some(part) = groups.parts[i].as_ref().filter(|_| cheap) else {
            continue;
        };
        let repeated = |atom: &Atom| {
            let maker = atom.var().and_then(|v| groups.made_by[v.index()]);
            let part = maker.and_then(|e| groups.parts[e].as_ref());
            part.is_some_and(|part| matches!(part.result, Result::Repeat(_)))
        };
        let by_rows: Vec<&Atom> = equation
            .inputs
            .iter()
            .zip(&part.roles)
            .filter(|(atom, role)| **role == Role::Same && !repeated(atom))
            .map(|(atom, _)| atom)
            .collect();
        if let [one] = by_rows[..]
            && let Some(from) = one.var()
            && (stored(from) || again.contains_key(&from))
            && bytes(program, from) >= bytes(program, out)
        {
            again.insert(out, equation);
        }
    }
    let group_of = |var: Var| groups.made_by[var.index()].map(|e| groups.group_of_equation[e]);
    rewrite(program, &again, |var, reader| {
        let group = groups.group_of_equation[reader];
        (group_of(var) != Some(group)).then_some(group)
    })
    .0
}

pub(super) fn is_output(program: &Program, equation: &Equation) -> bool {
    let mut outputs = program.outputs.iter().filter_map(Atom::var);
    outputs.any(|v| equation.outputs.contains(&v))
}

fn bytes(program: &Program, var: Var) -> usize {
    match program.type_of(var) {
        // A flag costs a byte to store, and its operands several to read.
        Type::Array(aval) if aval.dtype == DType::Bool => aval.shape.size(),
        Type::Array(aval) => aval.shape.size() * aval.dtype.size(),
        Type::Pattern(_) => 0,
    }
}

/// Whether a step costs less than reading its result.
fn is_cheap(equation: &Equation) -> bool {
    match equation.primitive.rules().lowering() {
        Lowering::Loop(Loop::Unary(op)) => {
            matches!(
                op,
                Unary::Neg | Unary::Abs | Unary::Sign | Unary::Square | Unary::Not
            )
        }
        Lowering::Loop(Loop::Binary(op)) => !matches!(
            op,
            Binary::Div
                | Binary::Rem
                | Binary::Pow
                | Binary::Atan2
                | Binary::Xlogy
                | Binary::Xlog1py
                | Binary::NextAfter
        ),
        Lowering::Loop(Loop::Convert(_) | Loop::Select(_)) => true,
        _ => false,
    }
}

/// The program with copies of the equations that bind the variables of `again`, one for all readers
/// to which `place` gives the same number, in front of the first; equations nobody reads go. Says too
/// which variable stands for which at a place.
pub(super) fn rewrite(
    program: &Program,
    again: &HashMap<Var, &Equation>,
    place: impl Fn(Var, usize) -> Option<usize>,
) -> (Program, HashMap<(Var, usize), Var>) {
    let mut copy = Program {
        equations: Vec::with_capacity(program.equations.len()),
        ..program.clone()
    };
    let mut said = Said {
        program,
        again,
        fresh: HashMap::new(),
    };
    for (i, equation) in program.equations.iter().enumerate() {
        let mut now = equation.clone();
        for atom in &mut now.inputs {
            let wanted = atom.var().filter(|v| again.contains_key(v));
            if let Some((var, place)) = wanted.and_then(|v| Some((v, place(v, i)?))) {
                *atom = Atom::Var(said.say(var, place, &mut copy));
            }
        }
        copy.equations.push(now);
    }
    (Program::clone(&crate::compile::dce(&copy)), said.fresh)
}

/// What has been said again, and where.
struct Said<'a> {
    program: &'a Program,
    again: &'a HashMap<Var, &'a Equation>,
    fresh: HashMap<(Var, usize), Var>,
}

impl Said<'_> {
    /// The variable that stands for another at a place, its equation said there if need be.
    fn say(&mut self, var: Var, place: usize, copy: &mut Program) -> Var {
        if let Some(fresh) = self.fresh.get(&(var, place)) {
            return *fresh;
        }
        let Some(maker) = self.again.get(&var) else {
            return var;
        };
        let mut maker = Equation::clone(maker);
        for atom in &mut maker.inputs {
            if let Atom::Var(operand) = atom {
                *operand = self.say(*operand, place, copy);
            }
        }
        copy.types.push(self.program.type_of(var).clone());
        let fresh = Var(copy.types.len() as u32 - 1);
        maker.outputs[0] = fresh;
        copy.equations.push(maker);
        self.fresh.insert((var, place), fresh);
        fresh
    }
}
