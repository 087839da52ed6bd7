//! A loop cut into what its known operands decide, and the rest.

use std::sync::Arc;

use super::Scan;
use crate::ir::builder::build;
use crate::ir::{Program, Value, Var, evaluate, vary};
use crate::ops::{Call, PartialEval, bind, marked, settled};
use crate::transform::{Cut, invariant_part, partial_eval};

/// A loop cut into what its known operands decide and the rest.
pub(super) struct Split<'a> {
    scan: &'a Scan,
    known: Vec<bool>,
    /// Which carries the second part has.
    unknown_carry: Vec<bool>,
    /// One step.
    cut: Cut,
    /// The known part of a step: what the known constants alone decide, which is computed once,
    /// before the loops, and the rest.
    invariant: Cut,
}

impl<'a> Split<'a> {
    pub(super) fn new(scan: &'a Scan, known: &[bool]) -> Self {
        let groups = scan.groups(known);
        let ys = vec![false; scan.program.outputs.len() - scan.carry];
        // What depends on what tells the unknown carries, but for operations that are not cut.
        let unknown: Vec<bool> = known.iter().map(|k| !k).collect();
        let carry = scan.settled(&unknown, |unknown| vary::reached(&scan.program, unknown));
        let (cut, carry) = settled(&carry, |carry| {
            let known_carry: Vec<bool> = carry.iter().map(|u| !u).collect();
            let known = [groups.consts, &known_carry, groups.xs].concat();
            let cut = partial_eval(&scan.program, &known, &[carry, &ys].concat());
            let unknown = cut.known_outputs[..scan.carry].iter().map(|k| !k);
            let unknown = unknown.collect();
            (cut, unknown)
        });
        let consts = count(groups.consts, true);
        let is_const: Vec<bool> = (0..cut.known.inputs.len()).map(|i| i < consts).collect();
        let invariant = invariant_part(&cut.known, &is_const);
        Self {
            scan,
            known: known.to_vec(),
            unknown_carry: carry,
            cut,
            invariant,
        }
    }

    pub(super) fn parts(self) -> PartialEval {
        let scan = self.scan;
        let invariants = self.invariant.residuals;
        let carries = count(&self.unknown_carry, false);
        let known = &self.invariant.unknown;
        let first_residual = known.outputs.len() - self.cut.residuals;
        // A residual that is an invariant or a slice of an operand passes as it is; others are
        // collected step by step.
        let residuals: Vec<Kept> = known.outputs[first_residual..]
            .iter()
            .map(|atom| {
                let input = known.inputs.iter().position(|v| Some(*v) == atom.var());
                match input {
                    Some(i) if i < invariants => Kept::Invariant(i),
                    Some(i) if i >= invariants + carries => Kept::Slice(i - invariants - carries),
                    _ => Kept::Collected,
                }
            })
            .collect();
        let collects: Vec<bool> = residuals.iter().map(|k| *k == Kept::Collected).collect();
        let mut outputs = known.outputs[..first_residual].to_vec();
        outputs.extend(marked(&known.outputs[first_residual..], &collects, true));
        let first = Scan {
            program: Arc::new(Program {
                outputs,
                ..Program::clone(known)
            }),
            consts: invariants,
            carry: carries,
            ..scan.clone()
        };
        let second = self.second(&residuals, &collects);
        // What passes: invariants that are read, starts of unknown carries, slices, what is collected.
        let passing = |kind: fn(Kept) -> Option<usize>| -> Vec<usize> {
            residuals.iter().filter_map(|k| kind(*k)).collect()
        };
        let invariant_residuals = passing(Kept::invariant);
        let slice_residuals = passing(Kept::slice);
        let groups = scan.groups(&self.known);
        let started = |i: usize| groups.carry[i] && self.unknown_carry[i];
        let types = marked(&scan.operand_types(), &self.known, true);
        let counts = [groups.consts, groups.carry].map(|group| count(group, true));
        let mut passed = 0;
        let program = build(&types, |inputs| {
            let (consts, rest) = inputs.split_at(counts[0]);
            let (carry, xs) = rest.split_at(counts[1]);
            let found = evaluate(&self.invariant.known, &[], consts.to_vec());
            let mut given = carry.iter();
            let (mut running, mut starts) = (Vec::new(), Vec::new());
            for i in (0..scan.carry).filter(|&i| groups.carry[i]) {
                let Some(value) = given.next() else {
                    unreachable!("a value for each known carry")
                };
                if started(i) {
                    starts.push(value.clone());
                } else {
                    running.push(value.clone());
                }
            }
            let mut results = bind(&first.into(), [&found, &running, xs].concat());
            let collected = results.split_off(first_residual);
            let before = results.len();
            results.extend(invariant_residuals.iter().map(|i| found[*i].clone()));
            results.extend(starts);
            results.extend(slice_residuals.iter().map(|i| xs[*i].clone()));
            results.extend(collected);
            passed = results.len() - before;
            results
        });
        PartialEval {
            known: program.lifted(),
            unknown: Call { program: second }.into(),
            known_outputs: self.cut.known_outputs.clone(),
            residuals: passed,
        }
    }

    /// The loop over what passes from the first part, then over the unknown operands.
    fn second(&self, residuals: &[Kept], collects: &[bool]) -> Arc<Program> {
        let scan = self.scan;
        let unknown = &self.cut.unknown;
        let groups = scan.groups(&self.known);
        let unknown_consts = count(groups.consts, false);
        let carries = count(&self.unknown_carry, true);
        // One step: residuals that are invariant stand among the constants, the others among the
        // slices.
        let (passed, own) = unknown.inputs.split_at(self.cut.residuals);
        let of = |kind: fn(Kept) -> Option<usize>| -> Vec<Var> {
            let chosen = passed
                .iter()
                .zip(residuals)
                .filter(|(_, k)| kind(**k).is_some());
            chosen.map(|(v, _)| *v).collect()
        };
        let (consts, rest) = own.split_at(unknown_consts);
        let (carry, xs) = rest.split_at(carries);
        let invariants = of(Kept::invariant);
        let slices = of(Kept::slice);
        let collected = marked(passed, collects, true);
        let looped = Scan {
            program: Arc::new(Program {
                inputs: [&invariants, consts, carry, &slices, &collected, xs].concat(),
                ..Program::clone(unknown)
            }),
            consts: invariants.len() + unknown_consts,
            carry: carries,
            ..scan.clone()
        };
        let all = looped.operand_types();
        let mut rest = &all[..];
        let sizes = [
            invariants.len(),
            unknown_consts,
            carries,
            slices.len(),
            collected.len(),
        ];
        let [
            invariant_types,
            const_types,
            carry_types,
            slice_types,
            collected_types,
        ] = sizes.map(|n| {
            let (group, after) = rest.split_at(n);
            rest = after;
            group
        });
        // Carries that start from what is known pass among the residuals.
        let starts: Vec<bool> = (0..scan.carry)
            .filter(|&i| self.unknown_carry[i])
            .map(|i| groups.carry[i])
            .collect();
        let types = [
            invariant_types,
            &marked(carry_types, &starts, true),
            slice_types,
            collected_types,
            const_types,
            &marked(carry_types, &starts, false),
            rest,
        ]
        .concat();
        let program = build(&types, |inputs| {
            let mut rest = &inputs[..];
            let started = count(&starts, true);
            let sizes = [
                invariants.len(),
                started,
                slices.len(),
                collected.len(),
                unknown_consts,
                carries - started,
            ];
            let [invariants, known, slices, collected, consts, carry] = sizes.map(|n| {
                let (group, after) = rest.split_at(n);
                rest = after;
                group
            });
            let (mut known, mut carry) = (known.iter(), carry.iter());
            let start = starts
                .iter()
                .filter_map(|s| if *s { known.next() } else { carry.next() });
            let start: Vec<Value> = start.cloned().collect();
            let operands = [invariants, consts, &start, slices, collected, rest].concat();
            bind(&looped.into(), operands)
        });
        program.lifted()
    }
}

fn count(marks: &[bool], mark: bool) -> usize {
    marks.iter().filter(|m| **m == mark).count()
}

/// How a residual passes from the first loop to the second.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    /// The same at every step.
    Invariant(usize),
    /// A slice of an operand.
    Slice(usize),
    /// Collected by the first loop.
    Collected,
}

impl Kept {
    fn invariant(self) -> Option<usize> {
        match self {
            Self::Invariant(i) => Some(i),
            Self::Slice(_) | Self::Collected => None,
        }
    }

    fn slice(self) -> Option<usize> {
        match self {
            Self::Slice(i) => Some(i),
            Self::Invariant(_) | Self::Collected => None,
        }
    }
}
