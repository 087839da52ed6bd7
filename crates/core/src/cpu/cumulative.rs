//! Folds along an axis up to each of its elements.

use graxe_kernels::cumulative::cumulative;
use graxe_kernels::number::{Float, Number};

use super::arena::{Elements, Room};
use crate::array::{DType, Native, with_number};
use crate::ops::{Cumulative, CumulativeFold};

/// Runs one over a whole operand.
pub(super) fn run(op: &Cumulative, x: Elements<'_>, out: &mut Room<'_>) {
    if op.fold == CumulativeFold::LogSumExp {
        match x.dtype() {
            DType::F32 => fold(op, x, log_add_exp::<f32>, out),
            _ => fold(op, x, log_add_exp::<f64>, out),
        }
        return;
    }
    with_number!(x.dtype(), T => match op.fold {
        CumulativeFold::Sum => fold(op, x, <T as Number>::add, out),
        CumulativeFold::Prod => fold(op, x, <T as Number>::mul, out),
        CumulativeFold::Max => fold(op, x, <T as Number>::maximum, out),
        CumulativeFold::Min => fold(op, x, <T as Number>::minimum, out),
        CumulativeFold::LogSumExp => unreachable!("this one is for floats and done above"),
    });
}

fn fold<T: Native>(
    op: &Cumulative,
    x: Elements<'_>,
    combine: impl Fn(T, T) -> T + Copy,
    out: &mut Room<'_>,
) {
    cumulative(
        x.host(),
        x.shape(),
        op.axis,
        op.reverse,
        combine,
        out.host(),
    );
}

/// `log(exp(x) + exp(y))` without overflow.
fn log_add_exp<T: Float>(x: T, y: T) -> T {
    let apart = x.sub(y);
    // Equal infinities, or NaN.
    if Number::is_nan(apart) {
        return x.add(y);
    }
    let rest = Number::neg(Number::abs(apart)).exp().log1p();
    Number::maximum(x, y).add(rest)
}
