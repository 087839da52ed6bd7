//! The door to backends: core sees the trait, and names the built-in CPU here alone.

use std::sync::Arc;

use crate::cpu::Cpu;
use crate::ir::{Program, Type, Value};
use crate::ops::Primitive;

/// Something that runs programs.
pub(crate) trait Backend: Send + Sync {
    /// Prepares a program for its shapes.
    fn compile(&self, program: &Arc<Program>) -> Arc<dyn Executable>;

    /// Runs one primitive on concrete operands; `outputs` are the inferred types. Operands
    /// that nobody else holds may be reused for results.
    fn execute(&self, primitive: &Primitive, inputs: Vec<Value>, outputs: &[Type]) -> Vec<Value>;
}

/// A program ready to run.
pub(crate) trait Executable: Send + Sync {
    /// Runs it on concrete values.
    fn run(&self, captures: &[Value], inputs: Vec<Value>) -> Vec<Value>;
}

/// The backend of arrays on this host.
pub(crate) fn default_backend() -> &'static dyn Backend {
    &Cpu
}
