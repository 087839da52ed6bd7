//! How the rows of an equation's result come from the rows of its operands.

use graxe_kernels::number::cast;

use super::extent;
use crate::array::{Array, with_number};
use crate::compile::fuse::{OverAll, Result, Role, part};
use crate::compile::region::{Access, Action};
use crate::ir::{Atom, Equation, Program, Type};
use crate::ops::{
    Bounds, Combine, Dot, Edge, Fold, GatherDims, Index, Lowering, Reduction, SegmentFold, Side,
};

/// A row of the operand for each row of the indices, none where it lies outside.
pub(super) type Places = Vec<Option<usize>>;

/// How rows come from rows; operands that a way does not speak of are read whole.
#[derive(Debug)]
pub(super) enum Way {
    /// Each row from the same rows of the operands in these positions.
    Same(Vec<usize>),
    /// From no row of an operand, or from the places of its elements: whoever reads it can make
    /// the rows that it wants.
    Free,
    /// Every row of the operands in these positions goes into a sum.
    Sum(Vec<usize>),
    /// Row `i` is the first operand's row `places[i]`.
    Gather(Places),
    /// Row `i` of the third operand is added to row `places[i]` of the first.
    Scatter(Places),
    /// Rows meet along the entries of the pattern, the first operand.
    Along(Along),
    /// The whole of every operand.
    Whole,
}

/// What meets along the entries of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Along {
    /// Entry values and rows of the third operand, summed at the other end.
    Product { to: Side },
    /// Rows of the second operand and of the third give entries.
    Dots,
    /// Rows of the second operand give entries.
    Spread { from: Side },
    /// Entries of the second operand are folded at their rows or columns.
    Segment { to: Side, sum: bool },
}

/// The way of an equation; `value` gives arrays that are known when the program is bound.
pub(super) fn way(
    program: &Program,
    equation: &Equation,
    value: impl Fn(&Atom) -> Option<Array>,
) -> Way {
    let known = |i: usize| value(&equation.inputs[i]);
    let rank = |i: usize| match program.atom_type(&equation.inputs[i]) {
        Type::Array(aval) => aval.shape.rank(),
        Type::Pattern(_) => 0,
    };
    match equation.primitive.rules().lowering() {
        Lowering::Edge(edge) => return Way::Along(along(&edge)),
        Lowering::Dot(dot) if rank(0) > 0 => return product(dot),
        Lowering::Reduce(Reduction::Fold(fold)) if rank(0) > 0 && !fold.axes.contains(&0) => {
            return Way::Same(vec![0]);
        }
        Lowering::Index(Index::Gather(op)) => {
            let rows = whole_rows(program, equation, &op.dims, &op.slice_sizes);
            let clip = op.bounds != Bounds::Fill;
            return match known(1).filter(|_| rows) {
                Some(index) => Way::Gather(places(
                    &index,
                    extent(&program.atom_type(&equation.inputs[0])),
                    clip,
                )),
                None => Way::Whole,
            };
        }
        Lowering::Index(Index::Scatter(op)) => {
            let adds = op.combine == Combine::Add
                && whole_rows(program, equation, &op.dims, &op.slice_sizes);
            let clip = op.bounds == Bounds::Clip;
            return match known(1).filter(|_| adds) {
                Some(index) => Way::Scatter(places(
                    &index,
                    extent(&program.atom_type(&equation.inputs[0])),
                    clip,
                )),
                None => Way::Whole,
            };
        }
        _ => {}
    }
    let Some(part) = part(program, equation) else {
        return Way::Whole;
    };
    let roles = part.roles.iter().enumerate();
    let same: Vec<usize> = roles
        .filter(|(_, role)| **role == Role::Same)
        .map(|(i, _)| i)
        .collect();
    // Rows that are too wide are walked element by element: a reshape may give others.
    let rows = extent(program.type_of(equation.outputs[0]));
    let is_by_rows = |i: &usize| match &equation.inputs[*i] {
        Atom::Literal(..) => true,
        atom @ Atom::Var(_) => extent(&program.atom_type(atom)) == rows,
    };
    match part.result {
        Result::Step(Action::Bits | Action::EntryBits) if has_places(program, equation) => {
            Way::Free
        }
        Result::Repeat(Access::Scalar) => Way::Free,
        Result::Repeat(Access::Row(period)) if part.width % period == 0 => Way::Free,
        Result::End(OverAll::Everything(Fold::Sum) | OverAll::Columns(Fold::Sum)) => {
            Way::Sum(vec![0])
        }
        Result::Step(_) | Result::Alias if same.iter().all(is_by_rows) => Way::Same(same),
        Result::Repeat(_) | Result::End(_) | Result::Step(_) | Result::Alias => Way::Whole,
    }
}

fn along(edge: &Edge<'_>) -> Along {
    match edge {
        Edge::Spmm(op) if op.transposed => Along::Product { to: Side::Col },
        Edge::Spmm(_) => Along::Product { to: Side::Row },
        Edge::Sddmm(_) => Along::Dots,
        Edge::Gather(op) => Along::Spread { from: op.side },
        Edge::Segment(op) => Along::Segment {
            to: op.side,
            sum: op.fold == SegmentFold::Sum,
        },
    }
}

/// A product by the rows of its left operand, or summed over the rows of both.
fn product(dot: &Dot) -> Way {
    let mut pairs = dot.left_contract.iter().zip(&dot.right_contract);
    if !dot.left_batch.is_empty() {
        Way::Whole
    } else if !dot.left_contract.contains(&0) {
        Way::Same(vec![0])
    } else if pairs.any(|pair| pair == (&0, &0)) {
        Way::Sum(vec![0, 1])
    } else {
        Way::Whole
    }
}

/// Whether 32 bits number the elements of the result.
fn has_places(program: &Program, equation: &Equation) -> bool {
    match program.type_of(equation.outputs[0]) {
        Type::Array(aval) => u32::try_from(aval.shape.size()).is_ok(),
        Type::Pattern(_) => false,
    }
}

/// Whether windows are whole rows, one for each row of the indices.
fn whole_rows(
    program: &Program,
    equation: &Equation,
    dims: &GatherDims,
    slice_sizes: &[usize],
) -> bool {
    let shape = |i: usize| match program.atom_type(&equation.inputs[i]) {
        Type::Array(aval) => aval.shape,
        Type::Pattern(_) => ().into(),
    };
    let (x, index) = (shape(0), shape(1));
    index.rank() == 2 && dims.are_rows(&x, &index, slice_sizes)
}

fn places(index: &Array, extent: usize, clip: bool) -> Places {
    with_number!(index.dtype(), I => {
        let place = |&at: &I| {
            let at = cast::<I, i64>(at);
            let at = if clip { at.min(extent as i64 - 1).max(0) } else { at };
            usize::try_from(at).ok().filter(|at| *at < extent)
        };
        index.host::<I>().iter().map(place).collect()
    })
}
