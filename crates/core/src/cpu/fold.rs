//! The folds of every dtype: one table for whole arrays, rows of tiles and entries.

use graxe_kernels::number::{Integer, Number};

use crate::array::{DType, Native, with_number};
use crate::ops::Fold;

/// Something that runs with the identity and the combination of a fold.
pub(super) trait Folding {
    fn run<T: Native>(self, init: T, combine: impl Fn(T, T) -> T + Copy);
}

/// Runs with the fold of `dtype`.
pub(super) fn with(fold: Fold, dtype: DType, folding: impl Folding) {
    match (fold, dtype) {
        (Fold::And, DType::Bool) => folding.run(true, |a, b| a && b),
        (Fold::Or, DType::Bool) => folding.run(false, |a, b| a || b),
        (Fold::And | Fold::Or, DType::I32) => bits::<i32>(fold, folding),
        (Fold::And | Fold::Or, DType::I64) => bits::<i64>(fold, folding),
        (Fold::And | Fold::Or, DType::U32) => bits::<u32>(fold, folding),
        (Fold::And | Fold::Or, DType::U64) => bits::<u64>(fold, folding),
        (Fold::And | Fold::Or, DType::F32 | DType::F64) => {
            unreachable!("infer has seen integers or bools")
        }
        (fold, dtype) => with_number!(dtype, T => number::<T>(fold, folding)),
    }
}

fn number<T: Native + Number>(fold: Fold, folding: impl Folding) {
    match fold {
        Fold::Sum => folding.run(T::ZERO, T::add),
        Fold::Prod => folding.run(T::ONE, T::mul),
        Fold::Max => folding.run(T::LOWEST, <T as Number>::maximum),
        Fold::Min => folding.run(T::HIGHEST, <T as Number>::minimum),
        Fold::And | Fold::Or => unreachable!("logic is folded apart"),
    }
}

fn bits<T: Native + Integer>(fold: Fold, folding: impl Folding) {
    match fold {
        Fold::And => folding.run(T::ZERO.not(), T::and),
        _ => folding.run(T::ZERO, T::or),
    }
}
