//! The order of products: which operand goes through the other, and transposes.

use super::{Outcome, Simplifier};
use crate::ir::{Atom, Type};
use crate::ops::{Dot, Primitive, Spmm};

impl Simplifier<'_> {
    /// A product of dense matrices over other operands.
    pub(super) fn dot(&mut self, dot: &Dot, inputs: &[Atom]) -> Outcome {
        for side in 0..2 {
            if let Some((Primitive::Transpose(t), inner)) = self.maker(&inputs[side])
                && let Some(dot) = dot.through_transpose(side, &t.perm)
            {
                let mut operands = inputs.to_vec();
                operands[side] = inner[0].clone();
                return Outcome::Becomes(dot.into(), operands);
            }
        }
        let reordered = self.dot_of_spmm(dot, inputs);
        let reordered = reordered.or_else(|| self.gradient_of_spmm(dot, inputs));
        reordered.unwrap_or(Outcome::Stays)
    }

    /// `(A x) w` as `A (x w)` where that carries fewer features through the sparse product, which
    /// costs as many features as go through it.
    fn dot_of_spmm(&mut self, dot: &Dot, inputs: &[Atom]) -> Option<Outcome> {
        let (spmm, [pattern, values, x]) = self.sole_spmm(&inputs[0])?;
        let pays = self.features(&inputs[1])? < self.features(&x)?;
        if *dot != rows_times_matrix() || !pays || self.is_known(&inputs[0]) {
            return None;
        }
        let product = self.bind(rows_times_matrix().into(), vec![x, inputs[1].clone()])?;
        Some(Outcome::Becomes(
            spmm.into(),
            vec![pattern, values, product],
        ))
    }

    /// `A (x w)` as `(A x) w` where `x` has fewer features or `A x` is known.
    pub(super) fn spmm(&mut self, spmm: Spmm, inputs: &[Atom]) -> Option<Outcome> {
        let [pattern, values, product] = <&[Atom; 3]>::try_from(inputs).ok()?;
        let (primitive, operands) = self.maker(product)?;
        let [x, w] = <[Atom; 2]>::try_from(operands.to_vec()).ok()?;
        let plain = *primitive == rows_times_matrix().into() && self.is_used_once(product);
        let pays = self.pays(spmm, [pattern, values, &x], &w)?;
        if !plain || !pays || self.is_known(product) {
            return None;
        }
        let spread = self.bind(spmm.into(), vec![pattern.clone(), values.clone(), x])?;
        Some(Outcome::Becomes(
            rows_times_matrix().into(),
            vec![spread, w],
        ))
    }

    /// The gradient `xᵀ (Aᵀ y)` of the weights as `(A x)ᵀ y`, under the same condition: the
    /// forward pass has made `A x` then.
    fn gradient_of_spmm(&mut self, dot: &Dot, inputs: &[Atom]) -> Option<Outcome> {
        let over_rows = Dot {
            left_contract: vec![0],
            right_contract: vec![0],
            ..Dot::default()
        };
        if *dot != over_rows {
            return None;
        }
        for side in 0..2 {
            let x = &inputs[1 - side];
            let Some((spmm, [pattern, values, y])) = self.sole_spmm(&inputs[side]) else {
                continue;
            };
            let back = Spmm {
                transposed: !spmm.transposed,
            };
            let pays = self.pays(back, [&pattern, &values, x], &y);
            if pays != Some(true) || self.is_known(&y) {
                continue;
            }
            let mut operands = [y.clone(), y];
            operands[1 - side] = self.bind(back.into(), vec![pattern, values, x.clone()])?;
            return Some(Outcome::Becomes(over_rows.into(), operands.into()));
        }
        None
    }

    /// Whether to send the features of `x` through a sparse product instead of those of `other`:
    /// where they are fewer, or where it is done once, when the program is bound. That takes room
    /// for the result, which `bind::split` keeps where it is no larger than `x`.
    fn pays(&self, spmm: Spmm, operands: [&Atom; 3], other: &Atom) -> Option<bool> {
        let [pattern, _, x] = operands;
        let Type::Pattern(p) = self.type_of(pattern) else {
            return None;
        };
        let (from, to) = if spmm.transposed {
            (p.rows, p.cols)
        } else {
            (p.cols, p.rows)
        };
        let once = to <= from && operands.into_iter().all(|a| self.is_known(a));
        let (x, other) = (self.features(x)?, self.features(other)?);
        Some(x < other || (once && x <= 4 * other))
    }

    /// The sparse product that alone is read through an atom, with its operands.
    fn sole_spmm(&self, atom: &Atom) -> Option<(Spmm, [Atom; 3])> {
        let (Primitive::Spmm(spmm), operands) = self.maker(atom)? else {
            return None;
        };
        let operands = <[Atom; 3]>::try_from(operands.to_vec()).ok()?;
        self.is_used_once(atom).then_some((*spmm, operands))
    }

    fn is_used_once(&self, atom: &Atom) -> bool {
        atom.var().is_some_and(|v| self.uses[v.index()] == 1)
    }

    /// The columns of a matrix.
    fn features(&self, atom: &Atom) -> Option<usize> {
        match self.type_of(atom) {
            Type::Array(aval) if aval.shape.rank() == 2 => Some(aval.shape[1]),
            _ => None,
        }
    }
}

/// The product of two matrices as it is written.
fn rows_times_matrix() -> Dot {
    Dot {
        left_contract: vec![1],
        right_contract: vec![0],
        ..Dot::default()
    }
}

impl Dot {
    /// The product over the operand that `side` is the transpose of, if its free and batch
    /// axes stay in order.
    fn through_transpose(&self, side: usize, perm: &[usize]) -> Option<Self> {
        let mut dot = self.clone();
        let (contract, batch) = if side == 0 {
            (&mut dot.left_contract, &mut dot.left_batch)
        } else {
            (&mut dot.right_contract, &mut dot.right_batch)
        };
        for axis in contract.iter_mut().chain(batch.iter_mut()) {
            *axis = perm[*axis];
        }
        let before = if side == 0 {
            self.left_free(perm.len())
        } else {
            self.right_free(perm.len())
        };
        let moved: Vec<usize> = before.iter().map(|&a| perm[a]).collect();
        moved.is_sorted().then_some(dot)
    }
}
