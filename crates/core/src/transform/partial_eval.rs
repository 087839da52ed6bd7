//! Cutting a program in two: what known inputs decide, and the rest.

use std::sync::Arc;

use crate::compile::dce;
use crate::ir::{Atom, Equation, Program, Var};

/// A program cut by what is known.
pub(crate) struct Cut {
    /// Over captures and known inputs; gives the known outputs, then the residuals.
    pub(crate) known: Arc<Program>,
    /// Over the residuals, then the unknown inputs; gives the unknown outputs.
    pub(crate) unknown: Arc<Program>,
    /// Which outputs the first part gives.
    pub(crate) known_outputs: Vec<bool>,
    /// How many residuals pass from the first part to the second.
    pub(crate) residuals: usize,
}

/// Cuts `program`; captures are known.
pub(crate) fn partial_eval(program: &Program, known_inputs: &[bool]) -> Cut {
    let mut types = program.types.clone();
    let mut is_known = vec![false; types.len()];
    for var in &program.captures {
        is_known[var.index()] = true;
    }
    for (var, &known) in program.inputs.iter().zip(known_inputs) {
        is_known[var.index()] = known;
    }
    let (mut first, mut second): (Vec<Equation>, Vec<Equation>) = (Vec::new(), Vec::new());
    for equation in &program.equations {
        let known: Vec<bool> = equation
            .inputs
            .iter()
            .map(|a| a.var().is_none_or(|v| is_known[v.index()]))
            .collect();
        if known.iter().all(|&k| k) {
            equation
                .outputs
                .iter()
                .for_each(|v| is_known[v.index()] = true);
            first.push(equation.clone());
            continue;
        }
        let Some(cut) = equation.primitive.rules().partial_eval(&known) else {
            second.push(equation.clone());
            continue;
        };
        let pick = |wanted: bool| {
            let chosen = equation
                .inputs
                .iter()
                .zip(&known)
                .filter(move |(_, k)| **k == wanted);
            chosen.map(|(a, _)| a.clone()).collect::<Vec<Atom>>()
        };
        let results = |wanted: bool| {
            let all = equation.outputs.iter().zip(&cut.known_outputs);
            all.filter(move |(_, k)| **k == wanted)
                .map(|(v, _)| *v)
                .collect::<Vec<Var>>()
        };
        let known_atoms = pick(true);
        let inputs: Vec<_> = known_atoms
            .iter()
            .map(|a| program_type(&types, a))
            .collect();
        let Ok(inferred) = cut.known.rules().infer(&inputs) else {
            unreachable!("the known part fits the known inputs")
        };
        let residuals: Vec<Var> = inferred[inferred.len() - cut.residuals..]
            .iter()
            .map(|ty| {
                types.push(ty.clone());
                is_known.push(true);
                Var(types.len() as u32 - 1)
            })
            .collect();
        let mut outputs = results(true);
        outputs.iter().for_each(|v| is_known[v.index()] = true);
        outputs.extend(&residuals);
        first.push(Equation {
            primitive: cut.known,
            inputs: known_atoms,
            outputs,
        });
        let mut inputs: Vec<Atom> = residuals.into_iter().map(Atom::Var).collect();
        inputs.extend(pick(false));
        second.push(Equation {
            primitive: cut.unknown,
            inputs,
            outputs: results(false),
        });
    }
    let known_outputs: Vec<bool> = program
        .outputs
        .iter()
        .map(|a| a.var().is_none_or(|v| is_known[v.index()]))
        .collect();
    let outputs = |wanted: bool| {
        let all = program.outputs.iter().zip(&known_outputs);
        all.filter(move |(_, k)| **k == wanted)
            .map(|(a, _)| a.clone())
            .collect::<Vec<Atom>>()
    };
    let inputs = |wanted: bool| {
        let all = program.inputs.iter().zip(known_inputs);
        all.filter(move |(_, k)| **k == wanted)
            .map(|(v, _)| *v)
            .collect::<Vec<Var>>()
    };
    let rest = dce(&Program {
        types: types.clone(),
        captures: Vec::new(),
        inputs: {
            // Every known variable that the second part reads is a residual.
            let mut read = vec![false; types.len()];
            for var in second.iter().flat_map(|e| &e.inputs).filter_map(Atom::var) {
                read[var.index()] = is_known[var.index()];
            }
            let mut vars: Vec<Var> = (0..types.len())
                .filter(|&i| read[i])
                .map(|i| Var(i as u32))
                .collect();
            vars.extend(inputs(false));
            vars
        },
        equations: second,
        outputs: outputs(false),
    });
    // Residuals that only dead equations read are not residuals.
    let unknown_inputs = inputs(false);
    let kept = rest.inputs.len() - unknown_inputs.len();
    let mut alive = vec![false; types.len()];
    for var in rest
        .equations
        .iter()
        .flat_map(|e| &e.inputs)
        .filter_map(Atom::var)
    {
        alive[var.index()] = true;
    }
    let mut unknown = Program::clone(&rest);
    let residuals: Vec<Var> = unknown.inputs[..kept]
        .iter()
        .copied()
        .filter(|v| alive[v.index()])
        .collect();
    unknown.inputs.splice(..kept, residuals.iter().copied());
    let mut known_results = outputs(true);
    known_results.extend(residuals.iter().map(|v| Atom::Var(*v)));
    let known = dce(&Program {
        types,
        captures: program.captures.clone(),
        inputs: inputs(true),
        equations: first,
        outputs: known_results,
    });
    known.verify_in_debug();
    unknown.verify_in_debug();
    Cut {
        known,
        unknown: Arc::new(unknown),
        known_outputs,
        residuals: residuals.len(),
    }
}

fn program_type(types: &[crate::ir::Type], atom: &Atom) -> crate::ir::Type {
    match atom {
        Atom::Var(v) => types[v.index()].clone(),
        Atom::Literal(s, weak) => crate::ir::Type::Array(crate::ir::Aval {
            dtype: s.dtype(),
            shape: ().into(),
            weak: *weak,
        }),
    }
}
