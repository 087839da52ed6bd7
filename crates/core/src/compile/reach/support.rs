//! Which rows of a value can differ from zero.

use std::rc::Rc;

use super::way::{Along, Way};
use super::{Known, Rows};
use crate::array::{Array, with_dtype};
use crate::ir::{Atom, Equation, Program, Var};
use crate::ops::{Binary, Convert, Fold, Loop, Lowering, Reduction, Side, Unary};

/// The rows outside of which a value is zero; none if it may differ everywhere.
pub(super) type Support = Option<Rc<Rows>>;

/// The support of every variable, by its index.
pub(super) fn supports(program: &Program, ways: &[Way], known: &Known<'_>) -> Vec<Support> {
    let vars = (0..program.types.len() as u32).map(|v| Atom::Var(Var(v)));
    let mut finder = Finder {
        program,
        known,
        // A mask has few rows, and so may a cotangent that is known.
        found: vars
            .map(|atom| known.array(&atom).and_then(|array| nonzero_rows(&array)))
            .collect(),
    };
    for (equation, way) in program.equations.iter().zip(ways) {
        if let [out] = equation.outputs[..] {
            finder.found[out.index()] = finder.of(equation, way);
        }
    }
    finder.found
}

struct Finder<'a> {
    program: &'a Program,
    known: &'a Known<'a>,
    found: Vec<Support>,
}

impl Finder<'_> {
    fn of(&self, equation: &Equation, way: &Way) -> Support {
        let extent = super::extent(self.program.type_of(equation.outputs[0]));
        let operand = |i: usize| self.atom(&equation.inputs[i], extent);
        match way {
            // The repetition of a literal zero.
            Way::Free => match &equation.inputs[0] {
                literal @ Atom::Literal(..) => self.atom(literal, extent),
                Atom::Var(_) => None,
            },
            Way::Same(_) => self.same(equation, extent),
            Way::Scatter(places) => {
                let (x, updates) = (operand(0)?, self.var(&equation.inputs[2]));
                let mut rows = Rows::clone(&x);
                for (i, place) in places.iter().enumerate() {
                    if let Some(at) = place
                        && has(updates.as_deref(), i)
                    {
                        rows.add(*at);
                    }
                }
                Some(Rc::new(rows))
            }
            Way::Along(along) => self.along(*along, equation, extent),
            Way::Sum(_) | Way::Gather(_) | Way::Whole => None,
        }
    }

    fn var(&self, atom: &Atom) -> Support {
        self.found[atom.var()?.index()].clone()
    }

    /// The support of an operand of so many rows.
    fn atom(&self, atom: &Atom, extent: usize) -> Support {
        match atom {
            Atom::Literal(scalar, _) => {
                let zero = scalar.is(0.0);
                zero.then(|| Rc::new(Rows::none(extent)))
            }
            Atom::Var(_) => self.var(atom).filter(|rows| rows.extent() == extent),
        }
    }

    fn same(&self, equation: &Equation, extent: usize) -> Support {
        let operand = |i: usize| self.atom(&equation.inputs[i], extent);
        match equation.primitive.rules().lowering() {
            Lowering::Loop(Loop::Unary(op)) => keeps_zero(op).then(|| operand(0)).flatten(),
            Lowering::Loop(Loop::Binary(op)) => match op {
                Binary::Mul => intersection(operand(0), operand(1)),
                // Zero by zero is not zero among integers.
                Binary::Div if self.is_float(equation) => operand(0),
                Binary::Add | Binary::AddAny | Binary::Sub | Binary::Max | Binary::Min => {
                    union(operand(0), operand(1))
                }
                _ => None,
            },
            Lowering::Loop(Loop::Select(_)) => union(operand(1), operand(2)),
            // The bits of -0 are not zero.
            Lowering::Loop(Loop::Copy | Loop::Convert(Convert::Value { .. }))
            | Lowering::Dot(_)
            | Lowering::Index(_) => operand(0),
            Lowering::Reduce(Reduction::Fold(reduce)) if reduce.fold == Fold::Sum => operand(0),
            _ => None,
        }
    }

    fn is_float(&self, equation: &Equation) -> bool {
        self.program
            .type_of(equation.outputs[0])
            .is_differentiable()
    }

    fn along(&self, along: Along, equation: &Equation, extent: usize) -> Support {
        let pattern = self.known.pattern(&equation.inputs[0])?;
        let operand = |i: usize| self.var(&equation.inputs[i]);
        let mut rows = Rows::none(extent);
        match along {
            Along::Product { to } => {
                let (values, x) = (operand(1), operand(2));
                if values.is_none() && x.is_none() {
                    return None;
                }
                pattern.entries(|e, r, c| {
                    let (from, to) = if to == Side::Row { (c, r) } else { (r, c) };
                    if has(values.as_deref(), e) && has(x.as_deref(), from) {
                        rows.add(to);
                    }
                });
            }
            Along::Dots => {
                let (a, b) = (operand(1), operand(2));
                if a.is_none() && b.is_none() {
                    return None;
                }
                pattern.entries(|e, r, c| {
                    if has(a.as_deref(), r) && has(b.as_deref(), c) {
                        rows.add(e);
                    }
                });
            }
            Along::Spread { from } => {
                let x = operand(1)?;
                pattern.entries(|e, r, c| {
                    if x.has(if from == Side::Row { r } else { c }) {
                        rows.add(e);
                    }
                });
            }
            Along::Segment { to, sum } => {
                let x = operand(1).filter(|_| sum)?;
                pattern.entries(|e, r, c| {
                    if x.has(e) {
                        rows.add(if to == Side::Row { r } else { c });
                    }
                });
            }
        }
        Some(Rc::new(rows))
    }
}

/// Whether a value that is zero outside of these rows can differ in one.
pub(super) fn has(support: Option<&Rows>, row: usize) -> bool {
    support.is_none_or(|rows| rows.has(row))
}

fn intersection(a: Support, b: Support) -> Support {
    let (Some(a), Some(b)) = (&a, &b) else {
        return a.or(b);
    };
    let mut rows = Rows::clone(a);
    rows.keep(|row| b.has(row));
    Some(Rc::new(rows))
}

fn union(a: Support, b: Support) -> Support {
    let (mut rows, b) = (Rows::clone(&*a?), b?);
    (0..b.extent())
        .filter(|r| b.has(*r))
        .for_each(|r| rows.add(r));
    Some(Rc::new(rows))
}

/// Whether zero stays zero.
fn keeps_zero(op: Unary) -> bool {
    matches!(
        op,
        Unary::Neg
            | Unary::Abs
            | Unary::Sign
            | Unary::Square
            | Unary::Floor
            | Unary::Ceil
            | Unary::Round
            | Unary::Expm1
            | Unary::Log1p
            | Unary::Sqrt
            | Unary::Cbrt
            | Unary::Sin
            | Unary::Tan
            | Unary::Tanh
    )
}

/// The rows of a known array that differ from zero, if some do not.
fn nonzero_rows(array: &Array) -> Support {
    let extent = array.shape().first().copied().unwrap_or(1);
    let mut rows = Rows::none(extent);
    let width = (array.size() / extent.max(1)).max(1);
    with_dtype!(array.dtype(), T => {
        let chunks = array.host::<T>().chunks(width).enumerate();
        for (r, row) in chunks {
            if row.iter().any(|x| *x != T::default()) {
                rows.add(r);
            }
        }
    });
    (rows.len() < extent).then(|| Rc::new(rows))
}
