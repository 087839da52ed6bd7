//! A program ready to run: kernels in order, with what each may forget.

use std::sync::Arc;

use super::{Cpu, tiles};
use crate::array::Array;
use crate::compile::{Kernel, fuse};
use crate::device::{Backend, Executable};
use crate::ir::{Atom, Aval, Environment, LastUses, Program, Type, Value, Var};

/// A program cut into kernels.
pub(super) struct Fused {
    program: Arc<Program>,
    kernels: Vec<Kernel>,
    last: LastUses,
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
        let steps = kernels.iter().map(|kernel| {
            let reads = kernel.reads().into_iter().filter_map(Atom::var);
            (reads, kernel.writes())
        });
        let last = LastUses::over(program, steps);
        Self {
            program: program.clone(),
            kernels,
            last,
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
        for (i, kernel) in self.kernels.iter().enumerate() {
            match kernel {
                Kernel::Single(equation) => {
                    // Operands are moved out before the kernel runs, which may then reuse them.
                    let operands = values.read_all(&equation.inputs);
                    for var in self.last.after(i) {
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
                    for var in self.last.after(i) {
                        values.forget(*var);
                    }
                    values.write(&vars, tiles::run(kernel, operands, &avals));
                }
            }
        }
        values.read_all(&self.program.outputs)
    }
}
