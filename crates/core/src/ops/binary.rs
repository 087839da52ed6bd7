//! Elementwise functions of two operands: a table of names, dtypes and derivatives.

use super::batching::{Batch, only, to_front};
use super::unary::table;
use super::{
    Input, Loop, Lowering, Rules, Tangent, add_tangents, bind1, broadcast, not_linear, reduce,
    reshape,
};
use crate::array::{Array, DType, Shape, broadcast_shapes};
use crate::functions::logic::select;
use crate::ir::{Aval, Type, Value};

/// Which dtypes a row takes, and whether it gives truth values.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Domain {
    Numbers,
    Floats,
    Bits,
    Integers,
    Compare,
    Equality,
}

table! {
    /// An elementwise function of two operands of one dtype.
    ///
    /// Both have the same shape, or one is a scalar, as JAX's `lax` has it; NumPy's
    /// broadcasting is made of explicit broadcasts before.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    #[allow(missing_docs, reason = "each row's name says what it is")]
    pub enum Binary {
        Add => "add", Numbers;
        /// The sum of tangents or cotangents.
        AddAny => "add_any", Numbers;
        Sub => "sub", Numbers;
        Mul => "mul", Numbers;
        Div => "div", Numbers;
        Rem => "rem", Numbers;
        Pow => "pow", Numbers;
        Max => "max", Numbers;
        Min => "min", Numbers;
        Atan2 => "atan2", Floats;
        Xlogy => "xlogy", Floats;
        Xlog1py => "xlog1py", Floats;
        NextAfter => "nextafter", Floats;
        And => "and", Bits;
        Or => "or", Bits;
        Xor => "xor", Bits;
        ShiftLeft => "shift_left", Integers;
        ShiftRightLogical => "shift_right_logical", Integers;
        ShiftRightArithmetic => "shift_right_arithmetic", Integers;
        Eq => "eq", Equality;
        Ne => "ne", Equality;
        Lt => "lt", Compare;
        Le => "le", Compare;
        Gt => "gt", Compare;
        Ge => "ge", Compare;
    }
}

impl Binary {
    /// The tangent with respect to the left operand.
    #[allow(clippy::match_same_arms, reason = "one row a function")]
    fn left(self, t: &Array, x: &Array, y: &Array, z: &Array) -> Tangent {
        Some(match self {
            Self::Add | Self::AddAny | Self::Sub | Self::Rem | Self::NextAfter => t.clone(),
            Self::Mul => t * y,
            Self::Div => t / y,
            // y x^(y-1): NaN at (0, 0), as JAX has it.
            Self::Pow => t * (y * x.pow(y - 1)),
            Self::Max | Self::Min => t * share(x, z, y),
            Self::Atan2 => t * (y / (x.square() + y.square())),
            Self::Xlogy => t * y.log(),
            Self::Xlog1py => t * y.log1p(),
            Self::And | Self::Or | Self::Xor => return None,
            Self::ShiftLeft | Self::ShiftRightLogical | Self::ShiftRightArithmetic => return None,
            Self::Eq | Self::Ne | Self::Lt | Self::Le | Self::Gt | Self::Ge => return None,
        })
    }

    /// The tangent with respect to the right operand.
    #[allow(clippy::match_same_arms, reason = "one row a function")]
    fn right(self, t: &Array, x: &Array, y: &Array, z: &Array) -> Tangent {
        Some(match self {
            Self::Add | Self::AddAny => t.clone(),
            Self::Sub => -t,
            Self::Mul => x * t,
            Self::Div => (-t * x) * y.powi(-2),
            Self::Rem => {
                let quotient = x / y;
                -t * (quotient.sign() * quotient.abs().floor())
            }
            // log x · x^y, with log 0 read as 0.
            Self::Pow => t * (select(&x.equal(0), 1, x).log() * z),
            Self::Max | Self::Min => t * share(y, z, x),
            Self::Atan2 => t * (-x / (x.square() + y.square())),
            Self::Xlogy => t * x / y,
            Self::Xlog1py => t * x / (y + 1),
            Self::NextAfter => return None,
            Self::And | Self::Or | Self::Xor => return None,
            Self::ShiftLeft | Self::ShiftRightLogical | Self::ShiftRightArithmetic => return None,
            Self::Eq | Self::Ne | Self::Lt | Self::Le | Self::Gt | Self::Ge => return None,
        })
    }
}

/// The share of the winner's slope that falls to `x`: 1, ½ at a tie, or 0.
pub(super) fn share(x: &Array, winner: &Array, other: &Array) -> Array {
    let one = x.equal(winner).astype(winner.dtype());
    let both = other.equal(winner).astype(winner.dtype()) + 1;
    one / both
}

/// Sums a cotangent to the shape of an operand that was repeated.
fn unbroadcast(c: &Array, shape: &Shape) -> Array {
    if shape == c.shape() {
        return c.clone();
    }
    let repeated = |axis: &usize| shape.rank() == 0 || shape[*axis] != c.shape()[*axis];
    let axes: Vec<usize> = (0..c.rank()).filter(repeated).collect();
    reshape::reshape(&reduce::sum(c, &axes), shape.clone())
}

/// The shape in which operands meet: scalars meet all, extents of 1 are repeated.
pub(crate) fn meeting(x: &Shape, y: &Shape) -> Option<Shape> {
    match (x.rank(), y.rank()) {
        (0, _) => Some(y.clone()),
        (_, 0) => Some(x.clone()),
        (a, b) if a == b => broadcast_shapes([x, y]),
        _ => None,
    }
}

impl Rules for Binary {
    fn name(&self) -> &'static str {
        self.row().0
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let (name, domain) = self.row();
        let [x, y] = inputs else {
            return Err(format!(
                "{name}: expected 2 operands, found {}",
                inputs.len()
            ));
        };
        let (x, y) = (x.array(name)?, y.array(name)?);
        if x.dtype != y.dtype {
            return Err(format!(
                "{name}: operands have different dtypes: {x} and {y}"
            ));
        }
        let Some(shape) = meeting(&x.shape, &y.shape) else {
            return Err(format!("{name}: shapes do not match: {x} and {y}"));
        };
        let d = x.dtype;
        let fits = match domain {
            Domain::Numbers | Domain::Compare => d != DType::Bool,
            Domain::Floats => d.is_float(),
            Domain::Bits => !d.is_float(),
            Domain::Integers => d.is_integer(),
            Domain::Equality => true,
        };
        if !fits {
            return Err(format!("{name}: does not take {d} operands: {x} and {y}"));
        }
        Ok(vec![Type::Array(match domain {
            Domain::Compare | Domain::Equality => Aval::new(DType::Bool, shape),
            _ => Aval {
                dtype: d,
                shape,
                weak: x.weak && y.weak,
            },
        })])
    }

    fn jvp(&self, primals: &[Value], tangents: &[Tangent]) -> (Vec<Value>, Vec<Tangent>) {
        let (x, y) = (primals[0].array(), primals[1].array());
        let z = apply(*self, x, y);
        // The sum's tangent is the sum of tangents; where one is missing, the tangent of an operand
        // that is repeated still has to take the result's shape.
        let spread = |t: Tangent| t.map(|t| broadcast::broadcast_to(&t, z.shape()));
        let left = tangents[0].as_ref().and_then(|t| self.left(t, x, y, &z));
        let right = tangents[1].as_ref().and_then(|t| self.right(t, x, y, &z));
        (
            vec![z.clone().into()],
            vec![add_tangents(spread(left), spread(right))],
        )
    }

    fn transpose(&self, cotangents: &[Tangent], inputs: &[Input]) -> Vec<Tangent> {
        let Some(c) = only(cotangents) else {
            return vec![None, None];
        };
        let (x, y) = (&inputs[0], &inputs[1]);
        let fit = |c: Array, input: &Input| Some(unbroadcast(&c, &input.aval().shape));
        match self {
            Self::Add | Self::AddAny => [x, y]
                .map(|i| {
                    if i.is_linear() {
                        fit(c.clone(), i)
                    } else {
                        None
                    }
                })
                .to_vec(),
            Self::Sub => vec![
                if x.is_linear() {
                    fit(c.clone(), x)
                } else {
                    None
                },
                if y.is_linear() { fit(-c, y) } else { None },
            ],
            Self::Mul if x.is_linear() => vec![fit(c * y.known().array(), x), None],
            Self::Mul => vec![None, fit(x.known().array() * c, y)],
            Self::Div => vec![fit(c / y.known().array(), x), None],
            _ => not_linear(self.name()),
        }
    }

    fn batch(
        &self,
        inputs: &[Value],
        axes: &[Option<usize>],
        _: &Batch,
    ) -> (Vec<Value>, Vec<Option<usize>>) {
        let (x, y) = (inputs[0].array(), inputs[1].array());
        let rank = |v: &Array, a: Option<usize>| v.rank() - usize::from(a.is_some());
        let (rx, ry) = (rank(x, axes[0]), rank(y, axes[1]));
        // A scalar without a batch meets anything as it is.
        if (axes[1].is_none() && ry == 0) || (rx == ry && axes[0] == axes[1]) {
            return (vec![apply(*self, x, y).into()], vec![axes[0]]);
        } else if axes[0].is_none() && rx == 0 {
            return (vec![apply(*self, x, y).into()], vec![axes[1]]);
        }
        // The batch leads; an operand without one is repeated along it, a scalar along the rest.
        let leading = |v: &Array, axis: Option<usize>| {
            let rank = rx.max(ry) + 1;
            let x = match axis {
                Some(axis) => to_front(v, axis),
                None => return broadcast::broadcast_to(v, &v.shape().with_axis(0, 1)),
            };
            let mut shape = x.shape().to_vec();
            shape.resize(rank, 1);
            reshape::reshape(&x, &shape[..])
        };
        let out = apply(*self, &leading(x, axes[0]), &leading(y, axes[1]));
        (vec![out.into()], vec![Some(0)])
    }

    fn lowering(&self) -> Lowering<'_> {
        Lowering::Loop(Loop::Binary(*self))
    }
}

/// Applies `op` to operands of one dtype whose shapes fit.
#[track_caller]
pub(crate) fn apply(op: Binary, x: &Array, y: &Array) -> Array {
    bind1(op, vec![x.into(), y.into()])
}
