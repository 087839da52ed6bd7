//! Elementwise functions of one operand: a table of names, dtypes and derivatives.

use std::f64::consts::{LN_2, PI};

use super::batching::{Batch, only};
use super::{Input, Loop, Lowering, Parameter, Rules, Tangent, bind1, not_linear, unary_aval};
use crate::array::{Array, DType};
use crate::functions::logic::select;
use crate::ir::{Aval, Type, Value};

/// A family of functions from its table: the enum, and each row's name and domain.
///
/// A row that holds a number gives an example of it for `ALL`.
macro_rules! table {
    (
        $(#[$attribute:meta])*
        pub enum $family:ident {
            $(
                $(#[$doc:meta])*
                $row:ident $(($number:ty = $example:expr))? => $name:literal, $domain:ident;
            )*
        }
    ) => {
        $(#[$attribute])*
        pub enum $family {
            $($(#[$doc])* $row $(($number))?,)*
        }

        impl $family {
            /// Every row once, for checks over the whole family.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$row $(($example))?),*];

            fn row(self) -> (&'static str, Domain) {
                match self {
                    $(Self::$row { .. } => ($name, Domain::$domain),)*
                }
            }
        }
    };
}
pub(super) use table;

/// Which dtypes a row takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Domain {
    Numbers,
    Integers,
    IntegersAndBool,
    Floats,
}

table! {
    /// An elementwise function of one operand.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    #[allow(missing_docs, reason = "each row's name says what it is")]
    pub enum Unary {
        Neg => "neg", Numbers;
        Abs => "abs", Numbers;
        Sign => "sign", Numbers;
        Square => "square", Numbers;
        IntegerPow(i32 = 2) => "integer_pow", Numbers;
        Not => "not", IntegersAndBool;
        PopulationCount => "population_count", Integers;
        CountLeadingZeros => "clz", Integers;
        IsFinite => "is_finite", Floats;
        Floor => "floor", Floats;
        Ceil => "ceil", Floats;
        Round => "round", Floats;
        Exp => "exp", Floats;
        Exp2 => "exp2", Floats;
        Expm1 => "expm1", Floats;
        Log => "log", Floats;
        Log1p => "log1p", Floats;
        Sqrt => "sqrt", Floats;
        Rsqrt => "rsqrt", Floats;
        Cbrt => "cbrt", Floats;
        Sin => "sin", Floats;
        Cos => "cos", Floats;
        Tan => "tan", Floats;
        Asin => "asin", Floats;
        Acos => "acos", Floats;
        Atan => "atan", Floats;
        Sinh => "sinh", Floats;
        Cosh => "cosh", Floats;
        Tanh => "tanh", Floats;
        Asinh => "asinh", Floats;
        Acosh => "acosh", Floats;
        Atanh => "atanh", Floats;
        Logistic => "logistic", Floats;
        Erf => "erf", Floats;
        Erfc => "erfc", Floats;
        ErfInv => "erf_inv", Floats;
        Lgamma => "lgamma", Floats;
        Digamma => "digamma", Floats;
        /// The derivative of digamma of that order.
        Polygamma(u32 = 1) => "polygamma", Floats;
    }
}

impl Unary {
    /// The tangent at `x`, where the function gives `y`; none where the derivative is zero.
    #[allow(clippy::match_same_arms, reason = "one row a function")]
    fn tangent(self, t: &Array, x: &Array, y: &Array) -> Tangent {
        Some(match self {
            Self::Neg => -t,
            // JAX: the slope at 0 is 1.
            Self::Abs => select(&x.greater_equal(0), t, -t),
            Self::Square => t * (2 * x),
            Self::IntegerPow(0) => return None,
            Self::IntegerPow(1) => t.clone(),
            Self::IntegerPow(2) => t * (2 * x),
            Self::IntegerPow(n) => t * (n * apply(Self::IntegerPow(n - 1), x)),
            Self::Exp => t * y,
            Self::Exp2 => t * (y * LN_2),
            Self::Expm1 => t * (y + 1),
            Self::Log => t / x,
            Self::Log1p => t / (x + 1),
            Self::Sqrt => t * (0.5 / y),
            Self::Rsqrt => t * (-0.5 * (y / x)),
            Self::Cbrt => t * ((1.0 / 3.0) * y.powi(-2)),
            Self::Sin => t * x.cos(),
            Self::Cos => -(t * x.sin()),
            Self::Tan => t * (y.square() + 1),
            Self::Asin => t * (1 - x.square()).rsqrt(),
            Self::Acos => -(t * (1 - x.square()).rsqrt()),
            Self::Atan => t / (x.square() + 1),
            Self::Sinh => t * x.cosh(),
            Self::Cosh => t * x.sinh(),
            Self::Tanh => t * ((1 + y) * (1 - y)),
            Self::Asinh => t * (x.square() + 1).rsqrt(),
            Self::Acosh => t * ((x - 1) * (x + 1)).rsqrt(),
            Self::Atanh => t / ((1 + x) * (1 - x)),
            Self::Logistic => t * (y * (1 - y)),
            Self::Erf => t * ((2.0 / PI.sqrt()) * (-x.square()).exp()),
            Self::Erfc => t * ((-2.0 / PI.sqrt()) * (-x.square()).exp()),
            Self::ErfInv => t * ((PI.sqrt() / 2.0) * y.square().exp()),
            Self::Lgamma => t * x.digamma(),
            Self::Digamma => t * x.polygamma(1),
            Self::Polygamma(n) => t * x.polygamma(n + 1),
            Self::Sign | Self::Floor | Self::Ceil | Self::Round => return None,
            Self::Not | Self::PopulationCount | Self::CountLeadingZeros | Self::IsFinite => {
                return None;
            }
        })
    }
}

impl Rules for Unary {
    fn name(&self) -> &'static str {
        self.row().0
    }

    fn parameters(&self) -> Vec<(&'static str, Parameter)> {
        match self {
            Self::IntegerPow(n) => vec![("y", Parameter::text(n))],
            Self::Polygamma(n) => vec![("m", Parameter::text(n))],
            _ => Vec::new(),
        }
    }

    fn infer(&self, inputs: &[Type]) -> Result<Vec<Type>, String> {
        let (name, domain) = self.row();
        let aval = unary_aval(name, inputs)?;
        let dtype = aval.dtype;
        let (fits, wanted) = match domain {
            Domain::Numbers => (dtype != DType::Bool, "a number"),
            Domain::Integers => (dtype.is_integer(), "integer"),
            Domain::IntegersAndBool => (!dtype.is_float(), "integer or bool"),
            Domain::Floats => (dtype.is_float(), "floating point"),
        };
        if !fits {
            return Err(format!("{name}: expected a {wanted} operand, found {aval}"));
        }
        if matches!(self, Self::IntegerPow(n) if *n < 0) && !dtype.is_float() {
            return Err(format!("{name}: an integer {aval} has no negative powers"));
        }
        Ok(vec![Type::Array(match self {
            Self::IsFinite => Aval::new(DType::Bool, &aval.shape),
            _ => aval.clone(),
        })])
    }

    fn jvp(&self, primals: &[Value], tangents: &[Tangent]) -> (Vec<Value>, Vec<Tangent>) {
        let x = primals[0].array();
        let y = apply(*self, x);
        let t = tangents[0].as_ref().and_then(|t| self.tangent(t, x, &y));
        (vec![y.into()], vec![t])
    }

    fn transpose(&self, cotangents: &[Tangent], _inputs: &[Input]) -> Vec<Tangent> {
        match self {
            Self::Neg => vec![only(cotangents).map(|c| -c)],
            _ => not_linear(self.name()),
        }
    }

    fn batch(
        &self,
        inputs: &[Value],
        axes: &[Option<usize>],
        _: &Batch,
    ) -> (Vec<Value>, Vec<Option<usize>>) {
        (vec![apply(*self, inputs[0].array()).into()], vec![axes[0]])
    }

    fn lowering(&self) -> Lowering<'_> {
        Lowering::Loop(Loop::Unary(*self))
    }
}

/// Applies `op` to `x` of a dtype that it takes.
#[track_caller]
pub(crate) fn apply(op: Unary, x: &Array) -> Array {
    bind1(op, vec![x.into()])
}
