//! `grads.json`: values with their gradients, derivatives of higher order, and calls that are refused.

mod elementwise;
mod losses;
mod orders;
mod ties;

use graxe_core::{Array, grad, jvp, vjp};

use super::gradients::gradients;
use super::outputs::{Named, Outputs};
use super::settle::{settle, settle_refusal};
use super::{Case, Outcome};

/// A function of all inputs of a case.
type Loss = fn(&Named) -> Array;

pub(crate) fn run(case: &Case) -> Outcome {
    if case.error.is_some() {
        return refused(case);
    }
    let family = case.family.as_deref().unwrap_or_default();
    if let Some(loss) = losses::find(family) {
        return settle(case, |inputs| {
            let both = |all: &Named| {
                let value = loss(all);
                (value.clone(), value)
            };
            let (value, grads) = gradients(case, inputs, both);
            grads.with("value", value)
        });
    }
    settle(case, |inputs| {
        elementwise::outputs(family, inputs)
            .or_else(|| orders::outputs(family, inputs))
            .or_else(|| ties::outputs(family, inputs))
            .unwrap_or_else(|| Outputs::later(format!("{family}: later")))
    })
}

fn refused(case: &Case) -> Outcome {
    match case.name.as_str() {
        "error_grad_int_input" => settle_refusal(case, &["grad", "i32[]"], |a| {
            grad(|x: &Array| x.powi(2))(&a["x"]);
        }),
        "error_grad_vector_output" => settle_refusal(case, &["grad", "f32[3]"], |a| {
            grad(Array::sin)(&a["x"]);
        }),
        "error_jvp_tangent_shape" => settle_refusal(case, &["jvp", "f32[3]", "f32[2]"], |a| {
            jvp(Array::sin, (a["x"].clone(),), (a["t"].clone(),));
        }),
        "error_vjp_cotangent_shape" => {
            settle_refusal(case, &["cotangent", "f32[3]", "f32[2]"], |a| {
                vjp(Array::sin, (a["x"].clone(),)).1(&a["c"]);
            })
        }
        _ => Outcome::Skipped("control flow: later".to_owned()),
    }
}
