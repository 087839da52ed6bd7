//! A program repeated along the leading axis of its operands.

use std::sync::Arc;

use super::batching::{Batch, ensure_front, move_axis};
use super::{
    Call, Control, Input, Lowering, Parameter, PartialEval, Primitive, Pruned, Rules, Tangent,
    add_tangents, bind, instantiate, marked, prune_program, spread, unite,
};
use crate::array::Array;
use crate::ir::builder::build;
use crate::ir::{Program, Type, Value, Var, all_match, evaluate, strengthen};
use crate::transform::{Cut, jvp_program, partial_eval, transpose_program, vmap_program};

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

    /// The marks of the carry to which `grow`, which is given marks of the program's inputs and
    /// gives marks of its results, adds nothing more.
    fn settled(&self, marks: &[bool], grow: impl Fn(&[bool]) -> Vec<bool>) -> Vec<bool> {
        let marks = self.groups(marks);
        let mut carry = marks.carry.to_vec();
        loop {
            let out = grow(&[marks.consts, &carry, marks.xs].concat());
            let more = unite(&carry, &out[..self.carry]);
            if more == carry {
                return carry;
            }
            carry = more;
        }
    }

    /// The types of the operands.
    pub(crate) fn operand_types(&self) -> Vec<Type> {
        let mut types = self.program.input_types();
        for ty in &mut types[self.consts + self.carry..] {
            *ty = self.stacked(ty);
        }
        types
    }

    /// The type of as many arrays as there are steps, one upon the other.
    fn stacked(&self, ty: &Type) -> Type {
        match ty {
            Type::Array(a) => a.with_shape(a.shape.with_axis(0, self.length)).into(),
            Type::Pattern(_) => unreachable!("patterns are constants"),
        }
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
        let carry = self.groups(&steps).carry;
        if !all_match(&outputs[..self.carry], carry) {
            return Err(format!(
                "scan: the carry goes in as {carry:?} and comes out as {:?}",
                &outputs[..self.carry]
            ));
        }
        strengthen(&mut outputs[..self.carry], carry);
        for ty in &mut outputs[self.carry..] {
            *ty = self.stacked(ty);
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
        let moving = self.settled(&linear, |linear| reached(&self.program, linear));
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
        // The batch stands in front of a slice, so second in what is sliced.
        let given: Vec<bool> = axes.iter().map(Option::is_some).collect();
        let steps = self.program.input_types();
        let types = |marks: &[bool]| -> Vec<Type> {
            let all = steps.iter().zip(marks).enumerate();
            all.map(|(i, (ty, b))| match ty {
                Type::Array(a) if *b => {
                    let axis = if i < self.consts {
                        axes[i].unwrap_or(0)
                    } else {
                        0
                    };
                    a.with_shape(a.shape.with_axis(axis, batch.size)).into()
                }
                ty => ty.clone(),
            })
            .collect()
        };
        let inner = |marks: &[bool]| -> Vec<Option<usize>> {
            let all = marks.iter().enumerate();
            all.map(|(i, b)| {
                let axis = if i < self.consts {
                    axes[i].unwrap_or(0)
                } else {
                    0
                };
                b.then_some(axis)
            })
            .collect()
        };
        let vmapped = |marks: &[bool], wanted: &[bool]| {
            let (program, axes) =
                vmap_program(&self.program, &types(marks), &inner(marks), batch, wanted);
            (
                program,
                axes.iter().map(Option::is_some).collect::<Vec<bool>>(),
            )
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
        let Some(program) = programs.into_iter().next() else {
            unreachable!("as many programs as there were")
        };
        Self {
            program,
            ..self.clone()
        }
        .into()
    }

    fn prune(&self, used: &[bool]) -> Option<Pruned> {
        let mut needed = used.to_vec();
        let (program, reads) = loop {
            let (program, reads) = prune_program(&self.program, &needed);
            let more = unite(&needed[..self.carry], self.groups(&reads).carry);
            if more == needed[..self.carry] {
                break (program, reads);
            }
            needed.splice(..self.carry, more);
        };
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

/// Which outputs of a program depend on the inputs that `marks` sets.
fn reached(program: &Program, marks: &[bool]) -> Vec<bool> {
    let known: Vec<bool> = marks.iter().map(|m| !m).collect();
    let cut = partial_eval(program, &known, &[]);
    cut.known_outputs.iter().map(|k| !k).collect()
}

impl Scan {
    /// Some carries are not linear, a counter for one: what is known runs first.
    fn transpose_rest(
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
    fn transpose_all(
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
        let mut carry = of_carry.to_vec();
        let (program, gives) = loop {
            let with = [&carry, of_ys].concat();
            let wanted: Vec<bool> = (0..marks.len())
                .map(|i| i >= self.consts && carry.get(i - self.consts) == Some(&true))
                .collect();
            let (program, gives) = transpose_program(&self.program, &marks, &with, &wanted);
            let more = unite(&carry, self.groups(&gives).carry);
            if more == carry {
                break (program, gives);
            }
            carry = more;
        };
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
        let slice = |v: &Value| match v.ty() {
            Type::Array(a) => Type::Array(a.with_shape(a.shape.without(&[0]))),
            Type::Pattern(_) => unreachable!("patterns are constants"),
        };
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

/// A loop cut into what its known operands decide and the rest.
struct Split<'a> {
    scan: &'a Scan,
    known: Vec<bool>,
    /// What the known constants alone decide: it is computed once, before the loops.
    invariant: Cut,
    /// Which carries the second part has.
    unknown_carry: Vec<bool>,
    /// One step over the invariants in the place of the known constants.
    cut: Cut,
    /// Known inputs of a step: invariants, carries, slices.
    known_inputs: [usize; 3],
}

impl<'a> Split<'a> {
    fn new(scan: &'a Scan, known: &[bool]) -> Self {
        let groups = scan.groups(known);
        let others = vec![false; scan.carry + groups.xs.len()];
        let all = vec![true; scan.program.outputs.len()];
        let invariant = partial_eval(&scan.program, &[groups.consts, &others].concat(), &all);
        let step = &invariant.unknown;
        let unknown_consts = groups.consts.iter().filter(|k| !**k).count();
        let marks = |carry: &[bool]| {
            let consts = [vec![true; invariant.residuals], vec![false; unknown_consts]].concat();
            let carry: Vec<bool> = carry.iter().map(|u| !u).collect();
            [&consts[..], &carry, groups.xs].concat()
        };
        let ys = vec![false; all.len() - scan.carry];
        let mut carry: Vec<bool> = groups.carry.iter().map(|k| !k).collect();
        let cut = loop {
            let cut = partial_eval(step, &marks(&carry), &[&carry[..], &ys].concat());
            let out: Vec<bool> = cut.known_outputs[..scan.carry].iter().map(|k| !k).collect();
            let more = unite(&carry, &out);
            if more == carry {
                break cut;
            }
            carry = more;
        };
        let count = |marks: &[bool], mark: bool| marks.iter().filter(|m| **m == mark).count();
        let known_inputs = [
            invariant.residuals,
            count(&carry, false),
            count(groups.xs, true),
        ];
        Self {
            scan,
            known: known.to_vec(),
            invariant,
            unknown_carry: carry,
            cut,
            known_inputs,
        }
    }

    fn parts(self) -> PartialEval {
        let scan = self.scan;
        let [invariants, carries, _] = self.known_inputs;
        let known = &self.cut.known;
        let first_residual = known.outputs.len() - self.cut.residuals;
        // A residual that is an invariant or a slice of an operand passes as it is; others are
        // collected step by step.
        let residuals: Vec<Kept> = known.outputs[first_residual..]
            .iter()
            .map(|atom| {
                let input = known.inputs.iter().position(|v| Some(*v) == atom.var());
                match input {
                    Some(i) if i < invariants => Kept::Invariant(i),
                    Some(i) if i >= invariants + carries => Kept::Slice(i - invariants - carries),
                    _ => Kept::Collected,
                }
            })
            .collect();
        let collects: Vec<bool> = residuals.iter().map(|k| *k == Kept::Collected).collect();
        let mut outputs = known.outputs[..first_residual].to_vec();
        outputs.extend(marked(&known.outputs[first_residual..], &collects, true));
        let first = Scan {
            program: Arc::new(Program {
                outputs,
                ..Program::clone(known)
            }),
            consts: invariants,
            carry: carries,
            ..scan.clone()
        };
        let second = self.second(&residuals, &collects);
        // What passes: invariants that are read, starts of unknown carries, slices, what is collected.
        let passing = |kind: fn(Kept) -> Option<usize>| -> Vec<usize> {
            residuals.iter().filter_map(|k| kind(*k)).collect()
        };
        let invariant_residuals = passing(Kept::invariant);
        let slice_residuals = passing(Kept::slice);
        let groups = scan.groups(&self.known);
        let started = |i: usize| groups.carry[i] && self.unknown_carry[i];
        let types = marked(&scan.operand_types(), &self.known, true);
        let counts = [groups.consts, groups.carry].map(|g| g.iter().filter(|k| **k).count());
        let mut count = 0;
        let program = build(&types, |inputs| {
            let (consts, rest) = inputs.split_at(counts[0]);
            let (carry, xs) = rest.split_at(counts[1]);
            let found = evaluate(&self.invariant.known, &[], consts.to_vec());
            let mut given = carry.iter();
            let (mut running, mut starts) = (Vec::new(), Vec::new());
            for i in (0..scan.carry).filter(|&i| groups.carry[i]) {
                let Some(value) = given.next() else {
                    unreachable!("a value for each known carry")
                };
                if started(i) {
                    starts.push(value.clone());
                } else {
                    running.push(value.clone());
                }
            }
            let mut results = bind(&first.into(), [&found, &running, xs].concat());
            let collected = results.split_off(first_residual);
            let before = results.len();
            results.extend(invariant_residuals.iter().map(|i| found[*i].clone()));
            results.extend(starts);
            results.extend(slice_residuals.iter().map(|i| xs[*i].clone()));
            results.extend(collected);
            count = results.len() - before;
            results
        });
        PartialEval {
            known: program.lifted(),
            unknown: Call { program: second }.into(),
            known_outputs: self.cut.known_outputs.clone(),
            residuals: count,
        }
    }

    /// The loop over what passes from the first part, then over the unknown operands.
    fn second(&self, residuals: &[Kept], collects: &[bool]) -> Arc<Program> {
        let scan = self.scan;
        let unknown = &self.cut.unknown;
        let groups = scan.groups(&self.known);
        let count = |marks: &[bool], mark: bool| marks.iter().filter(|m| **m == mark).count();
        let unknown_consts = count(groups.consts, false);
        let carries = count(&self.unknown_carry, true);
        // One step: residuals that are invariant stand among the constants, the others among the
        // slices.
        let (passed, own) = unknown.inputs.split_at(self.cut.residuals);
        let of = |kind: fn(Kept) -> Option<usize>| -> Vec<Var> {
            let chosen = passed
                .iter()
                .zip(residuals)
                .filter(|(_, k)| kind(**k).is_some());
            chosen.map(|(v, _)| *v).collect()
        };
        let (consts, rest) = own.split_at(unknown_consts);
        let (carry, xs) = rest.split_at(carries);
        let invariants = of(Kept::invariant);
        let slices = of(Kept::slice);
        let collected = marked(passed, collects, true);
        let looped = Scan {
            program: Arc::new(Program {
                inputs: [&invariants, consts, carry, &slices, &collected, xs].concat(),
                ..Program::clone(unknown)
            }),
            consts: invariants.len() + unknown_consts,
            carry: carries,
            ..scan.clone()
        };
        let all = looped.operand_types();
        let mut rest = &all[..];
        let sizes = [
            invariants.len(),
            unknown_consts,
            carries,
            slices.len(),
            collected.len(),
        ];
        let [
            invariant_types,
            const_types,
            carry_types,
            slice_types,
            collected_types,
        ] = sizes.map(|n| {
            let (group, after) = rest.split_at(n);
            rest = after;
            group
        });
        // Carries that start from what is known pass among the residuals.
        let starts: Vec<bool> = (0..scan.carry)
            .filter(|&i| self.unknown_carry[i])
            .map(|i| groups.carry[i])
            .collect();
        let types = [
            invariant_types,
            &marked(carry_types, &starts, true),
            slice_types,
            collected_types,
            const_types,
            &marked(carry_types, &starts, false),
            rest,
        ]
        .concat();
        let program = build(&types, |inputs| {
            let mut rest = &inputs[..];
            let started = count(&starts, true);
            let sizes = [
                invariants.len(),
                started,
                slices.len(),
                collected.len(),
                unknown_consts,
                carries - started,
            ];
            let [invariants, known, slices, collected, consts, carry] = sizes.map(|n| {
                let (group, after) = rest.split_at(n);
                rest = after;
                group
            });
            let (mut known, mut carry) = (known.iter(), carry.iter());
            let start = starts
                .iter()
                .filter_map(|s| if *s { known.next() } else { carry.next() });
            let start: Vec<Value> = start.cloned().collect();
            let operands = [invariants, consts, &start, slices, collected, rest].concat();
            bind(&looped.into(), operands)
        });
        program.lifted()
    }
}

/// How a residual passes from the first loop to the second.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    /// The same at every step.
    Invariant(usize),
    /// A slice of an operand.
    Slice(usize),
    /// Collected by the first loop.
    Collected,
}

impl Kept {
    fn invariant(self) -> Option<usize> {
        match self {
            Self::Invariant(i) => Some(i),
            Self::Slice(_) | Self::Collected => None,
        }
    }

    fn slice(self) -> Option<usize> {
        match self {
            Self::Slice(i) => Some(i),
            Self::Invariant(_) | Self::Collected => None,
        }
    }
}
