//! The door to backends: core sees the trait, and names the built-in CPU here alone.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use crate::compile::Explanation;
use crate::cpu::Cpu;
use crate::ir::{Program, Type, Value};
use crate::ops::Primitive;

/// Something that runs programs.
pub(crate) trait Backend: Send + Sync {
    /// Prepares a program for its shapes.
    fn compile(&self, program: &Arc<Program>) -> Arc<dyn Code>;

    /// Runs one primitive on concrete operands; `outputs` are the inferred types. Operands
    /// that nobody else holds may be reused for results.
    fn execute(&self, primitive: &Primitive, inputs: Vec<Value>, outputs: &[Type]) -> Vec<Value>;
}

/// A program compiled for its shapes, bound to nothing: many functions may share it.
pub(crate) trait Code: Send + Sync {
    /// The program ready to run, without bindings yet.
    fn executable(&self) -> Box<dyn Executable>;
}

/// A program ready to run; it remembers what it was bound to.
pub(crate) trait Executable: Send + Sync {
    /// Runs it on concrete values; adds to `bindings` if it must first be bound to them.
    fn run(&self, captures: &[Value], inputs: Vec<Value>, bindings: &AtomicUsize) -> Vec<Value>;

    /// As `run`, with what it runs and how long each kernel takes.
    fn explain(
        &self,
        captures: &[Value],
        inputs: Vec<Value>,
        bindings: &AtomicUsize,
    ) -> (Vec<Value>, Explanation);
}

/// The backend of arrays on this host.
pub(crate) fn default_backend() -> &'static dyn Backend {
    &Cpu
}
