//! Folds over axes.

use graxe_kernels::number::cast;
use graxe_kernels::reduce;

use super::arena::{Elements, Room};
use super::cumulative;
use super::fold::{self, Folding};
use crate::array::{Native, with_number};
use crate::ops::Reduction;

/// Runs one fold over a whole operand.
pub(super) fn run(op: &Reduction<'_>, x: Elements<'_>, out: &mut Room<'_>) {
    match op {
        Reduction::Fold(r) => {
            let reduced = (0..x.shape().len()).map(|a| r.axes.contains(&a)).collect();
            fold::with(r.fold, x.dtype(), Axes { x, reduced, out });
        }
        Reduction::Cumulative(op) => cumulative::run(op, x, out),
        Reduction::Arg(r) => with_number!(x.dtype(), T => {
            let mut found = vec![0usize; out.shape().iter().product()];
            let data = x.host::<T>();
            if r.largest {
                reduce::arg_reduce(data, x.shape(), r.axis, |a, b| a > b, &mut found);
            } else {
                reduce::arg_reduce(data, x.shape(), r.axis, |a, b| a < b, &mut found);
            }
            with_number!(out.dtype(), I => {
                for (out, &i) in out.host::<I>().iter_mut().zip(&found) {
                    *out = cast::<u64, I>(i as u64);
                }
            });
        }),
    }
}

struct Axes<'a, 'r> {
    x: Elements<'a>,
    reduced: Vec<bool>,
    out: &'a mut Room<'r>,
}

impl Folding for Axes<'_, '_> {
    fn run<T: Native>(self, init: T, combine: impl Fn(T, T) -> T + Copy) {
        let (x, shape) = (self.x.host::<T>(), self.x.shape());
        reduce::reduce(x, shape, &self.reduced, init, combine, self.out.host());
    }
}
