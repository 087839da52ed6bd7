//! A program ready to run: kernels in order, with what each may forget.

use std::sync::Arc;

use super::{Cpu, tiles};
use crate::array::Array;
use crate::compile::{Kernel, fuse};
use crate::device::{Backend, Executable};
use crate::ir::{Atom, Aval, Environment, Program, Type, Value, Var};

/// A program cut into kernels.
pub(super) struct Fused {
    program: Arc<Program>,
    kernels: Vec<Kernel>,
    /// For each kernel, the variables that nobody reads after it.
    last: Vec<Vec<Var>>,
}

impl Kernel {
    fn reads(&self) -> Vec<&Atom> {
        match self {
            Self::Single(equation) => equation.inputs.iter().collect(),
            Self::Loop(kernel) => kernel.reads.iter().map(|(atom, _)| atom).collect(),
        }
    }

    fn writes(&self) -> Vec<Var> {
        match self {
            Self::Single(equation) => equation.outputs.clone(),
            Self::Loop(kernel) => kernel.writes.iter().map(|(_, var)| *var).collect(),
        }
    }
}

impl Fused {
    pub(super) fn new(program: &Arc<Program>) -> Self {
        let kernels = fuse(program);
        let mut last: Vec<Option<usize>> = vec![None; program.types.len()];
        for (k, kernel) in kernels.iter().enumerate() {
            let vars = kernel.reads().into_iter().filter_map(Atom::var);
            for var in vars.chain(kernel.writes()) {
                last[var.index()] = Some(k);
            }
        }
        for var in program.outputs.iter().filter_map(Atom::var) {
            last[var.index()] = None;
        }
        let mut by_kernel = vec![Vec::new(); kernels.len()];
        for (index, k) in last.into_iter().enumerate() {
            if let Some(k) = k {
                by_kernel[k].push(Var(index as u32));
            }
        }
        Self {
            program: program.clone(),
            kernels,
            last: by_kernel,
        }
    }

    fn aval(&self, var: Var) -> Aval {
        match self.program.type_of(var) {
            Type::Array(aval) => aval.clone(),
            Type::Pattern(_) => unreachable!("loops are over arrays"),
        }
    }
}

impl Executable for Fused {
    fn run(&self, captures: &[Value], inputs: Vec<Value>) -> Vec<Value> {
        let mut values = Environment::new(&self.program, captures, inputs);
        for (kernel, last) in self.kernels.iter().zip(&self.last) {
            match kernel {
                Kernel::Single(equation) => {
                    // Operands are moved out before the kernel runs, which may then reuse them.
                    let operands = values.read_all(&equation.inputs);
                    for var in last {
                        values.forget(*var);
                    }
                    let outputs = equation.outputs.iter();
                    let types: Vec<Type> =
                        outputs.map(|v| self.program.type_of(*v).clone()).collect();
                    let results = Cpu.execute(&equation.primitive, operands, &types);
                    values.write(&equation.outputs, results);
                }
                Kernel::Loop(kernel) => {
                    let operands: Vec<Array> = kernel
                        .reads
                        .iter()
                        .map(|(atom, _)| values.read(atom).into_array())
                        .collect();
                    let vars: Vec<Var> = kernel.writes.iter().map(|(_, var)| *var).collect();
                    let avals: Vec<Aval> = vars.iter().map(|v| self.aval(*v)).collect();
                    for var in last {
                        values.forget(*var);
                    }
                    values.write(&vars, tiles::run(kernel, operands, &avals));
                }
            }
        }
        values.read_all(&self.program.outputs)
    }
}
