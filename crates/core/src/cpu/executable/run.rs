//! A call under way, as every thread sees it.

use std::any::Any;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use graxe_kernels::gemm::tall_combine;
use smallvec::SmallVec;

use super::binding::{Data, Wave};
use super::flow::Flow;
use super::tasks::Task;
use crate::array::{PatternData, Shape, with_number};
use crate::compile::region::Kernel;
use crate::compile::{Place, TimeSpan, partials_of};
use crate::cpu::arena::{Arena, Base, Elements, Room, Span};
use crate::cpu::edge::Rows;
use crate::cpu::region::{Walker, finish};
use crate::cpu::threads::{Work, pause};
use crate::cpu::{dot, run};
use crate::ir::{Atom, Equation, Type, Value};
use crate::ops::Lowering;
use crate::sync::lock;

/// A call under way, as every thread sees it.
pub(super) struct Run {
    pub(super) data: Arc<Data>,
    /// By the numbers of `Shared::span_of` and `partials_of`.
    spans: Vec<Span>,
    /// What the spans and registers are made of.
    _arena: Arena,
    base: Base,
    /// Where the threads' registers begin: of numbers, and of bools.
    registers: [usize; 2],
    /// Parts of each wave that are taken, and that are done.
    taken: Vec<AtomicUsize>,
    done: Vec<AtomicUsize>,
    /// Parts of each kernel that are not done yet.
    left: Vec<AtomicUsize>,
    /// What the first part that panicked left.
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    panicked: AtomicBool,
    /// The programs of branches and loops, by kernel.
    flows: Vec<Option<Flow>>,
    /// The time from which parts are timed, if they are.
    pub(super) watch: Option<Instant>,
    pub(super) spans_of_time: Mutex<Vec<TimeSpan>>,
}

impl Run {
    pub(super) fn new(data: &Arc<Data>, threads: usize) -> Self {
        let shared = &data.shared;
        let [numbers, flags] = data.registers;
        let first = shared.plan.bytes.next_multiple_of(64);
        let registers = [first, first + threads * numbers];
        let mut arena = Arena::new(registers[1] + threads * flags);
        let base = arena.base();
        let mut spans = vec![Span::EMPTY; shared.spans()];
        for (i, place) in shared.plan.places.iter().enumerate() {
            let Type::Array(aval) = &shared.program.types[i] else {
                continue;
            };
            match place {
                Place::Arena(offset) => {
                    spans[i] = base.span(*offset, aval.dtype, aval.shape.size());
                }
                Place::Capture(k) => spans[i] = span_of(&data.captures[*k]),
                Place::Nowhere | Place::Input(_) | Place::Owned(_) => {}
            }
        }
        let first_literal = shared.program.types.len();
        for (span, literal) in spans[first_literal..].iter_mut().zip(&data.literals) {
            *span = literal.buffer().map_or(Span::EMPTY, |b| Span::of(b));
        }
        for (k, kernel) in shared.plan.kernels.iter().enumerate() {
            let first = shared.partials_of(k);
            let partials = partials_of(&shared.program, kernel);
            for (i, (len, dtype)) in partials.into_iter().enumerate() {
                spans[first + i] = base.span(shared.plan.partials[k][i], dtype, len);
            }
        }
        let kernels = shared.plan.kernels.iter().zip(&data.tasks);
        let flows = kernels.map(|(kernel, task)| match (kernel, task) {
            (Kernel::Single(equation), Task::Flow { programs }) => {
                match equation.primitive.rules().lowering() {
                    Lowering::Control(op) => Some(Flow::new(&op, programs, threads)),
                    _ => None,
                }
            }
            _ => None,
        });
        let counters = |n: usize| (0..n).map(|_| AtomicUsize::new(0)).collect::<Vec<_>>();
        Self {
            spans,
            base,
            registers,
            taken: counters(data.waves.len()),
            done: counters(data.waves.len()),
            left: counters(shared.plan.kernels.len()),
            panic: Mutex::default(),
            panicked: AtomicBool::new(false),
            flows: flows.collect(),
            watch: None,
            spans_of_time: Mutex::default(),
            data: data.clone(),
            _arena: arena,
        }
    }

    /// Says where every variable of an input, or of an array handed out, lies in this call.
    pub(super) fn give(&mut self, place: Place, span: Span) {
        for &var in self.data.shared.variables_in(place) {
            self.spans[var] = span;
        }
    }

    /// Where the variables of an input, or of an array handed out, lie in this call.
    pub(super) fn span_at(&self, place: Place) -> Span {
        let variables = self.data.shared.variables_in(place);
        variables.first().map_or(Span::EMPTY, |&v| self.spans[v])
    }

    /// Whether several threads have something to do.
    pub(super) fn has_parts(&self) -> bool {
        self.data.is_parallel()
    }

    /// Goes on with the panic of a part.
    pub(super) fn resume_panic(&self) {
        if self.panicked.load(Ordering::Relaxed)
            && let Some(payload) = lock(&self.panic).take()
        {
            resume_unwind(payload);
        }
    }

    pub(super) fn reset(&mut self) {
        for count in self.taken.iter_mut().chain(&mut self.done) {
            *count.get_mut() = 0;
        }
        for (left, task) in self.left.iter_mut().zip(&self.data.tasks) {
            *left.get_mut() = task.parts();
        }
        *self.panicked.get_mut() = false;
    }

    /// Runs a part of a kernel; a panic is kept for the caller.
    fn part(&self, thread: usize, kernel: usize, part: usize) {
        if self.panicked.load(Ordering::Relaxed) {
            return;
        }
        let from = self.watch.map(|start| start.elapsed());
        let attempt = catch_unwind(AssertUnwindSafe(|| self.run_part(thread, kernel, part)));
        if let (Some(start), Some(from)) = (self.watch, from) {
            let to = start.elapsed();
            lock(&self.spans_of_time).push(TimeSpan {
                kernel,
                part,
                thread,
                from,
                to,
            });
        }
        if let Err(payload) = attempt {
            lock(&self.panic).get_or_insert(payload);
            self.panicked.store(true, Ordering::Relaxed);
        }
    }

    fn run_part(&self, thread: usize, kernel: usize, part: usize) {
        let data = &self.data;
        match (&data.tasks[kernel], &data.shared.plan.kernels[kernel]) {
            (
                Task::Region {
                    layout,
                    reads,
                    patterns,
                    writes,
                    ends,
                },
                Kernel::Region(region),
            ) => {
                let spans = |numbers: &[usize]| -> SmallVec<[Span; 16]> {
                    numbers.iter().map(|&i| self.spans[i]).collect()
                };
                let (reads, writes) = (spans(reads), spans(writes));
                let patterns: SmallVec<[Option<&PatternData>; 16]> = patterns
                    .iter()
                    .map(|p| data.patterns[(*p)?].as_deref())
                    .collect();
                let first = data.shared.partials_of(kernel);
                let partials = &self.spans[first..first + region.ends.len()];
                let sparse = region.sparse.and_then(|sparse| {
                    let pattern = data.patterns[sparse.pattern.index()].as_ref()?;
                    Some(Rows::of(pattern, sparse.transposed))
                });
                Walker::new(
                    region,
                    layout,
                    &reads,
                    &patterns,
                    &writes,
                    partials,
                    sparse,
                    self.base,
                    [0, 1].map(|class| self.registers[class] + thread * data.registers[class]),
                )
                .part(part);
                let last = self.left[kernel].fetch_sub(1, Ordering::AcqRel) == 1;
                if last && !region.ends.is_empty() {
                    finish(region, partials, &spans(ends));
                }
            }
            (
                Task::Dot {
                    rows, part: size, ..
                },
                Kernel::Single(equation),
            ) => {
                let rows = part * size..(*rows).min((part + 1) * size);
                self.product(equation, rows);
            }
            (Task::Tall { chunks }, Kernel::Single(equation)) => {
                let partials = self.spans[data.shared.partials_of(kernel)];
                self.chunk(equation, part, *chunks, partials);
                if self.left[kernel].fetch_sub(1, Ordering::AcqRel) == 1 {
                    let out = self.spans[equation.outputs[0].index()];
                    with_number!(out.dtype(), T => {
                        // SAFETY: every chunk is done, and this thread alone combines them.
                        let (partials, out): (&[T], &mut [T]) =
                            unsafe { (partials.read(0..partials.len()), out.write(0..out.len())) };
                        tall_combine(partials, out);
                    });
                }
            }
            (Task::Flow { .. }, Kernel::Single(equation)) => self.flow(thread, kernel, equation),
            (_, Kernel::Single(equation)) => self.single(equation),
            (_, Kernel::Region(_)) => unreachable!("a region's task is a region"),
        }
    }

    /// Leads through a branch or loop.
    fn flow(&self, thread: usize, kernel: usize, equation: &Equation) {
        let (Some(flow), Lowering::Control(op)) =
            (&self.flows[kernel], equation.primitive.rules().lowering())
        else {
            unreachable!("the task of control flow is one")
        };
        let spans = &self.spans;
        let inputs = equation
            .inputs
            .iter()
            .map(|a| spans[self.data.shared.span_of(a)]);
        let inputs: SmallVec<[Span; 16]> = inputs.collect();
        let outputs = equation.outputs.iter().map(|v| spans[v.index()]);
        let outputs: SmallVec<[Span; 16]> = outputs.collect();
        flow.lead(thread, &op, &inputs, &outputs);
    }

    fn elements<'a>(&self, atom: &Atom, shape: &'a Shape) -> Elements<'a> {
        let span = self.spans[self.data.shared.span_of(atom)];
        // SAFETY: operands are complete before the wave, and nobody writes them during it.
        unsafe { Elements::new(span, shape) }
    }

    fn shapes(&self, equation: &Equation) -> SmallVec<[Shape; 4]> {
        let shape = |atom: &Atom| match self.data.shared.program.atom_type(atom) {
            Type::Array(aval) => aval.shape,
            Type::Pattern(_) => Shape::scalar(),
        };
        equation.inputs.iter().map(shape).collect()
    }

    fn product(&self, equation: &Equation, rows: Range<usize>) {
        let Lowering::Dot(op) = equation.primitive.rules().lowering() else {
            unreachable!("the task of a product is one")
        };
        let shapes = self.shapes(equation);
        let x = self.elements(&equation.inputs[0], &shapes[0]);
        let y = self.elements(&equation.inputs[1], &shapes[1]);
        let cols = dot::extents(op, &shapes[0], &shapes[1]).cols;
        let span = self.spans[equation.outputs[0].index()];
        with_number!(x.dtype(), T => {
            // SAFETY: parts have rows of their own, and nobody reads the result during the wave.
            let out: &mut [T] = unsafe { span.write(rows.start * cols..rows.end * cols) };
            dot::run::<T>(op, x, y, rows, out);
        });
    }

    fn chunk(&self, equation: &Equation, chunk: usize, chunks: usize, partials: Span) {
        let Lowering::Dot(op) = equation.primitive.rules().lowering() else {
            unreachable!("the task of a product is one")
        };
        let shapes = self.shapes(equation);
        let x = self.elements(&equation.inputs[0], &shapes[0]);
        let y = self.elements(&equation.inputs[1], &shapes[1]);
        let len = partials.len() / chunks;
        with_number!(x.dtype(), T => {
            // SAFETY: each chunk has its own partial product.
            let partial: &mut [T] = unsafe { partials.write(chunk * len..(chunk + 1) * len) };
            dot::chunk::<T>(op, x, y, chunk, partial);
        });
    }

    fn single(&self, equation: &Equation) {
        let shared = &self.data.shared;
        let shapes = self.shapes(equation);
        let mut pattern = None;
        let mut operands: SmallVec<[Elements<'_>; 4]> = SmallVec::new();
        for (atom, shape) in equation.inputs.iter().zip(&shapes) {
            let data = atom
                .var()
                .and_then(|v| self.data.patterns[v.index()].as_deref());
            match data {
                Some(data) => pattern = Some(data),
                None => operands.push(self.elements(atom, shape)),
            }
        }
        let mut out: SmallVec<[Room<'_>; 2]> = equation
            .outputs
            .iter()
            .map(|v| {
                let span = self.spans[v.index()];
                // SAFETY: this kernel has one part, which alone writes its results.
                unsafe { Room::new(span, &shared.aval(*v).shape) }
            })
            .collect();
        run(
            &equation.primitive.rules().lowering(),
            pattern,
            &operands,
            &mut out,
        );
    }
}

impl Work for Run {
    fn take_part(&self, thread: usize) {
        self.walk(thread, thread == 0);
    }
}

impl Run {
    /// Goes through the waves. The thread that leads runs what is for one thread.
    pub(super) fn walk(&self, thread: usize, leads: bool) {
        for (w, wave) in self.data.waves.iter().enumerate() {
            if wave.parts == 0 {
                if leads {
                    for kernel in wave.kernels.clone() {
                        self.part(thread, kernel, 0);
                    }
                    self.done[w].store(1, Ordering::Release);
                } else if wave.shared_flow
                    && let Some(flow) = &self.flows[wave.kernels.start]
                {
                    flow.help(thread, || self.done[w].load(Ordering::Acquire) > 0);
                }
            } else {
                loop {
                    let taken = self.taken[w].fetch_add(1, Ordering::Relaxed);
                    if taken >= wave.parts {
                        break;
                    }
                    let (kernel, part) = self.locate(wave, taken);
                    self.part(thread, kernel, part);
                    self.done[w].fetch_add(1, Ordering::AcqRel);
                }
            }
            let mut spins = 0;
            while self.done[w].load(Ordering::Acquire) < wave.parts.max(1) {
                pause(&mut spins);
            }
        }
    }

    /// The kernel and the part of it that a wave's part is.
    fn locate(&self, wave: &Wave, part: usize) -> (usize, usize) {
        let mut part = part;
        for kernel in wave.kernels.clone() {
            let parts = self.data.tasks[kernel].parts();
            if part < parts {
                return (kernel, part);
            }
            part -= parts;
        }
        unreachable!("a wave has as many parts as its kernels")
    }
}

/// Where a concrete value's elements lie.
pub(super) fn span_of(value: &Value) -> Span {
    match value {
        Value::Array(array) => array.buffer().map_or(Span::EMPTY, |b| Span::of(b)),
        Value::Pattern(_) => Span::EMPTY,
    }
}
