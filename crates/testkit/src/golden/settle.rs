//! From a case and the means to compute it to its outcome.

use std::panic::{AssertUnwindSafe, catch_unwind};

use graxe_core::random::Layout;
use graxe_core::{Array, jit, with_layout, with_x64};

use super::convert::{dtype, to_array, to_tensor};
use super::outputs::{Named, Outputs};
use super::report::panicked;
use super::{Case, Outcome, Tensor, compare};

/// Computes a case's outputs in its mode and compares each with the recorded one.
///
/// A case some of whose outputs are not there yet is skipped, but only if the others agree.
pub(crate) fn settle(case: &Case, compute: impl FnOnce(&Named) -> Outputs) -> Outcome {
    let inputs = match inputs(case) {
        Ok(inputs) => inputs,
        Err(why) => return Outcome::Skipped(why),
    };
    let computed = in_mode(case, || compute(&inputs));
    let mut missing: Vec<String> = Vec::new();
    let alternative = |name: &str| name.ends_with("_ieee");
    for (name, want) in case.outputs.iter().filter(|(n, _)| !alternative(n)) {
        let got = match computed.get(name) {
            _ if dtype(&want.dtype).is_none() => Err(foreign(want)),
            None => return Outcome::Failed(format!("{name}: not computed")),
            Some(got) => got.map_err(str::to_owned),
        };
        match got {
            Ok(array) => {
                if let Err(why) = agrees(case, name, array, want) {
                    return Outcome::Failed(why);
                }
            }
            Err(why) if missing.contains(&why) => {}
            Err(why) => missing.push(why),
        }
    }
    if missing.is_empty() {
        Outcome::Passed
    } else {
        Outcome::Skipped(missing.join(", "))
    }
}

/// One output against the recorded one, or against the second one where the case records two that are right.
fn agrees(case: &Case, name: &str, got: &Array, want: &Tensor) -> Result<(), String> {
    let got = to_tensor(got);
    let verdict = compare(&got, want, &case.tol);
    let second = case.output(&format!("{name}_ieee"));
    match second {
        Some(second) if verdict.is_err() => compare(&got, second, &case.tol),
        _ => verdict,
    }
    .map_err(|why| format!("{name}: {why}"))
}

/// The arrays of a case, or the dtype that graxe does not have.
pub(crate) fn inputs(case: &Case) -> Result<Named, String> {
    let arrays = case.inputs.iter().map(|(name, tensor)| {
        let array = to_array(tensor).ok_or_else(|| foreign(tensor))?;
        Ok((name.clone(), array))
    });
    arrays.collect()
}

fn foreign(tensor: &Tensor) -> String {
    format!("dtype {}: later", tensor.dtype)
}

/// Runs `f` with the defaults of the case: 64 bits wide where it says so or holds float64, and its counter layout.
pub(crate) fn in_mode<R>(case: &Case, f: impl FnOnce() -> R) -> R {
    let flag = |name: &str| case.params.get(name).and_then(serde_json::Value::as_bool);
    let mut tensors = case.inputs.iter().chain(&case.outputs);
    let wide = flag("x64") == Some(true) || tensors.any(|(_, t)| t.dtype == "float64");
    let layout = match flag("partitionable") {
        Some(false) => Layout::Original,
        _ => Layout::Partitionable,
    };
    with_layout(layout, || if wide { with_x64(f) } else { f() })
}

/// Judges a case whose call must be refused: as misuse, in a message that has all of `words`.
pub(crate) fn settle_refusal(
    case: &Case,
    words: &[&str],
    call: impl FnOnce(&Named),
) -> Outcome {
    let inputs = match inputs(case) {
        Ok(inputs) => inputs,
        Err(why) => return Outcome::Skipped(why),
    };
    match in_mode(case, || refusal(|| call(&inputs))) {
        Some(message) => match words.iter().find(|word| !message.contains(**word)) {
            None => Outcome::Passed,
            Some(word) => Outcome::Failed(format!("the refusal does not say {word}: {message}")),
        },
        None => Outcome::Failed("the call was not refused".to_owned()),
    }
}

/// The message of the misuse that `call` is refused for.
fn refusal(call: impl FnOnce()) -> Option<String> {
    let attempt = jit(|x: &Array| x.clone());
    let caught = catch_unwind(AssertUnwindSafe(|| attempt.try_call(|_| call())));
    match caught {
        Ok(Ok(())) => None,
        Ok(Err(misuse)) => Some(misuse.to_string()),
        Err(payload) => Some(panicked(payload.as_ref())),
    }
}
