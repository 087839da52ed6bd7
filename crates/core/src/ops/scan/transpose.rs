//! Loops backwards.

use super::Scan;
use super::split::Split;
use crate::array::Array;
use crate::ir::builder::build;
use crate::ir::{Type, Value, evaluate};
use crate::ops::{Call, Input, Tangent, add_tangents, bind, instantiate, marked, settled, spread};
use crate::transform::transpose_program;

impl Scan {
    /// Some carries are not linear, a counter for one: what is known runs first.
    pub(super) fn transpose_rest(
        &self,
        cotangents: &[Tangent],
        inputs: &[Input],
        known: &[bool],
    ) -> Vec<Tangent> {
        let parts = Split::new(self, known).parts();
        let values = inputs.iter().filter(|i| !i.is_linear());
        let program = parts.known.clone();
        let values = values.map(|i| i.known().clone()).collect();
        let mut results = bind(&Call { program }.into(), values);
        let residuals = results.split_off(results.len() - parts.residuals);
        let mut operands: Vec<Input> = residuals.into_iter().map(Input::Known).collect();
        operands.extend(inputs.iter().filter(|i| i.is_linear()).cloned());
        let cotangents = marked(cotangents, &parts.known_outputs, false);
        let pulled = parts.unknown.rules().transpose(&cotangents, &operands);
        let mut pulled = pulled.into_iter().skip(parts.residuals);
        let pull = |k: &bool| if *k { None } else { pulled.next().flatten() };
        known.iter().map(pull).collect()
    }

    /// All carries are linear: the loop runs backwards, with cotangents as its carry, and sums
    /// those of the constants.
    pub(super) fn transpose_all(
        &self,
        cotangents: &[Tangent],
        inputs: &[Input],
        linear: &[bool],
    ) -> Vec<Tangent> {
        let types = self.operand_types();
        let groups = self.groups(linear);
        let marks = [groups.consts, &vec![true; self.carry], groups.xs].concat();
        let given: Vec<bool> = cotangents.iter().map(Option::is_some).collect();
        let (of_carry, of_ys) = given.split_at(self.carry);
        let ((program, gives), carry) = settled(of_carry, |carry| {
            let with = [carry, of_ys].concat();
            let wanted = [&vec![false; self.consts], carry].concat();
            let (program, gives) = transpose_program(&self.program, &marks, &with, &wanted);
            let carried = self.groups(&gives).carry.to_vec();
            ((program, gives), carried)
        });
        let gives = self.groups(&gives);
        let known = |group: &[Input]| -> Vec<Value> {
            let known = group.iter().filter(|i| !i.is_linear());
            known.map(|i| i.known().clone()).collect()
        };
        let operands = self.groups(inputs);
        let (known_consts, known_xs) = (known(operands.consts), known(operands.xs));
        let types = self.groups(&types);
        let sums = marked(types.consts, gives.consts, true);
        let mut carried = cotangents[..self.carry].to_vec();
        instantiate(&mut carried, types.carry, &carry);
        let carried: Vec<Value> = carried.iter().flatten().map(Value::from).collect();
        let ys: Vec<Value> = cotangents[self.carry..]
            .iter()
            .flatten()
            .map(Value::from)
            .collect();
        let zeros = sums.iter().map(|ty| match ty {
            Type::Array(a) => Value::from(Array::zeros(a.shape.clone(), a.dtype)),
            Type::Pattern(_) => unreachable!("patterns have no cotangents"),
        });
        let sums_at_start: Vec<Value> = zeros.collect();
        let slice = |v: &Value| v.ty().slice(0);
        let whole = |v: &Value| v.ty();
        let step_types: Vec<Type> = (known_consts.iter().map(whole))
            .chain(sums_at_start.iter().chain(&carried).map(whole))
            .chain(ys.iter().chain(&known_xs).map(slice))
            .collect();
        let counts = [known_consts.len(), sums.len(), carried.len(), ys.len()];
        let step = build(&step_types, |inputs| {
            let mut rest = &inputs[..];
            let [consts, sums, carried, ys] = counts.map(|n| {
                let (group, after) = rest.split_at(n);
                rest = after;
                group
            });
            let pulled = evaluate(&program, &[], [consts, rest, carried, ys].concat());
            let (of_consts, others) = pulled.split_at(sums.len());
            let add = |(sum, new): (&Value, &Value)| {
                let sum = add_tangents(Some(sum.array().clone()), Some(new.array().clone()));
                sum.map_or_else(|| new.clone(), Value::from)
            };
            let mut results: Vec<Value> = sums.iter().zip(of_consts).map(add).collect();
            results.extend_from_slice(others);
            results
        });
        let looped = Self {
            program: step.lifted(),
            consts: known_consts.len(),
            carry: sums.len() + carried.len(),
            reverse: !self.reverse,
            ..self.clone()
        };
        let operands = [known_consts, sums_at_start, carried, ys, known_xs].concat();
        let marks = [gives.consts, &carry, gives.xs].concat();
        let pulled = spread(&marks, bind(&looped.into(), operands));
        let keep = |(cotangent, linear): (Tangent, &bool)| cotangent.filter(|_| *linear);
        pulled.into_iter().zip(linear).map(keep).collect()
    }
}
