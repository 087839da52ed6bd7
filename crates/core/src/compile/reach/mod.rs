//! Leaves out the rows of a graph that no result can reach.
//!
//! A loss over a few nodes reads their rows of the logits, those rows of the last hidden values
//! that neighbours of these nodes have, and so on inwards; backwards, only the same rows have
//! cotangents that differ from zero. Captures and patterns are known when a program is bound, and
//! with them these sets of rows. The program is then rewritten over the rows that count: patterns
//! lose rows, columns and entries, known arrays are cut, random bits are drawn by their places.
//!
//! A row that counts has the same bits as before. Sums over rows have fewer addends, and may round
//! otherwise. What is left out is taken for finite: zero times infinity stays zero there.

mod rewrite;
mod spaces;
mod support;
#[cfg(test)]
mod tests;
mod way;

use std::sync::Arc;

use super::dce;
use crate::array::{Array, PatternData, PatternRepr};
use crate::ir::{Atom, Program, Type, Value, Var};
use rewrite::Rewriter;
use spaces::Spaces;

/// Rows from which it is worth looking for some to leave out.
const LEAST: usize = 256;

/// A program over fewer rows, and what it captures more.
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
    let known = Known::new(program, captures, inputs);
    if !known.can_select(program, least) {
        return None;
    }
    let spaces = Spaces::new(program, &known, least);
    if !spaces.any() {
        return None;
    }
    let (program, captures) = Rewriter::new(&spaces).rewrite()?;
    let program = dce(&program);
    program.verify_in_debug();
    Some(Reached { program, captures })
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

    /// Whether rows are picked or masked by something known, and a pattern leads on from there.
    fn can_select(&self, program: &Program, least: usize) -> bool {
        let mut patterns = self.values.iter().flatten();
        if !patterns.any(|v| matches!(v, Value::Pattern(_))) {
            return false;
        }
        program.equations.iter().any(|equation| {
            let picks = matches!(equation.primitive.rules().name(), "gather" | "mul");
            let large = |atom: &Atom| extent(&program.atom_type(atom)) >= least;
            let known = |atom: &Atom| atom.var().is_some_and(|v| self.is_known(v));
            picks && equation.inputs.iter().any(large) && equation.inputs.iter().any(known)
        })
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
