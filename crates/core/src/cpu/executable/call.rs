//! The memory of a call, and what it is given and hands out.

use std::sync::{Arc, PoisonError};
use std::time::Instant;

use smallvec::SmallVec;

use super::binding::Data;
use super::run::{Run, span_of};
use crate::array::{Array, ArrayRepr};
use crate::compile::{Output, Place, TimeSpan};
use crate::cpu::arena::{Span, sole};
use crate::cpu::threads::{self, Work};
use crate::cpu::zeroed;
use crate::ir::{Atom, Value};

/// The memory of one call after another.
pub(super) struct Call {
    run: Arc<Run>,
    /// Threads for which there are registers.
    pub(super) threads: usize,
    /// Buffers that the last run allocated.
    pub(super) allocations: usize,
}

impl Call {
    pub(super) fn new(data: &Arc<Data>, threads: usize) -> Self {
        Self {
            run: Arc::new(Run::new(data, threads)),
            threads,
            allocations: 0,
        }
    }

    /// Starts or stops noting times; gives those of the last run.
    pub(super) fn watch(&mut self, on: bool) -> Vec<TimeSpan> {
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

    pub(super) fn run(&mut self, mut inputs: Vec<Value>) -> Vec<Value> {
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
        let helpers = data.is_parallel();
        let work: Arc<dyn Work> = self.run.clone();
        threads::run(&work, if helpers { self.threads - 1 } else { 0 });
        drop(work);
        self.run.resume_panic();
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
