//! Regions from groups of equations.

use std::collections::HashMap;

use super::groups::{Group, Groups, Kind};
use super::part::{OverAll, Part, Result, Role};
use crate::array::DType;
use crate::compile::region::{
    Access, Action, End, EndKind, Kernel, Level, Read, Region, Right, Slot, Step,
};
use crate::ir::{Atom, Program, Type, Var};
use crate::ops::{Primitive, StopGradient};

/// Which variables are read from memory, or are outputs.
pub(super) fn read_outside(program: &Program, groups: &Groups<'_>) -> Vec<bool> {
    let mut outside = vec![false; program.types.len()];
    for var in program.outputs.iter().filter_map(Atom::var) {
        outside[var.index()] = true;
    }
    for (e, equation) in program.equations.iter().enumerate() {
        for var in equation.inputs.iter().filter_map(Atom::var) {
            let maker = groups.made_by[var.index()].map(|m| groups.group_of_equation[m]);
            outside[var.index()] |= maker != Some(groups.group_of_equation[e]);
        }
    }
    outside
}

/// The kernel of a group.
pub(super) fn kernel(program: &Program, groups: &Groups<'_>, g: usize, outside: &[bool]) -> Kernel {
    let group = &groups.all[g];
    let Some(kind) = group.region.filter(|_| computes(groups, group)) else {
        return Kernel::Single(program.equations[group.members[0]].clone());
    };
    let (rows, sparse) = match kind {
        Kind::Rows(rows, sparse) => (rows, sparse),
        Kind::Flat(size) => (size, None),
    };
    let mut builder = Builder {
        program,
        slots: HashMap::new(),
        region: Region {
            rows,
            sparse,
            reads: Vec::new(),
            steps: Vec::new(),
            writes: Vec::new(),
            ends: Vec::new(),
            more: Vec::new(),
            equations: group.members.clone(),
        },
        outside,
    };
    for &member in &group.members {
        if let Some(part) = &groups.parts[member] {
            builder.equation(member, part);
        }
    }
    Kernel::Region(builder.region)
}

/// Whether a group is more than another view of an array.
fn computes(groups: &Groups<'_>, group: &Group) -> bool {
    match group.members[..] {
        [only] => groups.parts[only]
            .as_ref()
            .is_some_and(|part| part.result != Result::Alias),
        _ => true,
    }
}

struct Builder<'a> {
    program: &'a Program,
    slots: HashMap<Var, Slot>,
    region: Region,
    outside: &'a [bool],
}

impl Builder<'_> {
    fn dtype(&self, atom: &Atom) -> DType {
        match self.program.atom_type(atom) {
            Type::Array(aval) => aval.dtype,
            // A pattern has indices; nobody asks.
            Type::Pattern(_) => DType::U32,
        }
    }

    fn equation(&mut self, member: usize, part: &Part) {
        let program = self.program;
        let equation = &program.equations[member];
        let out = equation.outputs[0];
        let result = self.dtype(&Atom::Var(out));
        let first = &equation.inputs[0];
        let slot = match &part.result {
            Result::End(of) => {
                let of_all = |builder: &mut Self, i: usize, width: usize| {
                    let (atom, role) = (&equation.inputs[i], part.roles[i]);
                    let slot = builder.operand(atom, role, part.level, width);
                    builder.complete(slot, level_of(role, part.level), width, result)
                };
                let slot = of_all(self, 0, part.width);
                let kind = match *of {
                    OverAll::Everything(fold) => EndKind::All(fold),
                    OverAll::Columns(fold) => EndKind::Columns(fold),
                    OverAll::Product { right } => EndKind::Product(Right {
                        slot: of_all(self, 1, right),
                        width: right,
                    }),
                };
                self.region.ends.push(End {
                    slot,
                    kind,
                    dtype: result,
                    width: part.width,
                    var: out,
                });
                return;
            }
            Result::Alias | Result::Repeat(_) => {
                self.operand(first, part.roles[0], part.level, part.width)
            }
            Result::Step(Action::Expand(inner))
                if !self.slots.contains_key(&var_of(first)) && !self.is_turned(part.level) =>
            {
                self.read(first, Access::Column(*inner), part.level, part.width)
            }
            Result::Step(action) => {
                let inputs: Vec<Slot> = equation
                    .inputs
                    .iter()
                    .zip(&part.roles)
                    .map(|(atom, role)| {
                        let width = self.operand_width(atom, *role, part);
                        let slot = self.operand(atom, *role, part.level, width);
                        match (action, role) {
                            (Action::Map(_), _) | (_, Role::Memory(_)) => slot,
                            _ => {
                                let level = level_of(*role, part.level);
                                self.complete(slot, level, width, self.dtype(atom))
                            }
                        }
                    })
                    .collect();
                let operand = equation.inputs.last().map_or(result, |a| self.dtype(a));
                self.step(Step {
                    action: action.clone(),
                    inputs,
                    level: part.level,
                    width: part.width,
                    operand,
                    result,
                })
            }
        };
        let slot = match slot {
            // What is read from memory under this name is copied if others read it.
            Slot::Read(_) if self.outside[out.index()] => {
                self.copy(slot, part.level, part.width, result)
            }
            slot => slot,
        };
        if let (Slot::Step(step), true) = (slot, self.outside[out.index()]) {
            self.region.writes.push((step, out));
        }
        self.slots.insert(out, slot);
    }

    /// A scalar said as often as there are elements: only elementwise steps repeat it themselves.
    fn complete(&mut self, slot: Slot, level: Level, width: usize, dtype: DType) -> Slot {
        match slot {
            Slot::Read(i) if self.region.reads[i].access == Access::Scalar => {
                self.copy(slot, level, width, dtype)
            }
            slot => slot,
        }
    }

    fn copy(&mut self, slot: Slot, level: Level, width: usize, dtype: DType) -> Slot {
        self.step(Step {
            action: Action::Map(Primitive::StopGradient(StopGradient)),
            inputs: vec![slot],
            level,
            width,
            operand: dtype,
            result: dtype,
        })
    }

    fn step(&mut self, step: Step) -> Slot {
        self.region.steps.push(step);
        Slot::Step(self.region.steps.len() - 1)
    }

    /// Elements a row (an entry) of an operand.
    fn operand_width(&self, atom: &Atom, role: Role, part: &Part) -> usize {
        let Type::Array(aval) = self.program.atom_type(atom) else {
            return 0;
        };
        match role {
            Role::Memory(_) => part.width,
            Role::Same | Role::Rows | Role::Entries => match part.result {
                // Flat walks have one element a row, whatever the shape.
                Result::Step(Action::Map(_)) => part.width,
                _ => aval.shape.iter().skip(1).product(),
            },
        }
    }

    fn operand(&mut self, atom: &Atom, role: Role, level: Level, width: usize) -> Slot {
        let level = level_of(role, level);
        if let Role::Memory(access) = role {
            return self.read(atom, access, level, width);
        }
        match atom.var().and_then(|v| self.slots.get(&v)) {
            Some(slot) => *slot,
            None => self.read(atom, Access::Own, level, width),
        }
    }

    /// Whether elements of this level are walked column by column.
    fn is_turned(&self, level: Level) -> bool {
        level == Level::Entries && self.region.sparse.is_some_and(|s| s.transposed)
    }

    fn read(&mut self, atom: &Atom, access: Access, level: Level, width: usize) -> Slot {
        let access = match access {
            Access::Own if self.is_turned(level) => Access::Turned,
            access => access,
        };
        let read = Read {
            atom: atom.clone(),
            access,
            level,
            width,
            dtype: self.dtype(atom),
        };
        let reads = &mut self.region.reads;
        let known = reads.iter().position(|other| *other == read);
        Slot::Read(known.unwrap_or_else(|| {
            reads.push(read);
            reads.len() - 1
        }))
    }
}

/// The level of an operand of an equation at a level.
fn level_of(role: Role, level: Level) -> Level {
    match role {
        Role::Rows => Level::Rows,
        Role::Entries => Level::Entries,
        Role::Same | Role::Memory(_) => level,
    }
}

/// The variable of an operand that an expansion reads; a literal has no rows to expand.
fn var_of(atom: &Atom) -> Var {
    match atom {
        Atom::Var(var) => *var,
        Atom::Literal(..) => unreachable!("a literal is broadcast as a scalar"),
    }
}
