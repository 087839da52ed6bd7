//! Dense times dense, wanted at a pattern's entries only.

use super::batching::{Batch, only};
use super::spmm::{check_heads, spmm};
use super::{Edge, Input, Lowering, Rules, Tangent, add_tangents, bind1, reshape};
use crate::array::{Array, Pattern};
use crate::functions::shape::broadcast_axis;
use crate::ir::{Aval, Type, Value};

/// `out[e] = Σ_f a[row(e), f] · b[col(e), f]`, the transpose of the sparse product in its
/// values.
///
/// # Shapes
/// `a: [rows, F]`, `b: [cols, F]` give `[nnz]`; `[rows, H, F]`, `[cols, H, F]` give `[nnz, H]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sddmm;

impl Rules for Sddmm {
    fn name(&self) -> &'static str {
        "sddmm"
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [pattern, a, b] = inputs else {
            return Err(format!(
                "sddmm: expected 3 operands, found {}",
                inputs.len()
            ));
        };
        let p = pattern.pattern("sddmm")?;
        let (a, b) = (a.array("sddmm")?, b.array("sddmm")?);
        let mut shape = vec![p.nnz];
        if a.shape.rank() == 3 {
            shape.push(a.shape[1]);
        }
        let out = Aval::new(a.dtype, shape);
        check_heads("sddmm", &out, &[(a, p.rows), (b, p.cols)], p.nnz)?;
        if a.shape.last() != b.shape.last() {
            return Err(format!("sddmm: {a} and {b} have different features"));
        }
        Ok(vec![Type::Array(out)])
    }

    fn jvp(&self, primals: &[Value], tangents: &[Tangent]) -> (Vec<Value>, Vec<Tangent>) {
        let (p, a, b) = (primals[0].pattern(), primals[1].array(), primals[2].array());
        let left = tangents[1].as_ref().map(|t| sddmm(p, t, b));
        let right = tangents[2].as_ref().map(|t| sddmm(p, a, t));
        (vec![sddmm(p, a, b).into()], vec![add_tangents(left, right)])
    }

    fn transpose(&self, cotangents: &[Tangent], inputs: &[Input]) -> Vec<Tangent> {
        let Some(c) = only(cotangents) else {
            return vec![None; 3];
        };
        let p = inputs[0].known().pattern();
        if inputs[1].is_linear() {
            vec![
                None,
                Some(spmm(p, c, inputs[2].known().array(), false)),
                None,
            ]
        } else {
            vec![
                None,
                None,
                Some(spmm(p, c, inputs[1].known().array(), true)),
            ]
        }
    }

    fn batch(
        &self,
        inputs: &[Value],
        axes: &[Option<usize>],
        batch: &Batch,
    ) -> (Vec<Value>, Vec<Option<usize>>) {
        let size = batch.size;
        let p = inputs[0].pattern();
        let head = |i: usize| broadcast_axis(inputs[i].array(), axes[i], 1, size);
        let (a, b) = (head(1), head(2));
        if a.rank() == 3 {
            return (vec![sddmm(p, &a, &b).into()], vec![Some(1)]);
        }
        // Batch and heads become heads together.
        let [heads, features] = [a.shape()[2], a.shape()[3]];
        let fold = |x: &Array| reshape::reshape(x, [x.shape()[0], size * heads, features]);
        let out = sddmm(p, &fold(&a), &fold(&b));
        let nnz = out.shape()[0];
        (
            vec![reshape::reshape(&out, [nnz, size, heads]).into()],
            vec![Some(1)],
        )
    }

    fn lowering(&self) -> Lowering<'_> {
        Lowering::Edge(Edge::Sddmm(self))
    }
}

/// Applies the product.
#[track_caller]
pub(crate) fn sddmm(pattern: &Pattern, a: &Array, b: &Array) -> Array {
    bind1(Sddmm, vec![pattern.into(), a.into(), b.into()])
}
