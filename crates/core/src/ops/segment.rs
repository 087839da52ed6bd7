//! Entry values folded at the rows or columns of a pattern.

use super::batching::{Batch, move_axis, only};
use super::edge::{Side, edge_gather};
use super::{Edge, Input, Lowering, Parameter, Rules, Tangent, bind1, not_linear};
use crate::array::{Array, DType, Pattern};
use crate::ir::{Type, Value};

/// How the values of a segment combine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each name says what it is")]
pub enum SegmentFold {
    Sum,
    Max,
    Min,
}

impl SegmentFold {
    /// Every fold, for checks over the whole family.
    pub const ALL: [Self; 3] = [Self::Sum, Self::Max, Self::Min];
}

/// `out[i] = fold of x[e]` over the entries `e` of row (column) `i`.
///
/// An empty segment gives zero, -inf or the smallest integer, inf or the largest.
///
/// # Shapes
/// The pattern and `x: [nnz, ..]` give `[n, ..]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SegmentReduce {
    /// How values combine.
    pub fold: SegmentFold,
    /// Which end of the entries they meet at.
    pub side: Side,
}

impl Rules for SegmentReduce {
    fn name(&self) -> &'static str {
        match self.fold {
            SegmentFold::Sum => "segment_sum",
            SegmentFold::Max => "segment_max",
            SegmentFold::Min => "segment_min",
        }
    }

    fn parameters(&self) -> Vec<(&'static str, Parameter)> {
        vec![("side", Parameter::text(self.side))]
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let name = self.name();
        let [pattern, x] = inputs else {
            return Err(format!(
                "{name}: expected 2 operands, found {}",
                inputs.len()
            ));
        };
        let (p, x) = (pattern.pattern(name)?, x.array(name)?);
        if x.shape.first() != Some(&p.nnz) || x.dtype == DType::Bool {
            return Err(format!(
                "{name}: {x} does not hold numbers for the {} entries of {p}",
                p.nnz
            ));
        }
        let mut out = x.clone();
        out.shape[0] = self.side.extent(p);
        Ok(vec![Type::Array(out)])
    }

    fn jvp(&self, primals: &[Value], tangents: &[Tangent]) -> (Vec<Value>, Vec<Tangent>) {
        let (p, x) = (primals[0].pattern(), primals[1].array());
        let out = segment_reduce(p, x, self.side, self.fold);
        let sum = |v: &Array| segment_reduce(p, v, self.side, SegmentFold::Sum);
        let tangent = tangents[1].as_ref().map(|t| match self.fold {
            SegmentFold::Sum => sum(t),
            SegmentFold::Max | SegmentFold::Min => {
                // Equal extremes share the slope; an empty segment has none.
                let winners = x.equal(edge_gather(p, &out, self.side)).astype(x.dtype());
                sum(&(t * &winners)) / sum(&winners).maximum(1)
            }
        });
        (vec![out.into()], vec![tangent])
    }

    fn transpose(&self, cotangents: &[Tangent], inputs: &[Input]) -> Vec<Tangent> {
        if self.fold != SegmentFold::Sum {
            not_linear(self.name());
        }
        let p = inputs[0].known().pattern();
        vec![None, only(cotangents).map(|c| edge_gather(p, c, self.side))]
    }

    fn batch(
        &self,
        inputs: &[Value],
        axes: &[Option<usize>],
        _: &Batch,
    ) -> (Vec<Value>, Vec<Option<usize>>) {
        let x = move_axis(inputs[1].array(), axes[1].unwrap_or(1), 1);
        let out = segment_reduce(inputs[0].pattern(), &x, self.side, self.fold);
        (vec![out.into()], vec![Some(1)])
    }

    fn lowering(&self) -> Lowering<'_> {
        Lowering::Edge(Edge::Segment(self))
    }
}

/// Applies the fold.
#[track_caller]
pub(crate) fn segment_reduce(pattern: &Pattern, x: &Array, side: Side, fold: SegmentFold) -> Array {
    bind1(SegmentReduce { fold, side }, vec![pattern.into(), x.into()])
}
