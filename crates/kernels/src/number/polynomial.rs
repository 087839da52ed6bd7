//! The evaluation of polynomials.

/// The polynomial of the coefficients, the lowest power first and at least two, by Estrin's scheme:
/// neighbours are joined by `x`, pairs by `x²` and so on, so that few operations wait for each other.
/// A macro, because a loop over coefficients may stay a loop and then nothing around it vectorises.
macro_rules! polynomial {
    ($x:expr, [$($coefficient:expr),* $(,)?]) => {{
        let x = $x;
        polynomial!(@x [] $($coefficient,)*)
    }};
    (@$x:ident [$($done:expr,)*] $low:expr, $high:expr, $($rest:expr,)*) => {
        polynomial!(@$x [$($done,)* $low + $high * $x,] $($rest,)*)
    };
    (@$x:ident [$sum:expr,]) => { $sum };
    (@$x:ident [$($done:expr,)*] $($last:expr,)?) => {{
        let square = $x * $x;
        polynomial!(@square [] $($done,)* $($last,)?)
    }};
}

pub(super) use polynomial;
