//! A compiled program, its bindings, and a call of one.

use std::any::Any;
use std::collections::HashMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use graxe_kernels::gemm::tall_combine;
use smallvec::SmallVec;

use super::arena::{Arena, Base, Elements, Room, Span, sole};
use super::edge::Rows;
use super::region::{Layout, Walker, finish};
use super::threads::{self, Work, pause};
use super::{dot, run, zeroed};
use crate::array::{Array, ArrayRepr, DType, PatternData, PatternRepr, Shape, with_number};
use crate::compile::region::{Kernel, Region};
use crate::compile::{
    Explanation, Output, Place, Plan, Split, TimeSpan, literals, partials_of, patterns, split, tall,
};
use crate::device::{Code, Executable};
use crate::ir::{Atom, Aval, Equation, Program, Type, Value, Var, evaluate};
use crate::ops::{Dot, Lowering};

/// A program cut into kernels, with its memory planned.
#[derive(Clone)]
pub(super) struct Compiled {
    shared: Arc<Shared>,
    prologue: Option<Arc<Program>>,
    /// The places of the patterns among the inputs.
    patterns: Vec<usize>,
}

/// A compiled program with what it was bound to.
struct Bound {
    compiled: Compiled,
    bindings: Mutex<Vec<Arc<Binding>>>,
}

/// What all bindings of a program have in common.
struct Shared {
    program: Arc<Program>,
    plan: Plan,
    literals: HashMap<Atom, usize>,
}

/// How many bindings of a program are kept, the least recently made going first.
const BINDINGS: usize = 8;

/// How many idle runs a binding keeps: one for each caller at the same time.
const IDLE: usize = 4;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Compiled {
    pub(super) fn new(program: &Arc<Program>) -> Self {
        let Split { prologue, main } = split(program);
        let (main, plan) = Plan::new(&main);
        let is = |v: &Var| main.inputs.iter().position(|i| i == v);
        Self {
            prologue,
            patterns: patterns(&main).iter().filter_map(is).collect(),
            shared: Arc::new(Shared {
                literals: literals(&plan),
                plan,
                program: main,
            }),
        }
    }
}

impl Code for Compiled {
    fn executable(&self) -> Box<dyn Executable> {
        Box::new(Bound {
            compiled: self.clone(),
            bindings: Mutex::default(),
        })
    }
}

impl Bound {
    /// The binding of these captures and patterns, made if it is new.
    fn bind(&self, captures: &[Value], inputs: &[Value], count: &AtomicUsize) -> Arc<Binding> {
        let Compiled {
            shared,
            prologue,
            patterns,
        } = &self.compiled;
        let given = || captures.iter().chain(patterns.iter().map(|&i| &inputs[i]));
        let mut bindings = lock(&self.bindings);
        if let Some(found) = bindings.iter().find(|b| b.is_of(given())) {
            return found.clone();
        }
        let mut all = captures.to_vec();
        if let Some(prologue) = prologue {
            let patterns = patterns.iter().map(|&i| inputs[i].clone()).collect();
            all.extend(evaluate(prologue, captures, patterns));
        }
        let binding = Binding::new(shared, given().cloned().collect(), &all, inputs);
        let binding = Arc::new(binding);
        count.fetch_add(1, Ordering::Relaxed);
        if bindings.len() == BINDINGS {
            bindings.remove(0);
        }
        bindings.push(binding.clone());
        binding
    }
}

impl Executable for Bound {
    fn run(&self, captures: &[Value], inputs: Vec<Value>, bindings: &AtomicUsize) -> Vec<Value> {
        let binding = self.bind(captures, &inputs, bindings);
        let mut call = binding.call();
        let results = call.run(inputs);
        binding.give_back(call);
        results
    }

    fn explain(
        &self,
        captures: &[Value],
        inputs: Vec<Value>,
        bindings: &AtomicUsize,
    ) -> (Vec<Value>, Explanation) {
        let binding = self.bind(captures, &inputs, bindings);
        let mut call = binding.call();
        call.watch(true);
        let start = Instant::now();
        let results = call.run(inputs);
        let elapsed = start.elapsed();
        let parts: Vec<usize> = binding.data.tasks.iter().map(Task::parts).collect();
        let shared = &self.compiled.shared;
        let mut explanation = Explanation::new(&shared.program, &shared.plan, &parts);
        explanation.register_bytes = binding.data.registers.iter().sum();
        explanation.add(call.watch(false), elapsed, call.allocations);
        binding.give_back(call);
        (results, explanation)
    }
}

/// A program with its captures and patterns.
struct Binding {
    /// By whose identity it is known; kept, so that no other takes their addresses.
    given: Vec<Value>,
    data: Arc<Data>,
    idle: Mutex<Vec<Call>>,
}

/// What the calls of a binding share.
struct Data {
    shared: Arc<Shared>,
    /// Captures and results of the prologue.
    captures: Vec<Value>,
    literals: Vec<Array>,
    /// By variable.
    patterns: Vec<Option<Arc<PatternData>>>,
    tasks: Vec<Task>,
    waves: Vec<Wave>,
    /// Bytes of registers that a thread needs: of numbers, and of bools.
    registers: [usize; 2],
}

/// A kernel as it is run.
enum Task {
    Region {
        layout: Layout,
        reads: Vec<usize>,
        patterns: Vec<Option<usize>>,
        writes: Vec<usize>,
        ends: Vec<usize>,
    },
    /// A product by rows: so many a part.
    Dot {
        rows: usize,
        part: usize,
        parts: usize,
    },
    /// A product of long sums, by chunks of them.
    Tall {
        chunks: usize,
    },
    Single,
}

impl Task {
    fn parts(&self) -> usize {
        match self {
            Self::Region { layout, .. } => layout.parts,
            Self::Dot { parts, .. } => *parts,
            Self::Tall { chunks } => *chunks,
            Self::Single => 1,
        }
    }
}

/// Kernels that may run at the same time; those of a wave without parts run on one thread.
struct Wave {
    kernels: Range<usize>,
    /// 0 where the caller's thread runs the kernels in order.
    parts: usize,
}

fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => match (&a.repr, &b.repr) {
            (ArrayRepr::Host(a), ArrayRepr::Host(b)) => Arc::ptr_eq(a, b),
            _ => false,
        },
        (Value::Pattern(a), Value::Pattern(b)) => a.same(b),
        _ => false,
    }
}

impl Binding {
    fn new(shared: &Arc<Shared>, given: Vec<Value>, captures: &[Value], inputs: &[Value]) -> Self {
        let program = &shared.program;
        let mut patterns: Vec<Option<Arc<PatternData>>> = vec![None; program.types.len()];
        let vars = program.captures.iter().chain(&program.inputs);
        for (var, value) in vars.zip(captures.iter().chain(inputs)) {
            if let Value::Pattern(pattern) = value
                && let PatternRepr::Host(data) = &pattern.0
            {
                patterns[var.index()] = Some(data.clone());
            }
        }
        let mut literals = vec![Array::zeros((), DType::F32); shared.literals.len()];
        for (atom, &i) in &shared.literals {
            if let Atom::Literal(scalar, weak) = atom {
                literals[i] = scalar.to_literal(*weak);
            }
        }
        let tasks: Vec<Task> = (0..shared.plan.kernels.len())
            .map(|k| shared.task(k, &patterns))
            .collect();
        let registers = |class: usize| {
            let bytes = tasks.iter().map(|task| match task {
                Task::Region { layout, .. } => layout.bytes[class],
                Task::Dot { .. } | Task::Tall { .. } | Task::Single => 0,
            });
            bytes.max().unwrap_or(0)
        };
        let data = Data {
            registers: [registers(0), registers(1)],
            waves: waves(&shared.plan, &tasks),
            shared: shared.clone(),
            captures: captures.to_vec(),
            literals,
            patterns,
            tasks,
        };
        Self {
            given,
            data: Arc::new(data),
            idle: Mutex::default(),
        }
    }

    fn is_of<'a>(&self, given: impl Iterator<Item = &'a Value>) -> bool {
        self.given.iter().zip(given).all(|(a, b)| same(a, b))
    }

    /// A call to run: one that is idle, or a new one.
    fn call(&self) -> Call {
        let idle = lock(&self.idle).pop();
        let threads = threads::threads();
        idle.filter(|call| call.threads >= threads)
            .unwrap_or_else(|| Call::new(&self.data, threads))
    }

    fn give_back(&self, call: Call) {
        let mut idle = lock(&self.idle);
        if idle.len() < IDLE {
            idle.push(call);
        }
    }
}

/// The plan's waves; neighbours whose kernels have one part each are run in one go.
fn waves(plan: &Plan, tasks: &[Task]) -> Vec<Wave> {
    let mut waves: Vec<Wave> = Vec::new();
    for kernels in &plan.waves {
        let tasks = &tasks[kernels.clone()];
        let alone = tasks.iter().all(|task| task.parts() == 1);
        match waves.last_mut() {
            Some(last) if alone && last.parts == 0 => last.kernels.end = kernels.end,
            _ => waves.push(Wave {
                kernels: kernels.clone(),
                parts: if alone {
                    0
                } else {
                    tasks.iter().map(Task::parts).sum()
                },
            }),
        }
    }
    waves
}

impl Shared {
    /// The number of an atom among the spans of a call: variables, literals, partial results.
    fn span_of(&self, atom: &Atom) -> usize {
        match atom {
            Atom::Var(v) => v.index(),
            literal @ Atom::Literal(..) => self.program.types.len() + self.literals[literal],
        }
    }

    /// The number of the first partial results of a kernel among the spans.
    fn partials_of(&self, kernel: usize) -> usize {
        let before = self.plan.partials[..kernel].iter().map(Vec::len);
        self.program.types.len() + self.literals.len() + before.sum::<usize>()
    }

    fn spans(&self) -> usize {
        self.partials_of(self.plan.kernels.len())
    }

    fn task(&self, kernel: usize, patterns: &[Option<Arc<PatternData>>]) -> Task {
        match &self.plan.kernels[kernel] {
            Kernel::Single(equation) => match equation.primitive.rules().lowering() {
                Lowering::Dot(dot) => match tall(&self.program, equation) {
                    Some(chunks) => Task::Tall { chunks },
                    None => self.dot(dot, equation),
                },
                _ => Task::Single,
            },
            Kernel::Region(region) => {
                let direct: Vec<bool> = (0..region.steps.len())
                    .map(|i| self.is_direct(region, i))
                    .collect();
                let sparse = region.sparse.and_then(|sparse| {
                    let data = patterns[sparse.pattern.index()].as_ref()?;
                    Some(Rows::of(data, sparse.transposed))
                });
                let pattern = |atom: &Atom| {
                    let var = atom.var()?.index();
                    patterns[var].is_some().then_some(var)
                };
                Task::Region {
                    layout: Layout::new(region, sparse.map(|s| s.row_ptr), &direct),
                    reads: region.reads.iter().map(|r| self.span_of(&r.atom)).collect(),
                    patterns: region.reads.iter().map(|r| pattern(&r.atom)).collect(),
                    writes: region.writes.iter().map(|(_, v)| v.index()).collect(),
                    ends: region.ends.iter().map(|end| end.var.index()).collect(),
                }
            }
        }
    }

    /// Whether a step can compute its result in memory: not where an operand may lie.
    fn is_direct(&self, region: &Region, step: usize) -> bool {
        let write = region.writes.iter().find(|(s, _)| *s == step);
        write.is_some_and(|(_, var)| match self.plan.places[var.index()] {
            Place::Arena(_) => !self.plan.overlaid[var.index()],
            Place::Owned(k) => self.plan.owned[k].donors.is_empty(),
            _ => false,
        })
    }

    fn dot(&self, dot: &Dot, equation: &Equation) -> Task {
        let shapes: Vec<Shape> = equation
            .inputs
            .iter()
            .map(|a| match self.program.atom_type(a) {
                Type::Array(aval) => aval.shape,
                Type::Pattern(_) => unreachable!("arrays were inferred"),
            })
            .collect();
        let e = dot::extents(dot, &shapes[0], &shapes[1]);
        let rows = e.batch * e.rows;
        let part = if e.in_place {
            // The right operand is packed anew for every part: so many multiplications hide it.
            (1usize << 25)
                .div_ceil((e.cols * e.inner).max(1))
                .next_multiple_of(32)
                .min(rows.div_ceil(4).next_multiple_of(32))
        } else {
            rows
        };
        let part = part.clamp(1, rows.max(1));
        Task::Dot {
            rows,
            part,
            parts: rows.div_ceil(part).max(1),
        }
    }

    fn aval(&self, var: Var) -> &Aval {
        match self.program.type_of(var) {
            Type::Array(aval) => aval,
            Type::Pattern(_) => unreachable!("results are arrays"),
        }
    }
}

/// The memory of one call after another.
struct Call {
    run: Arc<Run>,
    /// Threads for which there are registers.
    threads: usize,
    /// Buffers that the last run allocated.
    allocations: usize,
}

/// A call under way, as every thread sees it.
struct Run {
    data: Arc<Data>,
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
    /// The time from which parts are timed, if they are.
    watch: Option<Instant>,
    spans_of_time: Mutex<Vec<TimeSpan>>,
}

impl Call {
    fn new(data: &Arc<Data>, threads: usize) -> Self {
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
        let counters = |n: usize| (0..n).map(|_| AtomicUsize::new(0)).collect::<Vec<_>>();
        let run = Run {
            spans,
            base,
            registers,
            taken: counters(data.waves.len()),
            done: counters(data.waves.len()),
            left: counters(shared.plan.kernels.len()),
            panic: Mutex::default(),
            panicked: AtomicBool::new(false),
            watch: None,
            spans_of_time: Mutex::default(),
            data: data.clone(),
            _arena: arena,
        };
        Self {
            run: Arc::new(run),
            threads,
            allocations: 0,
        }
    }

    /// Starts or stops noting times; gives those of the last run.
    fn watch(&mut self, on: bool) -> Vec<TimeSpan> {
        let Some(run) = Arc::get_mut(&mut self.run) else {
            unreachable!("helpers have left before a call is used again")
        };
        run.watch = on.then(Instant::now);
        std::mem::take(
            run.spans_of_time
                .get_mut()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    fn run(&mut self, mut inputs: Vec<Value>) -> Vec<Value> {
        let data = self.run.data.clone();
        let plan = &data.shared.plan;
        self.allocations = 0;
        let Some(run) = Arc::get_mut(&mut self.run) else {
            unreachable!("helpers have left before a call is used again")
        };
        let mut owned: SmallVec<[Array; 8]> = SmallVec::with_capacity(plan.owned.len());
        let mut owned_spans: SmallVec<[Span; 8]> = SmallVec::with_capacity(plan.owned.len());
        // Buffers that results take over; their inputs are read under the same address.
        for own in &plan.owned {
            let aval = data.shared.aval(own.var);
            let donor = own.donors.iter().find_map(|&d| {
                let Value::Array(array) = &mut inputs[d] else {
                    return None;
                };
                let ArrayRepr::Host(buffer) = &mut array.repr else {
                    return None;
                };
                Some((d, sole(buffer)?))
            });
            let (array, span) = if let Some((d, span)) = donor {
                run.give(Place::Input(d), span);
                let taken = std::mem::replace(&mut inputs[d], Value::Pattern(taken()));
                let mut array = taken.into_array();
                array.aval = aval.clone();
                (array, span)
            } else {
                self.allocations += 1;
                let mut buffer = zeroed(aval.dtype, aval.shape.size());
                let span = Span::of_mut(&mut buffer);
                let array = Array::from_buffer(buffer, aval.shape.clone(), aval.weak);
                (array, span)
            };
            owned.push(array);
            owned_spans.push(span);
        }
        for (k, value) in inputs.iter().enumerate() {
            if matches!(value, Value::Array(_)) {
                run.give(Place::Input(k), span_of(value));
            }
        }
        for (k, span) in owned_spans.into_iter().enumerate() {
            run.give(Place::Owned(k), span);
        }
        run.reset();
        let helpers = data.waves.iter().any(|wave| wave.parts > 1);
        let work: Arc<dyn Work> = self.run.clone();
        threads::run(&work, if helpers { self.threads - 1 } else { 0 });
        drop(work);
        if self.run.panicked.load(Ordering::Relaxed)
            && let Some(payload) = lock(&self.run.panic).take()
        {
            resume_unwind(payload);
        }
        let outputs = plan.outputs.iter().zip(&data.shared.program.outputs);
        outputs
            .map(|(output, atom)| {
                let array = match output {
                    Output::Literal | Output::At(Place::Nowhere | Place::Arena(_)) => None,
                    Output::At(Place::Capture(k)) => Some(data.captures[*k].clone()),
                    Output::At(Place::Input(k)) => Some(inputs[*k].clone()),
                    Output::At(Place::Owned(k)) => Some(owned[*k].clone().into()),
                };
                match (array, atom) {
                    (Some(Value::Array(mut array)), Atom::Var(v)) => {
                        array.aval = data.shared.aval(*v).clone();
                        array.into()
                    }
                    (Some(pattern), _) => pattern,
                    (None, Atom::Literal(scalar, weak)) => scalar.to_literal(*weak).into(),
                    (None, Atom::Var(_)) => unreachable!("results have owned places"),
                }
            })
            .collect()
    }
}

/// What stands in the place of an input whose buffer is taken over.
fn taken() -> crate::array::Pattern {
    use std::sync::OnceLock;
    static NOTHING: OnceLock<crate::array::Pattern> = OnceLock::new();
    let nothing =
        NOTHING.get_or_init(
            || match crate::array::Pattern::new(0, vec![0], Vec::new()) {
                Ok(pattern) => pattern,
                Err(message) => unreachable!("{message}"),
            },
        );
    nothing.clone()
}

fn span_of(value: &Value) -> Span {
    match value {
        Value::Array(array) => array.buffer().map_or(Span::EMPTY, |b| Span::of(b)),
        Value::Pattern(_) => Span::EMPTY,
    }
}

impl Run {
    /// Says where every variable of a place lies in this call.
    fn give(&mut self, place: Place, span: Span) {
        for (i, p) in self.data.shared.plan.places.iter().enumerate() {
            if *p == place {
                self.spans[i] = span;
            }
        }
    }

    fn reset(&mut self) {
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
            (_, Kernel::Single(equation)) => self.single(equation),
            (_, Kernel::Region(_)) => unreachable!("a region's task is a region"),
        }
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
        for (w, wave) in self.data.waves.iter().enumerate() {
            if wave.parts == 0 {
                if thread == 0 {
                    for kernel in wave.kernels.clone() {
                        self.part(thread, kernel, 0);
                    }
                    self.done[w].store(1, Ordering::Release);
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
}

impl Run {
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
