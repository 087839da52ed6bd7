//! The tile interpreter: a loop kernel, one cache-sized block of elements after another.

use graxe_kernels::map;
use graxe_kernels::number::cast;

use super::table::{self, Apply, Apply1, Apply2};
use crate::array::{Array, Buffer, DType, Native, with_dtype};
use crate::compile::{Access, LoopKernel, Slot, Step};
use crate::ir::{Aval, Value};
use crate::ops::{Convert, Loop, Lowering};

/// Elements of a tile: a dozen values of this many fit the first-level cache.
const TILE: usize = 1024;

/// Runs a loop; `operands` are its reads in order. Gives the written values in order.
pub(super) fn run(kernel: &LoopKernel, operands: &[Array], writes: &[Aval]) -> Vec<Value> {
    let n = kernel.shape.size();
    let length = TILE.min(n);
    let mut results: Vec<Buffer> = writes.iter().map(|aval| zeroed(aval.dtype, n)).collect();
    let mut registers = Registers {
        reads: kernel
            .reads
            .iter()
            .zip(operands)
            .map(|((_, access), array)| match access {
                Access::Whole | Access::Scalar => None,
                Access::Row(_) | Access::Column(_) => Some(zeroed(array.dtype(), length)),
            })
            .collect(),
        steps: kernel
            .steps
            .iter()
            .map(|step| Some(zeroed(step.result, length)))
            .collect(),
        kernel,
        operands,
    };
    for from in (0..n).step_by(TILE) {
        let to = n.min(from + TILE);
        registers.spread(from, to);
        for (i, step) in kernel.steps.iter().enumerate() {
            registers.step(i, step, from, to);
        }
        for (result, (step, _)) in results.iter_mut().zip(&kernel.writes) {
            if let Some(register) = &registers.steps[*step] {
                copy(register, result, from, to);
            }
        }
    }
    let arrays = results.into_iter().zip(writes);
    arrays
        .map(|(b, aval)| Array::from_buffer(b, aval.shape.clone(), aval.weak).into())
        .collect()
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
    operands: &'a [Array],
    reads: Vec<Option<Buffer>>,
    steps: Vec<Option<Buffer>>,
}

impl Registers<'_> {
    /// Fills the registers of operands that repeat.
    fn spread(&mut self, from: usize, to: usize) {
        let reads = self
            .kernel
            .reads
            .iter()
            .zip(self.operands)
            .zip(&mut self.reads);
        for (((_, access), array), register) in reads {
            let Some(register) = register else { continue };
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
            Slot::Read(i) => match (&self.reads[i], self.kernel.reads[i].1) {
                (Some(register), _) => &slice::<T>(register)[..to - from],
                (None, Access::Scalar) => self.operands[i].host(),
                (None, _) => &self.operands[i].host()[from..to],
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
            Lowering::Loop(Loop::Convert(Convert::Bits { .. })) => tile.bits(),
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

    fn bits(self) {
        match (self.step.operand, self.step.result) {
            (DType::F32, DType::U32) => self.convert(f32::to_bits),
            (DType::F32, DType::I32) => self.convert(|v: f32| v.to_bits() as i32),
            (DType::U32, DType::F32) => self.convert(f32::from_bits),
            (DType::I32, DType::F32) => self.convert(|v: i32| f32::from_bits(v as u32)),
            (DType::U32, DType::I32) => self.convert(|v: u32| v as i32),
            (DType::I32, DType::U32) => self.convert(|v: i32| v as u32),
            (DType::F64, DType::U64) => self.convert(f64::to_bits),
            (DType::F64, DType::I64) => self.convert(|v: f64| v.to_bits() as i64),
            (DType::U64, DType::F64) => self.convert(f64::from_bits),
            (DType::I64, DType::F64) => self.convert(|v: i64| f64::from_bits(v as u64)),
            (DType::U64, DType::I64) => self.convert(|v: u64| v as i64),
            (DType::I64, DType::U64) => self.convert(|v: i64| v as u64),
            (_, same) => with_dtype!(same, T => self.convert::<T, T>(|v| v)),
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
