//! One of several programs, chosen by an index.

use std::sync::Arc;

use super::batching::{Batch, ensure_front, to_front};
use super::select::select_n;
use super::stop_gradient::stop_gradient;
use super::{
    Binary, Call, Control, Input, Lowering, Parameter, PartialEval, Primitive, Pruned, Rules,
    Tangent, any_of, binary, bind, broadcast, marked, prune_program, refuse_patterns, select,
    settled, spread,
};
use crate::array::{Array, DType};
use crate::ir::builder::build;
use crate::ir::{Aval, Program, Type, Value, all_match, evaluate, strengthen};
use crate::transform::{Cut, jvp_program, partial_eval, transpose_program, vmap_program};

/// Runs the branch whose number the first operand is, clamped to those there are, on the others.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cond {
    /// Programs without captures, over the same inputs, with results of the same types.
    pub branches: Vec<Arc<Program>>,
}

impl Cond {
    /// The branch that an index chooses.
    pub(crate) fn chosen(&self, index: i32) -> usize {
        usize::try_from(index).map_or(0, |i| i.min(self.branches.len() - 1))
    }

    /// The same program made of each branch, all asked for what one of them gives.
    fn alike(
        &self,
        make: impl Fn(&Program, &[bool]) -> (Arc<Program>, Vec<bool>),
    ) -> (Vec<Arc<Program>>, Vec<bool>) {
        settled(&[], |gives| {
            let made = self.branches.iter().map(|b| make(b, gives));
            let (programs, marks): (Vec<_>, Vec<_>) = made.unzip();
            (programs, any_of(&marks))
        })
    }
}

impl Rules for Cond {
    fn name(&self) -> &'static str {
        "cond"
    }

    fn parameters(&self) -> Vec<(&'static str, Parameter)> {
        vec![("branches", Parameter::Programs(self.branches.clone()))]
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let (Some((index, operands)), Some(first)) = (inputs.split_first(), self.branches.first())
        else {
            return Err("cond: expected an index, operands and branches".to_owned());
        };
        let index = index.array("cond")?;
        if index.dtype != DType::I32 || index.shape.rank() != 0 {
            return Err(format!("cond: the index is {index}, expected i32[]"));
        }
        let mut outputs = first.output_types();
        refuse_patterns("cond", "a result", &outputs)?;
        for branch in &self.branches {
            if !all_match(operands, &branch.input_types()) {
                return Err(format!(
                    "cond: operands {operands:?} are not those of a branch, {:?}",
                    branch.input_types()
                ));
            }
            let found = branch.output_types();
            if !all_match(&found, &outputs) {
                return Err(format!("cond: branches give {outputs:?} and {found:?}"));
            }
            strengthen(&mut outputs, &found);
        }
        Ok(outputs)
    }

    fn jvp(&self, primals: &[Value], tangents: &[Tangent]) -> (Vec<Value>, Vec<Tangent>) {
        let with: Vec<bool> = tangents[1..].iter().map(Option::is_some).collect();
        let (branches, out_with) = self.alike(|branch, wanted| jvp_program(branch, &with, wanted));
        let mut inputs = primals.to_vec();
        inputs.extend(tangents.iter().flatten().map(Value::from));
        let mut results = bind(&Self { branches }.into(), inputs);
        let moving = results.split_off(self.branches[0].outputs.len());
        (results, spread(&out_with, moving))
    }

    fn transpose(&self, cotangents: &[Tangent], inputs: &[Input]) -> Vec<Tangent> {
        let linear: Vec<bool> = inputs[1..].iter().map(Input::is_linear).collect();
        let with: Vec<bool> = cotangents.iter().map(Option::is_some).collect();
        let (branches, gives) =
            self.alike(|branch, wanted| transpose_program(branch, &linear, &with, wanted));
        let known = inputs.iter().filter(|i| !i.is_linear());
        let mut operands: Vec<Value> = known.map(|i| i.known().clone()).collect();
        operands.extend(cotangents.iter().flatten().map(Value::from));
        let mut pulled = vec![None];
        pulled.extend(spread(&gives, bind(&Self { branches }.into(), operands)));
        pulled
    }

    fn batch(
        &self,
        inputs: &[Value],
        axes: &[Option<usize>],
        batch: &Batch,
    ) -> (Vec<Value>, Vec<Option<usize>>) {
        if let Some(axis) = axes[0] {
            return self.choose(inputs, axes, axis, batch);
        }
        let types: Vec<Type> = inputs[1..].iter().map(Value::ty).collect();
        let (branches, batched) = self.alike(|branch, wanted| {
            let (program, axes) = vmap_program(branch, &types, &axes[1..], batch, wanted);
            (program, axes.iter().map(Option::is_some).collect())
        });
        let results = bind(&Self { branches }.into(), inputs.to_vec());
        let axes = batched.into_iter().map(|b| b.then_some(0)).collect();
        (results, axes)
    }

    fn lowering(&self) -> Lowering<'_> {
        Lowering::Control(Control::Cond(self))
    }

    fn programs(&self) -> Vec<&Arc<Program>> {
        self.branches.iter().collect()
    }

    fn with_programs(&self, programs: Vec<Arc<Program>>) -> Primitive {
        Self { branches: programs }.into()
    }

    fn prune(&self, used: &[bool]) -> Option<Pruned> {
        let pruned: Vec<_> = self
            .branches
            .iter()
            .map(|b| prune_program(b, used))
            .collect();
        let (programs, reads): (Vec<_>, Vec<_>) = pruned.into_iter().unzip();
        let reads = any_of(&reads);
        let branches = programs.into_iter().map(|program| {
            Arc::new(Program {
                inputs: marked(&program.inputs, &reads, true),
                ..program
            })
        });
        let primitive = Self {
            branches: branches.collect(),
        };
        let mut inputs = vec![true];
        inputs.extend(reads);
        Some(Pruned {
            primitive: primitive.into(),
            inputs,
            outputs: used.to_vec(),
        })
    }

    fn partial_eval(&self, known: &[bool]) -> Option<PartialEval> {
        if !known[0] {
            return None;
        }
        let (cuts, _) = settled(&[], |unknown| {
            let cut = |b: &Arc<Program>| partial_eval(b, &known[1..], unknown);
            let cuts: Vec<Cut> = self.branches.iter().map(cut).collect();
            let unknown = |cut: &Cut| cut.known_outputs.iter().map(|k| !k).collect();
            let unknown: Vec<Vec<bool>> = cuts.iter().map(unknown).collect();
            (cuts, any_of(&unknown))
        });
        Some(Residuals::new(&cuts).split(cuts))
    }
}

impl Cond {
    /// Every example takes a branch of its own: all branches run, and their results are chosen
    /// from. A branch's operands stop the gradients of the examples that do not take it, or
    /// infinite derivatives there would spoil the zeros of what is not chosen.
    fn choose(
        &self,
        inputs: &[Value],
        axes: &[Option<usize>],
        axis: usize,
        batch: &Batch,
    ) -> (Vec<Value>, Vec<Option<usize>>) {
        let index = to_front(inputs[0].array(), axis);
        let last = Array::full((), (self.branches.len() - 1) as f64, DType::I32);
        let zero = Array::zeros((), DType::I32);
        let with = |how, index: &Array, number: &Array| {
            binary::apply(how, index, &broadcast::broadcast_to(number, index.shape()))
        };
        let index = with(Binary::Max, &index, &zero);
        let index = with(Binary::Min, &index, &last);
        let spread_over =
            |x: &Array, like: &Array| broadcast::broadcast_in_dim(x, like.shape().clone(), &[0]);
        let mut results: Vec<Vec<Array>> = Vec::new();
        for (i, branch) in self.branches.iter().enumerate() {
            let number = Array::full((), i as f64, DType::I32);
            let taken = with(Binary::Eq, &index, &number);
            let guard = |value: &Value, axis: Option<usize>| match value {
                Value::Array(x) if x.dtype().is_float() => {
                    let x = ensure_front(x, axis, batch.size);
                    let stopped = stop_gradient(&x);
                    (
                        select::select(&spread_over(&taken, &x), &x, &stopped).into(),
                        Some(0),
                    )
                }
                other => (other.clone(), axis),
            };
            let (operands, axes): (Vec<Value>, Vec<Option<usize>>) = inputs[1..]
                .iter()
                .zip(&axes[1..])
                .map(|(v, a)| guard(v, *a))
                .unzip();
            let types: Vec<Type> = operands.iter().map(Value::ty).collect();
            let wanted = vec![true; branch.outputs.len()];
            let (program, _) = vmap_program(branch, &types, &axes, batch, &wanted);
            let outputs = bind(&Call { program }.into(), operands);
            results.push(outputs.into_iter().map(Value::into_array).collect());
        }
        let outputs = (0..results[0].len()).map(|k| {
            let cases: Vec<Array> = results.iter().map(|r| r[k].clone()).collect();
            select_n(&spread_over(&index, &cases[0]), &cases).into()
        });
        let outputs: Vec<Value> = outputs.collect();
        let axes = vec![Some(0); outputs.len()];
        (outputs, axes)
    }
}

/// What passes from the known part of a conditional to the unknown one: operands that a branch
/// reads later, and the residuals of all branches, in places that they share by type.
struct Residuals {
    /// The operands that some branch reads later, by their place among the known ones.
    forwarded: Vec<usize>,
    /// The types of the shared places.
    places: Vec<Type>,
    /// Where each branch finds its residuals.
    found: Vec<Vec<Found>>,
}

#[derive(Clone, Copy)]
enum Found {
    Forwarded(usize),
    Place(usize),
}

impl Residuals {
    fn new(cuts: &[Cut]) -> Self {
        let mut all = Self {
            forwarded: Vec::new(),
            places: Vec::new(),
            found: Vec::new(),
        };
        for cut in cuts {
            let mut taken = vec![false; all.places.len()];
            let first = cut.known.outputs.len() - cut.residuals;
            let found = cut.known.outputs[first..].iter().map(|atom| {
                let input = cut.known.inputs.iter().position(|v| Some(*v) == atom.var());
                if let Some(operand) = input {
                    let place = all.forwarded.iter().position(|o| *o == operand);
                    return Found::Forwarded(place.unwrap_or_else(|| {
                        all.forwarded.push(operand);
                        all.forwarded.len() - 1
                    }));
                }
                let ty = cut.known.atom_type(atom);
                let free = (0..taken.len()).find(|&p| !taken[p] && all.places[p].matches(&ty));
                let place = free.unwrap_or_else(|| {
                    all.places.push(ty);
                    taken.push(false);
                    taken.len() - 1
                });
                taken[place] = true;
                Found::Place(place)
            });
            let found = found.collect();
            all.found.push(found);
        }
        all
    }

    /// The two parts.
    fn split(&self, cuts: Vec<Cut>) -> PartialEval {
        let known_outputs = cuts[0].known_outputs.clone();
        let count = known_outputs.iter().filter(|k| **k).count();
        let first = Cond {
            branches: cuts
                .iter()
                .zip(&self.found)
                .map(|(c, f)| self.first(c, count, f))
                .collect(),
        };
        let second = Cond {
            branches: cuts
                .iter()
                .zip(&self.found)
                .map(|(c, f)| self.second(c, f))
                .collect(),
        };
        // The index, the forwarded operands and the shared places are the residuals.
        let index = Type::Array(Aval::new(DType::I32, ()));
        let mut types = vec![index];
        types.extend(cuts[0].known.input_types());
        let known = build(&types, |inputs| {
            let mut results = bind(&first.into(), inputs.clone());
            let places = results.split_off(count);
            results.push(inputs[0].clone());
            results.extend(self.forwarded.iter().map(|o| inputs[1 + o].clone()));
            results.extend(places);
            results
        });
        PartialEval {
            known: known.lifted(),
            unknown: second.into(),
            known_outputs,
            residuals: 1 + self.forwarded.len() + self.places.len(),
        }
    }

    /// A branch that gives its known results, then the shared places: zeros in those of others.
    fn first(&self, cut: &Cut, count: usize, found: &[Found]) -> Arc<Program> {
        let closed = build(&cut.known.input_types(), |inputs| {
            let mut results = evaluate(&cut.known, &[], inputs);
            let residuals = results.split_off(count);
            for (place, ty) in self.places.iter().enumerate() {
                let own = found
                    .iter()
                    .position(|f| matches!(f, Found::Place(p) if *p == place));
                results.push(match (own, ty) {
                    (Some(i), _) => residuals[i].clone(),
                    (None, Type::Array(a)) => Array::zeros(a.shape.clone(), a.dtype).into(),
                    (None, Type::Pattern(_)) => unreachable!("programs make no patterns"),
                });
            }
            results
        });
        closed.lifted()
    }

    /// A branch over the forwarded operands, the shared places and the unknown operands.
    fn second(&self, cut: &Cut, found: &[Found]) -> Arc<Program> {
        let program = &cut.unknown;
        let inputs = program.input_types();
        let mut types = self.forwarded_types(cut);
        types.extend(self.places.iter().cloned());
        types.extend_from_slice(&inputs[cut.residuals..]);
        let residuals = self.forwarded.len() + self.places.len();
        let closed = build(&types, |given| {
            let mut inputs: Vec<Value> = found
                .iter()
                .map(|f| match f {
                    Found::Forwarded(i) => given[*i].clone(),
                    Found::Place(p) => given[self.forwarded.len() + p].clone(),
                })
                .collect();
            inputs.extend_from_slice(&given[residuals..]);
            evaluate(program, &[], inputs)
        });
        closed.lifted()
    }

    fn forwarded_types(&self, cut: &Cut) -> Vec<Type> {
        let types = cut.known.input_types();
        self.forwarded.iter().map(|o| types[*o].clone()).collect()
    }
}
