//! Folds along an axis up to each of its elements.

use super::batching::{Batch, only, shift_axes};
use super::binary::share;
use super::{
    Binary, Input, Lowering, Parameter, Reduction, Rules, Tangent, binary, bind1, concatenate,
    not_linear, pad, slice, unary_aval,
};
use crate::array::{Array, DType};
use crate::functions::logic::select;
use crate::functions::math::logaddexp;
use crate::ir::{Type, Value};

/// How elements combine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each name says what it is")]
pub enum CumulativeFold {
    Sum,
    Prod,
    Max,
    Min,
    LogSumExp,
}

impl CumulativeFold {
    /// Every fold, for checks over the whole family.
    pub const ALL: [Self; 5] = [Self::Sum, Self::Prod, Self::Max, Self::Min, Self::LogSumExp];
}

/// `out[i] = x[0] ∘ .. ∘ x[i]` along `axis`, or `x[i] ∘ .. ∘ x[n - 1]` in reverse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cumulative {
    /// How elements combine.
    pub fold: CumulativeFold,
    /// The axis they stand along.
    pub axis: usize,
    /// From each element to the last rather than from the first to it.
    pub reverse: bool,
}

impl Rules for Cumulative {
    fn name(&self) -> &'static str {
        match self.fold {
            CumulativeFold::Sum => "cumsum",
            CumulativeFold::Prod => "cumprod",
            CumulativeFold::Max => "cummax",
            CumulativeFold::Min => "cummin",
            CumulativeFold::LogSumExp => "cumlogsumexp",
        }
    }

    fn parameters(&self) -> Vec<(&'static str, Parameter)> {
        vec![
            ("axis", Parameter::text(self.axis)),
            ("reverse", Parameter::flag(self.reverse)),
        ]
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let name = self.name();
        let aval = unary_aval(name, inputs)?;
        if self.axis >= aval.shape.rank() {
            return Err(format!("{name}: {aval} has no axis {}", self.axis));
        }
        let fits = match self.fold {
            CumulativeFold::LogSumExp => aval.dtype.is_float(),
            _ => aval.dtype != DType::Bool,
        };
        if !fits {
            return Err(format!("{name}: does not take {aval}"));
        }
        Ok(vec![Type::Array(aval.clone())])
    }

    fn jvp(&self, primals: &[Value], tangents: &[Tangent]) -> (Vec<Value>, Vec<Tangent>) {
        let x = primals[0].array();
        let out = bind1(*self, vec![x.into()]);
        let tangent = tangents[0].as_ref().map(|t| match self.fold {
            CumulativeFold::Sum => bind1(*self, vec![t.into()]),
            _ => self.tangent(x, t),
        });
        (vec![out.into()], vec![tangent])
    }

    fn transpose(&self, cotangents: &[Tangent], _inputs: &[Input]) -> Vec<Tangent> {
        if self.fold != CumulativeFold::Sum {
            not_linear(self.name());
        }
        let back = Self {
            reverse: !self.reverse,
            ..*self
        };
        vec![only(cotangents).map(|c| bind1(back, vec![c.into()]))]
    }

    fn batch(
        &self,
        inputs: &[Value],
        axes: &[Option<usize>],
        _: &Batch,
    ) -> (Vec<Value>, Vec<Option<usize>>) {
        let axis = shift_axes(&[self.axis], axes[0].unwrap_or(0))[0];
        let out = bind1(Self { axis, ..*self }, inputs.to_vec());
        (vec![out.into()], vec![axes[0]])
    }

    fn lowering(&self) -> Lowering<'_> {
        Lowering::Reduce(Reduction::Cumulative(self))
    }
}

/// Elements and their tangents.
type Pair = (Array, Array);

impl Cumulative {
    /// The tangent as JAX has it: that of the tree of `associative_scan`, which decides how ties
    /// share a slope, and which needs no division where a factor is zero.
    fn tangent(&self, x: &Array, t: &Array) -> Array {
        let axis = self.axis;
        let turn = |x: &Array| {
            if self.reverse {
                x.flip(axis as isize)
            } else {
                x.clone()
            }
        };
        let combine = |a: &Pair, b: &Pair| self.combine(a, b);
        turn(&scan(axis, (turn(x), turn(t)), &combine).1)
    }

    /// `a ∘ b` with its tangent.
    fn combine(&self, (a, s): &Pair, (b, t): &Pair) -> Pair {
        let (out, left, right) = match self.fold {
            CumulativeFold::Sum => return (a + b, add(s, t)),
            CumulativeFold::Prod => (a * b, b.clone(), a.clone()),
            CumulativeFold::Max | CumulativeFold::Min => {
                let op = match self.fold {
                    CumulativeFold::Max => Binary::Max,
                    _ => Binary::Min,
                };
                let out = binary::apply(op, a, b);
                let (left, right) = (share(a, &out, b), share(b, &out, a));
                (out, left, right)
            }
            CumulativeFold::LogSumExp => {
                let out = logaddexp(a, b);
                // Two infinities differ by NaN; one alone is the whole sum.
                let part = |x: &Array| {
                    let apart = x - &out;
                    select(&apart.equal(f64::INFINITY), 0, &apart).exp()
                };
                let (left, right) = (part(a), part(b));
                (out, left, right)
            }
        };
        (out, add(&(s * left), &(t * right)))
    }
}

fn add(s: &Array, t: &Array) -> Array {
    binary::apply(Binary::AddAny, s, t)
}

/// Pairs combined up to each of them: neighbours are combined, and half as many scanned.
fn scan(axis: usize, x: Pair, combine: &dyn Fn(&Pair, &Pair) -> Pair) -> Pair {
    let n = x.0.shape()[axis];
    if n < 2 {
        return x;
    }
    let on = |(a, t): &Pair, f: &dyn Fn(&Array) -> Array| (f(a), f(t));
    let from = |first: usize, end: usize, step: usize| {
        on(&x, &|x| slice::every(x, axis, first, end, step))
    };
    let odd = scan(axis, combine(&from(0, n - 1, 2), &from(1, n, 2)), combine);
    let first = from(0, 1, 1);
    let even = if n == 2 {
        first
    } else {
        let before = on(&odd, &|x| slice::slice_axis(x, axis, 0, (n - 1) / 2));
        let rest = combine(&before, &from(2, n, 2));
        let join = |a: Array, b: Array| concatenate::concatenate(&[a, b], axis);
        (join(first.0, rest.0), join(first.1, rest.1))
    };
    (
        interleave(axis, n, &even.0, &odd.0),
        interleave(axis, n, &even.1, &odd.1),
    )
}

/// The `n` elements of two arrays in turn.
fn interleave(axis: usize, n: usize, even: &Array, odd: &Array) -> Array {
    let zero = Array::full((), 0, even.dtype());
    let spread = |x: &Array, first: usize| {
        let covered = 2 * x.shape()[axis] - 1;
        let along = |value: usize| {
            let mut widths = vec![0; x.rank()];
            widths[axis] = value;
            widths
        };
        let signed = |value: usize| along(value).into_iter().map(|w| w as isize).collect();
        let after = n - first - covered;
        pad::pad(x, &zero, signed(first), signed(after), along(1))
    };
    add(&spread(even, 0), &spread(odd, 1))
}
