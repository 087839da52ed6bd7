//! Checks that a program is well formed and well typed.

use super::{Atom, Program, Var};

impl Program {
    /// Checks single assignment, use after definition, and every equation's types.
    ///
    /// # Errors
    /// The first violation, naming the equation.
    pub fn verify(&self) -> Result<(), String> {
        let mut bound = vec![false; self.types.len()];
        let mut bind = |var: Var, place: &str| match bound.get_mut(var.index()) {
            None => Err(format!("{place}: {var:?} has no type")),
            Some(b) if *b => Err(format!("{place}: {var:?} is bound twice")),
            Some(b) => {
                *b = true;
                Ok(())
            }
        };
        for &var in self.captures.iter().chain(&self.inputs) {
            bind(var, "inputs")?;
        }
        for (i, equation) in self.equations.iter().enumerate() {
            for &var in &equation.outputs {
                bind(
                    var,
                    &format!("equation {i} ({})", equation.primitive.rules().name()),
                )?;
            }
        }
        let mut known = vec![false; self.types.len()];
        for &var in self.captures.iter().chain(&self.inputs) {
            known[var.index()] = true;
        }
        let check = |known: &[bool], atom: &Atom, place: &str| match atom.var() {
            Some(v) if !known.get(v.index()).copied().unwrap_or(false) => {
                Err(format!("{place}: {v:?} is read before it is bound"))
            }
            _ => Ok(()),
        };
        for (i, equation) in self.equations.iter().enumerate() {
            let rules = equation.primitive.rules();
            let place = format!("equation {i} ({})", rules.name());
            for atom in &equation.inputs {
                check(&known, atom, &place)?;
            }
            let inputs: Vec<_> = equation.inputs.iter().map(|a| self.atom_type(a)).collect();
            let inferred = rules.infer(&inputs).map_err(|e| format!("{place}: {e}"))?;
            let outputs: Vec<_> = equation
                .outputs
                .iter()
                .map(|v| self.type_of(*v).clone())
                .collect();
            if inferred != outputs {
                return Err(format!(
                    "{place}: outputs are {outputs:?}, inferred {inferred:?}"
                ));
            }
            for var in &equation.outputs {
                known[var.index()] = true;
            }
        }
        self.outputs
            .iter()
            .try_for_each(|a| check(&known, a, "outputs"))
    }

    /// Verifies in debug builds.
    pub(crate) fn verify_in_debug(&self) {
        if cfg!(debug_assertions)
            && let Err(e) = self.verify()
        {
            panic!("a program is not well formed: {e}\n{self}");
        }
    }
}
