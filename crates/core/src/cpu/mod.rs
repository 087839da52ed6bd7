//! The CPU backend: kernels of single equations, and regions of equations over the same rows.
//!
//! Outside of `jit` every equation is its own kernel: the oracle that compiled programs are
//! held against.

mod arena;
mod collective;
mod control;
mod cumulative;
mod dot;
mod edge;
mod elementwise;
mod executable;
mod fold;
mod host;
mod index;
mod loops;
mod reduce;
mod region;
mod sort;
mod table;
mod threads;

use std::sync::Arc;

use arena::{Elements, Room};
use executable::Compiled;

use crate::array::{Array, ArrayRepr, Buffer, DType, Native, PatternData, with_dtype};
use crate::device::{Backend, Code};
use crate::ir::{Aval, Program, Type, Value};
use crate::ops::broadcast::broadcast_to;
use crate::ops::custom_vjp::refuse_forward;
use crate::ops::{Control, Index, Loop, Lowering, Primitive};

pub(crate) use threads::{MOST, as_device};
pub use threads::{set_threads, threads, threads_from_environment};

/// The built-in backend.
pub(crate) struct Cpu;

impl Backend for Cpu {
    fn compile(&self, program: &Arc<Program>) -> Arc<dyn Code> {
        Arc::new(Compiled::new(program))
    }

    fn execute(&self, primitive: &Primitive, inputs: Vec<Value>, outputs: &[Type]) -> Vec<Value> {
        let mut inputs = inputs;
        let lowering = primitive.rules().lowering();
        match &lowering {
            Lowering::Control(op) => return control::run(op, inputs, outputs),
            Lowering::Loop(Loop::Binary(_)) => {
                let shape = &aval(&outputs[0]).shape;
                for value in &mut inputs {
                    let x = value.array();
                    if x.rank() > 0 && x.shape() != shape {
                        *value = broadcast_to(x, shape).into();
                    }
                }
            }
            // The elements stay where they are.
            Lowering::Index(Index::Reshape(_)) | Lowering::Loop(Loop::Copy) => {
                let mut array = inputs.swap_remove(0).into_array();
                array.aval = aval(&outputs[0]).clone();
                return vec![array.into()];
            }
            Lowering::Index(Index::Scatter(op)) => {
                let out = aval(&outputs[0]);
                let x = std::mem::replace(&mut inputs[0], Value::Array(Array::zeros(0, out.dtype)));
                let mut buffer = with_dtype!(out.dtype, T => T::wrap(take::<T>(x.into_array())));
                let [_, indices, updates] = &inputs[..] else {
                    unreachable!("infer has seen three operands")
                };
                let (indices, updates) =
                    (Elements::of(indices.array()), Elements::of(updates.array()));
                let mut room = Room::of(&mut buffer, &out.shape);
                index::scatter(op, indices, updates, &mut room);
                return vec![Array::from_buffer(buffer, out.shape.clone(), out.weak).into()];
            }
            _ => {}
        }
        let avals: Vec<&Aval> = outputs.iter().map(aval).collect();
        let mut buffers: Vec<Buffer> = avals
            .iter()
            .map(|aval| zeroed(aval.dtype, aval.shape.size()))
            .collect();
        let mut rooms: Vec<Room<'_>> = buffers
            .iter_mut()
            .zip(&avals)
            .map(|(buffer, aval)| Room::of(buffer, &aval.shape))
            .collect();
        let (pattern, operands) = operands(&inputs);
        run(&lowering, pattern, &operands, &mut rooms);
        let arrays = buffers.into_iter().zip(avals);
        arrays
            .map(|(b, aval)| Array::from_buffer(b, aval.shape.clone(), aval.weak).into())
            .collect()
    }
}

/// The pattern among an operation's operands, and its arrays.
fn operands(inputs: &[Value]) -> (Option<&PatternData>, Vec<Elements<'_>>) {
    let mut pattern = None;
    let mut arrays = Vec::with_capacity(inputs.len());
    for value in inputs {
        match value {
            Value::Array(array) => arrays.push(Elements::of(array)),
            Value::Pattern(p) => pattern = Some(p.host()),
        }
    }
    (pattern, arrays)
}

/// Runs an operation that is a kernel of its own over whole operands.
fn run(
    lowering: &Lowering<'_>,
    pattern: Option<&PatternData>,
    operands: &[Elements<'_>],
    out: &mut [Room<'_>],
) {
    match (lowering, pattern) {
        (Lowering::Loop(op), _) if elementwise::is_elementwise(op, operands) => {
            elementwise::run(op, operands, &mut out[0]);
        }
        (Lowering::Loop(op), _) => loops::run(op, pattern, operands, out),
        (Lowering::Reduce(op), _) => reduce::run(op, operands[0], &mut out[0]),
        (Lowering::Dot(op), _) => dot::whole(op, operands[0], operands[1], &mut out[0]),
        (Lowering::Edge(op), Some(pattern)) => edge::run(op, pattern, operands, &mut out[0]),
        (Lowering::Edge(_), None) => unreachable!("a pattern was inferred"),
        (Lowering::Index(Index::Sort(op)), _) => sort::run(op, operands, out),
        (Lowering::Index(op), _) => index::run(op, operands, &mut out[0]),
        (Lowering::Control(Control::Linear), _) => refuse_forward(),
        (Lowering::Collective(op), _) => collective::run(op, operands, out),
        (Lowering::Host(callback), _) => host::run(callback, operands),
        (Lowering::Control(_), _) => unreachable!("programs are inlined before"),
    }
}

/// The type of an array.
fn aval(ty: &Type) -> &Aval {
    match ty {
        Type::Array(aval) => aval,
        Type::Pattern(_) => unreachable!("results are arrays"),
    }
}

/// A zeroed buffer.
fn zeroed(dtype: DType, n: usize) -> Buffer {
    with_dtype!(dtype, T => T::wrap(vec![T::default(); n]))
}

/// The elements of an array to be changed: its own if nobody else holds them.
fn take<T: Native>(x: Array) -> Vec<T> {
    match x.repr {
        ArrayRepr::Host(buffer) => match Arc::try_unwrap(buffer) {
            Ok(owned) => T::take(owned).unwrap_or_default(),
            Err(shared) => T::slice(&shared).unwrap_or_default().to_vec(),
        },
        ArrayRepr::Tracer(_) => unreachable!("the backend sees concrete arrays only"),
    }
}
