//! How a region is cut into tiles and parts, and where its registers lie.

use crate::array::DType;
use crate::compile::region::{Access, Action, End, EndKind, Level, Region, Slot, Step};
use crate::compile::rows_to_a_block;
use crate::cpu::elementwise::{self, Function};
use crate::ops::Lowering;

/// Elements of a register. A step over so many pays for being dispatched, and a few registers
/// stay in the second-level cache beside what is read: Cora's step was fastest so, of 1024, 2048,
/// 4096 and 8192.
const TILE: usize = 4096;

/// Elementary operations that are worth a thread's while.
const GRAIN: usize = 32 * 1024;

/// The most parts of a region.
const MOST_PARTS: usize = 64;

/// Rows of a block in which columns are folded.
const BLOCK: usize = crate::compile::BLOCK;

/// Cuts by the region's shapes and its pattern, never by the number of threads.
pub(in crate::cpu) struct Layout {
    /// Rows of a tile.
    pub(super) tile: usize,
    /// Rows of a part.
    pub(super) part: usize,
    pub(in crate::cpu) parts: usize,
    /// The byte at which each step's register begins; none where the step writes to memory.
    pub(super) steps: Vec<Option<usize>>,
    /// The loop of each elementwise step.
    pub(super) maps: Vec<Option<Function>>,
    /// The registers of operands that are repeated.
    pub(super) reads: Vec<Option<usize>>,
    /// The lanes of ends that fold columns.
    pub(super) lanes: Vec<Option<usize>>,
    /// Row pointers that count from the tile's first entry.
    pub(super) row_ptr: usize,
    /// All registers together: of numbers, and of bools.
    pub(in crate::cpu) bytes: [usize; 2],
}

/// The widest rows of a region, and how many entries a row has.
fn per_row(region: &Region) -> usize {
    let mean = |width: usize| match region.sparse {
        Some(sparse) if sparse.rows > 0 => (sparse.nnz * width).div_ceil(sparse.rows),
        _ => 0,
    };
    let elements = |level: Level, width: usize| match level {
        Level::Rows => width,
        Level::Entries => mean(width),
    };
    let steps = region.steps.iter().map(|s| elements(s.level, s.width));
    let ends = region.ends.iter().map(|e| e.width);
    steps.chain(ends).max().unwrap_or(1).max(1)
}

/// Rows of a tile: a power of two, so that tiles end where blocks of folds end.
fn tile_rows(region: &Region) -> usize {
    let least = |end: &End| match end.kind {
        EndKind::All(_) => rows_to_a_block(end.width),
        EndKind::Columns(_) => graxe_kernels::blocks::lanes(),
        EndKind::Product(_) => 1,
    };
    let least = region.ends.iter().map(least).max().unwrap_or(1);
    // A tile lies within a chunk of a product.
    let is_product = |end: &End| matches!(end.kind, EndKind::Product(_));
    let most = if region.ends.iter().any(is_product) {
        BLOCK
    } else {
        TILE
    };
    let wanted = (TILE / per_row(region).min(TILE)).min(most);
    (1 << wanted.max(1).ilog2()).max(least)
}

/// Elementary operations of a region, roughly.
fn work(region: &Region) -> usize {
    let entries = region.sparse.map_or(0, |s| s.nnz);
    let steps = region.steps.iter().map(|step| {
        let count = match step.level {
            Level::Rows => region.all_rows(),
            Level::Entries => entries,
        };
        match &step.action {
            Action::Spmm { .. } | Action::Segment(_) => entries * step.width,
            Action::Sddmm { .. } => entries * 16,
            Action::Dot { k, .. } => count * step.width * k / 2,
            Action::Fold(_, inner) => count * step.width * inner,
            Action::Bits | Action::EntryBits | Action::PlaceBits => count * step.width * 8,
            _ => count * step.width,
        }
    });
    let ends = region.ends.iter().map(|end| match end.kind {
        EndKind::All(_) | EndKind::Columns(_) => region.rows * end.width,
        EndKind::Product(_) => entries * end.size() / 2,
    });
    steps.chain(ends).sum()
}

/// Registers that are free again after the step of this number.
struct Taken {
    offset: usize,
    bytes: usize,
    until: usize,
}

/// Places of registers: of numbers, and apart from them of bools.
#[derive(Default)]
struct Registers {
    taken: [Vec<Taken>; 2],
    bytes: [usize; 2],
}

impl Registers {
    fn take(&mut self, bytes: usize, dtype: DType, now: usize, until: usize) -> usize {
        let (bytes, class) = (bytes.next_multiple_of(64), class(dtype));
        let free = self.taken[class]
            .iter_mut()
            .find(|t| t.until < now && t.bytes == bytes);
        if let Some(free) = free {
            free.until = until;
            return free.offset;
        }
        let offset = self.bytes[class];
        self.bytes[class] += bytes;
        self.taken[class].push(Taken {
            offset,
            bytes,
            until,
        });
        offset
    }
}

/// Bytes of numbers are never seen as bools, so these have memory of their own.
pub(in crate::cpu) fn class(dtype: DType) -> usize {
    usize::from(dtype == DType::Bool)
}

impl Layout {
    /// The cut of a region. `row_ptr` are the row pointers of its sparse matrix; `direct` says of
    /// each step whether its result can be computed in memory.
    pub(in crate::cpu) fn new(region: &Region, row_ptr: Option<&[u32]>, direct: &[bool]) -> Self {
        let longest = region.segments().max().unwrap_or_default();
        let tile = tile_rows(region).min(longest.next_power_of_two().max(1));
        let entries = row_ptr.map_or(0, |ptr| most_entries(ptr, tile));
        let count = |level: Level| match level {
            Level::Rows => tile,
            Level::Entries => entries,
        };
        let always = usize::MAX;
        let mut registers = Registers::default();
        let reads = region
            .reads
            .iter()
            .map(|read| match read.access {
                Access::Turned | Access::Row(_) | Access::Column(_) => {
                    let bytes = count(read.level) * read.width * read.dtype.size();
                    Some(registers.take(bytes, read.dtype, 0, always))
                }
                Access::Own | Access::Scalar | Access::Whole => None,
            })
            .collect();
        let mut last: Vec<usize> = (0..region.steps.len()).collect();
        for (i, step) in region.steps.iter().enumerate() {
            for slot in &step.inputs {
                if let Slot::Step(s) = slot {
                    last[*s] = i;
                }
            }
        }
        for slot in region.ends.iter().flat_map(End::slots) {
            if let Slot::Step(s) = slot {
                last[s] = always;
            }
        }
        for (s, _) in &region.writes {
            last[*s] = always;
        }
        let steps = region
            .steps
            .iter()
            .enumerate()
            .map(|(i, step)| {
                let bytes = count(step.level) * step.width * step.result.size();
                (!direct[i]).then(|| registers.take(bytes, step.result, i, last[i]))
            })
            .collect();
        let lanes = region
            .ends
            .iter()
            .map(|end| {
                let bytes = graxe_kernels::blocks::lanes() * end.width * end.dtype.size();
                let folds_columns = matches!(end.kind, EndKind::Columns(_));
                folds_columns.then(|| registers.take(bytes, end.dtype, 0, always))
            })
            .collect();
        let pointers = region.sparse.map_or(0, |_| (tile + 1) * 4);
        let row_ptr = registers.take(pointers, DType::U32, 0, always);
        let chunks = region.ends.iter().map(|end| end.chunk(region.rows));
        let unit = chunks.fold(tile, usize::max);
        let wanted = (work(region) / GRAIN).clamp(1, MOST_PARTS);
        let rows = region.all_rows();
        let part = rows.div_ceil(wanted).next_multiple_of(unit).max(1);
        Self {
            tile,
            part,
            parts: rows.div_ceil(part).max(1),
            steps,
            maps: region.steps.iter().map(map).collect(),
            reads,
            lanes,
            row_ptr,
            bytes: registers.bytes,
        }
    }
}

fn map(step: &Step) -> Option<Function> {
    let Action::Map(primitive) = &step.action else {
        return None;
    };
    match primitive.rules().lowering() {
        Lowering::Loop(op) => Some(elementwise::function(&op, step.operand, step.result)),
        _ => None,
    }
}

/// The most entries that a tile's rows have.
fn most_entries(row_ptr: &[u32], tile: usize) -> usize {
    let rows = row_ptr.len() - 1;
    (0..rows)
        .step_by(tile)
        .map(|r| (row_ptr[rows.min(r + tile)] - row_ptr[r]) as usize)
        .max()
        .unwrap_or(0)
}
