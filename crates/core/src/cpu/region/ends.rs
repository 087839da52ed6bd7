//! Folds over all rows: each tile's share, and their completion.

use graxe_kernels::blocks;
use graxe_kernels::number::Number;
use graxe_kernels::outer::add_outer_products;

use super::walker::Walker;
use crate::array::Native;
use crate::compile::BLOCK;
use crate::compile::region::{End, EndKind, Region, Right};
use crate::cpu::arena::Span;
use crate::cpu::fold::{self, Folding};

/// The share of a tile in a fold over all rows.
pub(super) struct EndTile<'a, 'w> {
    pub(super) walker: &'a Walker<'w>,
    pub(super) i: usize,
    pub(super) end: &'a End,
}

/// Adds a tile's share to the sum of its chunk: the product of its entries.
pub(super) fn add_product<T: Native + Number>(walker: &Walker<'_>, i: usize, right: Right) {
    let end = &walker.region.ends[i];
    let (chunk, size) = (end.chunk(walker.region.rows), end.size());
    let at = walker.rows.start / chunk * size;
    // SAFETY: parts and tiles end where chunks end, so that this chunk is this part's alone.
    let sum: &mut [T] = unsafe { walker.partials[i].write(at..at + size) };
    if walker.rows.start.is_multiple_of(chunk) {
        sum.fill(T::ZERO);
    }
    let (x, y) = (walker.read(end.slot), walker.read(right.slot));
    add_outer_products(x, end.width, y, right.width, sum);
}

impl Folding for EndTile<'_, '_> {
    fn run<T: Native>(self, init: T, combine: impl Fn(T, T) -> T + Copy) {
        let (walker, width) = (self.walker, self.end.width);
        let x = walker.read::<T>(self.end.slot);
        let (rows, partials) = (walker.rows.clone(), walker.partials[self.i]);
        if let EndKind::All(_) = self.end.kind {
            let first = rows.start * width / BLOCK;
            let count = x.len().div_ceil(BLOCK);
            // SAFETY: tiles end where blocks end, so these blocks are this tile's alone.
            let partials: &mut [T] = unsafe { partials.write(first..first + count) };
            for (partial, x) in partials.iter_mut().zip(x.chunks(BLOCK)) {
                *partial = blocks::fold_block(x, init, combine);
            }
            return;
        }
        let lanes = blocks::lanes() * width;
        let offset = walker.layout.lanes[self.i].unwrap_or_default();
        let span = walker.register(offset, self.end.dtype, lanes);
        // SAFETY: the lanes belong to this thread and this end.
        let lanes: &mut [T] = unsafe { span.write(0..lanes) };
        let (mut row, mut x) = (rows.start, x);
        while row < rows.end {
            let block = row / BLOCK;
            let to = rows.end.min((block + 1) * BLOCK);
            let (head, rest) = x.split_at((to - row) * width);
            if row == block * BLOCK {
                lanes.fill(init);
            }
            blocks::add_rows(lanes, row - block * BLOCK, head, width, combine);
            if to == (block + 1) * BLOCK || to == walker.region.rows {
                // SAFETY: parts end where blocks end, so this block is this part's alone.
                let partial: &mut [T] =
                    unsafe { partials.write(block * width..(block + 1) * width) };
                blocks::fold_lanes(lanes, to - block * BLOCK, width, combine, partial);
            }
            (row, x) = (to, rest);
        }
    }
}

/// Completes the ends of a region whose parts are all done.
pub(in crate::cpu) fn finish(region: &Region, partials: &[Span], results: &[Span]) {
    for ((end, &partials), &result) in region.ends.iter().zip(partials).zip(results) {
        fold::with(
            end.fold(),
            end.dtype,
            Finish {
                end,
                partials,
                result,
            },
        );
    }
}

struct Finish<'a> {
    end: &'a End,
    partials: Span,
    result: Span,
}

impl Folding for Finish<'_> {
    fn run<T: Native>(self, init: T, combine: impl Fn(T, T) -> T + Copy) {
        let width = self.end.size();
        // SAFETY: every part is done, and the thread that finishes is alone.
        let (partials, result): (&mut [T], &mut [T]) = unsafe {
            (
                self.partials.write(0..self.partials.len()),
                self.result.write(0..self.result.len()),
            )
        };
        if partials.is_empty() {
            result.fill(init);
        } else {
            blocks::tree(partials, width, combine, result);
        }
    }
}
