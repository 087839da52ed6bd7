//! `ops.json`: forward values of operations, by concept.

mod along;
mod binary;
mod index;
mod movement;
mod product;
mod promotion;
mod reduce;
mod softmax;
mod unary;

use super::outputs::{Named, Outputs};
use super::settle::{settle, settle_refusal};
use super::{Case, Outcome};

pub(crate) fn run(case: &Case) -> Outcome {
    match case.name.as_str() {
        "broadcast_error_0" => {
            return settle_refusal(case, &["add", "[2,3]", "[2]"], |a| {
                let _ = &a["x"] + &a["y"];
            });
        }
        "broadcast_error_1" => {
            return settle_refusal(case, &["add", "[3]", "[4]"], |a| {
                let _ = &a["x"] + &a["y"];
            });
        }
        "reduce_max_empty_error" => {
            return settle_refusal(case, &["max", "[0]"], |a| {
                let _ = a["x"].max(..);
            });
        }
        _ => {}
    }
    if case.facts.is_some() {
        return promotion::run(case);
    }
    settle(case, |inputs| outputs(case, inputs))
}

/// Asks each concept in turn; the first that knows the case computes it.
fn outputs(case: &Case, a: &Named) -> Outputs {
    let concepts = [
        unary::outputs,
        binary::outputs,
        reduce::outputs,
        product::outputs,
        movement::outputs,
        index::outputs,
        softmax::outputs,
        along::outputs,
    ];
    let found = concepts.iter().find_map(|outputs| outputs(case, a));
    found.unwrap_or_else(|| {
        let op = case.op.as_deref().unwrap_or(&case.name);
        Outputs::later(format!("{op}: later"))
    })
}
