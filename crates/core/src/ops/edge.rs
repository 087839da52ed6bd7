//! Node values taken to the entries of a pattern.

use super::batching::{Batch, move_axis, only};
use super::segment::{SegmentFold, segment_reduce};
use super::{Input, Lowering, Parameter, Rules, Tangent, bind1};
use crate::array::{Array, Pattern};
use crate::ir::{Type, Value};

/// Which end of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The entry's row: in a graph, where an edge ends.
    Row,
    /// The entry's column: in a graph, where an edge begins.
    Col,
}

impl Side {
    /// The number of rows or columns.
    pub(crate) fn extent(self, p: crate::ir::PatternAval) -> usize {
        match self {
            Self::Row => p.rows,
            Self::Col => p.cols,
        }
    }
}

/// `out[e] = x[row(e)]`, or `x[col(e)]`.
///
/// # Shapes
/// The pattern and `x: [n, ..]` give `[nnz, ..]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct EdgeGather {
    /// Which end is read.
    pub side: Side,
}

impl Rules for EdgeGather {
    fn name(&self) -> &'static str {
        "edge_gather"
    }

    fn parameters(&self) -> Vec<(&'static str, Parameter)> {
        vec![("side", Parameter::text(self.side))]
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let [pattern, x] = inputs else {
            return Err(format!(
                "edge_gather: expected 2 operands, found {}",
                inputs.len()
            ));
        };
        let (p, x) = (pattern.pattern("edge_gather")?, x.array("edge_gather")?);
        let n = self.side.extent(p);
        if x.shape.first() != Some(&n) {
            return Err(format!(
                "edge_gather: {x} does not have the {n} nodes of {p}"
            ));
        }
        let mut out = x.clone();
        out.shape[0] = p.nnz;
        Ok(vec![Type::Array(out)])
    }

    fn jvp(&self, primals: &[Value], tangents: &[Tangent]) -> (Vec<Value>, Vec<Tangent>) {
        let p = primals[0].pattern();
        let out = edge_gather(p, primals[1].array(), self.side);
        let tangent = tangents[1].as_ref().map(|t| edge_gather(p, t, self.side));
        (vec![out.into()], vec![tangent])
    }

    fn transpose(&self, cotangents: &[Tangent], inputs: &[Input]) -> Vec<Tangent> {
        let p = inputs[0].known().pattern();
        let sum = |c| segment_reduce(p, c, self.side, SegmentFold::Sum);
        vec![None, only(cotangents).map(sum)]
    }

    fn batch(
        &self,
        inputs: &[Value],
        axes: &[Option<usize>],
        _: &Batch,
    ) -> (Vec<Value>, Vec<Option<usize>>) {
        let x = move_axis(inputs[1].array(), axes[1].unwrap_or(1), 1);
        (
            vec![edge_gather(inputs[0].pattern(), &x, self.side).into()],
            vec![Some(1)],
        )
    }

    fn lowering(&self) -> Lowering<'_> {
        Lowering::Edge(super::Edge::Gather(self))
    }
}

/// Applies the gather.
#[track_caller]
pub(crate) fn edge_gather(pattern: &Pattern, x: &Array, side: Side) -> Array {
    bind1(EdgeGather { side }, vec![pattern.into(), x.into()])
}
