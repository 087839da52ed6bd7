//! A program whose reverse derivative its author wrote.

use std::sync::Arc;

use super::batching::{Batch, move_axis};
use super::custom_jvp::{moving, refuse_captures};
use super::{
    Call, Control, Fold, Input, Lowering, Parameter, Primitive, Reduce, Rules, Tangent, bind,
    bind1, call, exactly, instantiate, marked, spread,
};
use crate::ir::builder::build;
use crate::ir::{Program, Type, Value, all_match, evaluate};
use crate::transform::{misuse, vmap_program};

/// Applies a program; its derivative is that of two others. JAX's `custom_vjp_call`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CustomVjp {
    /// Over the captures of all programs, then the arguments.
    pub program: Arc<Program>,
    /// Over the same; gives the results, then residuals.
    pub forward: Arc<Program>,
    /// Over the captures, the residuals, then cotangents of the results that are floats; gives
    /// cotangents of the arguments that are floats.
    pub backward: Arc<Program>,
    /// How many of the inputs are captures.
    pub captures: usize,
}

impl Rules for CustomVjp {
    fn name(&self) -> &'static str {
        "custom_vjp_call"
    }

    fn parameters(&self) -> Vec<(&'static str, Parameter)> {
        vec![
            ("bwd", Parameter::Program(self.backward.clone())),
            ("call_jaxpr", Parameter::Program(self.program.clone())),
            ("fwd", Parameter::Program(self.forward.clone())),
            ("num_consts", Parameter::text(self.captures)),
        ]
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        call::infer(self.name(), &self.program, inputs)
    }

    fn jvp(&self, primals: &[Value], tangents: &[Tangent]) -> (Vec<Value>, Vec<Tangent>) {
        refuse_captures("custom_vjp", &tangents[..self.captures]);
        let types: Vec<Type> = primals[self.captures..].iter().map(Value::ty).collect();
        let mut tangents = tangents[self.captures..].to_vec();
        instantiate(&mut tangents, &types, &moving(&types));
        let program = self.forward.clone();
        let mut results = bind(&Call { program }.into(), primals.to_vec());
        let outputs = self.program.output_types();
        let residuals = results.split_off(outputs.len());
        let floats = moving(&outputs);
        let linear = CustomLinear {
            backward: self.backward.clone(),
            outputs: marked(&outputs, &floats, true),
        };
        let mut inputs = primals[..self.captures].to_vec();
        inputs.extend(residuals);
        inputs.extend(tangents.iter().flatten().map(Value::from));
        let moved = bind(&linear.into(), inputs);
        (results, spread(&floats, moved))
    }

    fn transpose(&self, cotangents: &[Tangent], inputs: &[Input]) -> Vec<Tangent> {
        let program = self.program.clone();
        Call { program }.transpose(cotangents, inputs)
    }

    fn batch(
        &self,
        inputs: &[Value],
        axes: &[Option<usize>],
        batch: &Batch,
    ) -> (Vec<Value>, Vec<Option<usize>>) {
        let types: Vec<Type> = inputs.iter().map(Value::ty).collect();
        let outputs = self.program.output_types();
        // All results are batched: so are their cotangents then.
        let all = vec![true; outputs.len()];
        let (program, out_axes) = vmap_program(&self.program, &types, axes, batch, &all);
        let (forward, found) = vmap_program(&self.forward, &types, axes, batch, &all);
        let residuals = self.forward.outputs.len() - outputs.len();
        let mut back_axes = axes[..self.captures].to_vec();
        back_axes.extend(&found[outputs.len()..]);
        let known = [
            &types[..self.captures],
            &forward.output_types()[outputs.len()..],
        ]
        .concat();
        debug_assert_eq!(known.len(), self.captures + residuals);
        let floats = moving(&self.program.input_types()[self.captures..]);
        let argument_axes = marked(&axes[self.captures..], &floats, true);
        let backward = batch_backward(&self.backward, &known, &back_axes, &argument_axes, batch);
        let batched = Self {
            program,
            forward,
            backward,
            captures: self.captures,
        };
        (bind(&batched.into(), inputs.to_vec()), out_axes)
    }

    fn lowering(&self) -> Lowering<'_> {
        Lowering::Control(Control::Call(&self.program))
    }

    fn programs(&self) -> Vec<&Arc<Program>> {
        vec![&self.program, &self.forward, &self.backward]
    }

    fn with_programs(&self, programs: Vec<Arc<Program>>) -> Primitive {
        let [program, forward, backward] = exactly(programs);
        Self {
            program,
            forward,
            backward,
            captures: self.captures,
        }
        .into()
    }
}

/// A backward program over a batch: all cotangents that it is given are batched in front; what it
/// gives stands at the axes of the arguments, summed over the batch for those that have none.
fn batch_backward(
    backward: &Program,
    known: &[Type],
    known_axes: &[Option<usize>],
    argument_axes: &[Option<usize>],
    batch: &Batch,
) -> Arc<Program> {
    let inner = backward.input_types();
    let cotangents = inner[known.len()..].iter();
    let cotangents = cotangents.map(|ty| ty.stacked(0, batch.size));
    let types: Vec<Type> = known.iter().cloned().chain(cotangents).collect();
    let mut axes = known_axes.to_vec();
    axes.resize(types.len(), Some(0));
    let wanted = vec![true; backward.outputs.len()];
    let (program, _) = vmap_program(backward, &types, &axes, batch, &wanted);
    let closed = build(&types, |inputs| {
        let pulled = evaluate(&program, &[], inputs);
        let sum = Reduce {
            fold: Fold::Sum,
            axes: vec![0],
        };
        let place = |(value, axis): (Value, &Option<usize>)| -> Value {
            axis.map_or_else(
                || bind1(sum.clone(), vec![value.clone()]),
                |axis| move_axis(value.array(), 0, axis),
            )
            .into()
        };
        pulled.into_iter().zip(argument_axes).map(place).collect()
    });
    closed.lifted()
}

/// The linear part of a [`CustomVjp`], known by its transpose alone.
///
/// The operands are what the backward program knows, then tangents of the arguments.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CustomLinear {
    /// Over what is known, then cotangents of the results; gives cotangents of the arguments.
    pub backward: Arc<Program>,
    /// The types of the results.
    pub outputs: Vec<Type>,
}

impl CustomLinear {
    fn known(&self) -> usize {
        self.backward.inputs.len() - self.outputs.len()
    }
}

impl Rules for CustomLinear {
    fn name(&self) -> &'static str {
        "custom_lin"
    }

    fn parameters(&self) -> Vec<(&'static str, Parameter)> {
        vec![("bwd", Parameter::Program(self.backward.clone()))]
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let types = self.backward.input_types();
        let arguments = self.backward.output_types();
        let (known, _) = types.split_at(self.known());
        let expected = [known, &arguments].concat();
        if all_match(inputs, &expected) {
            Ok(self.outputs.clone())
        } else {
            Err(format!(
                "custom_vjp: tangents {inputs:?} do not fit, expected {expected:?}"
            ))
        }
    }

    fn jvp(&self, _primals: &[Value], _tangents: &[Tangent]) -> (Vec<Value>, Vec<Tangent>) {
        refuse_forward()
    }

    fn transpose(&self, cotangents: &[Tangent], inputs: &[Input]) -> Vec<Tangent> {
        let known = self.known();
        let mut operands: Vec<Value> = inputs[..known].iter().map(|i| i.known().clone()).collect();
        let mut cotangents = cotangents.to_vec();
        instantiate(
            &mut cotangents,
            &self.outputs,
            &vec![true; self.outputs.len()],
        );
        operands.extend(cotangents.iter().flatten().map(Value::from));
        let program = self.backward.clone();
        let pulled = bind(&Call { program }.into(), operands);
        let mut all = vec![None; known];
        let pulled = inputs[known..].iter().zip(pulled);
        all.extend(pulled.map(|(i, v)| i.is_linear().then(|| v.into_array())));
        all
    }

    fn batch(
        &self,
        inputs: &[Value],
        axes: &[Option<usize>],
        batch: &Batch,
    ) -> (Vec<Value>, Vec<Option<usize>>) {
        let known = self.known();
        let types: Vec<Type> = inputs[..known].iter().map(Value::ty).collect();
        let backward = batch_backward(
            &self.backward,
            &types,
            &axes[..known],
            &axes[known..],
            batch,
        );
        let outputs = self.outputs.iter().map(|ty| ty.stacked(0, batch.size));
        let batched = Self {
            backward,
            outputs: outputs.collect(),
        };
        let results = bind(&batched.into(), inputs.to_vec());
        let axes = vec![Some(0); results.len()];
        (results, axes)
    }

    fn lowering(&self) -> Lowering<'_> {
        Lowering::Control(Control::Linear)
    }
}

/// Panics: there is no forward derivative.
#[track_caller]
pub(crate) fn refuse_forward() -> ! {
    misuse(
        "custom_vjp: forward mode does not go through a function with a backward rule of its own: \
         use grad or vjp, or give it a custom_jvp"
            .to_owned(),
    )
}
