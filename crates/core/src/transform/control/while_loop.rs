//! Loops that end when a condition says so, or after a count.

use super::scan::counted;
use super::{Traced, condition, scalar_operand, trace_step};
use crate::array::{Array, DType};
use crate::ops::{While, bind, convert};
use crate::transform::jit::misuse;
use crate::transform::trace::{trace, types_of};
use crate::transform::tree::{Tree, unflatten};

/// Repeats `body` on the carry while `condition` of it is true; JAX's `lax.while_loop`.
///
/// Forward mode goes through it, reverse mode does not: how much there would be to keep is not known.
///
/// ```
/// use graxe_core::{scalar, while_loop, Array};
/// let x = while_loop(|x: &Array| x.less(100), |x| x * 2, scalar(3));
/// assert_eq!(x.item::<i32>(), 192);
/// ```
///
/// # Panics
/// If the condition gives anything but one bool, or if the carry comes out of the body with
/// another structure, shape or dtype than it goes in.
#[track_caller]
pub fn while_loop<C: Tree>(condition: impl Fn(&C) -> Array, body: impl Fn(C) -> C, start: C) -> C {
    repeat("while_loop", &condition, &body, &start)
}

#[track_caller]
fn repeat<C: Tree>(
    name: &str,
    while_true: &dyn Fn(&C) -> Array,
    body: &dyn Fn(C) -> C,
    start: &C,
) -> C {
    let step = |(carry, ()): (C, ())| body(carry);
    let Traced {
        start: leaves,
        closed,
        template,
    } = trace_step(name, &step, start, (&(), &[]), |out| out);
    let asked = |carry: C| while_true(&carry);
    let (asked, _) = trace(&asked, start, &types_of(&leaves));
    condition(name, &asked);
    let primitive = While {
        condition_consts: asked.captures.len(),
        condition: asked.lifted(),
        body_consts: closed.captures.len(),
        body: closed.lifted(),
    };
    let operands = [asked.captures, closed.captures, leaves].concat();
    unflatten(&template, bind(&primitive.into(), operands))
}

/// A bound of [`fori_loop`]: a number, known when the loop is traced, or an array.
#[derive(Clone, Debug)]
pub enum Bound {
    /// A number, counted in the default integers.
    Static(i64),
    /// An array whose element is known, counted in its dtype.
    Concrete(i64, DType),
    /// Decided when the program runs.
    Dynamic(Array),
}

macro_rules! bounds {
    ($($number:ty)*) => {$(
        impl From<$number> for Bound {
            #[allow(clippy::cast_possible_wrap, reason = "no loop counts that far")]
            fn from(n: $number) -> Self {
                Self::Static(n as i64)
            }
        }
    )*};
}
bounds!(i32 i64 usize);

impl From<&Array> for Bound {
    fn from(n: &Array) -> Self {
        if n.is_traced() || n.rank() != 0 || !n.dtype().is_integer() {
            return Self::Dynamic(n.clone());
        }
        Self::Concrete(n.astype(DType::I64).item(), n.dtype())
    }
}

impl From<Array> for Bound {
    fn from(n: Array) -> Self {
        Self::from(&n)
    }
}

impl Bound {
    fn dtype(&self) -> Option<DType> {
        match self {
            Self::Static(_) => None,
            Self::Concrete(_, dtype) => Some(*dtype),
            Self::Dynamic(n) => Some(n.dtype()),
        }
    }

    /// The number, of a bound that is known.
    fn known(&self) -> i64 {
        match self {
            Self::Static(n) | Self::Concrete(n, _) => *n,
            Self::Dynamic(_) => unreachable!("the bound is known"),
        }
    }
}

/// A bound as an array of the counter's dtype.
#[track_caller]
fn counter(n: i64, dtype: DType) -> Array {
    let fits = match dtype {
        DType::I32 => i32::try_from(n).is_ok(),
        DType::U32 => u32::try_from(n).is_ok(),
        DType::U64 => n >= 0,
        _ => true,
    };
    if !fits {
        misuse(format!("fori_loop: the bound {n} does not fit {dtype}"));
    }
    Array::full((), n, dtype)
}

/// `body(i, carry)` for each `i` from `lower` up to but not `upper`; JAX's `lax.fori_loop`.
///
/// With bounds that are known when it is traced it is a [`scan`](crate::scan), through which reverse mode
/// goes; with a traced array among them a [`while_loop`]. `i` has the dtype of the first bound that is an
/// array, else that of default integers.
///
/// ```
/// use graxe_core::{fori_loop, scalar};
/// let sum = fori_loop(0, 5, |i, sum| sum + i, scalar(0));
/// assert_eq!(sum.item::<i32>(), 10);
/// ```
///
/// # Panics
/// If a bound is an array but no integer scalar, or does not fit the counter's dtype, or if the carry comes out of the body with another
/// structure, shape or dtype than it goes in.
#[track_caller]
pub fn fori_loop<C: Tree>(
    lower: impl Into<Bound>,
    upper: impl Into<Bound>,
    body: impl Fn(Array, C) -> C,
    start: C,
) -> C {
    let (lower, upper) = match (lower.into(), upper.into()) {
        (Bound::Dynamic(lower), upper) => (Bound::Dynamic(lower), upper),
        (lower, Bound::Dynamic(upper)) => (lower, Bound::Dynamic(upper)),
        (lower, upper) => {
            let dtype = lower
                .dtype()
                .or(upper.dtype())
                .unwrap_or_else(DType::default_int);
            let [first, last] = [&lower, &upper].map(Bound::known);
            let length = usize::try_from(last.saturating_sub(first)).unwrap_or(0);
            let first = counter(first, dtype);
            counter(last, dtype);
            return counted("fori_loop", first, length, &body, &start);
        }
    };
    let dtype = lower
        .dtype()
        .or(upper.dtype())
        .unwrap_or_else(DType::default_int);
    let array = |bound: Bound| match bound {
        Bound::Static(n) | Bound::Concrete(n, _) => counter(n, dtype),
        Bound::Dynamic(n) => {
            scalar_operand("fori_loop", &n);
            if !n.dtype().is_integer() {
                misuse(format!(
                    "fori_loop: a bound is {}, expected integers",
                    n.aval
                ));
            }
            convert::convert(&n, dtype, false)
        }
    };
    let (lower, upper) = (array(lower), array(upper));
    let going = |(i, upper, _): &(Array, Array, C)| i.less(upper);
    let step = |(i, upper, carry): (Array, Array, C)| (&i + 1, upper, body(i, carry));
    repeat("fori_loop", &going, &step, &(lower, upper, start)).2
}
