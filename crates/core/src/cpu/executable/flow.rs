//! Branches and loops of a call: programs inside of it, run as often as they should be.
//!
//! The programs have memory of their own. What they read of the program around lies where it lies
//! there, a slice of an operand in the operand, and results are written where they belong: a carry
//! into its result, in place where the step allows it, else in turns there and in a spare buffer.

use std::hint::spin_loop;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError};

use super::binding::Data;
use super::run::Run;
use crate::array::{Buffer, DType, Scalar, with_dtype};
use crate::compile::{Output, Place};
use crate::cpu::arena::Span;
use crate::cpu::zeroed;
use crate::ir::{Atom, Type};
use crate::ops::{Cond, Control, Scan, While};

/// The programs of one branch or loop in a call.
pub(super) struct Flow {
    runs: Vec<RwLock<Run>>,
    /// Counts the runs that were opened to helpers, so that each comes once.
    turn: AtomicUsize,
    /// Which program the turn is of.
    open: AtomicUsize,
    /// A second buffer for each carry.
    spares: Vec<Span>,
    /// Where a condition's answer lies.
    answer: Span,
    _buffers: Vec<Buffer>,
}

impl Flow {
    pub(super) fn new(op: &Control<'_>, programs: &[Arc<Data>], threads: usize) -> Self {
        let program = |i: usize| &programs[i].shared.program;
        let carried: Vec<Type> = match op {
            Control::Scan(scan) => program(0).output_types()[..scan.carry].to_vec(),
            Control::While(_) => program(1).output_types(),
            Control::Call(_) | Control::Checkpoint(_) | Control::Linear | Control::Cond(_) => {
                Vec::new()
            }
        };
        let mut buffers: Vec<Buffer> = carried
            .iter()
            .map(|ty| match ty {
                Type::Array(aval) => zeroed(aval.dtype, aval.shape.size()),
                Type::Pattern(_) => unreachable!("patterns are constants"),
            })
            .collect();
        buffers.push(zeroed(DType::Bool, 1));
        let mut spares: Vec<Span> = buffers.iter_mut().map(Span::of_mut).collect();
        let answer = spares.pop().unwrap_or(Span::EMPTY);
        Self {
            runs: programs
                .iter()
                .map(|data| RwLock::new(Run::new(data, threads)))
                .collect(),
            turn: AtomicUsize::new(0),
            open: AtomicUsize::new(0),
            spares,
            answer,
            _buffers: buffers,
        }
    }

    /// Runs the operation on operands and results in memory. Only one thread leads.
    pub(super) fn lead(&self, thread: usize, op: &Control<'_>, inputs: &[Span], outputs: &[Span]) {
        match op {
            Control::Cond(cond) => self.cond(thread, cond, inputs, outputs),
            Control::While(op) => self.repeat(thread, op, inputs, outputs),
            Control::Scan(scan) => self.scan(thread, scan, inputs, outputs),
            Control::Call(_) | Control::Checkpoint(_) | Control::Linear => {
                unreachable!("calls are inlined before")
            }
        }
    }

    /// Helps with whatever is open, until `is_over` says that nothing will be.
    pub(super) fn help(&self, thread: usize, is_over: impl Fn() -> bool) {
        let mut last = 0;
        let mut spins = 0;
        while !is_over() {
            let turn = self.turn.load(Ordering::Acquire);
            if turn == last {
                crate::cpu::threads::pause(&mut spins);
                continue;
            }
            // The leader may be preparing the next turn already: then this one is done.
            if let Ok(run) = self.runs[self.open.load(Ordering::Acquire)].try_read() {
                last = self.turn.load(Ordering::Acquire);
                run.walk(thread, false);
                spins = 0;
            }
        }
    }

    /// The program alone, to be prepared: helpers have left it.
    fn prepare(&self, program: usize) -> RwLockWriteGuard<'_, Run> {
        loop {
            match self.runs[program].try_write() {
                Ok(run) => return run,
                Err(TryLockError::Poisoned(run)) => return run.into_inner(),
                Err(TryLockError::WouldBlock) => spin_loop(),
            }
        }
    }

    /// Runs a prepared program once, with helpers where it has parts for them.
    fn turn(&self, thread: usize, program: usize, mut run: RwLockWriteGuard<'_, Run>) {
        run.reset();
        drop(run);
        let run: RwLockReadGuard<'_, Run> = match self.runs[program].read() {
            Ok(run) => run,
            Err(poisoned) => poisoned.into_inner(),
        };
        if run.has_parts() {
            self.open.store(program, Ordering::Release);
            self.turn.fetch_add(1, Ordering::AcqRel);
        }
        run.walk(thread, true);
        run.resume_panic();
    }

    fn cond(&self, thread: usize, op: &Cond, inputs: &[Span], outputs: &[Span]) {
        // SAFETY: operands are complete before a kernel runs.
        let index: &[i32] = unsafe { inputs[0].read(0..1) };
        let program = op.chosen(index[0]);
        let mut run = self.prepare(program);
        give_inputs(&mut run, 0, &inputs[1..]);
        let copies = give_outputs(&mut run, 0, outputs);
        self.turn(thread, program, run);
        copies.iter().for_each(Copy::make);
    }

    fn scan(&self, thread: usize, op: &Scan, inputs: &[Span], outputs: &[Span]) {
        let (consts, rest) = inputs.split_at(op.consts);
        let (start, xs) = rest.split_at(op.carry);
        let (ends, ys) = outputs.split_at(op.carry);
        let slice = |whole: Span, at: usize| {
            let size = whole.len() / op.length.max(1);
            whole.part(at * size..(at + 1) * size)
        };
        let mut carry = Carry::new(start, ends, &self.spares);
        {
            let mut run = self.prepare(0);
            give_inputs(&mut run, 0, consts);
            carry.look(&run, 0, op.consts, Some(op.length));
        }
        for step in 0..op.length {
            let at = if op.reverse {
                op.length - 1 - step
            } else {
                step
            };
            let mut run = self.prepare(0);
            for (k, x) in xs.iter().enumerate() {
                run.give(Place::Input(op.consts + op.carry + k), slice(*x, at));
            }
            let mut copies = carry.give(&mut run, op.consts, step);
            let ys: Vec<Span> = ys.iter().map(|y| slice(*y, at)).collect();
            copies.extend(give_outputs(&mut run, op.carry, &ys));
            self.turn(thread, 0, run);
            copies.iter().for_each(Copy::make);
            carry.advance(step);
        }
        carry.finish();
    }

    fn repeat(&self, thread: usize, op: &While, inputs: &[Span], outputs: &[Span]) {
        let (condition_consts, rest) = inputs.split_at(op.condition_consts);
        let (body_consts, start) = rest.split_at(op.body_consts);
        let mut carry = Carry::new(start, outputs, &self.spares);
        {
            let mut run = self.prepare(1);
            give_inputs(&mut run, 0, body_consts);
            carry.look(&run, 0, op.body_consts, None);
            give_inputs(&mut self.prepare(0), 0, condition_consts);
        }
        for step in 0.. {
            let mut run = self.prepare(0);
            give_inputs(&mut run, op.condition_consts, &carry.now);
            let copies = give_outputs(&mut run, 0, &[self.answer]);
            self.turn(thread, 0, run);
            copies.iter().for_each(Copy::make);
            // SAFETY: the condition has run, and nothing else writes its answer.
            let goes_on: &[bool] = unsafe { self.answer.read(0..1) };
            if !goes_on[0] {
                break;
            }
            let mut run = self.prepare(1);
            let copies = carry.give(&mut run, op.body_consts, step);
            self.turn(thread, 1, run);
            copies.iter().for_each(Copy::make);
            carry.advance(step);
        }
        carry.finish();
    }
}

/// Says where inputs lie, from a number on.
fn give_inputs(run: &mut Run, first: usize, spans: &[Span]) {
    for (k, span) in spans.iter().enumerate() {
        run.give(Place::Input(first + k), *span);
    }
}

/// Says where results from a number on are to be written; what has a place already is copied.
fn give_outputs(run: &mut Run, first: usize, spans: &[Span]) -> Vec<Copy> {
    let mut copies = Vec::new();
    for (k, to) in spans.iter().enumerate() {
        copies.extend(give_output(run, first + k, *to));
    }
    copies
}

/// Says where a result is to be written, or how it comes there after the run.
fn give_output(run: &mut Run, number: usize, to: Span) -> Option<Copy> {
    let shared = run.data.shared.clone();
    let from = match (
        &shared.plan.outputs[number],
        &shared.program.outputs[number],
    ) {
        (Output::Literal, Atom::Literal(value, _)) => From::Literal(*value),
        (Output::At(place @ Place::Owned(_)), _) => {
            let earlier = shared.plan.outputs[..number].iter();
            let is_first = !earlier
                .clone()
                .any(|o| matches!(o, Output::At(p) if p == place));
            if is_first {
                run.give(*place, to);
                return None;
            }
            From::Place(run.span_at(*place))
        }
        (Output::At(place), _) => From::Place(run.span_at(*place)),
        (Output::Literal, Atom::Var(_)) => unreachable!("literals are literals"),
    };
    Some(Copy { from, to })
}

enum From {
    Literal(Scalar),
    Place(Span),
}

/// A result that is an operand, a number, or another result: it is copied where it belongs.
struct Copy {
    from: From,
    to: Span,
}

impl Copy {
    fn make(&self) {
        match &self.from {
            From::Place(from) => copy(*from, self.to),
            From::Literal(value) => {
                let value = value.to_array();
                if let Some(buffer) = value.buffer() {
                    copy(Span::of(buffer), self.to);
                }
            }
        }
    }
}

fn copy(from: Span, to: Span) {
    if from.lies_at(to) {
        return;
    }
    with_dtype!(to.dtype(), T => {
        // SAFETY: the program has run, nobody reads or writes but this thread, and the spans are
        // apart or the same.
        let (from, to): (&[T], &mut [T]) =
            unsafe { (from.read(0..from.len()), to.write(0..to.len())) };
        to.copy_from_slice(from);
    });
}

/// What is carried from step to step.
struct Carry<'a> {
    /// Where the carry lies that the next step reads.
    now: Vec<Span>,
    ends: &'a [Span],
    spares: &'a [Span],
    /// Whether a step may write a carry over the one it reads.
    in_place: Vec<bool>,
    /// How many steps there will be, if that is known.
    length: Option<usize>,
}

impl<'a> Carry<'a> {
    fn new(start: &[Span], ends: &'a [Span], spares: &'a [Span]) -> Self {
        Self {
            now: start.to_vec(),
            ends,
            spares,
            in_place: vec![false; ends.len()],
            length: None,
        }
    }

    /// Looks at the plan of the step: results from `first`, inputs from `input` on.
    fn look(&mut self, run: &Run, first: usize, input: usize, length: Option<usize>) {
        let plan = &run.data.shared.plan;
        self.length = length;
        for (k, in_place) in self.in_place.iter_mut().enumerate() {
            *in_place = match &plan.outputs[first + k] {
                Output::At(Place::Owned(j)) => plan.owned[*j].donors.contains(&(input + k)),
                Output::At(Place::Input(i)) => *i == input + k,
                Output::At(_) | Output::Literal => false,
            };
        }
    }

    /// Where a step writes a carry. The last step writes to the end, if it is known which is.
    fn target(&self, k: usize, step: usize) -> Span {
        let turns = self.length.map_or(step, |n| n - 1 - step);
        if self.in_place[k] || turns.is_multiple_of(2) {
            self.ends[k]
        } else {
            self.spares[k]
        }
    }

    /// Says where a step reads the carry and where it writes it.
    fn give(&self, run: &mut Run, input: usize, step: usize) -> Vec<Copy> {
        give_inputs(run, input, &self.now);
        let targets = (0..self.ends.len()).map(|k| self.target(k, step));
        targets
            .enumerate()
            .filter_map(|(k, to)| give_output(run, k, to))
            .collect()
    }

    fn advance(&mut self, step: usize) {
        for k in 0..self.now.len() {
            self.now[k] = self.target(k, step);
        }
    }

    /// Brings the carry to its end, where it is not there.
    fn finish(&self) {
        for (from, to) in self.now.iter().zip(self.ends) {
            copy(*from, *to);
        }
    }
}
