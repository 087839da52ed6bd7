//! `grads.json`: values with their gradients, derivatives of higher order, and calls that are refused.

mod control;
mod custom;
mod elementwise;
mod losses;
mod orders;
mod ties;

use graxe_core::{Array, grad, jvp, vjp, while_loop};

use super::gradients::gradients;
use super::modes::in_every_way;
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
        return settle(case, |a| {
            with_gradients(case, a, loss).into_iter().collect()
        });
    }
    let of_control = |a: &Named| match control::find(family) {
        Some(loss) => Some(with_gradients(case, a, loss)),
        None => control::outputs(family, a).or_else(|| custom::outputs(family, a)),
    };
    settle(case, |inputs| {
        elementwise::outputs(family, inputs)
            .or_else(|| orders::outputs(family, inputs))
            .or_else(|| ties::outputs(family, inputs))
            .or_else(|| in_every_way(inputs, of_control))
            .unwrap_or_else(|| Outputs::later(format!("{family}: later")))
    })
}

/// The value of a loss and its gradients.
fn with_gradients(case: &Case, inputs: &Named, loss: Loss) -> Named {
    let both = |all: &Named| {
        let value = loss(all);
        (value.clone(), value)
    };
    let (value, mut all) = gradients(case, inputs, both);
    all.insert("value".to_owned(), value);
    all
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
        "error_grad_while" => settle_refusal(case, &["while_loop", "reverse mode", "scan"], |a| {
            let large = |x: &Array| x.greater(1);
            let f = |x: &Array| while_loop(large, |x| x * 0.5, x.clone());
            grad(f)(&a["x"]);
        }),
        name => Outcome::Failed(format!("{name}: an error case without a call")),
    }
}
