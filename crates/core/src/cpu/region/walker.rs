//! The interpreter of a region.

use std::ops::Range;

use graxe_kernels::gemm::{Gemm, gemm};
use graxe_kernels::number::{Number, cast};
use graxe_kernels::{blocks, segment, spmm, threefry};

use super::ends::{EndTile, add_product};
use super::layout::{Layout, class};
use crate::array::{DType, Native, PatternData, Scalar, with_dtype, with_number};
use crate::compile::region::{Access, Action, EndKind, Level, Region, Slot, Step};
use crate::cpu::arena::{Base, Elements, Room, Span};
use crate::cpu::edge::{Rows, of_segment};
use crate::cpu::fold::{self, Folding};
use crate::cpu::index::default_fill;

/// One thread's walk over a part of a region.
pub(in crate::cpu) struct Walker<'a> {
    pub(in crate::cpu) region: &'a Region,
    pub(in crate::cpu) layout: &'a Layout,
    /// The operands in memory, one for each read; empty for a pattern. Those of all segments
    /// before the walk, then those of the segment at hand.
    pub(in crate::cpu) reads: &'a [Span],
    /// The pattern of each read that is one.
    pub(in crate::cpu) patterns: &'a [Option<&'a PatternData>],
    /// Where each write goes; of segments like the reads.
    pub(in crate::cpu) writes: &'a [Span],
    /// The partial results of each end.
    pub(in crate::cpu) partials: &'a [Span],
    /// The sparse matrix's rows.
    pub(in crate::cpu) sparse: Option<Rows<'a>>,
    /// This thread's registers.
    pub(in crate::cpu) registers: Base,
    pub(in crate::cpu) first_register: [usize; 2],
    /// The rows of the tile at hand, and their entries.
    pub(super) rows: Range<usize>,
    entries: Range<usize>,
}

impl<'a> Walker<'a> {
    #[expect(
        clippy::too_many_arguments,
        reason = "a walker is what a run has at hand"
    )]
    pub(in crate::cpu) fn new(
        region: &'a Region,
        layout: &'a Layout,
        reads: &'a [Span],
        patterns: &'a [Option<&'a PatternData>],
        writes: &'a [Span],
        partials: &'a [Span],
        sparse: Option<Rows<'a>>,
        registers: Base,
        first_register: [usize; 2],
    ) -> Self {
        Self {
            region,
            layout,
            reads,
            patterns,
            writes,
            partials,
            sparse,
            registers,
            first_register,
            rows: 0..0,
            entries: 0..0,
        }
    }

    /// Walks the rows of a part.
    pub(in crate::cpu) fn part(mut self, part: usize) {
        let from = part * self.layout.part;
        let to = from + self.layout.part;
        let region = self.region;
        let (mut reads, mut writes) = (self.reads, self.writes);
        // The segment's first row among those of all.
        let mut start = 0;
        for rows in region.segments() {
            (self.reads, reads) = reads.split_at(region.reads.len());
            (self.writes, writes) = writes.split_at(region.writes.len());
            self.walk(from.saturating_sub(start)..rows.min(to.saturating_sub(start)));
            start += rows;
        }
    }

    /// Walks rows of a segment.
    fn walk(&mut self, rows: Range<usize>) {
        let mut row = rows.start;
        while row < rows.end {
            let end = rows.end.min(row + self.layout.tile);
            self.tile(row..end, row == rows.start);
            row = end;
        }
    }

    fn tile(&mut self, rows: Range<usize>, first: bool) {
        if let Some(sparse) = self.sparse {
            let at = |r: usize| sparse.row_ptr[r] as usize;
            self.entries = at(rows.start)..at(rows.end);
        }
        self.rows = rows;
        self.count_from_tile();
        self.spread(first);
        for i in 0..self.region.steps.len() {
            self.step(i);
        }
        for i in 0..self.region.ends.len() {
            self.end(i);
        }
        // Last of all: a result may take over the buffer of an operand.
        for (k, (step, _)) in self.region.writes.iter().enumerate() {
            let computed_there = self.layout.steps[*step].is_none() && self.first_write(*step) == k;
            if !computed_there {
                self.store(*step, self.writes[k]);
            }
        }
    }

    /// The elements of a step or operand of this level and width that belong to the tile.
    fn range(&self, level: Level, width: usize) -> Range<usize> {
        let items = match level {
            Level::Rows => &self.rows,
            Level::Entries => &self.entries,
        };
        items.start * width..items.end * width
    }

    pub(super) fn register(&self, offset: usize, dtype: DType, len: usize) -> Span {
        let first = self.first_register[class(dtype)];
        self.registers.span(first + offset, dtype, len)
    }

    /// Where a step's result of this tile lies.
    #[inline]
    fn place(&self, i: usize) -> Span {
        let step = &self.region.steps[i];
        let range = self.range(step.level, step.width);
        match self.layout.steps[i] {
            Some(offset) => self.register(offset, step.result, range.len()),
            None => self.writes[self.first_write(i)].part(range),
        }
    }

    /// The first of the writes that take a step's result.
    fn first_write(&self, i: usize) -> usize {
        let write = self.region.writes.iter().position(|(s, _)| *s == i);
        write.unwrap_or_default()
    }

    /// An operand's elements of this tile; the only one where it is a scalar, all of them where
    /// the step reads anywhere.
    pub(super) fn read<T: Native>(&self, slot: Slot) -> &[T] {
        let span = self.operand(slot);
        // SAFETY: operands are complete before a region runs and no part writes them, but for an
        // operand whose buffer a result takes over: that is read at the tile's own rows, which
        // are written after the last step. Registers belong to this thread, and a step's own
        // register is no other live one's.
        unsafe { span.read(0..span.len()) }
    }

    #[inline]
    fn operand(&self, slot: Slot) -> Span {
        match slot {
            Slot::Step(i) => self.place(i),
            Slot::Read(i) => {
                let (read, span) = (&self.region.reads[i], self.reads[i]);
                match read.access {
                    Access::Own => span.part(self.range(read.level, read.width)),
                    Access::Scalar => span.part(0..1),
                    Access::Whole => span,
                    Access::Turned | Access::Row(_) | Access::Column(_) => {
                        let len = self.range(read.level, read.width).len();
                        let offset = self.layout.reads[i].unwrap_or_default();
                        self.register(offset, read.dtype, len)
                    }
                }
            }
        }
    }

    /// The elements that a step computes.
    #[expect(clippy::mut_from_ref, reason = "registers are disjoint, see below")]
    fn write<T: Native>(&self, i: usize) -> &mut [T] {
        let span = self.place(i);
        // SAFETY: each step has a register of its own while it lives, and each part its own rows
        // of a result, which this step alone writes.
        unsafe { span.write(0..span.len()) }
    }

    /// Row pointers that count from the tile's first entry.
    fn count_from_tile(&self) {
        let Some(sparse) = self.sparse else {
            return;
        };
        let ptr = &sparse.row_ptr[self.rows.start..=self.rows.end];
        let span = self.register(self.layout.row_ptr, DType::U32, ptr.len());
        // SAFETY: this register is read by `tile_rows` only, later.
        let local: &mut [u32] = unsafe { span.write(0..ptr.len()) };
        for (local, &p) in local.iter_mut().zip(ptr) {
            *local = p - ptr[0];
        }
    }

    /// The tile's rows with entries that count from the tile's first.
    fn tile_rows(&self) -> Rows<'a> {
        let Some(sparse) = self.sparse else {
            unreachable!("steps over entries stand in regions with a sparse matrix")
        };
        let len = self.rows.len() + 1;
        let span = self.register(self.layout.row_ptr, DType::U32, len);
        Rows {
            // SAFETY: written by `count_from_tile` before the steps, and by nobody during them.
            row_ptr: unsafe { span.read(0..len) },
            col: &sparse.col[self.entries.clone()],
            edge: None,
        }
    }

    /// The places in the pattern of the tile's entries, which are walked column by column.
    fn places(&self) -> &[u32] {
        let places = self.sparse.and_then(|sparse| sparse.edge);
        &places.unwrap_or_default()[self.entries.clone()]
    }

    /// Fills the registers of operands that are repeated.
    fn spread(&self, first: bool) {
        for (i, read) in self.region.reads.iter().enumerate() {
            let Some(offset) = self.layout.reads[i] else {
                continue;
            };
            // A row repeats alike in every tile of whole rows.
            let regular = |n: usize| read.width.is_multiple_of(n) && read.level == Level::Rows;
            if let Access::Row(n) = read.access
                && !first
                && regular(n)
            {
                continue;
            }
            let range = self.range(read.level, read.width);
            let span = self.register(offset, read.dtype, range.len());
            let memory = self.reads[i];
            with_dtype!(read.dtype, T => {
                // SAFETY: the operand is complete; this register is written here only.
                let (data, out): (&[T], &mut [T]) =
                    unsafe { (memory.read(0..memory.len()), span.write(0..range.len())) };
                match read.access {
                    Access::Turned => segment::gather_cols(self.places(), data, read.width, out),
                    Access::Row(n) => repeat(data, n, range.start, out),
                    Access::Column(n) => stretch(data, n, range.start, out),
                    Access::Own | Access::Scalar | Access::Whole => {}
                }
            });
        }
    }

    /// Copies a step's result to memory.
    fn store(&self, i: usize, to: Span) {
        let step = &self.region.steps[i];
        let range = self.range(step.level, step.width);
        with_dtype!(step.result, T => {
            // SAFETY: each part has its own rows of a result, and all steps of the tile are done.
            let out: &mut [T] = unsafe { to.write(range) };
            out.copy_from_slice(self.read::<T>(Slot::Step(i)));
        });
    }

    fn step(&self, i: usize) {
        let step = &self.region.steps[i];
        match &step.action {
            Action::Map(_) => self.map(i, step),
            Action::Expand(n) => with_dtype!(step.result, T => {
                stretch(self.read::<T>(step.inputs[0]), *n, 0, self.write(i));
            }),
            Action::Fold(fold, inner) => fold::with(
                *fold,
                step.result,
                FoldStep {
                    walker: self,
                    i,
                    step,
                    inner: *inner,
                },
            ),
            Action::Dot { k, transposed } => {
                with_number!(step.result, T => self.dot::<T>(i, step, *k, *transposed));
            }
            Action::Gather { window, clip, fill } => {
                with_dtype!(step.result, T => self.gather::<T>(i, step, *window, *clip, *fill));
            }
            Action::Bits => {
                let key = self.key(step);
                let first = (self.rows.start * step.width) as u64;
                threefry::bits32_from(key, first, self.write(i));
            }
            Action::EntryBits => self.entry_bits(i, step),
            Action::PlaceBits => {
                let out = self.write::<u32>(i);
                out.copy_from_slice(self.read(step.inputs[1]));
                threefry::bits32_of(self.key(step), out);
            }
            Action::Spmm { heads } => match step.result {
                DType::F64 => self.spmm::<f64>(i, step, *heads),
                _ => self.spmm::<f32>(i, step, *heads),
            },
            Action::Sddmm { heads } => match step.result {
                DType::F64 => self.sddmm::<f64>(i, step, *heads),
                _ => self.sddmm::<f32>(i, step, *heads),
            },
            Action::ToEntries => with_dtype!(step.result, T => {
                let rows = self.tile_rows();
                segment::gather_rows::<T>(rows.row_ptr, self.read(step.inputs[1]), step.width, self.write(i));
            }),
            Action::Pick => with_dtype!(step.result, T => {
                let rows = self.tile_rows();
                segment::gather_cols::<T>(rows.col, self.read(step.inputs[1]), step.width, self.write(i));
            }),
            Action::Segment(how) => {
                fold::with(
                    of_segment(*how),
                    step.result,
                    SegmentStep {
                        walker: self,
                        i,
                        step,
                    },
                );
            }
        }
    }

    fn map(&self, i: usize, step: &Step) {
        let Some(run) = &self.layout.maps[i] else {
            unreachable!("elementwise operations are loops")
        };
        let mut operands = [Elements::EMPTY; 3];
        for (operand, slot) in operands.iter_mut().zip(&step.inputs) {
            // SAFETY: as in `read`.
            *operand = unsafe { Elements::new(self.operand(*slot), &[]) };
        }
        // SAFETY: as in `write`.
        let mut out = unsafe { Room::new(self.place(i), &[]) };
        run(&operands[..step.inputs.len()], &mut out);
    }

    fn entry_bits(&self, i: usize, step: &Step) {
        let (key, pattern) = (self.key(step), self.pattern(step.inputs[1]));
        let out = self.write::<u32>(i);
        match self.sparse {
            // Rows and columns are at hand: no other index need be read.
            Some(sparse)
                if step.level == Level::Entries
                    && std::ptr::eq(sparse.col, pattern.col.as_slice()) =>
            {
                let rows = self.tile_rows();
                let first = self.rows.start;
                threefry::bits32_at_rows(key, first, pattern.cols, rows.row_ptr, rows.col, out);
            }
            _ => {
                out.copy_from_slice(&pattern.places()[self.range(step.level, step.width)]);
                threefry::bits32_of(key, out);
            }
        }
    }

    fn key(&self, step: &Step) -> [u32; 2] {
        let words = self.read::<u32>(step.inputs[0]);
        [words[0], words[1]]
    }

    fn pattern(&self, slot: Slot) -> &'a PatternData {
        let pattern = match slot {
            Slot::Read(i) => self.patterns[i],
            Slot::Step(_) => None,
        };
        match pattern {
            Some(pattern) => pattern,
            None => unreachable!("a pattern was inferred"),
        }
    }

    fn dot<T: Native + Gemm>(&self, i: usize, step: &Step, k: usize, transposed: bool) {
        let n = step.width;
        let strides = if transposed { (1, k) } else { (n, 1) };
        let out = self.write::<T>(i);
        gemm(
            out.len() / n.max(1),
            n,
            k,
            self.read::<T>(step.inputs[0]),
            (k, 1),
            self.read(step.inputs[1]),
            strides,
            out,
        );
    }

    fn gather<T: Native>(
        &self,
        i: usize,
        step: &Step,
        window: usize,
        clip: bool,
        fill: Option<Scalar>,
    ) {
        let (x, out) = (self.read::<T>(step.inputs[0]), self.write::<T>(i));
        let fill = fill.unwrap_or_else(|| default_fill(step.result)).to_array();
        let fill = fill.host::<T>()[0];
        let extent = (x.len() / window.max(1)) as i64;
        with_number!(step.operand, I => {
            let index = self.read::<I>(step.inputs[1]);
            for (out, &at) in out.chunks_exact_mut(window.max(1)).zip(index) {
                let at = cast::<I, i64>(at);
                let at = if clip { at.clamp(0, extent - 1) } else { at };
                if (0..extent).contains(&at) {
                    let start = at as usize * window;
                    out.copy_from_slice(&x[start..start + window]);
                } else {
                    out.fill(fill);
                }
            }
        });
    }

    /// The rows of the sparse matrix for this tile, and whether its values are the tile's own.
    fn matrix(&self) -> Rows<'a> {
        match self.sparse {
            Some(sparse) if sparse.edge.is_some() => sparse.range(self.rows.clone()),
            _ => self.tile_rows(),
        }
    }

    fn spmm<T: Native + Number>(&self, i: usize, step: &Step, heads: usize) {
        let rows = self.matrix();
        spmm::spmm(
            rows.row_ptr,
            rows.col,
            rows.edge,
            self.read::<T>(step.inputs[1]),
            self.read(step.inputs[2]),
            heads,
            step.width / heads,
            self.write(i),
        );
    }

    fn sddmm<T: Native + Number>(&self, i: usize, step: &Step, heads: usize) {
        let rows = self.tile_rows();
        let a = self.read::<T>(step.inputs[1]);
        let width = a.len() / (self.rows.len() * heads).max(1);
        spmm::sddmm(
            rows.row_ptr,
            rows.col,
            a,
            self.read(step.inputs[2]),
            heads,
            width,
            self.write(i),
        );
    }

    fn end(&self, i: usize) {
        let end = &self.region.ends[i];
        if let EndKind::Product(right) = end.kind {
            with_number!(end.dtype, T => add_product::<T>(self, i, right));
            return;
        }
        fold::with(
            end.fold(),
            end.dtype,
            EndTile {
                walker: self,
                i,
                end,
            },
        );
    }
}

/// `out[i] = data[(first + i) mod n]`.
fn repeat<T: Copy>(data: &[T], n: usize, first: usize, out: &mut [T]) {
    let (mut at, mut i) = (first % n.max(1), 0);
    while i < out.len() {
        let count = (n - at).min(out.len() - i);
        out[i..i + count].copy_from_slice(&data[at..at + count]);
        (at, i) = (0, i + count);
    }
}

/// `out[i] = data[(first + i) / n]`.
fn stretch<T: Copy>(data: &[T], n: usize, first: usize, out: &mut [T]) {
    let n = n.max(1);
    let (mut at, mut left) = (first / n, n - first % n);
    let mut out = out;
    while !out.is_empty() {
        let count = left.min(out.len());
        let (head, rest) = out.split_at_mut(count);
        head.fill(data[at]);
        out = rest;
        at += 1;
        left = n;
    }
}

struct FoldStep<'a, 'w> {
    walker: &'a Walker<'w>,
    i: usize,
    step: &'a Step,
    inner: usize,
}

impl Folding for FoldStep<'_, '_> {
    fn run<T: Native>(self, init: T, combine: impl Fn(T, T) -> T + Copy) {
        let x = self.walker.read::<T>(self.step.inputs[0]);
        blocks::fold_rows(x, self.inner, init, combine, self.walker.write(self.i));
    }
}

struct SegmentStep<'a, 'w> {
    walker: &'a Walker<'w>,
    i: usize,
    step: &'a Step,
}

impl Folding for SegmentStep<'_, '_> {
    fn run<T: Native>(self, init: T, combine: impl Fn(T, T) -> T + Copy) {
        // Entries of the tile's own are in registers, others where they lie in the pattern.
        let rows = match self.step.inputs[1] {
            Slot::Read(i) if self.walker.region.reads[i].access == Access::Whole => {
                self.walker.matrix()
            }
            _ => self.walker.tile_rows(),
        };
        segment::segment_reduce(
            rows.row_ptr,
            rows.edge,
            self.walker.read(self.step.inputs[1]),
            self.step.width,
            init,
            combine,
            self.walker.write(self.i),
        );
    }
}
