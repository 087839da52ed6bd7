//! Sparse times dense: the product of a pattern's values with node values.

use super::batching::{Batch, move_axis, only};
use super::{
    Edge, Input, Lowering, Parameter, Rules, Tangent, add_tangents, bind1, reshape, sddmm,
};
use crate::array::{Array, Pattern};
use crate::functions::shape::broadcast_axis;
use crate::ir::{Aval, Type, Value};

/// `out[r] = Σ v[e] · x[col(e)]` over the entries `e` of row `r`; transposed,
/// `out[c] = Σ v[e] · x[row(e)]` over the entries of column `c`.
///
/// # Shapes
/// Operands: the pattern, values `[nnz]` with `x: [n, F]`, or values `[nnz, H]` with
/// `x: [n, H, F]`. The result has the rows' (transposed: the columns') extent in place of `n`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Spmm {
    /// Whether the matrix is used transposed.
    pub transposed: bool,
}

/// Pattern, values and node values of one head or several.
pub(crate) fn check_heads(
    name: &str,
    values: &Aval,
    nodes: &[(&Aval, usize)],
    nnz: usize,
) -> Result<(), String> {
    let heads = values.shape.get(1).copied();
    let mut fits = matches!(values.shape.rank(), 1 | 2) && values.shape[0] == nnz;
    for (x, n) in nodes {
        fits &= x.dtype == values.dtype
            && x.shape.rank() == values.shape.rank() + 1
            && x.shape[0] == *n
            && heads.is_none_or(|h| x.shape[1] == h);
    }
    if fits && values.dtype.is_float() {
        return Ok(());
    }
    let nodes: Vec<String> = nodes
        .iter()
        .map(|(x, n)| format!("{x} for {n} nodes"))
        .collect();
    Err(format!(
        "{name}: values {values} of {nnz} entries do not fit {}",
        nodes.join(" and ")
    ))
}

impl Rules for Spmm {
    fn name(&self) -> &'static str {
        "spmm"
    }

    fn parameters(&self) -> Vec<(&'static str, Parameter)> {
        vec![("transposed", Parameter::text(self.transposed))]
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [pattern, values, x] = inputs else {
            return Err(format!("spmm: expected 3 operands, found {}", inputs.len()));
        };
        let p = pattern.pattern("spmm")?;
        let (values, x) = (values.array("spmm")?, x.array("spmm")?);
        let (from, to) = if self.transposed {
            (p.rows, p.cols)
        } else {
            (p.cols, p.rows)
        };
        check_heads("spmm", values, &[(x, from)], p.nnz)?;
        let mut out = x.clone();
        out.shape[0] = to;
        out.weak = false;
        Ok(vec![Type::Array(out)])
    }

    fn jvp(&self, primals: &[Value], tangents: &[Tangent]) -> (Vec<Value>, Vec<Tangent>) {
        let (p, v, x) = (primals[0].pattern(), primals[1].array(), primals[2].array());
        let from_values = tangents[1].as_ref().map(|t| spmm(p, t, x, self.transposed));
        let from_nodes = tangents[2].as_ref().map(|t| spmm(p, v, t, self.transposed));
        let out = spmm(p, v, x, self.transposed);
        (
            vec![out.into()],
            vec![add_tangents(from_values, from_nodes)],
        )
    }

    fn transpose(&self, cotangents: &[Tangent], inputs: &[Input]) -> Vec<Tangent> {
        let Some(c) = only(cotangents) else {
            return vec![None; 3];
        };
        let p = inputs[0].known().pattern();
        if inputs[2].is_linear() {
            let v = inputs[1].known().array();
            vec![None, None, Some(spmm(p, v, c, !self.transposed))]
        } else {
            let x = inputs[2].known().array();
            let (a, b) = if self.transposed { (x, c) } else { (c, x) };
            vec![None, Some(sddmm::sddmm(p, a, b)), None]
        }
    }

    fn batch(
        &self,
        inputs: &[Value],
        axes: &[Option<usize>],
        batch: &Batch,
    ) -> (Vec<Value>, Vec<Option<usize>>) {
        let (p, v, x) = (inputs[0].pattern(), inputs[1].array(), inputs[2].array());
        if let (None, Some(axis)) = (axes[1], axes[2]) {
            // Shared values: the batch is folded into the features.
            let x = move_axis(x, axis, x.rank() - 2);
            let shape = x.shape().clone();
            let folded = fold_last_two(&x);
            let out = spmm(p, v, &folded, self.transposed);
            let mut wide = shape.to_vec();
            wide[0] = out.shape()[0];
            return (
                vec![reshape::reshape(&out, wide).into()],
                vec![Some(shape.rank() - 2)],
            );
        }
        // Values of their own: the batch becomes heads, in front of those that are there.
        let size = batch.size;
        let v = broadcast_axis(v, axes[1], 1, size);
        let x = broadcast_axis(x, axes[2], 1, size);
        if v.rank() == 2 {
            return (vec![spmm(p, &v, &x, self.transposed).into()], vec![Some(1)]);
        }
        let [n, b, h, f] = [x.shape()[0], size, x.shape()[2], x.shape()[3]];
        let v = reshape::reshape(&v, [v.shape()[0], b * h]);
        let out = spmm(p, &v, &reshape::reshape(&x, [n, b * h, f]), self.transposed);
        let rows = out.shape()[0];
        (
            vec![reshape::reshape(&out, [rows, b, h, f]).into()],
            vec![Some(1)],
        )
    }

    fn lowering(&self) -> Lowering<'_> {
        Lowering::Edge(Edge::Spmm(self))
    }
}

/// `[.., a, b]` as `[.., a·b]`.
pub(crate) fn fold_last_two(x: &Array) -> Array {
    let rank = x.rank();
    let mut shape = x.shape()[..rank - 1].to_vec();
    shape[rank - 2] *= x.shape()[rank - 1];
    reshape::reshape(x, shape)
}

/// Applies the product.
#[track_caller]
pub(crate) fn spmm(pattern: &Pattern, values: &Array, x: &Array, transposed: bool) -> Array {
    bind1(
        Spmm { transposed },
        vec![pattern.into(), values.into(), x.into()],
    )
}
