//! The CPU backend: kernels of single equations, and loops of elementwise ones.
//!
//! Outside of `jit` every equation is its own kernel: the oracle that compiled programs are
//! held against.

mod dot;
mod edge;
mod executable;
mod index;
mod loops;
mod reduce;
mod table;
mod tiles;

use std::sync::Arc;

use graxe_kernels::number::Element;

use executable::Fused;

use crate::array::{Array, Native, Shape};
use crate::device::{Backend, Executable};
use crate::ir::{Aval, Program, Type, Value, evaluate};
use crate::ops::{Lowering, Primitive};

/// The built-in backend.
pub(crate) struct Cpu;

impl Backend for Cpu {
    fn compile(&self, program: &Arc<Program>) -> Arc<dyn Executable> {
        Arc::new(Fused::new(program))
    }

    fn execute(&self, primitive: &Primitive, inputs: Vec<Value>, outputs: &[Type]) -> Vec<Value> {
        let single = |array: Array| vec![Value::Array(array)];
        match primitive.rules().lowering() {
            Lowering::Loop(op) => loops::run(&op, inputs, outputs),
            Lowering::Reduce(op) => single(reduce::run(&op, &inputs, aval(outputs))),
            Lowering::Dot(op) => single(dot::run(op, &inputs, aval(outputs))),
            Lowering::Edge(op) => single(edge::run(&op, &inputs, aval(outputs))),
            Lowering::Index(op) => single(index::run(&op, inputs, aval(outputs))),
            Lowering::Control(call) => evaluate(&call.program, &[], inputs),
        }
    }
}

/// The type of the only result.
fn aval(outputs: &[Type]) -> &Aval {
    match outputs {
        [Type::Array(aval)] => aval,
        _ => unreachable!("the operation has one array result"),
    }
}

/// An array of the inferred type from its elements.
fn finish<T: Native>(data: Vec<T>, aval: &Aval) -> Array {
    debug_assert_eq!(T::DTYPE, aval.dtype);
    debug_assert_eq!(data.len(), aval.shape.size());
    Array::from_buffer(T::wrap(data), aval.shape.clone(), aval.weak)
}

/// A zeroed vector with as many elements as `shape`.
fn room<T: Element>(shape: &Shape) -> Vec<T> {
    vec![T::default(); shape.size()]
}
