//! Cases of sorting.

use graxe_core::ops::Sort;
use graxe_core::{Array, DType, Value};

use super::Case;
use super::operands::{doubles, list, sample, values};

pub(super) fn sort() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut push = |axis: usize, num_keys: usize, operands: Vec<Value>| {
        cases.push((Sort { axis, num_keys }.into(), operands));
    };
    for dtype in DType::ALL {
        for axis in 0..3 {
            push(axis, 1, values([sample(dtype, &[2, 3, 2], 0)]));
        }
        push(0, 1, values([sample(dtype, &[5], 0)]));
        push(0, 1, values([sample(dtype, &[0, 2], 0)]));
        push(1, 1, values([sample(dtype, &[0, 2], 0)]));
        // Equals, and what moves with them.
        let tied = list(dtype, &[2, 4], &[1.0, 0.0, 1.0], 0);
        if dtype != DType::F64 {
            push(1, 1, values([tied, doubles(&[2, 4], 0)]));
        }
        push(0, 1, values([doubles(&[4], 0), sample(dtype, &[4], 1)]));
    }
    let first = list(DType::I32, &[6], &[1.0, 0.0, 0.0], 0);
    let second = list(DType::Bool, &[6], &[1.0, 1.0, 0.0, 1.0], 0);
    let all = [first, second, doubles(&[6], 0)];
    for num_keys in 1..=3 {
        push(0, num_keys, values(all.clone()));
    }
    let inf = f32::INFINITY;
    let special = vec![3.0, f32::NAN, 0.0, -0.0, inf, -inf, -f32::NAN, -0.0];
    push(0, 1, values([Array::from_vec(special, 8)]));
    cases
}
