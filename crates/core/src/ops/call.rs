//! A program applied as one operation: what a jitted function is inside another trace.

use std::sync::Arc;

use super::batching::Batch;
use super::{
    Control, Input, Lowering, Parameter, PartialEval, Primitive, Pruned, Rules, Tangent, bind,
    exactly, marked, prune_program, spread,
};
use crate::ir::{Program, Type, Value, all_match};
use crate::transform::{jvp_program, partial_eval, transpose_program, vmap_program};

/// Applies a program without captures to its inputs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Call {
    /// What to apply.
    pub program: Arc<Program>,
}

impl Rules for Call {
    fn name(&self) -> &'static str {
        "jit"
    }

    fn parameters(&self) -> Vec<(&'static str, Parameter)> {
        vec![("jaxpr", Parameter::Program(self.program.clone()))]
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        infer(self.name(), &self.program, inputs)
    }

    fn jvp(&self, primals: &[Value], tangents: &[Tangent]) -> (Vec<Value>, Vec<Tangent>) {
        jvp(&self.program, primals, tangents, call_of)
    }

    fn transpose(&self, cotangents: &[Tangent], inputs: &[Input]) -> Vec<Tangent> {
        transpose(&self.program, cotangents, inputs, call_of)
    }

    fn batch(
        &self,
        inputs: &[Value],
        axes: &[Option<usize>],
        batch: &Batch,
    ) -> (Vec<Value>, Vec<Option<usize>>) {
        self::batch(&self.program, inputs, axes, batch, call_of)
    }

    fn lowering(&self) -> Lowering<'_> {
        Lowering::Control(Control::Call(&self.program))
    }

    fn programs(&self) -> Vec<&Arc<Program>> {
        vec![&self.program]
    }

    fn with_programs(&self, programs: Vec<Arc<Program>>) -> Primitive {
        let [program] = exactly(programs);
        call_of(program)
    }

    fn prune(&self, used: &[bool]) -> Option<Pruned> {
        Some(prune(&self.program, used, call_of))
    }

    fn partial_eval(&self, known: &[bool]) -> Option<PartialEval> {
        Some(partial_eval(&self.program, known, &[]).of_call())
    }
}

fn call_of(program: Arc<Program>) -> Primitive {
    Call { program }.into()
}

/// The results of a program that is applied to its inputs, by an operation of that name.
pub(crate) fn infer(name: &str, program: &Program, inputs: &[Type]) -> Result<Vec<Type>, String> {
    let expected = program.input_types();
    if all_match(inputs, &expected) {
        Ok(program.output_types())
    } else {
        Err(format!(
            "{name}: inputs {inputs:?} are not those of the program, {expected:?}"
        ))
    }
}

/// The jvp of applying a program; `of` is the operation that applies another.
pub(crate) fn jvp(
    program: &Program,
    primals: &[Value],
    tangents: &[Tangent],
    of: impl Fn(Arc<Program>) -> Primitive,
) -> (Vec<Value>, Vec<Tangent>) {
    let with: Vec<bool> = tangents.iter().map(Option::is_some).collect();
    let (moving, out_with) = jvp_program(program, &with, &[]);
    let mut inputs = primals.to_vec();
    inputs.extend(tangents.iter().flatten().map(Value::from));
    let mut results = bind(&of(moving), inputs);
    let tangents = results.split_off(program.outputs.len());
    (results, spread(&out_with, tangents))
}

/// The transpose of applying a program.
pub(crate) fn transpose(
    program: &Program,
    cotangents: &[Tangent],
    inputs: &[Input],
    of: impl Fn(Arc<Program>) -> Primitive,
) -> Vec<Tangent> {
    let linear: Vec<bool> = inputs.iter().map(Input::is_linear).collect();
    let with: Vec<bool> = cotangents.iter().map(Option::is_some).collect();
    let (transposed, gives) = transpose_program(program, &linear, &with, &[]);
    let known = inputs.iter().filter(|i| !i.is_linear());
    let mut operands: Vec<Value> = known.map(|i| i.known().clone()).collect();
    operands.extend(cotangents.iter().flatten().map(Value::from));
    spread(&gives, bind(&of(transposed), operands))
}

/// A batch of applying a program.
pub(crate) fn batch(
    program: &Program,
    inputs: &[Value],
    axes: &[Option<usize>],
    batch: &Batch,
    of: impl Fn(Arc<Program>) -> Primitive,
) -> (Vec<Value>, Vec<Option<usize>>) {
    let types: Vec<Type> = inputs.iter().map(Value::ty).collect();
    let (batched, out_axes) = vmap_program(program, &types, axes, batch, &[]);
    (bind(&of(batched), inputs.to_vec()), out_axes)
}

/// Applying a program, without what is not used.
pub(crate) fn prune(
    program: &Program,
    used: &[bool],
    of: impl Fn(Arc<Program>) -> Primitive,
) -> Pruned {
    let (program, reads) = prune_program(program, used);
    let program = Arc::new(Program {
        inputs: marked(&program.inputs, &reads, true),
        ..program
    });
    Pruned {
        primitive: of(program),
        inputs: reads,
        outputs: used.to_vec(),
    }
}

/// Applies a closed program as one operation.
#[track_caller]
pub(crate) fn call(closed: &crate::ir::Closed, inputs: Vec<Value>) -> Vec<Value> {
    let mut operands = closed.captures.clone();
    operands.extend(inputs);
    bind(
        &Call {
            program: closed.lifted(),
        }
        .into(),
        operands,
    )
}
