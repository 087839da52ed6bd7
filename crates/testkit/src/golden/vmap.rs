//! `vmap.json`: functions of one example made functions of a batch.

mod axes;
mod control;
mod parts;
mod together;

use graxe_core::{Array, BatchAxes, vmap, vmap_with};

use super::modes::in_every_way;
use super::outputs::Outputs;
use super::settle::{settle, settle_refusal};
use super::{Case, Outcome};

pub(crate) fn run(case: &Case) -> Outcome {
    if case.error.is_some() {
        return refused(case);
    }
    settle(case, |inputs| {
        axes::outputs(&case.name, inputs)
            .or_else(|| together::outputs(&case.name, inputs))
            .or_else(|| in_every_way(inputs, |a| control::outputs(&case.name, a)))
            .or_else(|| in_every_way(inputs, |a| parts::outputs(&case.name, a)))
            .unwrap_or_else(|| Outputs::later(format!("{}: later", case.name)))
    })
}

fn refused(case: &Case) -> Outcome {
    let add = |x: &Array, y: &Array| x + y;
    match case.name.as_str() {
        "error_size_mismatch" => settle_refusal(case, &["vmap", "[3]", "[4]"], |a| {
            vmap(add)(&a["x"], &a["y"]);
        }),
        "error_rank0" => settle_refusal(case, &["vmap", "axis 0", "[]"], |a| {
            vmap(Array::sin)(&a["x"]);
        }),
        "error_axis_out_of_range" => settle_refusal(case, &["vmap", "axis 2", "[3,4]"], |a| {
            vmap_with(|x: &Array| x.sum(..), BatchAxes::inputs([2]))(&a["x"]);
        }),
        "error_in_axes_length" => settle_refusal(case, &["vmap", "3 axes", "2 arguments"], |a| {
            vmap_with(add, BatchAxes::inputs([0, 0, 0]))(&a["x"], &a["y"]);
        }),
        "error_all_none" => settle_refusal(case, &["vmap", "batched"], |a| {
            vmap_with(add, BatchAxes::inputs([(), ()]))(&a["x"], &a["y"]);
        }),
        "error_out_axes_none_batched" => settle_refusal(case, &["vmap", "axis 0"], |a| {
            vmap_with(Array::sin, BatchAxes::default().output(()))(&a["x"]);
        }),
        name => Outcome::Failed(format!("{name}: an error case without a call")),
    }
}
