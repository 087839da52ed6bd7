//! Cutting a program in two: what known inputs decide, and the rest.

use std::sync::Arc;

use crate::compile::dce;
use crate::ir::{Atom, Effect, Equation, Program, Var};
use crate::ops::{Call, PartialEval, Primitive, marked};

/// A program cut by what is known.
#[derive(Clone)]
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

impl Cut {
    /// The parts of a call of the program.
    pub(crate) fn of_call(self) -> PartialEval {
        PartialEval {
            known: self.known,
            unknown: Call {
                program: self.unknown,
            }
            .into(),
            known_outputs: self.known_outputs,
            residuals: self.residuals,
        }
    }
}

/// Cuts `program`; captures are known. The outputs that `unknown_outputs` marks are the second
/// part's to give, known or not.
pub(crate) fn partial_eval(
    program: &Program,
    known_inputs: &[bool],
    unknown_outputs: &[bool],
) -> Cut {
    let key = [known_inputs.to_vec(), unknown_outputs.to_vec()];
    let make = |_: &_| cut(program, known_inputs, unknown_outputs, |_| true, Of::All);
    program.memo.cut.get_or(key, make)
}

/// The part of a loop's step that its constants decide, which happens once: callbacks and loops that
/// something else decides too stay in the step, as do all outputs.
pub(crate) fn invariant_part(step: &Program, known_inputs: &[bool]) -> Cut {
    let all = vec![true; step.outputs.len()];
    cut(step, known_inputs, &all, |_| true, Of::Invariants)
}

/// As [`partial_eval`], but what passes to the second part are known inputs, and results of
/// equations that `saves` chooses: the rest of what it needs it computes again.
pub(crate) fn partial_eval_saving(
    program: &Program,
    known_inputs: &[bool],
    saves: impl Fn(&Equation) -> bool,
) -> Cut {
    cut(program, known_inputs, &[], saves, Of::All)
}

fn cut(
    program: &Program,
    known_inputs: &[bool],
    unknown_outputs: &[bool],
    saves: impl Fn(&Equation) -> bool,
    of: Of,
) -> Cut {
    let mut cutter = Cutter {
        of,
        whole: Program {
            equations: Vec::new(),
            ..program.clone()
        },
        is_known: vec![false; program.types.len()],
        first: Vec::new(),
        second: Vec::new(),
    };
    cutter.learn(&program.captures);
    cutter.learn(&marked(&program.inputs, known_inputs, true));
    for equation in &program.equations {
        cutter.equation(equation);
    }
    let outputs = program.outputs.iter().enumerate();
    let known_outputs: Vec<bool> = outputs
        .map(|(i, a)| cutter.knows(a) && unknown_outputs.get(i) != Some(&true))
        .collect();
    let unknown_inputs = marked(&program.inputs, known_inputs, false);
    let again = cutter
        .first
        .iter()
        .filter(|e| !saves(e) && e.effect() != Effect::Ordered)
        .cloned()
        .collect();
    let unknown = cutter.unknown(
        &unknown_inputs,
        marked(&program.outputs, &known_outputs, false),
        again,
    );
    let residuals = &unknown.inputs[..unknown.inputs.len() - unknown_inputs.len()];
    let mut outputs = marked(&program.outputs, &known_outputs, true);
    outputs.extend(residuals.iter().copied().map(Atom::Var));
    let known = dce(&Program {
        inputs: marked(&program.inputs, known_inputs, true),
        equations: cutter.first,
        outputs,
        ..cutter.whole
    });
    known.verify_in_debug();
    unknown.verify_in_debug();
    Cut {
        known,
        known_outputs,
        residuals: residuals.len(),
        unknown: Arc::new(unknown),
    }
}

/// What is taken into the first part.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    /// All that is known, of loops too.
    All,
    /// What can as well happen once as at each step.
    Invariants,
}

struct Cutter {
    of: Of,
    /// The program without its equations; residuals of sub-programs are added to its types.
    whole: Program,
    is_known: Vec<bool>,
    first: Vec<Equation>,
    second: Vec<Equation>,
}

impl Cutter {
    fn learn(&mut self, vars: &[Var]) {
        for var in vars {
            self.is_known[var.index()] = true;
        }
    }

    fn knows(&self, atom: &Atom) -> bool {
        atom.var().is_none_or(|v| self.is_known[v.index()])
    }

    /// Puts an equation into the first part, the second, or, cut in two, into both.
    fn equation(&mut self, equation: &Equation) {
        let known: Vec<bool> = equation.inputs.iter().map(|a| self.knows(a)).collect();
        if self.of == Of::Invariants && equation.effect() == Effect::Ordered {
            self.second.push(equation.clone());
        } else if known.iter().all(|&k| k) {
            self.learn(&equation.outputs);
            self.first.push(equation.clone());
        } else if let Some(cut) = self.parts(&equation.primitive, &known) {
            self.cut(equation, &known, cut);
        } else {
            self.second.push(equation.clone());
        }
    }

    /// An operation cut in two, if it can be.
    fn parts(&self, primitive: &Primitive, known: &[bool]) -> Option<PartialEval> {
        match (self.of, primitive) {
            (Of::All, _) => primitive.rules().partial_eval(known),
            (Of::Invariants, Primitive::Call(call)) => {
                Some(cut(&call.program, known, &[], |_| true, Of::Invariants).of_call())
            }
            (Of::Invariants, _) => None,
        }
    }

    /// Calls the known part, and leaves the rest to the second. A residual that the known part was
    /// given passes as it is: a loop around would else keep a copy of it for each step.
    fn cut(&mut self, equation: &Equation, known: &[bool], cut: PartialEval) {
        let given = marked(&equation.inputs, known, true);
        let program = &cut.known;
        let first_residual = program.outputs.len() - cut.residuals;
        let mut called = program.outputs[..first_residual].to_vec();
        let mut outputs = marked(&equation.outputs, &cut.known_outputs, true);
        self.learn(&outputs);
        let mut inputs = Vec::with_capacity(cut.residuals);
        for atom in &program.outputs[first_residual..] {
            let place = program.inputs.iter().position(|v| Some(*v) == atom.var());
            inputs.push(match (place, atom) {
                (Some(place), _) => given[place].clone(),
                (None, Atom::Literal(..)) => atom.clone(),
                (None, Atom::Var(_)) => {
                    let var = self.whole.unread(program.atom_type(atom));
                    self.is_known.push(true);
                    called.push(atom.clone());
                    outputs.push(var);
                    Atom::Var(var)
                }
            });
        }
        let program = dce(&Program {
            outputs: called,
            ..Program::clone(program)
        });
        self.first.push(Equation {
            primitive: Call { program }.into(),
            inputs: given,
            outputs,
            at: equation.at,
        });
        inputs.extend(marked(&equation.inputs, known, false));
        let outputs = marked(&equation.outputs, &cut.known_outputs, false);
        self.second.push(Equation {
            primitive: cut.unknown,
            inputs,
            outputs,
            at: equation.at,
        });
    }

    /// The second part, which does the equations `again` first; every other known variable that
    /// its live equations read is a residual, and stands before the unknown inputs.
    fn unknown(&mut self, inputs: &[Var], outputs: Vec<Atom>, again: Vec<Equation>) -> Program {
        let mut equations = again;
        equations.append(&mut self.second);
        let live = dce(&Program {
            captures: Vec::new(),
            inputs: Vec::new(),
            equations,
            outputs,
            ..self.whole.clone()
        });
        let mut read = vec![false; self.whole.types.len()];
        let atoms = live.equations.iter().flat_map(|e| &e.inputs);
        for var in atoms.chain(&live.outputs).filter_map(Atom::var) {
            read[var.index()] = self.is_known[var.index()];
        }
        for var in live.equations.iter().flat_map(|e| &e.outputs) {
            read[var.index()] = false;
        }
        let residuals = (0..read.len()).filter(|&i| read[i]).map(|i| Var(i as u32));
        let inputs = residuals.chain(inputs.iter().copied()).collect();
        Program {
            inputs,
            ..Program::clone(&live)
        }
    }
}
