//! A program repeated along the leading axis of its operands.

mod split;
mod transpose;

use std::sync::Arc;

use split::Split;

use super::batching::{Batch, ensure_front, move_axis};
use super::{
    Control, Input, Lowering, Parameter, PartialEval, Primitive, Pruned, Rules, Tangent, bind,
    exactly, instantiate, marked, prune_program, refuse_patterns, settled, spread,
};
use crate::ir::{Program, Type, Value, Var, all_match, strengthen, vary};
use crate::transform::{jvp_program, vmap_program};

/// Repeats `program` with a carry from step to step, one slice of the operands a step; JAX's `scan`.
///
/// The operands are constants, the carry, then arrays whose leading axis counts the steps. The
/// program maps constants, carry and slices to the carry and to what the results collect.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scan {
    /// One step, without captures.
    pub program: Arc<Program>,
    /// How many steps.
    pub length: usize,
    /// How many constants.
    pub consts: usize,
    /// How many arrays are carried.
    pub carry: usize,
    /// Whether the last slice comes first.
    pub reverse: bool,
    /// How many steps a turn of the compiled loop does.
    pub unroll: usize,
}

/// Something of each group of operands.
struct Groups<'a, T> {
    consts: &'a [T],
    carry: &'a [T],
    xs: &'a [T],
}

impl Scan {
    fn groups<'a, T>(&self, all: &'a [T]) -> Groups<'a, T> {
        let (consts, rest) = all.split_at(self.consts);
        let (carry, xs) = rest.split_at(self.carry);
        Groups { consts, carry, xs }
    }

    /// The marks of the carry that settle where `results` gives marks of the program's results for
    /// those of its inputs.
    fn settled(&self, marks: &[bool], results: impl Fn(&[bool]) -> Vec<bool>) -> Vec<bool> {
        let marks = self.groups(marks);
        let brought = |carry: &[bool]| {
            let mut out = results(&[marks.consts, carry, marks.xs].concat());
            out.truncate(self.carry);
            ((), out)
        };
        settled(marks.carry, brought).1
    }

    /// The types of the operands.
    pub(crate) fn operand_types(&self) -> Vec<Type> {
        let mut types = self.program.input_types();
        for ty in &mut types[self.consts + self.carry..] {
            *ty = ty.stacked(0, self.length);
        }
        types
    }
}

impl Rules for Scan {
    fn name(&self) -> &'static str {
        "scan"
    }

    fn parameters(&self) -> Vec<(&'static str, Parameter)> {
        let reverse = if self.reverse { "True" } else { "False" };
        vec![
            ("jaxpr", Parameter::Program(self.program.clone())),
            ("length", Parameter::text(self.length)),
            ("num_carry", Parameter::text(self.carry)),
            ("num_consts", Parameter::text(self.consts)),
            ("reverse", Parameter::Text(reverse.to_owned())),
            ("unroll", Parameter::text(self.unroll)),
        ]
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let steps = self.program.input_types();
        if inputs.len() != steps.len() {
            let (found, expected) = (inputs.len(), steps.len());
            return Err(format!("scan: {found} operands, expected {expected}"));
        }
        if let Some(pattern) = steps[self.consts..]
            .iter()
            .find(|t| matches!(t, Type::Pattern(_)))
        {
            return Err(format!("scan: {pattern} can be a constant only"));
        }
        let expected = self.operand_types();
        if !all_match(inputs, &expected) {
            return Err(format!(
                "scan: operands are {inputs:?}, expected {expected:?}"
            ));
        }
        let mut outputs = self.program.output_types();
        refuse_patterns("scan", "a result of a step", &outputs)?;
        let carry = self.groups(&steps).carry;
        let carried = &outputs[..self.carry.min(outputs.len())];
        if !all_match(carried, carry) {
            return Err(format!(
                "scan: the carry goes in as {carry:?} and comes out as {carried:?}"
            ));
        }
        strengthen(&mut outputs[..self.carry], carry);
        for ty in &mut outputs[self.carry..] {
            *ty = ty.stacked(0, self.length);
        }
        Ok(outputs)
    }

    fn jvp(&self, primals: &[Value], tangents: &[Tangent]) -> (Vec<Value>, Vec<Tangent>) {
        let with: Vec<bool> = tangents.iter().map(Option::is_some).collect();
        let moving = self.settled(&with, |with| jvp_program(&self.program, with, &[]).1);
        let groups = self.groups(&with);
        let with = [groups.consts, &moving, groups.xs].concat();
        let (program, out_with) = jvp_program(&self.program, &with, &moving);
        let outputs = self.program.outputs.len();
        // Tangents join the group of their primals.
        let join = |primals: Groups<'_, Var>, tangents: &[Var]| -> Vec<Var> {
            let consts = groups.consts.iter().filter(|w| **w).count();
            let carry = moving.iter().filter(|w| **w).count();
            let (of_consts, rest) = tangents.split_at(consts);
            let (of_carry, of_xs) = rest.split_at(carry);
            let Groups { consts, carry, xs } = primals;
            [consts, of_consts, carry, of_carry, xs, of_xs].concat()
        };
        let (inner, tangent_vars) = program.inputs.split_at(with.len());
        let inputs = join(self.groups(inner), tangent_vars);
        let carried = moving.iter().filter(|w| **w).count();
        let (results, tangent_results) = program.outputs.split_at(outputs);
        let (carry, ys) = results.split_at(self.carry);
        let (carry_tangents, ys_tangents) = tangent_results.split_at(carried);
        let looped = Self {
            consts: self.consts + groups.consts.iter().filter(|w| **w).count(),
            carry: self.carry + carried,
            program: Arc::new(Program {
                inputs,
                outputs: [carry, carry_tangents, ys, ys_tangents].concat(),
                ..Program::clone(&program)
            }),
            ..self.clone()
        };
        let types = self.operand_types();
        let mut tangents = tangents.to_vec();
        instantiate(&mut tangents, &types, &with);
        let values = |tangents: &[Tangent]| -> Vec<Value> {
            tangents.iter().flatten().map(Value::from).collect()
        };
        let (of, moving_values) = (self.groups(primals), self.groups(&tangents));
        let operands = [
            of.consts,
            &values(moving_values.consts),
            of.carry,
            &values(moving_values.carry),
            of.xs,
            &values(moving_values.xs),
        ]
        .concat();
        let mut carry = bind(&looped.into(), operands);
        let mut ys = carry.split_off(self.carry + carried);
        let carry_tangents = carry.split_off(self.carry);
        let ys_tangents = ys.split_off(outputs - self.carry);
        carry.extend(ys);
        let tangents = carry_tangents.into_iter().chain(ys_tangents);
        (carry, spread(&out_with, tangents))
    }

    fn transpose(&self, cotangents: &[Tangent], inputs: &[Input]) -> Vec<Tangent> {
        let linear: Vec<bool> = inputs.iter().map(Input::is_linear).collect();
        let known: Vec<bool> = linear.iter().map(|l| !l).collect();
        let moving = self.settled(&linear, |linear| vary::reached(&self.program, linear));
        if moving.contains(&false) {
            return self.transpose_rest(cotangents, inputs, &known);
        }
        self.transpose_all(cotangents, inputs, &linear)
    }

    fn batch(
        &self,
        inputs: &[Value],
        axes: &[Option<usize>],
        batch: &Batch,
    ) -> (Vec<Value>, Vec<Option<usize>>) {
        let given: Vec<bool> = axes.iter().map(Option::is_some).collect();
        // In a step, the batch stands in front of what is carried and of slices.
        let inner = |marks: &[bool]| -> Vec<Option<usize>> {
            let axis = |i: usize| if i < self.consts { axes[i] } else { Some(0) };
            let all = marks.iter().enumerate();
            all.map(|(i, b)| axis(i).filter(|_| *b)).collect()
        };
        let steps = self.program.input_types();
        let types = |axes: &[Option<usize>]| -> Vec<Type> {
            let all = steps.iter().zip(axes);
            all.map(|(ty, axis)| axis.map_or_else(|| ty.clone(), |a| ty.stacked(a, batch.size)))
                .collect()
        };
        let vmapped = |marks: &[bool], wanted: &[bool]| {
            let axes = inner(marks);
            let (program, axes) = vmap_program(&self.program, &types(&axes), &axes, batch, wanted);
            let batched: Vec<bool> = axes.iter().map(Option::is_some).collect();
            (program, batched)
        };
        let carry = self.settled(&given, |marks| vmapped(marks, &[]).1);
        let groups = self.groups(&given);
        let marks = [groups.consts, &carry, groups.xs].concat();
        let (program, batched) = vmapped(&marks, &carry);
        let place = |(i, v): (usize, &Value)| match axes[i] {
            Some(axis) if i >= self.consts + self.carry => move_axis(v.array(), axis, 1).into(),
            axis if i >= self.consts && marks[i] => {
                ensure_front(v.array(), axis, batch.size).into()
            }
            _ => v.clone(),
        };
        let operands = inputs.iter().enumerate().map(place).collect();
        let looped = Self {
            program,
            ..self.clone()
        };
        let results = bind(&looped.into(), operands);
        let axes = batched.iter().enumerate();
        let axes = axes.map(|(i, b)| b.then_some(usize::from(i >= self.carry)));
        (results, axes.collect())
    }

    fn lowering(&self) -> Lowering<'_> {
        Lowering::Control(Control::Scan(self))
    }

    fn programs(&self) -> Vec<&Arc<Program>> {
        vec![&self.program]
    }

    fn with_programs(&self, programs: Vec<Arc<Program>>) -> Primitive {
        let [program] = exactly(programs);
        Self {
            program,
            ..self.clone()
        }
        .into()
    }

    fn prune(&self, used: &[bool]) -> Option<Pruned> {
        let ((program, reads), needed) = settled(used, |needed| {
            let (program, reads) = prune_program(&self.program, needed);
            let carried = self.groups(&reads).carry.to_vec();
            ((program, reads), carried)
        });
        let groups = self.groups(&reads);
        let inputs = [groups.consts, &needed[..self.carry], groups.xs].concat();
        let count = |marks: &[bool]| marks.iter().filter(|m| **m).count();
        let primitive = Self {
            consts: count(groups.consts),
            carry: count(&needed[..self.carry]),
            program: Arc::new(Program {
                inputs: marked(&program.inputs, &inputs, true),
                ..program
            }),
            ..self.clone()
        };
        Some(Pruned {
            primitive: primitive.into(),
            inputs,
            outputs: needed,
        })
    }

    fn partial_eval(&self, known: &[bool]) -> Option<PartialEval> {
        Some(Split::new(self, known).parts())
    }
}
