//! Identities: equations that an operand, a literal or a cheaper equation can stand for.
//!
//! Every rule but the order of products gives the same bits. `x + 0` is not among them: it turns -0 to 0.

use std::sync::Arc;

use super::bind::patterns;
use crate::array::Scalar;
use crate::device::default_backend;
use crate::ir::{Atom, Effect, Equation, Program, Type, Value, Var};
use crate::ops::{
    Binary, Broadcast, Convert, Dot, Lowering, Primitive, Reshape, Spmm, Transpose, Unary,
};

/// The program with every identity applied until none is left.
pub(crate) fn simplify(program: &Program) -> Arc<Program> {
    let mut pass = Simplifier {
        program,
        types: program.types.clone(),
        stands_for: (0..program.types.len())
            .map(|i| Atom::Var(Var(i as u32)))
            .collect(),
        made_by: vec![None; program.types.len()],
        uses: program.uses(),
        known: vec![false; program.types.len()],
        equations: Vec::with_capacity(program.equations.len()),
    };
    for var in program.captures.iter().chain(&patterns(program)) {
        pass.known[var.index()] = true;
    }
    for equation in &program.equations {
        pass.equation(equation);
    }
    let outputs = program.outputs.iter().map(|a| pass.now(a)).collect();
    Arc::new(Program {
        types: pass.types,
        equations: pass.equations,
        outputs,
        ..program.clone()
    })
}

impl Program {
    /// How often each variable is read.
    pub(crate) fn uses(&self) -> Vec<usize> {
        let mut uses = vec![0; self.types.len()];
        let atoms = self
            .equations
            .iter()
            .flat_map(|e| &e.inputs)
            .chain(&self.outputs);
        for var in atoms.filter_map(Atom::var) {
            uses[var.index()] += 1;
        }
        uses
    }
}

struct Simplifier<'a> {
    program: &'a Program,
    types: Vec<Type>,
    /// What now stands for each variable.
    stands_for: Vec<Atom>,
    /// The equation, among those kept, that binds a variable.
    made_by: Vec<Option<usize>>,
    uses: Vec<usize>,
    /// What captures and patterns alone decide, once a binding.
    known: Vec<bool>,
    equations: Vec<Equation>,
}

/// What becomes of an equation.
enum Outcome {
    /// Its only result is this.
    Is(Atom),
    /// It is replaced by this application, to be looked at again.
    Becomes(Primitive, Vec<Atom>),
    Stays,
}

impl Simplifier<'_> {
    fn now(&self, atom: &Atom) -> Atom {
        match atom {
            Atom::Var(v) => self.stands_for[v.index()].clone(),
            literal @ Atom::Literal(..) => literal.clone(),
        }
    }

    fn type_of(&self, atom: &Atom) -> Type {
        match atom {
            Atom::Var(v) => self.types[v.index()].clone(),
            literal @ Atom::Literal(..) => self.program.atom_type(literal),
        }
    }

    fn is_known(&self, atom: &Atom) -> bool {
        atom.var().is_none_or(|v| self.known[v.index()])
    }

    /// The primitive and operands that bind an atom.
    fn maker(&self, atom: &Atom) -> Option<(&Primitive, &[Atom])> {
        let equation = &self.equations[self.made_by[atom.var()?.index()]?];
        Some((&equation.primitive, &equation.inputs))
    }

    fn equation(&mut self, equation: &Equation) {
        let mut inputs: Vec<Atom> = equation.inputs.iter().map(|a| self.now(a)).collect();
        let mut primitive = equation.primitive.clone();
        if let [out] = equation.outputs[..]
            && equation.effect() == Effect::Pure
        {
            loop {
                match self.look(&primitive, &inputs, out) {
                    Outcome::Is(atom) => {
                        self.stands_for[out.index()] = atom;
                        return;
                    }
                    Outcome::Becomes(next, operands) => (primitive, inputs) = (next, operands),
                    Outcome::Stays => break,
                }
            }
        }
        let known = inputs.iter().all(|a| self.is_known(a));
        for var in &equation.outputs {
            self.made_by[var.index()] = Some(self.equations.len());
            self.known[var.index()] = known;
        }
        self.equations.push(Equation {
            primitive,
            inputs,
            outputs: equation.outputs.clone(),
        });
    }

    /// Appends an equation of one result.
    fn bind(&mut self, primitive: Primitive, inputs: Vec<Atom>) -> Option<Atom> {
        let types: Vec<Type> = inputs.iter().map(|a| self.type_of(a)).collect();
        let [ty] = <[Type; 1]>::try_from(primitive.rules().infer(&types).ok()?).ok()?;
        let var = Var(self.types.len() as u32);
        self.types.push(ty);
        self.stands_for.push(Atom::Var(var));
        self.uses.push(1);
        self.known.push(inputs.iter().all(|a| self.is_known(a)));
        self.made_by.push(Some(self.equations.len()));
        self.equations.push(Equation {
            primitive,
            inputs,
            outputs: vec![var],
        });
        Some(Atom::Var(var))
    }

    fn look(&mut self, primitive: &Primitive, inputs: &[Atom], out: Var) -> Outcome {
        if let Some(literal) = self.fold(primitive, inputs, out) {
            return Outcome::Is(literal);
        }
        // Standing for the result needs its very type, weakness included.
        let same = |atom: &Atom| self.type_of(atom) == self.types[out.index()];
        let kept = |atom: &Atom| {
            if same(atom) {
                Outcome::Is(atom.clone())
            } else {
                Outcome::Stays
            }
        };
        match primitive {
            Primitive::Binary(op) => {
                if let Some(atom) = identity(*op, inputs)
                    && same(atom)
                {
                    return Outcome::Is(atom.clone());
                }
                self.sink_broadcast(*op, inputs)
            }
            Primitive::Unary(Unary::Neg) => match self.maker(&inputs[0]) {
                Some((Primitive::Unary(Unary::Neg), inner)) => kept(&inner[0]),
                _ => Outcome::Stays,
            },
            Primitive::Select(_) if inputs.len() == 3 && inputs[1] == inputs[2] => kept(&inputs[1]),
            Primitive::Convert(Convert::Value { .. }) => kept(&inputs[0]),
            Primitive::Convert(Convert::Bits { .. }) => match self.maker(&inputs[0]) {
                Some((Primitive::Convert(Convert::Bits { .. }), inner)) => kept(&inner[0]),
                _ => kept(&inputs[0]),
            },
            Primitive::Reshape(reshape) => self.reshape(reshape, inputs, out),
            Primitive::Broadcast(outer) => self.broadcast(outer, inputs, out),
            Primitive::Transpose(outer) => self.transpose(outer, inputs, out),
            Primitive::Dot(dot) => self.dot(dot, inputs),
            Primitive::Spmm(spmm) => self.spmm(*spmm, inputs).unwrap_or(Outcome::Stays),
            _ => Outcome::Stays,
        }
    }

    /// The result of an equation over literals, if it is a scalar.
    fn fold(&self, primitive: &Primitive, inputs: &[Atom], out: Var) -> Option<Atom> {
        let Type::Array(aval) = &self.types[out.index()] else {
            return None;
        };
        let runs = !matches!(primitive.rules().lowering(), Lowering::Control(_));
        if aval.shape.rank() != 0 || inputs.is_empty() || !runs {
            return None;
        }
        let operands: Option<Vec<Value>> = inputs
            .iter()
            .map(|a| match a {
                Atom::Literal(scalar, weak) => Some(Value::Array(scalar.to_literal(*weak))),
                Atom::Var(_) => None,
            })
            .collect();
        let ty = self.types[out.index()].clone();
        let results = default_backend().execute(primitive, operands?, &[ty]);
        let result = results.first()?.array();
        Some(Atom::Literal(Scalar::of(result), aval.weak))
    }

    /// A scalar broadcast to the other operand's shape is that scalar.
    fn sink_broadcast(&self, op: Binary, inputs: &[Atom]) -> Outcome {
        for (i, atom) in inputs.iter().enumerate() {
            let other = &inputs[1 - i];
            let Some((Primitive::Broadcast(_), inner)) = self.maker(atom) else {
                continue;
            };
            let (Type::Array(small), Type::Array(large), Type::Array(full)) = (
                self.type_of(&inner[0]),
                self.type_of(other),
                self.type_of(atom),
            ) else {
                continue;
            };
            if small.shape.rank() == 0 && full.shape.rank() > 0 && large.shape == full.shape {
                let mut operands = inputs.to_vec();
                operands[i] = inner[0].clone();
                return Outcome::Becomes(op.into(), operands);
            }
        }
        Outcome::Stays
    }

    fn reshape(&self, outer: &Reshape, inputs: &[Atom], out: Var) -> Outcome {
        if self.type_of(&inputs[0]) == self.types[out.index()] {
            return Outcome::Is(inputs[0].clone());
        }
        match self.maker(&inputs[0]) {
            Some((Primitive::Reshape(_), inner)) => {
                Outcome::Becomes(outer.clone().into(), inner.to_vec())
            }
            _ => Outcome::Stays,
        }
    }

    fn broadcast(&self, outer: &Broadcast, inputs: &[Atom], out: Var) -> Outcome {
        if self.type_of(&inputs[0]) == self.types[out.index()] {
            return Outcome::Is(inputs[0].clone());
        }
        match self.maker(&inputs[0]) {
            Some((Primitive::Broadcast(inner), operand)) => {
                let dims = inner.dims.iter().map(|&d| outer.dims[d]).collect();
                let whole = Broadcast {
                    shape: outer.shape.clone(),
                    dims,
                };
                Outcome::Becomes(whole.into(), operand.to_vec())
            }
            _ => Outcome::Stays,
        }
    }

    fn transpose(&self, outer: &Transpose, inputs: &[Atom], out: Var) -> Outcome {
        let identity = outer.perm.iter().enumerate().all(|(i, &p)| i == p);
        if identity && self.type_of(&inputs[0]) == self.types[out.index()] {
            return Outcome::Is(inputs[0].clone());
        }
        match self.maker(&inputs[0]) {
            Some((Primitive::Transpose(inner), operand)) => {
                let perm = outer.perm.iter().map(|&p| inner.perm[p]).collect();
                Outcome::Becomes(Transpose { perm }.into(), operand.to_vec())
            }
            _ => Outcome::Stays,
        }
    }

    fn dot(&mut self, dot: &Dot, inputs: &[Atom]) -> Outcome {
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
    fn spmm(&mut self, spmm: Spmm, inputs: &[Atom]) -> Option<Outcome> {
        let [pattern, values, product] = <&[Atom; 3]>::try_from(inputs).ok()?;
        let (primitive, operands) = self.maker(product)?;
        let [x, w] = <[Atom; 2]>::try_from(operands.to_vec()).ok()?;
        let plain = *primitive == rows_times_matrix().into() && self.is_used_once(product);
        let known = [pattern, values, &x].into_iter().all(|a| self.is_known(a));
        let pays = self.pays(known, &x, &w)?;
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
            let known = [&pattern, &values, x].into_iter().all(|a| self.is_known(a));
            if !self.pays(known, x, &y)? || self.is_known(&y) {
                continue;
            }
            let back = Spmm {
                transposed: !spmm.transposed,
            };
            let mut operands = [y.clone(), y];
            operands[1 - side] = self.bind(back.into(), vec![pattern, values, x.clone()])?;
            return Some(Outcome::Becomes(over_rows.into(), operands.into()));
        }
        None
    }

    /// Whether to send the features of `x` through a sparse product instead of those of `other`:
    /// where they are fewer, or where it is done once and takes no more than a few times the room.
    fn pays(&self, known: bool, x: &Atom, other: &Atom) -> Option<bool> {
        let (x, other) = (self.features(x)?, self.features(other)?);
        Some(x < other || (known && x <= 4 * other))
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

/// The operand that `x · 1`, `1 · x`, `x / 1` and `x - 0` are.
fn identity(op: Binary, inputs: &[Atom]) -> Option<&Atom> {
    let is = |atom: &Atom, value: f64| match atom {
        Atom::Literal(s, _) => s.is(value),
        Atom::Var(_) => false,
    };
    // Not -0: taking it away turns -0 into 0.
    let is_zero =
        |atom: &Atom| matches!(atom, Atom::Literal(s, _) if *s == Scalar::zero(s.dtype()));
    match op {
        Binary::Mul if is(&inputs[0], 1.0) => Some(&inputs[1]),
        Binary::Mul | Binary::Div if is(&inputs[1], 1.0) => Some(&inputs[0]),
        Binary::Sub if is_zero(&inputs[1]) => Some(&inputs[0]),
        _ => None,
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

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use crate::array::{Array, Csr, DType, Pattern, scalar};
    use crate::compile::optimise;
    use crate::ir::Program;
    use crate::transform::{Func, grad, make_program};

    /// The program of `f` before and after the passes.
    fn check(program: &Program, before: Expect, after: Expect) {
        before.assert_eq(&program.to_string());
        let optimised = optimise(program);
        assert_eq!(optimised.verify(), Ok(()));
        after.assert_eq(&optimised.to_string());
    }

    fn of<'f, Args, F>(f: F, x: &Array) -> Program
    where
        F: Func<
                'f,
                Args,
                First = Array,
                Returning<Program> = dyn Fn(&Array) -> Program + Send + Sync + 'f,
            >,
    {
        make_program(f)(x)
    }

    #[test]
    fn ones_zeros_and_double_negations_go() {
        check(
            &of(|x: &Array| -(-(1 * x / 1 - 0)) + 0, &scalar(2.0)),
            expect![[r"
                { lambda ; a:f32[]. let
                    b:f32[] = mul 1.0:f32[] a
                    c:f32[] = div b 1.0:f32[]
                    d:f32[] = sub c 0.0:f32[]
                    e:f32[] = neg d
                    f:f32[] = neg e
                    g:f32[] = add f 0.0:f32[]
                  in (g,) }"]],
            expect![[r"
                { lambda ; a:f32[]. let
                    b:f32[] = add a 0.0:f32[]
                  in (b,) }"]],
        );
    }

    #[test]
    fn literals_are_folded_and_broadcasts_sink() {
        let f = |x: &Array| x * Array::full([2, 3], 2.5, DType::F32) + (scalar(1.0) + scalar(2.0));
        check(
            &of(f, &Array::zeros([2, 3], DType::F32)),
            expect![[r"
                { lambda ; a:f32[2,3]. let
                    b:f32[2,3] = broadcast_in_dim[broadcast_dimensions=() shape=(2, 3)] 2.5:f32[]
                    c:f32[2,3] = mul a b
                    d:f32[] = add 1.0:f32[] 2.0:f32[]
                    e:f32[2,3] = add c d
                  in (e,) }"]],
            expect![[r"
                { lambda ; a:f32[2,3]. let
                    b:f32[2,3] = mul a 2.5:f32[]
                    c:f32[2,3] = add b 3.0:f32[]
                  in (c,) }"]],
        );
    }

    #[test]
    fn movements_compose() {
        let f = |x: &Array| x.t().t().reshape([6]).reshape([3, 2]);
        check(
            &of(f, &Array::zeros([2, 3], DType::F32)),
            expect![[r"
                { lambda ; a:f32[2,3]. let
                    b:f32[3,2] = transpose[permutation=(1, 0)] a
                    c:f32[2,3] = transpose[permutation=(1, 0)] b
                    d:f32[6] = reshape[dimensions=None new_sizes=(6,)] c
                    e:f32[3,2] = reshape[dimensions=None new_sizes=(3, 2)] d
                  in (e,) }"]],
            expect![[r"
                { lambda ; a:f32[2,3]. let
                    b:f32[3,2] = reshape[dimensions=None new_sizes=(3, 2)] a
                  in (b,) }"]],
        );
    }

    #[test]
    fn transposes_go_into_products() {
        let f = |x: &Array| x.t().matmul(x);
        check(
            &of(f, &Array::zeros([4, 3], DType::F32)),
            expect![[r"
                { lambda ; a:f32[4,3]. let
                    b:f32[3,4] = transpose[permutation=(1, 0)] a
                    c:f32[3,3] = dot_general[dimension_numbers=(([1], [0]), ([], []))] b a
                  in (c,) }"]],
            expect![[r"
                { lambda ; a:f32[4,3]. let
                    b:f32[3,3] = dot_general[dimension_numbers=(([0], [0]), ([], []))] a a
                  in (b,) }"]],
        );
    }

    #[test]
    fn what_is_known_goes_through_a_sparse_product_once() {
        let pattern = Pattern::new(2, vec![0, 1, 2], vec![1, 0]).unwrap_or_else(|e| panic!("{e}"));
        let a = Csr::new(pattern, Array::zeros(2, DType::F32));
        let x = Array::zeros([2, 3], DType::F32);
        let f = move |w: &Array| a.matmul(&x.matmul(w)).square().sum(..);
        let optimised = optimise(&make_program(grad(f))(&Array::zeros([3, 2], DType::F32)));
        expect![[r#"
            { lambda a:f32[2,3] b:csr[2,2;2] c:f32[2]; d:f32[3,2]. let
                e:f32[2,3] = spmm[transposed=false] b c a
                f:f32[2,2] = dot_general[dimension_numbers=(([1], [0]), ([], []))] e d
                g:f32[2,2] = mul 2.0:f32[] f
                h:f32[3,2] = dot_general[dimension_numbers=(([0], [0]), ([], []))] e g
              in (h,) }"#]]
        .assert_eq(&optimised.to_string());
    }

    #[test]
    fn sparse_products_carry_the_fewer_features() {
        let pattern = Pattern::new(2, vec![0, 1, 2], vec![1, 0]).unwrap_or_else(|e| panic!("{e}"));
        let a = Csr::new(pattern, Array::zeros(2, DType::F32));
        let w = Array::zeros([8, 3], DType::F32);
        let f = move |x: &Array| a.matmul(x).matmul(&w);
        check(
            &of(f, &Array::zeros([2, 8], DType::F32)),
            expect![[r"
                { lambda a:csr[2,2;2] b:f32[2] c:f32[8,3]; d:f32[2,8]. let
                    e:f32[2,8] = spmm[transposed=false] a b d
                    f:f32[2,3] = dot_general[dimension_numbers=(([1], [0]), ([], []))] e c
                  in (f,) }"]],
            expect![[r"
                { lambda a:csr[2,2;2] b:f32[2] c:f32[8,3]; d:f32[2,8]. let
                    e:f32[2,3] = dot_general[dimension_numbers=(([1], [0]), ([], []))] d c
                    f:f32[2,3] = spmm[transposed=false] a b e
                  in (f,) }"]],
        );
    }
}
