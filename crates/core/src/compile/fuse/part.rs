//! How an equation can take part in a region.

use crate::array::{DType, Shape};
use crate::compile::region::{Access, Action, Level, Sparse};
use crate::ir::{Aval, Effect, Equation, Program, Type};
use crate::ops::{
    Bounds, Broadcast, Convert, Dot, Edge, Fold, Gather, Index, Loop, Lowering, Reduction, Side,
    Threefry,
};
use crate::random::Layout;

/// Elements a row beyond which rows are not walked one by one.
const WIDEST: usize = 2048;

/// Extents of a matrix that a step multiplies rows by. For larger ones tiles would have to be so
/// large that they leave the cache, and the matrix be packed for each: with 256, and tiles of 4, 8 and
/// 16 times the elements, the example `arxiv` took 1.06, 1.09 and 1.22 s a step instead of 0.98.
const SMALL: usize = 64;

/// What an equation walks over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::compile) enum Walk {
    /// So many rows.
    Rows(usize),
    /// So many elements.
    Flat(usize),
    /// The rows of a sparse matrix.
    Sparse(Sparse),
}

/// Where an operand is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::compile) enum Role {
    /// At the rows (entries) that the equation itself walks.
    Same,
    /// At the rows, while the result is at their entries.
    Rows,
    /// At the entries, while the result is at their rows.
    Entries,
    /// In memory, complete.
    Memory(Access),
}

/// What becomes of the result.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::compile) enum Result {
    /// A step computes it.
    Step(Action),
    /// It is its only operand, seen under another shape.
    Alias,
    /// It is its only operand, repeated.
    Repeat(Access),
    /// It is complete once all rows are done.
    End(OverAll),
}

/// What is made of all rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::compile) enum OverAll {
    /// One fold of everything.
    Everything(Fold),
    /// A fold of each column.
    Columns(Fold),
    /// The sum of outer products with another operand's entries, of so many elements each.
    Product { right: usize },
}

/// An equation's part in a region.
#[derive(Debug)]
pub(in crate::compile) struct Part {
    pub(in crate::compile) walk: Walk,
    pub(in crate::compile) level: Level,
    pub(in crate::compile) roles: Vec<Role>,
    pub(in crate::compile) result: Result,
    /// Elements of the result a row (an entry); of the operand for an end.
    pub(in crate::compile) width: usize,
}

/// How rows of this shape are walked, and how many elements each has.
fn walk(shape: &Shape) -> (Walk, usize) {
    let width: usize = shape.iter().skip(1).product();
    if width > WIDEST {
        (Walk::Flat(shape.size()), 1)
    } else {
        (Walk::Rows(shape.first().copied().unwrap_or(1)), width)
    }
}

/// The part that an equation can take, if any.
pub(in crate::compile) fn part(program: &Program, equation: &Equation) -> Option<Part> {
    let [out] = equation.outputs[..] else {
        return None;
    };
    let Type::Array(out) = program.type_of(out) else {
        return None;
    };
    if equation.effect() != Effect::Pure {
        return None;
    }
    let operands: Vec<Type> = equation
        .inputs
        .iter()
        .map(|a| program.atom_type(a))
        .collect();
    match equation.primitive.rules().lowering() {
        Lowering::Loop(
            Loop::Unary(_)
            | Loop::Binary(_)
            | Loop::Convert(Convert::Value { .. } | Convert::Bits { .. }),
        ) => Some(map(equation, &operands, out)),
        Lowering::Loop(Loop::Select(_)) => {
            let plain = operands.len() == 3 && is_bool(&operands[0]);
            plain.then(|| map(equation, &operands, out))
        }
        Lowering::Loop(Loop::Threefry(draw)) => bits(draw, &operands, out),
        Lowering::Reduce(Reduction::Fold(reduce)) => {
            fold(reduce.fold, &reduce.axes, array(&operands[0])?)
        }
        Lowering::Dot(dot) => product(program, dot, &operands, out),
        Lowering::Edge(edge) => along(&edge, equation, &operands, out),
        Lowering::Index(Index::Broadcast(broadcast)) => repeat(broadcast, array(&operands[0])?),
        Lowering::Loop(Loop::Copy) | Lowering::Index(Index::Reshape(_)) => {
            alias(array(&operands[0])?, out)
        }
        Lowering::Index(Index::Gather(gather)) => rows_at(gather, &operands, out),
        Lowering::Loop(Loop::Iota(_))
        | Lowering::Reduce(Reduction::Arg(_) | Reduction::Cumulative(_))
        | Lowering::Index(_)
        | Lowering::Control(_)
        | Lowering::Collective(_)
        | Lowering::Host(_) => None,
    }
}

fn array(ty: &Type) -> Option<&Aval> {
    match ty {
        Type::Array(aval) => Some(aval),
        Type::Pattern(_) => None,
    }
}

fn is_bool(ty: &Type) -> bool {
    array(ty).is_some_and(|aval| aval.dtype == DType::Bool)
}

fn map(equation: &Equation, operands: &[Type], out: &Aval) -> Part {
    let (walk, width) = walk(&out.shape);
    let role = |ty: &Type| match array(ty) {
        Some(aval) if aval.shape == out.shape => Role::Same,
        _ => Role::Memory(Access::Scalar),
    };
    Part {
        walk,
        level: Level::Rows,
        roles: operands.iter().map(role).collect(),
        result: Result::Step(Action::Map(equation.primitive.clone())),
        width,
    }
}

/// Whether a matrix that rows of entries are multiplied by stays in the cache.
pub(super) fn is_small_matrix(k: usize, width: usize) -> bool {
    k.max(width) <= WIDEST && k * width <= 1 << 17
}

/// Whether rows of this number are most likely the entries of a sparse matrix.
fn are_entries(program: &Program, rows: usize) -> bool {
    let mut types = program.types.iter();
    types.any(|ty| matches!(ty, Type::Pattern(p) if p.nnz == rows))
}

/// The same elements in the same order; rows stay rows.
fn alias(from: &Aval, out: &Aval) -> Option<Part> {
    let ((walk, width), (before, _)) = (walk(&out.shape), walk_of(from));
    (walk == before).then(|| Part {
        walk,
        level: Level::Rows,
        roles: vec![Role::Same],
        result: Result::Alias,
        width,
    })
}

fn walk_of(aval: &Aval) -> (Walk, usize) {
    walk(&aval.shape)
}

fn bits(draw: &Threefry, operands: &[Type], out: &Aval) -> Option<Part> {
    let one_key = array(&operands[0])?.shape.rank() == 1;
    let (walk, width) = walk(&out.shape);
    let whole = Role::Memory(Access::Whole);
    let (action, roles) = match (draw, operands) {
        (
            Threefry::Bits {
                dtype: DType::U32,
                layout: Layout::Partitionable,
                ..
            },
            [_],
        ) => (Action::Bits, vec![whole]),
        (
            Threefry::PatternBits {
                layout: Layout::Partitionable,
            },
            [_, Type::Pattern(p)],
        ) if (p.rows as u64).saturating_mul(p.cols as u64) <= 1 << 32 => {
            (Action::EntryBits, vec![whole; 2])
        }
        (Threefry::PlaceBits, [_, _]) if matches!(walk, Walk::Rows(_)) => {
            (Action::PlaceBits, vec![whole, Role::Same])
        }
        _ => return None,
    };
    one_key.then(|| Part {
        walk,
        level: Level::Rows,
        roles,
        result: Result::Step(action),
        width,
    })
}

fn fold(fold: Fold, axes: &[usize], x: &Aval) -> Option<Part> {
    let (rank, (walk, width)) = (x.shape.rank(), walk(&x.shape));
    let part = |result, width| Part {
        walk,
        level: Level::Rows,
        roles: vec![Role::Same],
        result,
        width,
    };
    if axes.iter().copied().eq(0..rank) {
        let end = Result::End(OverAll::Everything(fold));
        return (rank > 0 && fits_blocks(width)).then(|| part(end, width));
    }
    if matches!(walk, Walk::Flat(_)) {
        return None;
    }
    match axes {
        [0] => {
            let end = Result::End(OverAll::Columns(fold));
            (width > 0 && width <= 512).then(|| part(end, width))
        }
        [first, ..] if *first > 0 && axes.iter().copied().eq(*first..rank) => {
            let inner = x.shape[*first..].iter().product();
            let kept = x.shape[1..*first].iter().product();
            Some(part(Result::Step(Action::Fold(fold, inner)), kept))
        }
        _ => None,
    }
}

/// The elements that are folded lane by lane, without a tree between them; `kernels::reduce`
/// folds all elements of an array in blocks of so many.
pub(crate) const BLOCK: usize = 256;

/// Whether tiles of rows this wide can end where blocks end, without being too large.
fn fits_blocks(width: usize) -> bool {
    width > 0 && rows_to_a_block(width) * width <= 4096
}

/// The fewest rows whose elements fill whole blocks.
pub(crate) fn rows_to_a_block(width: usize) -> usize {
    let (mut a, mut b) = (BLOCK, width.max(1));
    while b > 0 {
        (a, b) = (b, a % b);
    }
    BLOCK / a
}

fn product(program: &Program, dot: &Dot, operands: &[Type], out: &Aval) -> Option<Part> {
    let (a, b) = (array(&operands[0])?, array(&operands[1])?);
    let plain = dot.left_contract == [1] && dot.left_batch.is_empty() && a.shape.rank() == 2;
    if !plain || b.shape.rank() != 2 || a.dtype != b.dtype {
        return None;
    }
    let (rows, k, width) = (a.shape[0], a.shape[1], out.shape[1]);
    // What is wide along entries is rather made again than stored.
    let small = k.max(width) <= SMALL || is_small_matrix(k, width) && are_entries(program, rows);
    (small && rows > 1 && k > 0 && width > 0).then(|| Part {
        walk: Walk::Rows(a.shape[0]),
        level: Level::Rows,
        roles: vec![Role::Same, Role::Memory(Access::Whole)],
        result: Result::Step(Action::Dot {
            k,
            transposed: dot.right_contract == [1],
        }),
        width,
    })
}

fn rows_at(gather: &Gather, operands: &[Type], out: &Aval) -> Option<Part> {
    let (x, index) = (array(&operands[0])?, array(&operands[1])?);
    let whole_rows = gather
        .dims
        .are_rows(&x.shape, &index.shape, &gather.slice_sizes);
    let (walk, width) = walk(&out.shape);
    if !whole_rows || matches!(walk, Walk::Flat(_)) || x.shape[0] == 0 {
        return None;
    }
    Some(Part {
        walk,
        level: Level::Rows,
        roles: vec![Role::Memory(Access::Whole), Role::Same],
        result: Result::Step(Action::Gather {
            window: x.shape[1..].iter().product(),
            clip: gather.bounds != Bounds::Fill,
            fill: gather.fill,
        }),
        width,
    })
}

/// How a broadcast finds its operand, if the repetition is regular.
fn repeat(broadcast: &Broadcast, from: &Aval) -> Option<Part> {
    let (walk, width) = walk(&broadcast.shape);
    let part = |role, result| Part {
        walk,
        level: Level::Rows,
        roles: vec![role],
        result,
        width,
    };
    let memory = |access| part(Role::Memory(access), Result::Repeat(access));
    if broadcast.shape.size() == 0 {
        return None;
    }
    if from.shape.size() == 1 {
        return Some(memory(Access::Scalar));
    }
    // Axes of one element lie anywhere.
    let out = &broadcast.shape;
    let mut varies = vec![false; out.rank()];
    for (&extent, &axis) in from.shape.iter().zip(&broadcast.dims) {
        varies[axis] |= extent == out[axis] && extent > 1;
    }
    let first = varies.iter().position(|v| *v)?;
    let last = varies.iter().rposition(|v| *v)?;
    let run = |range: std::ops::Range<usize>| range.into_iter().all(|i| varies[i] || out[i] == 1);
    if !run(first..last + 1) {
        return None;
    }
    let before: usize = out[..first].iter().product();
    let after: usize = out[last + 1..].iter().product();
    match (before, after) {
        (1, 1) => Some(part(Role::Same, Result::Alias)).filter(|_| walk_of(from).0 == walk),
        (_, 1) => {
            let period = from.shape.size();
            // A row that repeats within rows, or a whole tile of rows that repeats.
            let regular = matches!(walk, Walk::Flat(_)) || width % period == 0;
            regular.then(|| memory(Access::Row(period)))
        }
        (1, inner) => match walk {
            Walk::Rows(rows) if from.shape[0] == rows && width % inner == 0 => {
                Some(part(Role::Same, Result::Step(Action::Expand(inner))))
            }
            _ => Some(memory(Access::Column(inner))),
        },
        _ => None,
    }
}

fn along(edge: &Edge<'_>, equation: &Equation, operands: &[Type], out: &Aval) -> Option<Part> {
    let Type::Pattern(p) = operands[0] else {
        return None;
    };
    let sparse = |transposed| {
        Some(Sparse {
            pattern: equation.inputs[0].var()?,
            transposed,
            rows: if transposed { p.cols } else { p.rows },
            nnz: p.nnz,
        })
    };
    let whole = Role::Memory(Access::Whole);
    let own = |transposed: bool| if transposed { whole } else { Role::Entries };
    let width: usize = out.shape[1..].iter().product();
    if width > WIDEST || width == 0 {
        return None;
    }
    let (sparse, level, roles, action) = match edge {
        Edge::Spmm(op) => (
            sparse(op.transposed)?,
            Level::Rows,
            vec![whole, own(op.transposed), whole],
            Action::Spmm { heads: heads(out) },
        ),
        Edge::Sddmm(_) => (
            sparse(false)?,
            Level::Entries,
            vec![whole, Role::Rows, whole],
            Action::Sddmm {
                heads: heads(array(&operands[1])?),
            },
        ),
        Edge::Gather(op) => match op.side {
            Side::Row => (
                sparse(false)?,
                Level::Entries,
                vec![whole, Role::Rows],
                Action::ToEntries,
            ),
            Side::Col => (
                sparse(false)?,
                Level::Entries,
                vec![whole, whole],
                Action::Pick,
            ),
        },
        Edge::Segment(op) => {
            let transposed = op.side == Side::Col;
            (
                sparse(transposed)?,
                Level::Rows,
                vec![whole, own(transposed)],
                Action::Segment(op.fold),
            )
        }
    };
    Some(Part {
        walk: Walk::Sparse(sparse),
        level,
        roles,
        result: Result::Step(action),
        width,
    })
}

/// The heads of node values `[n, F]` or `[n, H, F]`.
fn heads(nodes: &Aval) -> usize {
    if nodes.shape.rank() == 3 {
        nodes.shape[1]
    } else {
        1
    }
}

impl Part {
    /// Whether the equation can also walk the entries of a sparse matrix instead of its rows.
    pub(super) fn fits_entries(&self) -> bool {
        matches!(self.walk, Walk::Rows(_)) && !matches!(self.result, Result::End(_))
    }
}
