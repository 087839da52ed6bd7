//! One application of a transformation of gradients.

use graxe_nn::optim::{
    Centralize, GradientTransformation, NormalizeByUpdateNorm, ScaleByTrustRatio,
    add_decayed_weights, clip, clip_by_block_rms, clip_by_global_norm, scale,
};

use super::{op, part, prefixed, required};
use crate::golden::Case;
use crate::golden::outputs::Named;

pub(super) fn outputs(case: &Case, inputs: &Named) -> Option<Named> {
    let n = |name: &str| required(case, name);
    Some(match op(case) {
        "clip_by_global_norm" | "clip_by_global_norm_inactive" => {
            once(inputs, &clip_by_global_norm(n("max_norm")))
        }
        "clip" => once(inputs, &clip(n("max_delta"))),
        "clip_by_block_rms" => once(inputs, &clip_by_block_rms(n("threshold"))),
        "add_decayed_weights" => once(inputs, &add_decayed_weights(n("weight_decay"))),
        "scale" => once(inputs, &scale(n("step_size"))),
        "scale_by_trust_ratio" => once(inputs, &ScaleByTrustRatio::default()),
        "normalize_by_update_norm" => once(inputs, &NormalizeByUpdateNorm::default()),
        "centralize" => once(inputs, &Centralize),
        _ => return None,
    })
}

/// The updates of the first step.
fn once(inputs: &Named, transformation: &impl GradientTransformation<Named>) -> Named {
    let (gradients, params) = (part(inputs, "grads."), part(inputs, "params."));
    let state = transformation.init(&params);
    let (updates, _) = transformation.update(&gradients, &state, &params);
    prefixed("updates.", updates).collect()
}
