//! What a compiled program is made of, and where its time goes.

use std::fmt;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use super::plan::Plan;
use super::region::{Action, EndKind, Kernel, Level, Region};
use crate::ir::{Atom, Program, Type, Var};
use crate::ops::Lowering;

/// The kernels of a compiled program with their costs, and the time that calls spent in each.
///
/// It prints as a table. [`Jit::explain`](crate::Jit::explain) makes it.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// Kernels in the order of their start.
    pub kernels: Vec<KernelReport>,
    /// Bytes of intermediate values during a call, registers not among them.
    pub arena_bytes: usize,
    /// Bytes of one thread's registers.
    pub register_bytes: usize,
    /// Calls that were timed.
    pub calls: usize,
    /// Array buffers that the last call allocated: results that no argument given away could hold.
    pub allocations: usize,
    /// Seconds from the start to the end of all timed calls.
    pub seconds: f64,
    pub(crate) spans: Vec<TimeSpan>,
}

/// One kernel of a compiled program.
#[derive(Clone, Debug)]
pub struct KernelReport {
    /// `region`, or the operation that is a kernel of its own.
    pub kind: String,
    /// The operations that run in it, repeated ones counted.
    pub operations: String,
    /// The types of what it writes.
    pub writes: String,
    /// How many parts it is cut into, which threads take in turn.
    pub parts: usize,
    /// Bytes of its operands and results, each counted once.
    pub bytes: usize,
    /// Additions, multiplications and other elementary operations.
    pub flops: usize,
    /// Seconds that threads were at work in it, over all timed calls.
    pub seconds: f64,
}

/// A part of a kernel on a thread, in the last timed call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TimeSpan {
    pub(crate) kernel: usize,
    pub(crate) part: usize,
    pub(crate) thread: usize,
    pub(crate) from: Duration,
    pub(crate) to: Duration,
}

impl Explanation {
    pub(crate) fn new(program: &Arc<Program>, plan: &Plan, parts: &[usize]) -> Self {
        let kernels = plan.kernels.iter().zip(parts);
        Self {
            kernels: kernels
                .map(|(k, parts)| report(program, k, *parts))
                .collect(),
            arena_bytes: plan.bytes,
            register_bytes: 0,
            calls: 0,
            allocations: 0,
            seconds: 0.0,
            spans: Vec::new(),
        }
    }

    /// Adds a call's times.
    pub(crate) fn add(&mut self, spans: Vec<TimeSpan>, elapsed: Duration, allocations: usize) {
        for span in &spans {
            self.kernels[span.kernel].seconds += span.to.saturating_sub(span.from).as_secs_f64();
        }
        self.calls += 1;
        self.seconds += elapsed.as_secs_f64();
        self.allocations = allocations;
        self.spans = spans;
    }

    /// Takes over the times of another explanation of the same program.
    pub(crate) fn merge(&mut self, other: Self) {
        if other.kernels.len() != self.kernels.len() {
            return;
        }
        for (mine, theirs) in self.kernels.iter_mut().zip(&other.kernels) {
            mine.seconds += theirs.seconds;
        }
        self.calls += other.calls;
        self.seconds += other.seconds;
        self.allocations = other.allocations;
        self.spans = other.spans;
    }

    /// The last timed call in the format of Chrome's trace viewer (`chrome://tracing`, Perfetto):
    /// one bar for each part of a kernel, by thread.
    pub fn chrome_trace(&self) -> String {
        let mut json = String::from("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[");
        for (i, span) in self.spans.iter().enumerate() {
            let kernel = &self.kernels[span.kernel];
            let micros = |d: Duration| d.as_secs_f64() * 1e6;
            let comma = if i > 0 { "," } else { "" };
            let _ = write!(
                json,
                "{comma}\n{{\"name\":\"{} {}\",\"cat\":\"kernel\",\"ph\":\"X\",\"pid\":0,\"tid\":{},\
                 \"ts\":{:.3},\"dur\":{:.3},\"args\":{{\"operations\":\"{}\",\"writes\":\"{}\",\"part\":{}}}}}",
                kernel.kind,
                span.kernel,
                span.thread,
                micros(span.from),
                micros(span.to.saturating_sub(span.from)),
                kernel.operations,
                kernel.writes,
                span.part,
            );
        }
        json.push_str("\n]}\n");
        json
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let busy: f64 = self.kernels.iter().map(|k| k.seconds).sum();
        writeln!(
            f,
            "{:>3}  {:>5}  {:>9}  {:>9}  {:>9}  {:>6}  kernel",
            "", "parts", "bytes", "flops", "µs", "share"
        )?;
        for (i, k) in self.kernels.iter().enumerate() {
            let (time, share) = if self.calls > 0 {
                (
                    format!("{:.1}", k.seconds / self.calls as f64 * 1e6),
                    format!("{:.1}%", 100.0 * k.seconds / busy.max(f64::MIN_POSITIVE)),
                )
            } else {
                (String::new(), String::new())
            };
            writeln!(
                f,
                "{i:>3}  {:>5}  {:>9}  {:>9}  {time:>9}  {share:>6}  {}: {} -> {}",
                k.parts,
                short(k.bytes),
                short(k.flops),
                k.kind,
                k.operations,
                k.writes
            )?;
        }
        if self.calls > 0 {
            writeln!(
                f,
                "{} calls of {:.1} µs, {:.1} µs in kernels over all threads",
                self.calls,
                self.seconds / self.calls as f64 * 1e6,
                busy / self.calls as f64 * 1e6
            )?;
        }
        write!(
            f,
            "{}B of intermediate values, {}B of registers a thread, {} allocations a call",
            short(self.arena_bytes),
            short(self.register_bytes),
            self.allocations
        )
    }
}

/// A count with its prefix.
fn short(count: usize) -> String {
    match count {
        0..10_000 => count.to_string(),
        10_000..10_000_000 => format!("{:.1}k", count as f64 / 1e3),
        10_000_000..10_000_000_000 => format!("{:.1}M", count as f64 / 1e6),
        _ => format!("{:.1}G", count as f64 / 1e9),
    }
}

fn report(program: &Program, kernel: &Kernel, parts: usize) -> KernelReport {
    let writes: Vec<String> = kernel
        .writes()
        .iter()
        .map(|v| program.type_of(*v).to_string())
        .collect();
    let mut atoms: Vec<Atom> = kernel.reads().into_iter().cloned().collect();
    atoms.sort_by_key(|a| a.var().map(Var::index));
    atoms.dedup();
    let read: usize = atoms.iter().map(|a| bytes(&program.atom_type(a))).sum();
    let written: usize = kernel
        .writes()
        .iter()
        .map(|v| bytes(program.type_of(*v)))
        .sum();
    let (kind, operations, flops) = match kernel {
        Kernel::Region(region) => {
            let names = region
                .equations
                .iter()
                .map(|&e| program.equations[e].primitive.rules().name());
            ("region", counted(names), region_flops(region))
        }
        Kernel::Single(equation) => {
            let name = equation.primitive.rules().name();
            let out: usize = equation
                .outputs
                .iter()
                .map(|v| size(program.type_of(*v)))
                .sum();
            let flops = match equation.primitive.rules().lowering() {
                Lowering::Dot(dot) => {
                    let x = program.atom_type(&equation.inputs[0]);
                    let inner = |shape: &[usize]| -> usize {
                        dot.left_contract.iter().map(|&a| shape[a]).product()
                    };
                    match x {
                        Type::Array(aval) => 2 * out * inner(&aval.shape),
                        Type::Pattern(_) => 0,
                    }
                }
                Lowering::Reduce(_) => size(&program.atom_type(&equation.inputs[0])),
                Lowering::Index(_) => 0,
                _ => out,
            };
            (name, name.to_owned(), flops)
        }
    };
    KernelReport {
        kind: kind.to_owned(),
        operations,
        writes: writes.join(" "),
        parts,
        bytes: read + written,
        flops,
        seconds: 0.0,
    }
}

/// Names in the order of their first mention, with how often each is said.
fn counted<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for name in names {
        match counts.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count += 1,
            None => counts.push((name, 1)),
        }
    }
    let words = counts.into_iter().map(|(name, count)| match count {
        1 => name.to_owned(),
        _ => format!("{name}×{count}"),
    });
    words.collect::<Vec<_>>().join(" ")
}

fn size(ty: &Type) -> usize {
    match ty {
        Type::Array(aval) => aval.shape.size(),
        Type::Pattern(p) => p.nnz,
    }
}

fn bytes(ty: &Type) -> usize {
    match ty {
        Type::Array(aval) => aval.shape.size() * aval.dtype.size(),
        Type::Pattern(p) => 4 * (p.nnz + p.rows + 1),
    }
}

fn region_flops(region: &Region) -> usize {
    let entries = region.sparse.map_or(0, |s| s.nnz);
    let steps = region.steps.iter().map(|step| {
        let count = match step.level {
            Level::Rows => region.all_rows(),
            Level::Entries => entries,
        };
        let results = count * step.width;
        match &step.action {
            Action::Map(_) => results,
            Action::Fold(_, inner) => results * inner,
            Action::Dot { k, .. } => 2 * results * k,
            Action::Spmm { .. } => 2 * entries * step.width,
            Action::Segment(_) => entries * step.width,
            Action::Sddmm { .. } => 2 * entries,
            // Twenty rounds of three operations, and the keys.
            Action::Bits | Action::EntryBits | Action::PlaceBits => 75 * results,
            Action::Expand(_) | Action::Gather { .. } | Action::ToEntries | Action::Pick => 0,
        }
    });
    let ends = region.ends.iter().map(|end| match end.kind {
        EndKind::All(_) | EndKind::Columns(_) => region.rows * end.width,
        EndKind::Product(_) => 2 * entries * end.size(),
    });
    steps.chain(ends).sum()
}
