//! A program whose forward derivative its author wrote.

use std::sync::Arc;

use super::batching::Batch;
use super::{
    Call, Control, Input, Lowering, Parameter, Primitive, Rules, Tangent, any_of, bind, call,
    exactly, instantiate, settled, spread,
};
use crate::ir::{Program, Type, Value};
use crate::transform::{misuse, vmap_program};

/// Applies a program; its derivative is another's. JAX's `custom_jvp_call`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CustomJvp {
    /// Over the captures of both programs, then the arguments.
    pub program: Arc<Program>,
    /// Over the same, then the tangents of the arguments that are floats; gives the results, then the
    /// tangents of those that are floats.
    pub rule: Arc<Program>,
    /// How many of the inputs are captures.
    pub captures: usize,
}

/// Which types have tangents.
pub(crate) fn moving(types: &[Type]) -> Vec<bool> {
    types.iter().map(Type::is_differentiable).collect()
}

/// Refuses derivatives in what a function with its own rule holds.
#[track_caller]
pub(crate) fn refuse_captures(name: &str, tangents: &[Tangent]) {
    if tangents.iter().any(Option::is_some) {
        misuse(format!(
            "{name}: a value that the function holds is differentiated, which its rule knows \
             nothing of: pass it as an argument"
        ));
    }
}

impl Rules for CustomJvp {
    fn name(&self) -> &'static str {
        "custom_jvp_call"
    }

    fn parameters(&self) -> Vec<(&'static str, Parameter)> {
        vec![
            ("call_jaxpr", Parameter::Program(self.program.clone())),
            ("jvp", Parameter::Program(self.rule.clone())),
            ("num_consts", Parameter::text(self.captures)),
        ]
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        call::infer(self.name(), &self.program, inputs)
    }

    fn jvp(&self, primals: &[Value], tangents: &[Tangent]) -> (Vec<Value>, Vec<Tangent>) {
        refuse_captures("custom_jvp", &tangents[..self.captures]);
        let types: Vec<Type> = primals[self.captures..].iter().map(Value::ty).collect();
        let mut tangents = tangents[self.captures..].to_vec();
        instantiate(&mut tangents, &types, &moving(&types));
        let mut inputs = primals.to_vec();
        inputs.extend(tangents.iter().flatten().map(Value::from));
        let program = self.rule.clone();
        let mut results = bind(&Call { program }.into(), inputs);
        let outputs = self.program.output_types();
        let tangents = results.split_off(outputs.len());
        (results, spread(&moving(&outputs), tangents))
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
        let floats = moving(&self.program.input_types()[self.captures..]);
        let chosen = || (self.captures..types.len()).filter(|i| floats[i - self.captures]);
        let (mut rule_types, mut rule_axes) = (types.clone(), axes.to_vec());
        rule_types.extend(chosen().map(|i| types[i].clone()));
        rule_axes.extend(chosen().map(|i| axes[i]));
        let outputs = self.program.output_types();
        let out_floats = moving(&outputs);
        let marks =
            |axes: &[Option<usize>]| -> Vec<bool> { axes.iter().map(Option::is_some).collect() };
        // Results and their tangents are batched together.
        let ((program, rule, found), _) = settled(&vec![false; outputs.len()], |batched| {
            let (program, found) = vmap_program(&self.program, &types, axes, batch, batched);
            let tangents = super::marked(batched, &out_floats, true);
            let wanted = [batched, &tangents].concat();
            let (rule, of_rule) = vmap_program(&self.rule, &rule_types, &rule_axes, batch, &wanted);
            let (results, moved) = of_rule.split_at(outputs.len());
            let mut moved = marks(moved).into_iter();
            let of_floats = out_floats.iter().map(|f| *f && moved.next() == Some(true));
            let all = [marks(&found), marks(results), of_floats.collect()];
            ((program, rule, found), any_of(&all))
        });
        let batched = Self {
            program,
            rule,
            captures: self.captures,
        };
        (bind(&batched.into(), inputs.to_vec()), found)
    }

    fn lowering(&self) -> Lowering<'_> {
        Lowering::Control(Control::Call(&self.program))
    }

    fn programs(&self) -> Vec<&Arc<Program>> {
        vec![&self.program, &self.rule]
    }

    fn with_programs(&self, programs: Vec<Arc<Program>>) -> Primitive {
        let [program, rule] = exactly(programs);
        Self {
            program,
            rule,
            captures: self.captures,
        }
        .into()
    }
}
