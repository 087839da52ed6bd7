//! The tile interpreter: a loop kernel, one cache-sized block of elements after another.

use std::sync::Arc;

use graxe_kernels::map;
use graxe_kernels::number::cast;

use super::table::{self, Apply, Apply1, Apply2, ApplyCast};
use crate::array::{Array, ArrayRepr, Buffer, DType, Native, with_dtype};
use crate::compile::{Access, LoopKernel, Slot, Step};
use crate::ir::{Aval, Value};
use crate::ops::{Convert, Loop, Lowering};

/// Elements of a tile: a dozen values of this many fit the first-level cache.
const TILE: usize = 1024;

/// Runs a loop; `operands` are its reads in order. Gives the written values in order.
///
/// A result takes the buffer of an operand that nobody else holds: each tile is read before it
/// is written.
pub(super) fn run(kernel: &LoopKernel, operands: Vec<Array>, writes: &[Aval]) -> Vec<Value> {
    let n = kernel.shape.size();
    let length = TILE.min(n);
    let mut operands: Vec<Operand> = operands.into_iter().map(Operand::Shared).collect();
    let mut results: Vec<Buffer> = Vec::with_capacity(writes.len());
    for aval in writes {
        let taken = (kernel.reads.iter().zip(&mut operands))
            .filter(|((_, access), _)| *access == Access::Whole)
            .find_map(|(_, operand)| operand.give(aval.dtype, results.len()));
        results.push(taken.unwrap_or_else(|| zeroed(aval.dtype, n)));
    }
    let mut registers = Registers {
        reads: kernel
            .reads
            .iter()
            .zip(&operands)
            .map(|((_, access), operand)| match (access, operand) {
                (Access::Row(_) | Access::Column(_), Operand::Shared(array)) => {
                    Some(zeroed(array.dtype(), length))
                }
                _ => None,
            })
            .collect(),
        steps: kernel
            .steps
            .iter()
            .map(|step| Some(zeroed(step.result, length)))
            .collect(),
        kernel,
        operands,
        results,
    };
    for from in (0..n).step_by(TILE) {
        let to = n.min(from + TILE);
        registers.spread(from, to);
        for (i, step) in kernel.steps.iter().enumerate() {
            registers.step(i, step, from, to);
        }
        for (result, (step, _)) in registers.results.iter_mut().zip(&kernel.writes) {
            if let Some(register) = &registers.steps[*step] {
                copy(register, result, from, to);
            }
        }
    }
    let arrays = registers.results.into_iter().zip(writes);
    arrays
        .map(|(b, aval)| Array::from_buffer(b, aval.shape.clone(), aval.weak).into())
        .collect()
}

/// Where a loop reads an operand.
enum Operand {
    /// In an array.
    Shared(Array),
    /// In the buffer that this result has taken over.
    Result(usize),
}

impl Operand {
    /// The buffer of an array of `dtype` that nobody else holds, for this result.
    fn give(&mut self, dtype: DType, result: usize) -> Option<Buffer> {
        let Self::Shared(array) = self else {
            return None;
        };
        let ArrayRepr::Host(buffer) = &mut array.repr else {
            return None;
        };
        Arc::get_mut(buffer).filter(|buffer| buffer.dtype() == dtype)?;
        let Self::Shared(array) = std::mem::replace(self, Self::Result(result)) else {
            return None;
        };
        match array.repr {
            ArrayRepr::Host(buffer) => Arc::into_inner(buffer),
            ArrayRepr::Tracer(_) => None,
        }
    }
}

fn zeroed(dtype: DType, n: usize) -> Buffer {
    with_dtype!(dtype, T => T::wrap(vec![T::default(); n]))
}

fn slice<T: Native>(buffer: &Buffer) -> &[T] {
    T::slice(buffer).unwrap_or_default()
}

fn slice_mut<T: Native>(buffer: &mut Buffer) -> &mut [T] {
    T::slice_mut(buffer).unwrap_or_default()
}

fn copy(register: &Buffer, result: &mut Buffer, from: usize, to: usize) {
    with_dtype!(register.dtype(), T => {
        slice_mut::<T>(result)[from..to].copy_from_slice(&slice::<T>(register)[..to - from]);
    });
}

/// The values of a tile: operands that are not read in place, and every step's result.
struct Registers<'a> {
    kernel: &'a LoopKernel,
    operands: Vec<Operand>,
    reads: Vec<Option<Buffer>>,
    steps: Vec<Option<Buffer>>,
    results: Vec<Buffer>,
}

impl Registers<'_> {
    /// Fills the registers of operands that repeat.
    fn spread(&mut self, from: usize, to: usize) {
        let operands = self.kernel.reads.iter().zip(&self.operands);
        for (((_, access), operand), register) in operands.zip(&mut self.reads) {
            let (Operand::Shared(array), Some(register)) = (operand, register) else {
                continue;
            };
            with_dtype!(array.dtype(), T => {
                let (data, out) = (array.host::<T>(), &mut slice_mut::<T>(register)[..to - from]);
                match *access {
                    Access::Row(n) => {
                        let (mut at, mut i) = (from % n, 0);
                        while i < out.len() {
                            let count = (n - at).min(out.len() - i);
                            out[i..i + count].copy_from_slice(&data[at..at + count]);
                            (at, i) = (0, i + count);
                        }
                    }
                    Access::Column(n) => {
                        for (i, out) in out.iter_mut().enumerate() {
                            *out = data[(from + i) / n];
                        }
                    }
                    Access::Whole | Access::Scalar => {}
                }
            });
        }
    }

    /// An operand's elements of this tile; one element where it is a scalar.
    fn read<T: Native>(&self, slot: Slot, from: usize, to: usize) -> &[T] {
        match slot {
            Slot::Step(i) => match &self.steps[i] {
                Some(register) => &slice::<T>(register)[..to - from],
                None => unreachable!("a step reads earlier steps only"),
            },
            Slot::Read(i) => match (&self.reads[i], &self.operands[i]) {
                (Some(register), _) => &slice::<T>(register)[..to - from],
                (None, Operand::Result(j)) => &slice::<T>(&self.results[*j])[from..to],
                (None, Operand::Shared(array)) if self.kernel.reads[i].1 == Access::Scalar => {
                    array.host()
                }
                (None, Operand::Shared(array)) => &array.host()[from..to],
            },
        }
    }

    fn step(&mut self, index: usize, step: &Step, from: usize, to: usize) {
        let Some(mut out) = self.steps[index].take() else {
            unreachable!("every step has its register")
        };
        let tile = Tile {
            registers: self,
            step,
            from,
            to,
            out: &mut out,
        };
        match step.primitive.rules().lowering() {
            Lowering::Loop(Loop::Unary(op)) => table::unary(op, step.operand, tile),
            Lowering::Loop(Loop::Binary(op)) => table::binary(op, step.operand, tile),
            Lowering::Loop(Loop::Select(_)) => with_dtype!(step.result, T => tile.select::<T>()),
            Lowering::Loop(Loop::Convert(Convert::Value { .. })) => {
                with_dtype!(step.operand, T => with_dtype!(step.result, U => {
                    tile.convert::<T, U>(cast::<T, U>);
                }));
            }
            Lowering::Loop(Loop::Convert(Convert::Bits { .. })) => {
                table::bits(step.operand, step.result, tile);
            }
            _ => with_dtype!(step.result, T => tile.convert::<T, T>(|v| v)),
        }
        self.steps[index] = Some(out);
    }
}

/// One step over one tile.
struct Tile<'a, 'r> {
    registers: &'a Registers<'r>,
    step: &'a Step,
    from: usize,
    to: usize,
    out: &'a mut Buffer,
}

impl Tile<'_, '_> {
    /// The operand and the result's register.
    fn parts<T: Native, U: Native>(&mut self, i: usize) -> (&[T], &mut [U]) {
        let operand = self.registers.read(self.step.inputs[i], self.from, self.to);
        (
            operand,
            &mut slice_mut::<U>(self.out)[..self.to - self.from],
        )
    }

    fn convert<T: Native, U: Native>(mut self, f: impl Fn(T) -> U) {
        let (x, out) = self.parts::<T, U>(0);
        match x {
            [x] => out.fill(f(*x)),
            _ => map::map(x, out, f),
        }
    }

    fn select<T: Native>(self) {
        let registers = self.registers;
        let read = |i: usize| self.step.inputs[i];
        let which = registers.read::<bool>(read(0), self.from, self.to);
        let off = registers.read::<T>(read(1), self.from, self.to);
        let on = registers.read::<T>(read(2), self.from, self.to);
        let out = &mut slice_mut::<T>(self.out)[..self.to - self.from];
        map::map3(which, on, off, out, |w, a, b| if w { a } else { b });
    }
}

impl ApplyCast for Tile<'_, '_> {
    type Out = ();
    fn cast<T: Native, U: Native>(self, f: impl Fn(T) -> U) {
        self.convert(f);
    }
}

impl Apply for Tile<'_, '_> {
    type Out = ();
    fn one<T: Native>(self) -> impl Apply1<T, Out = ()> {
        self
    }
    fn two<T: Native>(self) -> impl Apply2<T, Out = ()> {
        self
    }
}

impl<T: Native> Apply1<T> for Tile<'_, '_> {
    type Out = ();

    fn map(self, f: impl Fn(T) -> T) {
        self.convert(f);
    }

    fn test(self, f: impl Fn(T) -> bool) {
        self.convert(f);
    }
}

impl<T: Native> Apply2<T> for Tile<'_, '_> {
    type Out = ();

    fn map(mut self, f: impl Fn(T, T) -> T) {
        let y = self
            .registers
            .read::<T>(self.step.inputs[1], self.from, self.to);
        let (x, out) = self.parts::<T, T>(0);
        map::map2(x, y, out, f);
    }

    fn test(mut self, f: impl Fn(T, T) -> bool) {
        let y = self
            .registers
            .read::<T>(self.step.inputs[1], self.from, self.to);
        let (x, out) = self.parts::<T, bool>(0);
        map::map2(x, y, out, f);
    }
}
