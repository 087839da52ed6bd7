//! Misuse of control flow and of trees.

use std::collections::BTreeMap;

use graxe_core::{Array, DType, cond, jit, scan, tree, while_loop};

use super::super::settle::settle_refusal;
use super::super::{Case, Outcome};

pub(super) fn run(case: &Case) -> Outcome {
    match case.name.as_str() {
        "error_scan_carry_dtype" => settle_refusal(case, &["scan", "f32[]", "i32[]"], |a| {
            let step = |c: Array, _: Array| (c.astype(DType::I32), ());
            scan(step, a["c0"].clone(), &Array::zeros(3, DType::F32));
        }),
        "error_scan_carry_shape" => settle_refusal(case, &["scan", "f32[]", "f32[1]"], |a| {
            let step = |c: Array, _: Array| (c.expand_dims(0), ());
            scan(step, a["c0"].clone(), &Array::zeros(3, DType::F32));
        }),
        "error_scan_xs_lengths" => settle_refusal(case, &["scan", "3 slices", "4"], |a| {
            let step = |c: Array, (a, b): (Array, Array)| (c + a + b, ());
            let start = Array::zeros((), DType::F32);
            scan(step, start, &(a["a"].clone(), a["b"].clone()));
        }),
        "error_cond_branch_types" => settle_refusal(case, &["cond", "f32[]", "i32[]"], |a| {
            cond(true, |x: &Array| x + 1, |x| x.astype(DType::I32), &a["x"]);
        }),
        "error_while_body_type" => settle_refusal(case, &["while_loop", "f32[]", "f32[2]"], |a| {
            let pair = |x: Array| graxe_core::stack(&[&x, &x], 0);
            while_loop(|_: &Array| Array::from(true), pair, a["x"].clone());
        }),
        "error_tree_map_structure" => {
            settle_refusal(case, &["structures", "only the first has b"], |_| {
                let leaf = |n: i32| Array::from(n);
                let two = BTreeMap::from([("a", leaf(1)), ("b", leaf(2))]);
                let one = BTreeMap::from([("a", leaf(1))]);
                tree::map2(&two, &one, |x, y| x + y);
            })
        }
        "error_tracer_bool" => settle_refusal(case, &["traced", "bool[]", "select"], |a| {
            let f = |x: &Array| {
                if x.greater(0).item::<bool>() {
                    x.clone()
                } else {
                    -x
                }
            };
            jit(f)(&a["x"]);
        }),
        name => Outcome::Failed(format!("{name}: an error case without a call")),
    }
}
