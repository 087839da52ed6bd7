//! Which equations run together: groups that merge as long as no group waits for itself.

use super::part::{Part, Result, Role, Walk, part};
use super::sweep::Turned;
use crate::compile::region::{Level, Sparse};
use crate::ir::{Atom, Effect, Equation, Program, Var};

/// Steps beyond which a region's tiles would not fit the cache.
const MOST: usize = 96;

/// A set of groups.
#[derive(Clone, Debug, Default)]
struct Set(Vec<u64>);

impl Set {
    fn has(&self, i: usize) -> bool {
        self.0
            .get(i / 64)
            .is_some_and(|word| word >> (i % 64) & 1 == 1)
    }

    fn add(&mut self, i: usize) {
        if self.0.len() <= i / 64 {
            self.0.resize(i / 64 + 1, 0);
        }
        self.0[i / 64] |= 1 << (i % 64);
    }

    fn remove(&mut self, i: usize) {
        if let Some(word) = self.0.get_mut(i / 64) {
            *word &= !(1 << (i % 64));
        }
    }

    fn unite(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word |= other;
        }
    }

    fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(a, b)| a & b != 0)
    }
}

/// Equations that run together, or one that runs alone.
pub(super) struct Group {
    /// Ascending places in the program.
    pub(super) members: Vec<usize>,
    /// None for an equation that runs alone.
    pub(super) region: Option<Kind>,
    /// Every group that must be complete, or at least at the same rows, before.
    waits: Set,
}

/// What the members of a region walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// So many rows, those of a sparse matrix perhaps.
    Rows(usize, Option<Sparse>),
    /// So many elements.
    Flat(usize),
}

/// How two regions become one.
struct Union {
    kind: Kind,
    /// Which of the two now walks entries.
    to_entries: [bool; 2],
}

pub(super) struct Groups<'a> {
    program: &'a Program,
    /// The part of every equation that is in a region.
    pub(super) parts: Vec<Option<Part>>,
    pub(super) all: Vec<Group>,
    pub(super) group_of_equation: Vec<usize>,
    /// The equation that binds a variable.
    pub(super) made_by: Vec<Option<usize>>,
    /// The equations that read a variable row by row.
    readers: Vec<Vec<usize>>,
    /// The last group with an effect: effects keep their order.
    last_effect: Option<usize>,
}

impl<'a> Groups<'a> {
    pub(super) fn new(program: &'a Program, turned: &Turned) -> Self {
        let mut groups = Self {
            program,
            parts: Vec::with_capacity(program.equations.len()),
            all: Vec::new(),
            group_of_equation: Vec::with_capacity(program.equations.len()),
            made_by: vec![None; program.types.len()],
            readers: vec![Vec::new(); program.types.len()],
            last_effect: None,
        };
        for (i, equation) in program.equations.iter().enumerate() {
            groups.place(i, equation, turned);
        }
        groups.share();
        groups
    }

    /// The group in which an atom is bound, if an equation binds it.
    fn maker(&self, atom: &Atom) -> Option<usize> {
        self.made_by[atom.var()?.index()].map(|e| self.group_of_equation[e])
    }

    /// Puts an equation into a group of its own, then merges it with those it can join.
    fn place(&mut self, index: usize, equation: &Equation, turned: &Turned) {
        let part = turned.part(self.program, equation, part(self.program, equation));
        let mut waits = Set::default();
        for maker in equation.inputs.iter().filter_map(|a| self.maker(a)) {
            waits.add(maker);
            waits.unite(&self.all[maker].waits);
        }
        if equation.effect() != Effect::Pure
            && let Some(before) = self.last_effect.replace(self.all.len())
        {
            waits.add(before);
            waits.unite(&self.all[before].waits);
        }
        let region = part.as_ref().map(|part| match part.walk {
            Walk::Rows(n) => Kind::Rows(n, None),
            Walk::Flat(n) => Kind::Flat(n),
            Walk::Sparse(sparse) => Kind::Rows(sparse.rows, Some(sparse)),
        });
        let own = self.all.len();
        self.all.push(Group {
            members: vec![index],
            region,
            waits,
        });
        self.group_of_equation.push(own);
        for var in &equation.outputs {
            self.made_by[var.index()] = Some(index);
        }
        let Some(part) = part else {
            self.parts.push(None);
            return;
        };
        let by_rows = |role: &Role| !matches!(role, Role::Memory(_));
        let operands = || {
            let pairs = equation.inputs.iter().zip(&part.roles);
            pairs
                .filter(|(_, role)| by_rows(role))
                .map(|(atom, _)| atom)
        };
        // What is said again for a reader joins that reader before any other, which might have to come
        // before what the reader waits for.
        let is_copy = |var: Var| turned.copies.contains(&var);
        let may_join =
            |atom: &&Atom| !is_copy(equation.outputs[0]) || atom.var().is_some_and(is_copy);
        let makers = operands().filter(may_join);
        let mut makers: Vec<usize> = makers.filter_map(|a| self.maker(a)).collect();
        for var in operands().filter_map(Atom::var) {
            self.readers[var.index()].push(index);
        }
        self.parts.push(Some(part));
        let mut group = own;
        // Nearest first: what was made last is still in the cache.
        makers.sort_unstable();
        makers.dedup();
        for &other in makers.iter().rev() {
            let other = self.alive(other);
            if other != group && self.all[other].region.is_some() {
                group = self.merge(other, group).unwrap_or(group);
            }
        }
    }

    /// Merges groups that read the same value row by row, neighbours first. This comes last, so
    /// that what is computed again for a reader has joined that reader.
    fn share(&mut self) {
        for var in 0..self.readers.len() {
            let mut last: Option<usize> = None;
            for reader in 0..self.readers[var].len() {
                let group = self.group_of_equation[self.readers[var][reader]];
                last = match last {
                    Some(other) if other != group => self.merge(other, group).or(Some(group)),
                    _ => Some(group),
                };
            }
        }
    }

    /// The group into which one has been merged.
    fn alive(&self, group: usize) -> usize {
        let mut group = group;
        while let [first, ..] = self.all[group].members[..]
            && self.group_of_equation[first] != group
        {
            group = self.group_of_equation[first];
        }
        group
    }

    /// Merges two regions if they can run as one, and says which group they are then.
    fn merge(&mut self, a: usize, b: usize) -> Option<usize> {
        let count = self.all[a].members.len() + self.all[b].members.len();
        if count > MOST || self.between(a, b) || self.between(b, a) {
            return None;
        }
        let union = self.union(a, b)?;
        let (kept, gone) = (a.min(b), a.max(b));
        for (group, to_entries) in [a, b].into_iter().zip(union.to_entries) {
            for &m in &self.all[group].members {
                if let (true, Some(part)) = (to_entries, &mut self.parts[m]) {
                    part.level = Level::Entries;
                }
            }
        }
        let moved = self.all[gone].members.clone();
        for &m in &moved {
            self.group_of_equation[m] = kept;
        }
        let members = &mut self.all[kept].members;
        members.extend(moved);
        members.sort_unstable();
        self.all[kept].region = Some(union.kind);
        let mut waits = std::mem::take(&mut self.all[gone].waits);
        waits.unite(&self.all[kept].waits);
        waits.remove(kept);
        waits.remove(gone);
        for (g, group) in self.all.iter_mut().enumerate() {
            if g != kept && (group.waits.has(kept) || group.waits.has(gone)) {
                group.waits.remove(gone);
                group.waits.add(kept);
                group.waits.unite(&waits);
            }
        }
        self.all[kept].waits = waits;
        Some(kept)
    }

    /// Whether a third group waits for `a` while `b` waits for it.
    fn between(&self, a: usize, b: usize) -> bool {
        let waits = &self.all[b].waits;
        waits.has(a)
            && (0..self.all.len())
                .any(|x| x != a && x != b && waits.has(x) && self.all[x].waits.has(a))
    }

    /// The region that two would be, if what they read of each other is at the right rows.
    fn union(&self, a: usize, b: usize) -> Option<Union> {
        let (ka, kb) = (self.all[a].region?, self.all[b].region?);
        let mut unions = Vec::with_capacity(2);
        if let (Kind::Rows(n, sa), Kind::Rows(m, sb)) = (ka, kb) {
            if n == m && (sa.is_none() || sb.is_none() || sa == sb) {
                unions.push(Union {
                    kind: Kind::Rows(n, sa.or(sb)),
                    to_entries: [false, false],
                });
            }
            let entries = |s: Option<Sparse>, other: Option<Sparse>, rows, group: usize| {
                s.filter(|s| !s.transposed && other.is_none() && s.nnz == rows)
                    .filter(|_| self.fits_entries(group))
            };
            if entries(sa, sb, m, b).is_some() {
                unions.push(Union {
                    kind: ka,
                    to_entries: [false, true],
                });
            } else if entries(sb, sa, n, a).is_some() {
                unions.push(Union {
                    kind: kb,
                    to_entries: [true, false],
                });
            }
        } else if ka == kb {
            unions.push(Union {
                kind: ka,
                to_entries: [false, false],
            });
        }
        unions.into_iter().find(|union| {
            let [a_entries, b_entries] = union.to_entries;
            self.agree(a, a_entries, b, b_entries) && self.agree(b, b_entries, a, a_entries)
        })
    }

    fn fits_entries(&self, group: usize) -> bool {
        let members = self.all[group].members.iter();
        members
            .filter_map(|&m| self.parts[m].as_ref())
            .all(|part| part.fits_entries() && part.level == Level::Rows)
    }

    /// Whether the members of `reader` find what `maker` makes where they look for it.
    fn agree(
        &self,
        reader: usize,
        reader_entries: bool,
        maker: usize,
        maker_entries: bool,
    ) -> bool {
        let level = |part: &Part, entries| if entries { Level::Entries } else { part.level };
        self.all[reader].members.iter().all(|&m| {
            let Some(part) = &self.parts[m] else {
                return false;
            };
            let inputs = self.program.equations[m].inputs.iter();
            inputs.zip(&part.roles).all(|(atom, role)| {
                let Some(e) = atom.var().and_then(|v| self.made_by[v.index()]) else {
                    return true;
                };
                if self.group_of_equation[e] != maker {
                    return true;
                }
                let Some(made) = &self.parts[e] else {
                    return false;
                };
                let wanted = match role {
                    Role::Same => level(part, reader_entries),
                    Role::Rows => Level::Rows,
                    Role::Entries => Level::Entries,
                    Role::Memory(_) => return false,
                };
                !matches!(made.result, Result::End(_)) && level(made, maker_entries) == wanted
            })
        })
    }

    /// The groups so that each comes after those it waits for, otherwise as they began.
    pub(super) fn order(&self) -> Vec<usize> {
        let alive: Vec<usize> = (0..self.all.len())
            .filter(|&g| self.alive(g) == g)
            .collect();
        let mut waiting = Set::default();
        for &g in &alive {
            waiting.add(g);
        }
        let mut order = Vec::with_capacity(alive.len());
        let mut rest = alive;
        while !rest.is_empty() {
            let before = order.len();
            rest.retain(|&g| {
                let ready = !self.all[g].waits.meets(&waiting);
                if ready {
                    waiting.remove(g);
                    order.push(g);
                }
                !ready
            });
            assert!(
                order.len() > before,
                "groups that wait for each other never merge"
            );
        }
        order
    }
}
