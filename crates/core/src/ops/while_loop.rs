//! A program repeated while another says so.

use std::sync::Arc;

use super::batching::{Batch, ensure_front};
use super::{
    Call, Control, Input, Lowering, Parameter, PartialEval, Primitive, Pruned, Reduce, Rules,
    Tangent, bind, bind1, broadcast, exactly, instantiate, marked, prune_program, refuse_patterns,
    select, settled, spread, without_callbacks,
};
use crate::array::{Array, DType};
use crate::ir::builder::build;
use crate::ir::{Program, Type, Value, all_match, evaluate, strengthen, vary};
use crate::transform::{jvp_program, misuse, partial_eval, vmap_program};

/// Repeats `body` on the carry while `condition` of it is true; JAX's `while`.
///
/// The operands are the constants of the condition, those of the body, then the carry.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct While {
    /// Over its constants and the carry; gives one bool.
    pub condition: Arc<Program>,
    /// How many constants the condition has.
    pub condition_consts: usize,
    /// Over its constants and the carry; gives the carry.
    pub body: Arc<Program>,
    /// How many constants the body has.
    pub body_consts: usize,
}

/// The types of constants, and their batch axes.
type Consts<'a> = (&'a [Type], &'a [Option<usize>]);

/// Something of each group of operands: of the condition's constants, the body's, the carry.
struct Groups<'a, T> {
    condition: &'a [T],
    body: &'a [T],
    carry: &'a [T],
}

impl While {
    fn carries(&self) -> usize {
        self.body.outputs.len()
    }

    fn groups<'a, T>(&self, all: &'a [T]) -> Groups<'a, T> {
        let (condition, rest) = all.split_at(self.condition_consts);
        let (body, carry) = rest.split_at(self.body_consts);
        Groups {
            condition,
            body,
            carry,
        }
    }
}

impl Rules for While {
    fn name(&self) -> &'static str {
        "while"
    }

    fn parameters(&self) -> Vec<(&'static str, Parameter)> {
        vec![
            ("body_jaxpr", Parameter::Program(self.body.clone())),
            ("body_nconsts", Parameter::text(self.body_consts)),
            ("cond_jaxpr", Parameter::Program(self.condition.clone())),
            ("cond_nconsts", Parameter::text(self.condition_consts)),
        ]
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        if inputs.len() != self.condition_consts + self.body_consts + self.carries() {
            return Err(format!(
                "while: {} operands are not those of its programs",
                inputs.len()
            ));
        }
        let groups = self.groups(inputs);
        let over = |consts: &[Type]| [consts, groups.carry].concat();
        let fits =
            |program: &Program, consts: &[Type]| all_match(&over(consts), &program.input_types());
        if !fits(&self.condition, groups.condition) || !fits(&self.body, groups.body) {
            return Err(format!(
                "while: operands {inputs:?} are not those of its programs"
            ));
        }
        match &self.condition.output_types()[..] {
            [Type::Array(a)] if a.dtype == DType::Bool && a.shape.rank() == 0 => {}
            other => {
                return Err(format!(
                    "while: the condition gives {other:?}, expected bool[]"
                ));
            }
        }
        let mut outputs = self.body.output_types();
        refuse_patterns("while", "carried", groups.carry)?;
        if !all_match(&outputs, groups.carry) {
            return Err(format!(
                "while: the carry goes in as {:?} and comes out as {outputs:?}",
                groups.carry
            ));
        }
        strengthen(&mut outputs, &self.body.input_types()[self.body_consts..]);
        Ok(outputs)
    }

    fn jvp(&self, primals: &[Value], tangents: &[Tangent]) -> (Vec<Value>, Vec<Tangent>) {
        let with: Vec<bool> = tangents.iter().map(Option::is_some).collect();
        let with = self.groups(&with);
        let ((), moving) = settled(with.carry, |carry| {
            (
                (),
                jvp_program(&self.body, &[with.body, carry].concat(), &[]).1,
            )
        });
        if !moving.contains(&true) {
            let results = bind(&self.clone().into(), primals.to_vec());
            return (results, vec![None; self.carries()]);
        }
        let (body, _) = jvp_program(&self.body, &[with.body, &moving].concat(), &moving);
        // Inputs: constants, carry, their tangents; wanted: constants with tangents, then carry.
        let tangents_of_consts = with.body.iter().filter(|w| **w).count();
        let mut inputs = body.inputs.clone();
        let carry = self.body_consts..self.body_consts + self.carries();
        let carry: Vec<_> = inputs.drain(carry).collect();
        let at = self.body_consts + tangents_of_consts;
        inputs.splice(at..at, carry);
        let body = Program {
            inputs,
            ..Program::clone(&body)
        };
        let primals = self.groups(primals);
        let types: Vec<Type> = primals.carry.iter().map(Value::ty).collect();
        let mut tangents = tangents.to_vec();
        let mut carried = tangents.split_off(self.condition_consts + self.body_consts);
        instantiate(&mut carried, &types, &moving);
        let types = marked(&types, &moving, true);
        let looped = Self {
            condition: ignoring(&self.condition, &types),
            condition_consts: self.condition_consts,
            body: Arc::new(body),
            body_consts: self.body_consts + tangents_of_consts,
        };
        let mut operands = [primals.condition, primals.body].concat();
        operands.extend(
            tangents[self.condition_consts..]
                .iter()
                .flatten()
                .map(Value::from),
        );
        operands.extend_from_slice(primals.carry);
        operands.extend(carried.iter().flatten().map(Value::from));
        let mut results = bind(&looped.into(), operands);
        let tangents = results.split_off(self.carries());
        (results, spread(&moving, tangents))
    }

    fn transpose(&self, _cotangents: &[Tangent], _inputs: &[Input]) -> Vec<Tangent> {
        misuse(
            "while_loop: reverse mode does not go through while_loop, nor through fori_loop with \
             bounds that are arrays: use scan, or fori_loop with bounds that are numbers"
                .to_owned(),
        )
    }

    fn batch(
        &self,
        inputs: &[Value],
        axes: &[Option<usize>],
        batch: &Batch,
    ) -> (Vec<Value>, Vec<Option<usize>>) {
        let types: Vec<Type> = inputs.iter().map(Value::ty).collect();
        let (types, axes) = (self.groups(&types), self.groups(axes));
        let vmapped = |program: &Program, consts: Consts<'_>, carry: &[bool], wanted: &[bool]| {
            let in_front = |(ty, b): (&Type, &bool)| match b {
                true => ty.stacked(0, batch.size),
                false => ty.clone(),
            };
            let inner = self.body.output_types();
            let carried = inner.iter().zip(carry).map(in_front);
            let types: Vec<Type> = consts.0.iter().cloned().chain(carried).collect();
            let front = carry.iter().map(|b| b.then_some(0));
            let axes: Vec<Option<usize>> = consts.1.iter().copied().chain(front).collect();
            vmap_program(program, &types, &axes, batch, wanted)
        };
        let given: Vec<bool> = axes.carry.iter().map(Option::is_some).collect();
        let condition = |carry: &[bool]| {
            let consts = (types.condition, axes.condition);
            let (program, axes) = vmapped(&self.condition, consts, carry, &[]);
            (program, axes[0].is_some())
        };
        let consts = (types.body, axes.body);
        let ((), batched) = settled(&given, |carry| {
            if condition(carry).1 {
                return ((), vec![true; carry.len()]);
            }
            let (_, axes) = vmapped(&self.body, consts, carry, carry);
            ((), axes.iter().map(Option::is_some).collect())
        });
        let (condition, by_example) = condition(&batched);
        let (body, _) = vmapped(&self.body, consts, &batched, &batched);
        let groups = self.groups(inputs);
        let carry = groups.carry.iter().zip(axes.carry).zip(&batched);
        let carry: Vec<Value> = carry
            .map(|((v, axis), b)| match b {
                true => ensure_front(v.array(), *axis, batch.size).into(),
                false => v.clone(),
            })
            .collect();
        let looped = if by_example {
            self.frozen(&condition, &body, &groups, &carry)
        } else {
            Self {
                condition,
                body,
                ..self.clone()
            }
        };
        let consts = if by_example {
            // The body asks the condition which examples go on.
            [groups.condition, groups.condition, groups.body].concat()
        } else {
            [groups.condition, groups.body].concat()
        };
        let results = bind(&looped.into(), [consts, carry].concat());
        let axes = batched.into_iter().map(|b| b.then_some(0)).collect();
        (results, axes)
    }

    fn lowering(&self) -> Lowering<'_> {
        Lowering::Control(Control::While(self))
    }

    fn programs(&self) -> Vec<&Arc<Program>> {
        vec![&self.condition, &self.body]
    }

    fn with_programs(&self, programs: Vec<Arc<Program>>) -> Primitive {
        let [condition, body] = exactly(programs);
        Self {
            condition,
            body,
            ..self.clone()
        }
        .into()
    }

    fn prune(&self, used: &[bool]) -> Option<Pruned> {
        let (condition, reads) = prune_program(&self.condition, &[true]);
        let (condition_reads, carry_reads) = reads.split_at(self.condition_consts);
        let asked: Vec<bool> = used
            .iter()
            .zip(carry_reads)
            .map(|(u, r)| *u || *r)
            .collect();
        let ((body, reads), needed) = settled(&asked, |needed| {
            let (body, reads) = prune_program(&self.body, needed);
            let carried = reads[self.body_consts..].to_vec();
            ((body, reads), carried)
        });
        let body_reads = &reads[..self.body_consts];
        let primitive = Self {
            condition_consts: condition_reads.iter().filter(|r| **r).count(),
            condition: Arc::new(Program {
                inputs: marked(
                    &condition.inputs,
                    &[condition_reads, &needed].concat(),
                    true,
                ),
                ..condition
            }),
            body_consts: body_reads.iter().filter(|r| **r).count(),
            body: Arc::new(Program {
                inputs: marked(&body.inputs, &[body_reads, &needed].concat(), true),
                ..body
            }),
        };
        Some(Pruned {
            primitive: primitive.into(),
            inputs: [condition_reads, body_reads, &needed].concat(),
            outputs: needed,
        })
    }

    /// What the known operands decide runs first; the rest runs the whole loop again, since how
    /// often depends on the condition.
    fn partial_eval(&self, known: &[bool]) -> Option<PartialEval> {
        let marks = self.groups(known);
        let unknown: Vec<bool> = marks.carry.iter().map(|k| !k).collect();
        let ((), unknown) = settled(&unknown, |unknown| {
            let consts = marks.body.iter().map(|k| !k);
            let inputs: Vec<bool> = consts.chain(unknown.iter().copied()).collect();
            ((), vary::reached(&self.body, &inputs))
        });
        let ((), unknown) = settled(&unknown, |unknown| {
            let carry: Vec<bool> = unknown.iter().map(|u| !u).collect();
            let cut = partial_eval(&self.body, &[marks.body, &carry].concat(), unknown);
            ((), cut.known_outputs.iter().map(|k| !k).collect())
        });
        let known_outputs: Vec<bool> = unknown.iter().map(|u| !u).collect();
        let decided = partial_eval(
            &self.condition,
            &[marks.condition, &known_outputs].concat(),
            &[],
        );
        if decided.known_outputs != [true] || !known_outputs.contains(&true) {
            return None;
        }
        let pruned = self.prune(&known_outputs)?;
        let types = self.all_types();
        let first = build(&marked(&types, known, true), |inputs| {
            let mut given = inputs.iter();
            let all: Vec<Option<&Value>> = known
                .iter()
                .map(|k| if *k { given.next() } else { None })
                .collect();
            let operands = all.iter().zip(&pruned.inputs).filter(|(_, r)| **r);
            let operands: Vec<Value> = operands.filter_map(|(v, _)| v.cloned()).collect();
            let results = bind(&pruned.primitive, operands);
            let wanted = marked(&known_outputs, &pruned.outputs, true);
            let mut results = marked(&results, &wanted, true);
            results.extend(inputs);
            results
        });
        let residuals = known.iter().filter(|k| **k).count();
        let mut inputs = marked(&types, known, true);
        inputs.extend(marked(&types, known, false));
        let second = build(&inputs, |inputs| {
            let (mut first, mut rest) = (inputs[..residuals].iter(), inputs[residuals..].iter());
            let operands = known
                .iter()
                .filter_map(|k| if *k { first.next() } else { rest.next() });
            let again = without_callbacks(&self.clone().into());
            let results = bind(&again, operands.cloned().collect());
            marked(&results, &known_outputs, false)
        });
        Some(PartialEval {
            known: first.lifted(),
            unknown: Call {
                program: second.lifted(),
            }
            .into(),
            known_outputs,
            residuals,
        })
    }
}

impl While {
    fn all_types(&self) -> Vec<Type> {
        let mut types = self.condition.input_types();
        types.truncate(self.condition_consts);
        types.extend(self.body.input_types());
        types
    }

    /// The loop over examples that end at different times: it goes on while one does, and those
    /// that are done keep their carry.
    fn frozen(
        &self,
        condition: &Arc<Program>,
        body: &Arc<Program>,
        groups: &Groups<'_, Value>,
        carry: &[Value],
    ) -> Self {
        let types = |values: &[&[Value]]| values.concat().iter().map(Value::ty).collect::<Vec<_>>();
        let any = build(&types(&[groups.condition, carry]), |inputs| {
            let going = evaluate(condition, &[], inputs).swap_remove(0);
            let or = Reduce {
                fold: super::Fold::Or,
                axes: vec![0],
            };
            vec![bind1(or, vec![going]).into()]
        });
        let step = build(&types(&[groups.condition, groups.body, carry]), |inputs| {
            let (asked, rest) = inputs.split_at(self.condition_consts);
            let old = &rest[self.body_consts..];
            let going = evaluate(condition, &[], [asked, old].concat()).swap_remove(0);
            let new = evaluate(body, &[], rest.to_vec());
            let keep = |(old, new): (&Value, Value)| {
                let (old, new) = (old.array(), new.into_array());
                let going = broadcast::broadcast_in_dim(going.array(), new.shape().clone(), &[0]);
                select::select(&going, &new, old).into()
            };
            old.iter().zip(new).map(keep).collect()
        });
        Self {
            condition: any.lifted(),
            condition_consts: self.condition_consts,
            body: step.lifted(),
            body_consts: self.condition_consts + self.body_consts,
        }
    }
}

/// The program with inputs of these types after its own, which it does not read.
fn ignoring(program: &Program, types: &[Type]) -> Arc<Program> {
    let mut program = program.clone();
    for ty in types {
        let var = program.unread(ty.clone());
        program.inputs.push(var);
    }
    Arc::new(program)
}

/// Whether a condition is met, of a concrete array of one bool.
pub(crate) fn is_met(condition: &Array) -> bool {
    condition.host::<bool>()[0]
}
