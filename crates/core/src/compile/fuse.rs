//! Cuts a program into kernels: elementwise equations of one shape run as one loop.

use std::collections::HashMap;

use crate::array::{DType, Shape};
use crate::ir::{Atom, Effect, Equation, Program, Type, Var};
use crate::ops::{Index, Loop, Lowering, Primitive};

/// What a backend runs at once.
#[derive(Debug)]
pub(crate) enum Kernel {
    /// One equation.
    Single(Equation),
    /// A chain of elementwise equations over one shape.
    Loop(LoopKernel),
}

/// Elementwise steps over one shape; values between steps never leave the cache.
#[derive(Debug)]
pub(crate) struct LoopKernel {
    /// The shape of every step's result.
    pub(crate) shape: Shape,
    /// What is read from memory.
    pub(crate) reads: Vec<(Atom, Access)>,
    /// Steps in order.
    pub(crate) steps: Vec<Step>,
    /// The steps whose results others read, and their variables.
    pub(crate) writes: Vec<(usize, Var)>,
}

/// One elementwise equation of a loop.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) primitive: Primitive,
    pub(crate) inputs: Vec<Slot>,
    /// The dtype of the operands that compute: not the selector of a choice.
    pub(crate) operand: DType,
    pub(crate) result: DType,
}

/// Where a step's operand comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    Read(usize),
    Step(usize),
}

/// How element `i` of a loop finds its operand in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// At `i`.
    Whole,
    /// At 0: a scalar.
    Scalar,
    /// At `i mod n`: one row of `n`, repeated.
    Row(usize),
    /// At `i / n`: each element `n` times.
    Column(usize),
}

/// The kernels of `program` in an order in which they can run.
pub(crate) fn fuse(program: &Program) -> Vec<Kernel> {
    let mut plan = Plan {
        program,
        groups: Vec::new(),
        group_of: vec![None; program.types.len()],
    };
    for (i, equation) in program.equations.iter().enumerate() {
        plan.place(i, equation);
    }
    let outside = plan.read_outside();
    plan.order()
        .into_iter()
        .map(|g| plan.kernel(g, &outside))
        .collect()
}

/// Equations that run together, or one that runs alone.
struct Group {
    members: Vec<usize>,
    /// The shape of a loop; none for an equation that runs alone.
    shape: Option<Shape>,
    /// Every group that must run before, directly or not.
    before: Vec<bool>,
}

struct Plan<'a> {
    program: &'a Program,
    groups: Vec<Group>,
    group_of: Vec<Option<usize>>,
}

/// The shape over which an equation can be part of a loop.
fn loop_shape(program: &Program, equation: &Equation) -> Option<Shape> {
    let [out] = equation.outputs[..] else {
        return None;
    };
    let Type::Array(aval) = program.type_of(out) else {
        return None;
    };
    let fits = equation.effect() == Effect::Pure
        && match equation.primitive.rules().lowering() {
            Lowering::Loop(Loop::Unary(_) | Loop::Binary(_) | Loop::Convert(_) | Loop::Copy) => {
                true
            }
            Lowering::Loop(Loop::Select(_)) => {
                equation.inputs.len() == 3
                    && matches!(
                        program.atom_type(&equation.inputs[0]),
                        Type::Array(which) if which.dtype == DType::Bool
                    )
            }
            Lowering::Index(Index::Broadcast(_)) => access(program, equation).is_some(),
            _ => false,
        };
    fits.then(|| aval.shape.clone())
}

/// How a loop over a broadcast's result reads its operand, if the repetition is regular.
fn access(program: &Program, equation: &Equation) -> Option<Access> {
    let Primitive::Broadcast(broadcast) = &equation.primitive else {
        return None;
    };
    let Type::Array(from) = program.atom_type(&equation.inputs[0]) else {
        return None;
    };
    let (rank, out) = (from.shape.rank(), broadcast.shape.rank());
    if rank == 0 {
        return Some(Access::Scalar);
    }
    let whole = |shape: &[usize]| from.shape[..] == *shape;
    if broadcast.dims.iter().copied().eq(out - rank..out) && whole(&broadcast.shape[out - rank..]) {
        return Some(Access::Row(from.shape.size()));
    }
    if broadcast.dims.iter().copied().eq(0..rank) && whole(&broadcast.shape[..rank]) {
        return Some(Access::Column(broadcast.shape[rank..].iter().product()));
    }
    None
}

impl Plan<'_> {
    /// Puts an equation into the loop it can join, or into a group of its own.
    fn place(&mut self, index: usize, equation: &Equation) {
        let makers: Vec<usize> = equation
            .inputs
            .iter()
            .filter_map(|a| self.group_of[a.var()?.index()])
            .collect();
        let shape = loop_shape(self.program, equation);
        let broadcasts = matches!(equation.primitive, Primitive::Broadcast(_));
        let joined = shape.as_ref().and_then(|shape| {
            // Nearest first: neighbours share most.
            (0..self.groups.len()).rev().find(|&g| {
                self.groups[g].shape.as_ref() == Some(shape)
                    && makers.iter().all(|&m| {
                        // A loop reads what it broadcasts from memory, so not from itself.
                        if m == g {
                            !broadcasts
                        } else {
                            !self.groups[m].before[g]
                        }
                    })
                    && (makers.contains(&g) || self.shares(g, equation))
            })
        });
        let group = joined.unwrap_or_else(|| {
            for group in &mut self.groups {
                group.before.push(false);
            }
            let before = vec![false; self.groups.len() + 1];
            self.groups.push(Group {
                members: Vec::new(),
                shape,
                before,
            });
            self.groups.len() - 1
        });
        self.groups[group].members.push(index);
        for var in &equation.outputs {
            self.group_of[var.index()] = Some(group);
        }
        self.require(group, &makers);
    }

    /// Whether a loop reads one of the equation's variables already.
    fn shares(&self, group: usize, equation: &Equation) -> bool {
        let read = |atom: &Atom| {
            self.groups[group]
                .members
                .iter()
                .any(|&m| self.program.equations[m].inputs.contains(atom))
        };
        equation.inputs.iter().any(|a| a.var().is_some() && read(a))
    }

    /// Notes that `group` and whatever waits for it run after `makers`.
    fn require(&mut self, group: usize, makers: &[usize]) {
        let mut earlier = vec![false; self.groups.len()];
        for &maker in makers.iter().filter(|&&m| m != group) {
            earlier[maker] = true;
            for (mark, &before) in earlier.iter_mut().zip(&self.groups[maker].before) {
                *mark |= before;
            }
        }
        for g in 0..self.groups.len() {
            if g == group || self.groups[g].before[group] {
                for (mark, &before) in self.groups[g].before.iter_mut().zip(&earlier) {
                    *mark |= before;
                }
            }
        }
    }

    /// Which variables are read by another group than their own, or are outputs.
    fn read_outside(&self) -> Vec<bool> {
        let mut outside = vec![false; self.program.types.len()];
        for var in self.program.outputs.iter().filter_map(Atom::var) {
            outside[var.index()] = true;
        }
        for (g, group) in self.groups.iter().enumerate() {
            for &m in &group.members {
                for var in self.program.equations[m]
                    .inputs
                    .iter()
                    .filter_map(Atom::var)
                {
                    outside[var.index()] |= self.group_of[var.index()] != Some(g);
                }
            }
        }
        outside
    }

    /// The groups so that each comes after those it waits for, otherwise as they began.
    fn order(&self) -> Vec<usize> {
        let mut order = Vec::with_capacity(self.groups.len());
        let mut done = vec![false; self.groups.len()];
        while order.len() < self.groups.len() {
            let ready = |g: usize| {
                let before = self.groups[g].before.iter();
                before.zip(&done).all(|(before, done)| !before || *done)
            };
            let next = (0..self.groups.len()).find(|&g| !done[g] && ready(g));
            let Some(next) = next else {
                unreachable!("groups that wait for each other never join")
            };
            done[next] = true;
            order.push(next);
        }
        order
    }

    fn kernel(&self, group: usize, outside: &[bool]) -> Kernel {
        let group = &self.groups[group];
        let equations = group.members.iter().map(|&m| &self.program.equations[m]);
        match (&group.shape, group.members.as_slice()) {
            (_, &[only]) => Kernel::Single(self.program.equations[only].clone()),
            (shape, _) => {
                let mut builder = Builder {
                    program: self.program,
                    slots: HashMap::new(),
                    kernel: LoopKernel {
                        shape: shape.clone().unwrap_or_default(),
                        reads: Vec::new(),
                        steps: Vec::new(),
                        writes: Vec::new(),
                    },
                };
                for equation in equations {
                    builder.equation(equation, outside);
                }
                Kernel::Loop(builder.kernel)
            }
        }
    }
}

struct Builder<'a> {
    program: &'a Program,
    slots: HashMap<Var, Slot>,
    kernel: LoopKernel,
}

impl Builder<'_> {
    fn equation(&mut self, equation: &Equation, outside: &[bool]) {
        let out = equation.outputs[0];
        let dtype = |ty: Type| match ty {
            Type::Array(aval) => aval.dtype,
            Type::Pattern(_) => unreachable!("loops are over arrays"),
        };
        let result = dtype(self.program.type_of(out).clone());
        let inputs: Vec<Slot> = if let Some(access) = access(self.program, equation) {
            let slot = self.read(&equation.inputs[0], access);
            self.slots.insert(out, slot);
            if !outside[out.index()] {
                return;
            }
            vec![slot]
        } else {
            equation.inputs.iter().map(|a| self.operand(a)).collect()
        };
        let operand = equation
            .inputs
            .last()
            .map_or(result, |a| dtype(self.program.atom_type(a)));
        let step = self.kernel.steps.len();
        self.kernel.steps.push(Step {
            primitive: equation.primitive.clone(),
            inputs,
            operand,
            result,
        });
        self.slots.insert(out, Slot::Step(step));
        if outside[out.index()] {
            self.kernel.writes.push((step, out));
        }
    }

    fn operand(&mut self, atom: &Atom) -> Slot {
        if let Some(slot) = atom.var().and_then(|v| self.slots.get(&v)) {
            return *slot;
        }
        let Type::Array(aval) = self.program.atom_type(atom) else {
            unreachable!("loops are over arrays")
        };
        let scalar = aval.shape.rank() == 0 && self.kernel.shape.rank() > 0;
        self.read(
            atom,
            if scalar {
                Access::Scalar
            } else {
                Access::Whole
            },
        )
    }

    fn read(&mut self, atom: &Atom, access: Access) -> Slot {
        let reads = &mut self.kernel.reads;
        let known = reads
            .iter()
            .position(|read| read.0 == *atom && read.1 == access);
        Slot::Read(known.unwrap_or_else(|| {
            reads.push((atom.clone(), access));
            reads.len() - 1
        }))
    }
}
