//! What every binding of a program has in common: its plan, and the tasks that threads share.

use std::collections::HashMap;
use std::sync::Arc;

use super::binding::Data;
use crate::array::{PatternData, Shape};
use crate::compile::region::{Kernel, Region};
use crate::compile::{Place, Plan, literals, tall};
use crate::cpu::dot;
use crate::cpu::edge::Rows;
use crate::cpu::region::Layout;
use crate::ir::{Atom, Aval, Equation, Program, Type, Var};
use crate::ops::{Control, Dot, Lowering};

/// A program cut into kernels, with its memory planned.
pub(super) struct Shared {
    pub(super) program: Arc<Program>,
    pub(super) plan: Plan,
    pub(super) literals: HashMap<Atom, usize>,
    /// The programs of kernels that are branches or loops.
    inner: HashMap<usize, Vec<Arc<Shared>>>,
    /// The variables that lie in each input, and in each array that is handed out.
    in_inputs: Vec<Vec<usize>>,
    in_owned: Vec<Vec<usize>>,
}

/// A kernel as it is run.
pub(super) enum Task {
    Region {
        layout: Box<Layout>,
        reads: Vec<usize>,
        patterns: Vec<Option<usize>>,
        writes: Vec<usize>,
        ends: Vec<usize>,
    },
    /// A product by rows: so many a part.
    Dot {
        rows: usize,
        part: usize,
        parts: usize,
    },
    /// A product of long sums, by chunks of them.
    Tall {
        chunks: usize,
    },
    /// Programs in a branch or loop, with the patterns that they are bound to.
    Flow {
        programs: Vec<Arc<Data>>,
    },
    Single,
}

impl Task {
    /// Whether this is a branch or loop in which several threads have something to do.
    pub(super) fn is_shared_flow(&self) -> bool {
        match self {
            Self::Flow { programs } => programs.iter().any(|p| p.is_parallel()),
            _ => false,
        }
    }

    pub(super) fn parts(&self) -> usize {
        match self {
            Self::Region { layout, .. } => layout.parts,
            Self::Dot { parts, .. } => *parts,
            Self::Tall { chunks } => *chunks,
            Self::Flow { .. } | Self::Single => 1,
        }
    }
}

impl Shared {
    /// Cuts and plans a program.
    pub(super) fn new(program: &Program) -> Self {
        let (program, plan) = Plan::new(program);
        let kernels = plan.kernels.iter().enumerate();
        let inner = kernels.filter_map(|(k, kernel)| match kernel {
            Kernel::Single(equation) => {
                let programs = equation.primitive.rules().programs();
                let programs: Vec<Arc<Self>> =
                    programs.iter().map(|p| Arc::new(Self::new(p))).collect();
                (!programs.is_empty()).then_some((k, programs))
            }
            Kernel::Region(_) => None,
        });
        let inner = inner.collect();
        let mut in_inputs = vec![Vec::new(); program.inputs.len()];
        let mut in_owned = vec![Vec::new(); plan.owned.len()];
        for (var, place) in plan.places.iter().enumerate() {
            match place {
                Place::Input(k) => in_inputs[*k].push(var),
                Place::Owned(k) => in_owned[*k].push(var),
                Place::Nowhere | Place::Capture(_) | Place::Arena(_) => {}
            }
        }
        Self {
            literals: literals(&plan),
            inner,
            in_inputs,
            in_owned,
            plan,
            program,
        }
    }

    /// The number of an atom among the spans of a call: variables, literals, partial results.
    pub(super) fn span_of(&self, atom: &Atom) -> usize {
        match atom {
            Atom::Var(v) => v.index(),
            literal @ Atom::Literal(..) => self.program.types.len() + self.literals[literal],
        }
    }

    /// The variables that lie in an input or in an array that is handed out.
    pub(super) fn variables_in(&self, place: Place) -> &[usize] {
        match place {
            Place::Input(k) => &self.in_inputs[k],
            Place::Owned(k) => &self.in_owned[k],
            Place::Nowhere | Place::Capture(_) | Place::Arena(_) => &[],
        }
    }

    /// The number of the first partial results of a kernel among the spans.
    pub(super) fn partials_of(&self, kernel: usize) -> usize {
        let before = self.plan.partials[..kernel].iter().map(Vec::len);
        self.program.types.len() + self.literals.len() + before.sum::<usize>()
    }

    pub(super) fn spans(&self) -> usize {
        self.partials_of(self.plan.kernels.len())
    }

    pub(super) fn task(&self, kernel: usize, patterns: &[Option<Arc<PatternData>>]) -> Task {
        match &self.plan.kernels[kernel] {
            Kernel::Single(equation) => match equation.primitive.rules().lowering() {
                Lowering::Dot(dot) => match tall(&self.program, equation) {
                    Some(chunks) => Task::Tall { chunks },
                    None => self.dot(dot, equation),
                },
                Lowering::Control(op) if self.inner.contains_key(&kernel) => Task::Flow {
                    programs: self.flow(kernel, &op, equation, patterns),
                },
                _ => Task::Single,
            },
            Kernel::Region(region) => {
                let direct: Vec<bool> = (0..region.steps.len())
                    .map(|i| self.is_direct(region, i))
                    .collect();
                let sparse = region.sparse.and_then(|sparse| {
                    let data = patterns[sparse.pattern.index()].as_ref()?;
                    Some(Rows::of(data, sparse.transposed))
                });
                let pattern = |atom: &Atom| {
                    let var = atom.var()?.index();
                    patterns[var].is_some().then_some(var)
                };
                Task::Region {
                    layout: Box::new(Layout::new(region, sparse.map(|s| s.row_ptr), &direct)),
                    reads: region.all_reads().map(|atom| self.span_of(atom)).collect(),
                    patterns: region.reads.iter().map(|r| pattern(&r.atom)).collect(),
                    writes: region.all_writes().map(Var::index).collect(),
                    ends: region.ends.iter().map(|end| end.var.index()).collect(),
                }
            }
        }
    }

    /// The programs of a branch or loop, bound to the patterns among its operands.
    fn flow(
        &self,
        kernel: usize,
        op: &Control<'_>,
        equation: &Equation,
        patterns: &[Option<Arc<PatternData>>],
    ) -> Vec<Arc<Data>> {
        let pattern = |atom: &Atom| patterns[atom.var()?.index()].clone();
        let all: Vec<_> = equation.inputs.iter().map(pattern).collect();
        let Some(programs) = self.inner.get(&kernel) else {
            unreachable!("programs were planned with the kernel")
        };
        let bound = programs.iter().enumerate().map(|(i, shared)| {
            let given = op.operands_of(i, &all);
            let mut patterns = vec![None; shared.program.types.len()];
            for (var, pattern) in shared.program.inputs.iter().zip(given) {
                patterns[var.index()] = pattern;
            }
            Arc::new(Data::new(shared, Vec::new(), patterns))
        });
        bound.collect()
    }

    /// Whether a step can compute its result in memory: not where an operand may lie.
    fn is_direct(&self, region: &Region, step: usize) -> bool {
        let Some(write) = region.writes.iter().position(|(s, _)| *s == step) else {
            return false;
        };
        let mut written = region.all_writes().skip(write).step_by(region.writes.len());
        written.all(|var| match self.plan.places[var.index()] {
            Place::Arena(_) => !self.plan.overlaid[var.index()],
            Place::Owned(k) => self.plan.owned[k].donors.is_empty(),
            _ => false,
        })
    }

    fn dot(&self, dot: &Dot, equation: &Equation) -> Task {
        let shapes: Vec<Shape> = equation
            .inputs
            .iter()
            .map(|a| match self.program.atom_type(a) {
                Type::Array(aval) => aval.shape,
                Type::Pattern(_) => unreachable!("arrays were inferred"),
            })
            .collect();
        let e = dot::extents(dot, &shapes[0], &shapes[1]);
        let rows = e.batch * e.rows;
        let part = if e.in_place {
            // The right operand is packed anew for every part: so many multiplications hide it.
            (1usize << 25)
                .div_ceil((e.cols * e.inner).max(1))
                .next_multiple_of(32)
                .min(rows.div_ceil(4).next_multiple_of(32))
        } else {
            rows
        };
        let part = part.clamp(1, rows.max(1));
        Task::Dot {
            rows,
            part,
            parts: rows.div_ceil(part).max(1),
        }
    }

    pub(super) fn aval(&self, var: Var) -> &Aval {
        match self.program.type_of(var) {
            Type::Array(aval) => aval,
            Type::Pattern(_) => unreachable!("results are arrays"),
        }
    }
}
