//! Folds over axes.

use graxe_kernels::number::{Integer, Number};
use graxe_kernels::reduce;

use super::{finish, room};
use crate::array::{Array, DType, Native, with_number};
use crate::ir::{Aval, Value};
use crate::ops::{Fold, Reduction};

pub(super) fn run(op: &Reduction<'_>, inputs: &[Value], out: &Aval) -> Array {
    let x = inputs[0].array();
    match op {
        Reduction::Fold(r) => {
            let reduced: Vec<bool> = (0..x.rank()).map(|a| r.axes.contains(&a)).collect();
            match (r.fold, x.dtype()) {
                (Fold::And | Fold::Or, DType::Bool) => {
                    let all = r.fold == Fold::And;
                    let join = move |a: bool, b: bool| if all { a && b } else { a || b };
                    fold(x, &reduced, all, join, out)
                }
                (Fold::And | Fold::Or, dtype) => bits(dtype, x, r.fold, &reduced, out),
                (numeric, dtype) => {
                    with_number!(dtype, T => number::<T>(x, numeric, &reduced, out))
                }
            }
        }
        Reduction::Arg(r) => with_number!(x.dtype(), T => {
            let mut found = vec![0usize; out.shape.size()];
            let data = x.host::<T>();
            if r.largest {
                reduce::arg_reduce(data, x.shape(), r.axis, |a, b| a > b, &mut found);
            } else {
                reduce::arg_reduce(data, x.shape(), r.axis, |a, b| a < b, &mut found);
            }
            with_number!(out.dtype, I => {
                finish(found.iter().map(|&i| i as I).collect::<Vec<I>>(), out)
            })
        }),
    }
}

fn fold<T: Native>(
    x: &Array,
    reduced: &[bool],
    init: T,
    combine: impl Fn(T, T) -> T + Copy,
    out: &Aval,
) -> Array {
    let mut data = room::<T>(&out.shape);
    reduce::reduce(x.host::<T>(), x.shape(), reduced, init, combine, &mut data);
    finish(data, out)
}

fn number<T: Native + Number>(x: &Array, how: Fold, reduced: &[bool], out: &Aval) -> Array {
    match how {
        Fold::Sum => fold(x, reduced, T::ZERO, T::add, out),
        Fold::Prod => fold(x, reduced, T::ONE, T::mul, out),
        Fold::Max => fold(x, reduced, T::LOWEST, <T as Number>::maximum, out),
        Fold::Min => fold(x, reduced, T::HIGHEST, <T as Number>::minimum, out),
        Fold::And | Fold::Or => unreachable!("logic is folded apart"),
    }
}

fn bits(dtype: DType, x: &Array, how: Fold, reduced: &[bool], out: &Aval) -> Array {
    fn fold_bits<T: Native + Integer>(x: &Array, how: Fold, reduced: &[bool], out: &Aval) -> Array {
        match how {
            Fold::And => fold(x, reduced, T::ZERO.not(), T::and, out),
            _ => fold(x, reduced, T::ZERO, T::or, out),
        }
    }
    match dtype {
        DType::I32 => fold_bits::<i32>(x, how, reduced, out),
        DType::I64 => fold_bits::<i64>(x, how, reduced, out),
        DType::U32 => fold_bits::<u32>(x, how, reduced, out),
        DType::U64 => fold_bits::<u64>(x, how, reduced, out),
        DType::Bool | DType::F32 | DType::F64 => unreachable!("integers were inferred"),
    }
}
