//! Which variables share their rows, and which rows these are.

use std::rc::Rc;

use super::support::{Support, has, supports};
use super::way::{Along, Way, way};
use super::{Known, Rows, extent};
use crate::ir::{Atom, Equation, Program, Var};
use crate::ops::Side;

/// Sets of variables that have the same rows.
pub(super) struct Spaces<'a> {
    pub(super) program: &'a Program,
    pub(super) known: &'a Known<'a>,
    pub(super) ways: Rc<[Way]>,
    supports: Vec<Support>,
    /// The parent of each variable in its set; a root is its own.
    parents: Vec<usize>,
    /// Of roots: the rows that anybody reads, none where all are needed.
    rows: Vec<Option<Rows>>,
    changed: bool,
    /// How many rows of each equation's result were wanted when it was last looked at.
    seen: Vec<Option<usize>>,
}

/// The rows that are worth leaving the others out, of so many.
fn is_worth(rows: usize, extent: usize) -> bool {
    rows * 4 <= extent * 3
}

impl<'a> Spaces<'a> {
    /// The sets of a program and their rows; sets of fewer than `least` rows stay whole.
    pub(super) fn new(program: &'a Program, known: &'a Known<'a>, least: usize) -> Self {
        let ways: Rc<[Way]> = program
            .equations
            .iter()
            .map(|e| way(program, e, |atom| known.array(atom)))
            .collect();
        let rows = program.types.iter().map(|ty| {
            let extent = extent(ty);
            (extent >= least).then(|| Rows::none(extent))
        });
        let mut spaces = Self {
            program,
            known,
            supports: supports(program, &ways, known),
            ways,
            parents: (0..program.types.len()).collect(),
            rows: rows.collect(),
            changed: false,
            seen: vec![None; program.equations.len()],
        };
        if !spaces.selects() {
            spaces.rows.fill(None);
            return spaces;
        }
        spaces.join();
        for var in &program.inputs {
            spaces.need_all(&Atom::Var(*var));
        }
        for atom in &program.outputs {
            spaces.need_all(atom);
        }
        spaces.settle();
        spaces
    }

    /// Whether anything known chooses rows.
    fn selects(&self) -> bool {
        let by_index = |way: &Way| matches!(way, Way::Gather(_) | Way::Scatter(_));
        let mut captures = self.program.captures.iter();
        self.ways.iter().any(by_index) || captures.any(|v| self.supports[v.index()].is_some())
    }

    fn root(&self, var: Var) -> usize {
        let mut at = var.index();
        while self.parents[at] != at {
            at = self.parents[at];
        }
        at
    }

    /// The set of an atom, if it has one: literals, known arrays and what can be made anywhere
    /// have the rows of whoever reads them.
    pub(super) fn set(&self, atom: &Atom) -> Option<usize> {
        let var = atom.var()?;
        let member = !self.known.is_known(var) && !self.is_free(var);
        member.then(|| self.root(var))
    }

    /// The rows of an atom's set; none if it has all of them.
    pub(super) fn rows(&self, atom: &Atom) -> Option<&Rows> {
        self.rows[self.set(atom)?].as_ref()
    }

    /// Whether every element is structurally zero.
    pub(super) fn is_zero(&self, atom: &Atom) -> bool {
        self.support(atom).is_some_and(|rows| rows.len() == 0)
    }

    pub(super) fn is_free(&self, var: Var) -> bool {
        self.free_maker(var).is_some()
    }

    /// The equation that can be said again for any rows of a variable.
    pub(super) fn free_maker(&self, var: Var) -> Option<&'a Equation> {
        let at = self.known.makers[var.index()]?;
        matches!(self.ways[at], Way::Free).then(|| &self.program.equations[at])
    }

    fn join(&mut self) {
        for (e, equation) in self.program.equations.iter().enumerate() {
            let out = || equation.outputs.first().map(|v| Atom::Var(*v));
            let (same, first) = match &self.ways[e] {
                Way::Same(same) => (same.clone(), out()),
                Way::Sum(same) => (same.clone(), None),
                Way::Scatter(_) => (vec![0], out()),
                _ => continue,
            };
            let atoms = same
                .iter()
                .map(|i| equation.inputs[*i].clone())
                .chain(first);
            let sets: Vec<usize> = atoms.filter_map(|a| self.set(&a)).collect();
            for pair in sets.windows(2) {
                let [a, b] = [pair[0], pair[1]].map(|v| self.root(Var(v as u32)));
                let extents = [a, b].map(|v| extent(&self.program.types[v]));
                debug_assert_eq!(extents[0], extents[1], "one set has one number of rows");
                self.parents[b] = a;
            }
        }
    }

    fn need_all(&mut self, atom: &Atom) {
        if let Some(set) = self.set(atom)
            && self.rows[set].is_some()
        {
            self.rows[set] = None;
            self.changed = true;
        }
    }

    /// Adds rows of an operand.
    fn need(&mut self, atom: &Atom, rows: impl IntoIterator<Item = usize>) {
        if let Some(set) = self.set(atom)
            && let Some(own) = &mut self.rows[set]
        {
            let before = own.len();
            rows.into_iter().for_each(|row| own.add(row));
            self.changed |= own.len() > before;
        }
    }

    /// Adds those of the rows in which the operand can differ from zero: others add nothing.
    fn need_nonzero(&mut self, atom: &Atom, rows: impl IntoIterator<Item = usize>) {
        let support = self.support(atom);
        self.need(
            atom,
            rows.into_iter().filter(|r| has(support.as_deref(), *r)),
        );
    }

    fn support(&self, atom: &Atom) -> Support {
        self.supports[atom.var()?.index()].clone()
    }

    /// Spreads needs from results to operands until nothing changes.
    fn settle(&mut self) {
        loop {
            self.changed = false;
            for e in (0..self.program.equations.len()).rev() {
                self.equation(e);
            }
            if self.changed {
                continue;
            }
            for rows in &mut self.rows {
                if rows
                    .as_ref()
                    .is_some_and(|r| !is_worth(r.len(), r.extent()))
                {
                    *rows = None;
                    self.changed = true;
                }
            }
            if !self.changed {
                return;
            }
        }
    }

    fn equation(&mut self, e: usize) {
        let program = self.program;
        let equation = &program.equations[e];
        let out = equation.outputs.first().map(|v| Atom::Var(*v));
        let wanted = out.as_ref().and_then(|out| self.rows(out));
        let now = wanted.map_or(usize::MAX, Rows::len);
        // Sets only grow: as many rows as before are the same.
        if self.seen[e].replace(now) == Some(now) {
            return;
        }
        let rows = out.as_ref().and_then(|out| self.rows(out));
        match &self.ways.clone()[e] {
            Way::Free => equation.inputs.iter().for_each(|a| self.need_all(a)),
            Way::Same(same) => {
                let positions = 0..equation.inputs.len();
                for i in positions.filter(|i| !same.contains(i)) {
                    self.need_all(&equation.inputs[i]);
                }
            }
            Way::Sum(factors) => self.sum(equation, factors),
            Way::Gather(places) => {
                let wanted = places.iter().enumerate().filter(|(i, _)| has(rows, *i));
                let read: Vec<usize> = wanted.filter_map(|(_, at)| *at).collect();
                if read.is_empty() {
                    // A window needs a row to lie in.
                    self.need_all(&equation.inputs[0]);
                }
                self.need(&equation.inputs[0], read);
            }
            Way::Scatter(places) => {
                let wanted = |i: &usize| places[*i].is_some_and(|at| has(rows, at));
                let read: Vec<usize> = (0..places.len()).filter(wanted).collect();
                self.need_nonzero(&equation.inputs[2], read);
            }
            Way::Along(along) => {
                let wanted = rows.cloned();
                self.along(*along, equation, wanted.as_ref());
            }
            Way::Whole => {
                equation.inputs.iter().for_each(|a| self.need_all(a));
                for var in &equation.outputs {
                    self.need_all(&Atom::Var(*var));
                }
            }
        }
    }

    /// A sum takes the rows in which every factor can differ from zero.
    fn sum(&mut self, equation: &Equation, factors: &[usize]) {
        let factors: Vec<&Atom> = factors.iter().map(|i| &equation.inputs[*i]).collect();
        let supports: Vec<Support> = factors.iter().map(|atom| self.support(atom)).collect();
        for atom in factors {
            if supports.iter().all(Option::is_none) {
                self.need_all(atom);
            } else if let Some(extent) = self.rows(atom).map(Rows::extent) {
                let all = |r: &usize| supports.iter().all(|s| has(s.as_deref(), *r));
                self.need(atom, (0..extent).filter(all));
            }
        }
    }

    fn along(&mut self, along: Along, equation: &Equation, wanted: Option<&Rows>) {
        let Some(pattern) = self.known.pattern(&equation.inputs[0]) else {
            equation.inputs.iter().for_each(|a| self.need_all(a));
            return;
        };
        let (mut first, mut second) = (Vec::new(), Vec::new());
        match along {
            Along::Product { to } => {
                let x = self.support(&equation.inputs[2]);
                pattern.entries(|e, r, c| {
                    let (from, to) = if to == Side::Row { (c, r) } else { (r, c) };
                    if has(wanted, to) && has(x.as_deref(), from) {
                        first.push(e);
                        second.push(from);
                    }
                });
                self.need_nonzero(&equation.inputs[2], second);
            }
            Along::Dots => {
                pattern.entries(|e, r, c| {
                    if has(wanted, e) {
                        first.push(r);
                        second.push(c);
                    }
                });
                self.need(&equation.inputs[2], second);
                self.need(&equation.inputs[1], first);
                return;
            }
            Along::Spread { from } => {
                pattern.entries(|e, r, c| {
                    if has(wanted, e) {
                        first.push(if from == Side::Row { r } else { c });
                    }
                });
                self.need(&equation.inputs[1], first);
                return;
            }
            Along::Segment { to, sum } => {
                pattern.entries(|e, r, c| {
                    if has(wanted, if to == Side::Row { r } else { c }) {
                        first.push(e);
                    }
                });
                if !sum {
                    self.need(&equation.inputs[1], first);
                    return;
                }
            }
        }
        self.need_nonzero(&equation.inputs[1], first);
    }

    /// Whether any result has fewer rows than it could.
    pub(super) fn any(&self) -> bool {
        let equations = self.program.equations.iter();
        let mut results = equations.flat_map(|e| &e.outputs);
        results.any(|v| self.rows(&Atom::Var(*v)).is_some())
    }
}
