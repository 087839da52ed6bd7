//! The softmax family and standardisation.

use graxe_core::{
    Array, Reduce, concatenate, glu, log_softmax, log_softmax_masked, select, softmax,
    softmax_masked, standardize,
};

use super::super::Case;
use super::super::outputs::{Named, Outputs};

pub(super) fn outputs(case: &Case, a: &Named) -> Option<Outputs> {
    let x = || &a["x"];
    Some(match case.name.as_str() {
        "softmax_family" => {
            let (x, head) = (x(), x().index(..2));
            Outputs::default()
                .with("softmax", softmax(x, -1))
                .with("log_softmax", log_softmax(x, -1))
                .with("logsumexp", x.logsumexp(1))
                .with("softmax_axis0", softmax(&head, 0))
                .with("log_softmax_axis0", log_softmax(&head, 0))
        }
        "softmax_where" => masked(x(), &a["m"]),
        "standardize" => {
            let x = x();
            let even = concatenate(&[x, &x.index((.., ..1))], 1);
            Outputs::default()
                .with("standardize", standardize(x, -1, 1e-5))
                .with("standardize0", standardize(x, 0, 1e-5))
                .with("glu", glu(&even))
        }
        "logsumexp_sign" => Outputs::later("logsumexp with weights and sign: later"),
        _ => return None,
    })
}

fn masked(x: &Array, m: &Array) -> Outputs {
    Outputs::default()
        .with("where", softmax_masked(x, -1, m))
        .with("log_where", log_softmax_masked(x, -1, m))
        .with("additive_-1e9", softmax(&select(m, x, -1e9), -1))
        .without("lse_b", "logsumexp with weights: later")
        .with("lse_where", x.logsumexp_with(Reduce::axis(1).mask(m)))
}
