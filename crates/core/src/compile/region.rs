//! What a backend runs at once: single equations, and regions of steps over the same rows.

use super::fuse::BLOCK;
use crate::array::DType;
use crate::ir::{Atom, Effect, Equation, Var};
use crate::ops::{Fold, Primitive, SegmentFold};

/// What a backend runs at once.
#[derive(Debug)]
pub(crate) enum Kernel {
    /// One equation.
    Single(Equation),
    /// Steps over the same rows.
    Region(Region),
}

/// Steps that walk the same rows, a tile of them at a time: what passes from step to step never
/// leaves the cache. Where the rows are those of a sparse matrix, steps may also work on the
/// entries of the tile's rows.
#[derive(Debug)]
pub(crate) struct Region {
    /// How many rows there are.
    pub(crate) rows: usize,
    /// The sparse matrix whose rows they are, where entries take part.
    pub(crate) sparse: Option<Sparse>,
    /// What is read from memory.
    pub(crate) reads: Vec<Read>,
    /// Steps in order.
    pub(crate) steps: Vec<Step>,
    /// The steps whose results are written to memory.
    pub(crate) writes: Vec<(usize, Var)>,
    /// Folds over all rows, complete once every tile is done.
    pub(crate) ends: Vec<End>,
    /// Other arrays to which the same steps are done: the leaves of a tree that an optimiser
    /// updates alike.
    pub(crate) more: Vec<Segment>,
    /// The equations that run here, by their places in the program.
    pub(crate) equations: Vec<usize>,
}

/// Further rows of a region: what stands for its reads and its writes there.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) rows: usize,
    pub(crate) reads: Vec<Atom>,
    pub(crate) writes: Vec<Var>,
}

/// The rows of a pattern, or of its transpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Sparse {
    pub(crate) pattern: Var,
    pub(crate) transposed: bool,
    pub(crate) rows: usize,
    pub(crate) nnz: usize,
}

/// Whether a step has one result for each row or for each entry of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Rows,
    Entries,
}

/// An operand in memory.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Read {
    pub(crate) atom: Atom,
    pub(crate) access: Access,
    /// The level and the elements a row (an entry) of the step that reads it.
    pub(crate) level: Level,
    pub(crate) width: usize,
    pub(crate) dtype: DType,
}

/// How element `i` of a step finds its operand in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// At `i`.
    Own,
    /// At the place of the entry in the pattern, where entries are walked column by column.
    Turned,
    /// At 0: a scalar.
    Scalar,
    /// At `i mod n`: one row of `n`, repeated.
    Row(usize),
    /// At `i / n`: each element `n` times.
    Column(usize),
    /// Anywhere: the step is given the whole operand.
    Whole,
}

/// Where a step's operand comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    Read(usize),
    Step(usize),
}

/// One equation of a region.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) action: Action,
    pub(crate) inputs: Vec<Slot>,
    pub(crate) level: Level,
    /// Elements of the result a row (an entry).
    pub(crate) width: usize,
    /// The dtype of the operands that compute: not the selector of a choice.
    pub(crate) operand: DType,
    pub(crate) result: DType,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Action {
    /// An elementwise primitive.
    Map(Primitive),
    /// Each element `n` times.
    Expand(usize),
    /// Folds each `n` neighbouring elements of a row.
    Fold(Fold, usize),
    /// Rows times a small matrix `[k, width]`, or `[width, k]` where it is transposed.
    Dot { k: usize, transposed: bool },
    /// Rows of the operand at the index that each element is.
    Gather {
        window: usize,
        clip: bool,
        fill: Option<crate::array::Scalar>,
    },
    /// Random bits by the place of each element in the draw.
    Bits,
    /// Random bits by the place of each entry in the dense draw.
    EntryBits,
    /// Random bits by the places that an operand holds.
    PlaceBits,
    /// The sparse matrix, by the values of its entries, times the rows of a dense one.
    Spmm { heads: usize },
    /// Products of rows of two matrices at the entries.
    Sddmm { heads: usize },
    /// Each row's elements at each of its entries.
    ToEntries,
    /// The elements of each entry's column.
    Pick,
    /// Entries folded into their row.
    Segment(SegmentFold),
}

impl Region {
    /// The rows of each segment, the region's own first.
    pub(crate) fn segments(&self) -> impl Iterator<Item = usize> {
        std::iter::once(self.rows).chain(self.more.iter().map(|segment| segment.rows))
    }

    /// The rows of all segments.
    pub(crate) fn all_rows(&self) -> usize {
        self.segments().sum()
    }

    /// What is read, segment by segment.
    pub(crate) fn all_reads(&self) -> impl Iterator<Item = &Atom> {
        let more = self.more.iter().flat_map(|segment| &segment.reads);
        self.reads.iter().map(|read| &read.atom).chain(more)
    }

    /// What is written, segment by segment.
    pub(crate) fn all_writes(&self) -> impl Iterator<Item = Var> {
        let more = self.more.iter().flat_map(|segment| &segment.writes);
        self.writes.iter().map(|(_, var)| *var).chain(more.copied())
    }
}

/// What is complete once all rows are done.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) slot: Slot,
    pub(crate) kind: EndKind,
    pub(crate) dtype: DType,
    /// Elements of the operand a row (an entry).
    pub(crate) width: usize,
    pub(crate) var: Var,
}

/// What an end computes of its operand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum EndKind {
    /// One fold of everything.
    All(Fold),
    /// A fold of each column.
    Columns(Fold),
    /// The product of the operand of all entries, transposed, with another one.
    Product(Right),
}

/// The right operand of a product that sums over all entries.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Right {
    pub(crate) slot: Slot,
    pub(crate) width: usize,
}

/// The most chunks of rows whose sums meet in a tree.
const MOST_CHUNKS: usize = 32;

impl End {
    /// How partial results meet.
    pub(crate) fn fold(&self) -> Fold {
        match self.kind {
            EndKind::All(fold) | EndKind::Columns(fold) => fold,
            EndKind::Product(_) => Fold::Sum,
        }
    }

    /// The rows that leave one partial result: as their number says, whoever computes them. A fold of everything
    /// goes by elements instead.
    pub(crate) fn chunk(&self, rows: usize) -> usize {
        match self.kind {
            EndKind::All(_) => 1,
            EndKind::Columns(_) => BLOCK,
            EndKind::Product(_) => rows.div_ceil(MOST_CHUNKS).next_multiple_of(BLOCK),
        }
    }

    /// Elements of the result.
    pub(crate) fn size(&self) -> usize {
        match self.kind {
            EndKind::All(_) => 1,
            EndKind::Columns(_) => self.width,
            EndKind::Product(right) => self.width * right.width,
        }
    }

    /// Elements of all partial results.
    pub(crate) fn partials(&self, rows: usize) -> usize {
        match self.kind {
            EndKind::All(_) => (rows * self.width).div_ceil(BLOCK),
            EndKind::Columns(_) | EndKind::Product(_) => {
                rows.div_ceil(self.chunk(rows).max(1)) * self.size()
            }
        }
    }

    /// The operands.
    pub(crate) fn slots(&self) -> impl Iterator<Item = Slot> {
        let right = match self.kind {
            EndKind::Product(right) => Some(right.slot),
            EndKind::All(_) | EndKind::Columns(_) => None,
        };
        std::iter::once(self.slot).chain(right)
    }
}

impl Kernel {
    /// Whether only the thread that leads may run it, and in order: what it does is seen outside, or
    /// other devices wait for it.
    pub(crate) fn is_of_the_leader(&self) -> bool {
        match self {
            Self::Single(equation) => equation.effect() != Effect::Pure,
            Self::Region(_) => false,
        }
    }

    /// The atoms that are read from memory.
    pub(crate) fn reads(&self) -> Vec<&Atom> {
        match self {
            Self::Single(equation) => equation.inputs.iter().collect(),
            Self::Region(region) => region.all_reads().collect(),
        }
    }

    /// The variables that are written to memory.
    pub(crate) fn writes(&self) -> Vec<Var> {
        match self {
            Self::Single(equation) => equation.outputs.clone(),
            Self::Region(region) => {
                let ends = region.ends.iter().map(|end| end.var);
                region.all_writes().chain(ends).collect()
            }
        }
    }
}
