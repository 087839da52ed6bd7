//! Leaves out the rows of a graph that no result can reach.
//!
//! A loss over a few nodes reads their rows of the logits, those rows of the last hidden values
//! that neighbours of these nodes have, and so on inwards; backwards, only the same rows have
//! cotangents that differ from zero. Captures and patterns are known when a program is bound, and
//! with them these sets of rows. The program is then rewritten over the rows that count: patterns
//! lose rows, columns and entries, known arrays are cut, random bits are drawn by their places.
//!
//! A row that counts is what it was, but for the signs of zeros. Sums over rows and entries have
//! fewer addends, and may round otherwise. What is left out is taken for finite: nothing times zero,
//! and zero by anything, is zero there.

mod cut;
mod rewrite;
mod spaces;
mod support;
#[cfg(test)]
mod tests;
mod way;

use std::sync::Arc;

use super::dce;
use crate::array::{Array, PatternData, PatternRepr};
use crate::ir::{Atom, Effect, Program, Type, Value, Var};
use rewrite::Rewriter;
use spaces::Spaces;

/// Arrays of fewer rows stay whole: to cut them would cost more than it saves.
const LEAST: usize = 256;

/// A program over fewer rows, and all that it captures.
pub(crate) struct Reached {
    pub(crate) program: Arc<Program>,
    pub(crate) captures: Vec<Value>,
}

/// The program over the rows that its results can reach, if these are clearly fewer than all.
pub(crate) fn reach(program: &Program, captures: &[Value], inputs: &[Value]) -> Option<Reached> {
    reach_from(program, captures, inputs, LEAST)
}

/// As [`reach`], for arrays of at least so many rows.
fn reach_from(
    program: &Program,
    captures: &[Value],
    inputs: &[Value],
    least: usize,
) -> Option<Reached> {
    // What is shown to a callback is shown whole.
    if program.equations.iter().any(|e| e.effect() != Effect::Pure) {
        return None;
    }
    let known = Known::new(program, captures, inputs);
    if !known.has_pattern() {
        return None;
    }
    let spaces = Spaces::new(program, &known, least);
    if !spaces.any() {
        return None;
    }
    let rewritten = Rewriter::new(&spaces).rewrite();
    debug_assert!(rewritten.is_some(), "every equation takes fewer rows");
    let (program, more) = rewritten?;
    let captures = captures.iter().cloned().chain(more);
    let (program, captures) = without_unread(&dce(&program), captures);
    program.verify_in_debug();
    Some(Reached {
        program: Arc::new(program),
        captures,
    })
}

/// The program without the captures that nobody reads: what they were cut from may be large.
fn without_unread(
    program: &Program,
    captures: impl Iterator<Item = Value>,
) -> (Program, Vec<Value>) {
    let uses = program.uses();
    let both = program.captures.iter().copied().zip(captures);
    let (vars, captures) = both.filter(|(v, _)| uses[v.index()] > 0).unzip();
    let program = Program {
        captures: vars,
        ..program.clone()
    };
    (program, captures)
}

/// What is known when a program is bound.
struct Known<'a> {
    /// Captures, and patterns among the inputs, by variable.
    values: Vec<Option<&'a Value>>,
    /// The equation that binds each variable.
    makers: Vec<Option<usize>>,
}

impl<'a> Known<'a> {
    fn new(program: &Program, captures: &'a [Value], inputs: &'a [Value]) -> Self {
        let mut values = vec![None; program.types.len()];
        for (var, value) in program.captures.iter().zip(captures) {
            values[var.index()] = Some(value);
        }
        for (var, value) in program.inputs.iter().zip(inputs) {
            if matches!(value, Value::Pattern(_)) {
                values[var.index()] = Some(value);
            }
        }
        let mut makers = vec![None; program.types.len()];
        for (e, equation) in program.equations.iter().enumerate() {
            for var in &equation.outputs {
                makers[var.index()] = Some(e);
            }
        }
        Self { values, makers }
    }

    fn is_known(&self, var: Var) -> bool {
        self.values[var.index()].is_some()
    }

    fn array(&self, atom: &Atom) -> Option<Array> {
        match self.values[atom.var()?.index()]? {
            Value::Array(array) => Some(array.clone()),
            Value::Pattern(_) => None,
        }
    }

    fn pattern(&self, atom: &Atom) -> Option<&'a PatternData> {
        match self.values[atom.var()?.index()]? {
            Value::Pattern(pattern) => match &pattern.0 {
                PatternRepr::Host(data) => Some(data),
                PatternRepr::Tracer(..) => None,
            },
            Value::Array(_) => None,
        }
    }

    /// Whether there is a pattern along which a choice of rows could spread.
    fn has_pattern(&self) -> bool {
        let mut values = self.values.iter().flatten();
        values.any(|v| matches!(v, Value::Pattern(_)))
    }
}

/// The rows of a variable.
fn extent(ty: &Type) -> usize {
    match ty {
        Type::Array(aval) => aval.shape.first().copied().unwrap_or(1),
        Type::Pattern(_) => 0,
    }
}

/// A set of rows.
#[derive(Clone, Debug, PartialEq)]
struct Rows {
    has: Vec<bool>,
    len: usize,
}

impl Rows {
    fn none(extent: usize) -> Self {
        Self {
            has: vec![false; extent],
            len: 0,
        }
    }

    /// How many rows there are, in the set or not.
    fn extent(&self) -> usize {
        self.has.len()
    }

    fn len(&self) -> usize {
        self.len
    }

    fn has(&self, row: usize) -> bool {
        self.has[row]
    }

    fn add(&mut self, row: usize) {
        self.len += usize::from(!self.has[row]);
        self.has[row] = true;
    }

    fn keep(&mut self, mut wanted: impl FnMut(usize) -> bool) {
        for (row, has) in self.has.iter_mut().enumerate() {
            if *has && !wanted(row) {
                *has = false;
                self.len -= 1;
            }
        }
    }

    /// The rows in ascending order.
    fn list(&self) -> Vec<u32> {
        let rows = self.has.iter().enumerate();
        rows.filter(|(_, has)| **has)
            .map(|(r, _)| r as u32)
            .collect()
    }
}

impl PatternData {
    /// Calls `f` with the position, the row and the column of every entry.
    fn entries(&self, mut f: impl FnMut(usize, usize, usize)) {
        for (r, ends) in self.row_ptr.windows(2).enumerate() {
            for e in ends[0] as usize..ends[1] as usize {
                f(e, r, self.col[e] as usize);
            }
        }
    }
}
