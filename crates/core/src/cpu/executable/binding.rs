//! A program with what stays the same between its calls.

use std::ops::Range;
use std::sync::{Arc, Mutex};

use super::call::Call;
use super::tasks::{Shared, Task};
use crate::array::{Array, DType, PatternData, PatternRepr};
use crate::compile::Plan;
use crate::cpu::threads;
use crate::ir::{Atom, Value};
use crate::sync::lock;

/// How many idle runs a binding keeps: one for each caller at the same time.
const IDLE: usize = 4;

/// A program with its captures and patterns.
pub(super) struct Binding {
    /// By whose identity it is known; kept, so that no other takes their addresses.
    given: Vec<Value>,
    pub(super) data: Arc<Data>,
    idle: Mutex<Vec<Call>>,
}

/// What the calls of a binding share.
pub(super) struct Data {
    pub(super) shared: Arc<Shared>,
    /// Captures and results of the prologue.
    pub(super) captures: Vec<Value>,
    pub(super) literals: Vec<Array>,
    /// By variable.
    pub(super) patterns: Vec<Option<Arc<PatternData>>>,
    pub(super) tasks: Vec<Task>,
    pub(super) waves: Vec<Wave>,
    /// Bytes of registers that a thread needs: of numbers, and of bools.
    pub(super) registers: [usize; 2],
}

impl Data {
    pub(super) fn new(
        shared: &Arc<Shared>,
        captures: Vec<Value>,
        patterns: Vec<Option<Arc<PatternData>>>,
    ) -> Self {
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
                Task::Dot { .. } | Task::Tall { .. } | Task::Flow { .. } | Task::Single => 0,
            });
            bytes.max().unwrap_or(0)
        };
        Self {
            registers: [registers(0), registers(1)],
            waves: waves(&shared.plan, &tasks),
            shared: shared.clone(),
            captures,
            literals,
            patterns,
            tasks,
        }
    }

    /// Whether several threads have something to do.
    pub(super) fn is_parallel(&self) -> bool {
        self.waves.iter().any(|w| w.parts > 1 || w.shared_flow)
    }
}

/// Kernels that may run at the same time; those of a wave without parts run on one thread.
pub(super) struct Wave {
    pub(super) kernels: Range<usize>,
    /// 0 where the caller's thread runs the kernels in order.
    pub(super) parts: usize,
    /// Whether the only kernel is a branch or loop in which several threads have something to do.
    pub(super) shared_flow: bool,
}

impl Binding {
    pub(super) fn new(
        shared: &Arc<Shared>,
        given: Vec<Value>,
        captures: &[Value],
        inputs: &[Value],
    ) -> Self {
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
        let data = Data::new(shared, captures.to_vec(), patterns);
        Self {
            given,
            data: Arc::new(data),
            idle: Mutex::default(),
        }
    }

    pub(super) fn is_of<'a>(&self, given: impl Iterator<Item = &'a Value>) -> bool {
        self.given.iter().zip(given).all(|(a, b)| a.is(b))
    }

    /// A call to run: one that is idle, or a new one.
    pub(super) fn call(&self) -> Call {
        let idle = lock(&self.idle).pop();
        let threads = threads::threads();
        idle.filter(|call| call.threads >= threads)
            .unwrap_or_else(|| Call::new(&self.data, threads))
    }

    pub(super) fn give_back(&self, call: Call) {
        let mut idle = lock(&self.idle);
        if idle.len() < IDLE {
            idle.push(call);
        }
    }
}

/// The plan's waves; neighbours whose kernels have one part each are run in one go, and a branch or
/// loop for several threads is a wave of its own.
fn waves(plan: &Plan, tasks: &[Task]) -> Vec<Wave> {
    let mut waves: Vec<Wave> = Vec::new();
    for kernels in &plan.waves {
        let mut start = kernels.start;
        for k in kernels.clone() {
            if plan.kernels[k].is_of_the_leader() {
                push(&mut waves, start..k, tasks);
                if tasks[k].is_shared_flow() {
                    waves.push(Wave {
                        kernels: k..k + 1,
                        parts: 0,
                        shared_flow: true,
                    });
                } else {
                    push(&mut waves, k..k + 1, tasks);
                }
                start = k + 1;
            } else if tasks[k].is_shared_flow() {
                push(&mut waves, start..k, tasks);
                waves.push(Wave {
                    kernels: k..k + 1,
                    parts: 0,
                    shared_flow: true,
                });
                start = k + 1;
            }
        }
        push(&mut waves, start..kernels.end, tasks);
    }
    waves
}

/// Adds kernels that may run at the same time.
fn push(waves: &mut Vec<Wave>, kernels: Range<usize>, tasks: &[Task]) {
    let tasks = &tasks[kernels.clone()];
    if tasks.is_empty() {
        return;
    }
    let alone = tasks.iter().all(|task| task.parts() == 1);
    match waves.last_mut() {
        Some(last) if alone && last.parts == 0 && !last.shared_flow => {
            last.kernels.end = kernels.end;
        }
        _ => waves.push(Wave {
            kernels,
            parts: if alone {
                0
            } else {
                tasks.iter().map(Task::parts).sum()
            },
            shared_flow: false,
        }),
    }
}
